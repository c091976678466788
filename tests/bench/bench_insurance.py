"""Credit insurance: the replay of the buyers whose accounts were touched."""

from odoo import Command
from odoo.tools import SQL

from .registry import Figure, benchmark

TABLES = ("arm_insurance_limit", "arm_insurance_coverage", "arm_insurance_alert")
SHARE = 100  # one buyer in so many is touched on a day
LEAST = 500  # as many as that are in the large company, also in smaller ones
SECONDS = 60


def insure(env):
    """A policy for the whole company; all buyers are known, the touched are stale."""
    policy = env["arm.insurance.policy"].create(
        {
            "name": "Benchmark",
            "insurer_id": env["res.partner"].create({"name": "Insurer"}).id,
            "include_individuals": True,
            "gate_stop": "off",
            "year_ids": [
                Command.create({"date_from": "2020-01-01", "date_to": "2026-12-31"})
            ],
        }
    )
    policy.action_activate()
    env.flush_all()
    policy._ensure_limits()
    env.cr.execute(
        SQL(
            """
            UPDATE arm_insurance_limit
               SET is_stale = number <= GREATEST(buyers / %(share)s, %(least)s)
              FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number,
                           COUNT(*) OVER () AS buyers
                      FROM arm_insurance_limit WHERE policy_id = %(policy)s) numbered
             WHERE numbered.id = arm_insurance_limit.id
            """,
            policy=policy.id,
            share=SHARE,
            least=LEAST,
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO arm_insurance_limit_decision (
                limit_id, company_id, partner_id, kind, limit_type, amount, sales,
                requested_amount, decided_on, runoff_days, retro_days, mep_unit)
            SELECT id, company_id, partner_id, 'grant', 'named', 20000, 0,
                   0, DATE '2020-01-01', -1, -1, 'days'
              FROM arm_insurance_limit WHERE policy_id = %s AND is_stale
            """,
            policy.id,
        )
    )
    env.invalidate_all()
    return policy


@benchmark("insure", "cover of open items after 1 % of the buyers were touched")
def bench_insure(lab):
    """Find and replay the touched buyers, write their cover, alerts and figures."""
    done = {}

    def prepare(env):
        policy = insure(env)
        engine = env["arm.insurance.engine"]

        def replay():
            due = engine._get_due(policy)
            engine._refresh(due)
            done["buyers"] = len(due)

        return replay

    samples = lab.in_turns(2, clean=TABLES, replay=prepare)["replay"]
    with lab.session() as env:
        policy = insure(env)
        engine = env["arm.insurance.engine"]
        due = engine._get_due(policy)
        ledgers = env["arm.insurance.ledger"]._load(policy, due.partner_id)
        items = sum(len(ledger.items) for ledger in ledgers.values())
    seconds = samples.milliseconds / 1000
    yield Figure(
        "replay",
        round(seconds, 2),
        "s",
        bar=SECONDS,
        detail=f"{done['buyers']:,} buyers, {items:,} items of their whole history, "
        f"{samples.query_count} queries",
    )
    yield Figure("replay of an item", seconds * 1e6 / max(1, items), "us")
