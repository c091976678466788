"""My Day of a collector with many customers, against the bare statement."""

import contextlib

from odoo import Command
from odoo.tools import SQL

from .crowd import crowd
from .registry import Figure, benchmark

CLEAN = ("arm_dunning_call",)
ENTRIES = 10_000  # customers with something to do; fewer where there are fewer
PAGE = 80  # rows that the list shows
ROUNDS = 5
BARS = {"list": 15.0, "next": 10.0}
COLUMNS = (
    *("account_id", "what", "amount_stake", "days_overdue", "score", "score_text"),
    *("drawer", "why", "date_called", "currency_id"),
)


def fill_day(env):
    """A call today for each of many customers; returns the entries, as who has them."""
    collector = env.ref("base.user_admin")
    manager = env.ref("arm_receivables.group_receivables_manager")
    collector.group_ids = [Command.link(manager.id)]
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            INSERT INTO arm_dunning_call (
                account_id, company_id, date, reason, state, user_id,
                create_uid, create_date, write_uid, write_date
            )
            SELECT id, company_id, %(today)s, 'Overdue', 'open', %(user)s,
                   1, now(), 1, now()
              FROM arm_customer_account
             WHERE company_id = %(company)s
             ORDER BY id
             LIMIT %(limit)s
            """,
            today=env.company._local_today(),
            user=collector.id,
            company=env.company.id,
            limit=ENTRIES,
        )
    )
    env.cr.execute("ANALYZE arm_dunning_call")
    env.invalidate_all()
    return env["arm.work.entry"].with_user(collector)


def bare_day(env):
    """What cannot be avoided: the calls and the debts of all, sorted, one page."""
    entries = fill_day(env)
    query = SQL(
        """
        SELECT account.id, account.amount_overdue, todo.date, COUNT(*) OVER ()
          FROM arm_customer_account account
          JOIN res_partner customer ON customer.id = account.partner_id
          LEFT JOIN (SELECT account_id, MIN(date) AS date, MIN(user_id) AS user_id
                       FROM arm_dunning_call
                      WHERE state = 'open' GROUP BY account_id) todo
            ON todo.account_id = account.id
          LEFT JOIN (SELECT account_id, MAX(day) AS day
                       FROM arm_dunning_call_result GROUP BY account_id) call
            ON call.account_id = account.id
         WHERE account.company_id = %s AND todo.user_id = %s
         ORDER BY account.amount_overdue DESC, account.id
         LIMIT %s
        """,
        env.company.id,
        entries.env.uid,
        PAGE,
    )
    return lambda: env.execute_query(query)


def open_list(env):
    """The list as the browser asks for it, with the number of all."""
    entries = fill_day(env)
    columns = {name: {} for name in COLUMNS}
    columns["account_id"] = {"fields": {"display_name": {}}}
    domain = entries._get_day_domain()
    return lambda: entries.web_search_read(
        domain, columns, limit=PAGE, count_limit=ENTRIES + 1
    )


def go_on(env):
    """From one customer to the next one."""
    entries = fill_day(env)
    first = entries.search(entries._get_day_domain(), limit=1)
    env.invalidate_all()
    return first.action_next


@contextlib.contextmanager
def many_customers(lab):
    """So many customers that the day is full; how many their entries are."""
    if lab.size.name == "tiny":
        yield lab.size.customers
    elif lab.size.customers >= ENTRIES:
        yield ENTRIES
    else:
        with crowd(lab, ENTRIES, ENTRIES):
            yield ENTRIES


@benchmark("work", "My Day with 10,000 customers, against the bare statement")
def work(lab):
    """Issue 5: the list and the next customer, however many there are."""
    with many_customers(lab) as count:
        samples = lab.in_turns(
            ROUNDS, clean=CLEAN, floor=bare_day, list=open_list, next=go_on
        )
    floor = samples["floor"]
    for name, bar in BARS.items():
        ours = samples[name]
        detail = f"{count:,} customers in the day; {ours.against(floor)}"
        yield Figure(f"work.{name}", ours.ratio(floor), "x floor", bar, detail)
