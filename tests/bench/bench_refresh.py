"""The nightly refresh of every account, against the sums alone."""

from datetime import timedelta

from .floor_refresh import floor_statement, wrong_statement
from .registry import Figure, benchmark
from .sizes import DAY

NIGHT = DAY + timedelta(days=1)  # the accounts show the day before
CLEAN = ("arm_customer_account", "arm_reliability_change", "res_partner")
ROUNDS = 3


def grace_days(env):
    return env["arm.customer.account"]._get_grace_days(env.company)


def floor(env):
    statement = floor_statement(env.company, grace_days(env))
    return lambda: env.cr.execute(statement)


def refresh(env):
    """Figures, statuses, and what follows from them."""
    return lambda: env["arm.customer.account"]._refresh(env.company)


def refresh_again(env):
    """A refresh that finds everything as it is."""
    env["arm.customer.account"]._refresh(env.company)
    return refresh(env)


def count_changed(env):
    """How many accounts a night changes."""
    env.cr.execute(
        "SELECT COUNT(*) FROM arm_customer_account WHERE write_date >= %s", [NIGHT]
    )
    return env.cr.fetchone()[0]


def queries_of(env, partners):
    """The queries of a refresh of these customers."""
    accounts = env["arm.customer.account"]
    accounts._refresh(env.company, partners)  # caches
    before = env.cr.sql_log_count
    accounts._refresh(env.company, partners)
    return env.cr.sql_log_count - before


@benchmark("refresh", "the nightly refresh of position, behaviour and status")
def nightly(lab):
    """Issue 3: at most 2 times the statement that computes the same sums."""
    with lab.on(NIGHT):
        samples = lab.in_turns(
            ROUNDS, clean=CLEAN, floor=floor, night=refresh, idle=refresh_again
        )
        with lab.session() as env:
            accounts = env["arm.customer.account"]
            customers = accounts.search([], limit=1000).partner_id
            few = queries_of(env, customers[:10])
            many = queries_of(env, customers)
            env.cr.rollback()
            memory = lab.memory(env, refresh(env))
            changed, known = count_changed(env), accounts.search_count([])
            env.cr.execute(wrong_statement(env.company, grace_days(env)))
            wrong = {k: v for k, v in env.cr.dictfetchone().items() if v}
    base, night, idle = samples["floor"], samples["night"], samples["idle"]
    detail = f"{changed:,} of {known:,} accounts changed; {night.against(base)}"
    yield Figure("refresh.night", night.ratio(base), "x floor", 2.0, detail)
    yield Figure("refresh.idle", idle.ratio(base), "x floor", None, idle.against(base))
    yield Figure(
        *("refresh.queries", many - few, "more", 0),
        f"{many} queries for {len(customers):,} customers, {few} for ten; "
        f"{night.query_count} in the night for all",
    )
    yield Figure("refresh.memory", memory, "MB", None, "growth of the process")
    yield Figure(
        *("refresh.wrong", sum(wrong.values()), "figures", 0),
        str(wrong) if wrong else "every figure of every account equals the floor's",
    )
