"""Giving every customer a first collector by rule, against the bare writes."""

from odoo import Command
from odoo.tools import SQL

from .registry import Figure, benchmark

CLEAN = ("arm_customer_account", "arm_collector_change")
ROUNDS = 3


def make_collector(env):
    collector = env.ref("base.user_admin")
    group = env.ref("arm_receivables.group_receivables_collector")
    collector.group_ids = [Command.link(group.id)]
    return collector


def bare_writes(env):
    """The two statements that cannot be avoided: the collector, and the history."""
    collector, company = make_collector(env), env.company
    env.flush_all()

    def write():
        env.cr.execute(
            SQL(
                """
                WITH changed AS (
                    UPDATE arm_customer_account SET collector_id = %(collector)s
                     WHERE company_id = %(company)s RETURNING id
                )
                INSERT INTO arm_collector_change (
                    account_id, company_id, new_collector_id, origin, date,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT id, %(company)s, %(collector)s, 'rule', now(), 1, now(), 1, now()
                  FROM changed
                """,
                collector=collector.id,
                company=company.id,
            )
        )

    return write


def apply_rules(env):
    """A rule by country and names that fits nobody, and one for everybody."""
    rules, collector = env["arm.collector.rule"], make_collector(env)
    common = {"company_id": env.company.id, "collector_id": collector.id}
    nobody = {"country_ids": env.ref("base.de").ids, "name_from": "X", "name_to": "Z"}
    rules.create([{**common, **nobody}, common])
    env.flush_all()
    return lambda: rules._apply(env.company)


@benchmark("collectors", "giving every customer a first collector by rule")
def collectors(lab):
    """Set-based: the price of the two statements, and a little more."""
    samples = lab.in_turns(ROUNDS, clean=CLEAN, floor=bare_writes, rules=apply_rules)
    ours, floor = samples["rules"], samples["floor"]
    detail = f"{lab.size.customers:,} customers; {ours.against(floor)}"
    yield Figure("collectors.first", ours.ratio(floor), "x floor", 3.0, detail)
