"""Planning many open items, against bare inserts, and a normal day of a million."""

from .bench_dunning import REGISTER, STEPS, make_tasks, plan_floor, plan_whole
from .crowd import crowd
from .registry import Figure, benchmark
from .sizes import DAY

# (open items, customers) by the size of the data
CROWDS = {"tiny": (400, 40), "small": (100_000, 10_000), "full": (100_000, 10_000)}
MANY = {"tiny": (1_000, 100), "small": (100_000, 5_000), "full": (1_000_000, 50_000)}
MILLION = 1_000_000
CLEAN = ("arm_customer_account", *REGISTER)


def after_the_refresh(prepare):
    """What is prepared runs on a day on which all accounts have been refreshed.

    By the night, or by the run itself: that is a step, and a transaction, of its own.
    """

    def prepare_day(env):
        env.company.receivables_refreshed_on = DAY
        return prepare(env)

    return prepare_day


def refresh(env):
    """The step that a run puts before its plan where the night failed."""
    accounts = env["arm.customer.account"]
    return lambda: accounts._refresh(env.company)


def count_rows(lab, prepare):
    """How many rows a plan enters."""
    with lab.session() as env:
        prepare(env)()
        return env["arm.dunning.action"].search_count([])


@benchmark("plan-many", "planning 100,000 open items, against bare inserts")
def plan_many(lab):
    """Issue 4: at most 3 times the floor, with 10,000 customers and 6 tasks."""
    items, customers = CROWDS[lab.size.name]
    with crowd(lab, items, customers):
        samples = lab.in_turns(
            7,
            clean=CLEAN,
            floor=plan_floor,
            run=after_the_refresh(plan_whole),
            refresh=refresh,
        )
        rows = count_rows(lab, plan_whole)
    detail = (
        f"{rows:,} rows of {items:,} items, {customers:,} customers, {len(STEPS)} tasks"
    )
    floor = samples["floor"]
    run, before = samples["run"], samples["refresh"]
    yield Figure(
        *("plan-many.run", run.ratio(floor), "x floor", 3.0),
        f"{detail}; {run.against(floor)}",
    )
    yield Figure(
        *("plan-many.refresh", before.ratio(floor), "x floor"),
        detail="what the run does before that, in a transaction of its own, where "
        f"the night has not refreshed the accounts; {before.against(floor)}",
    )


def plan_normal_day(env):
    """Yesterday's run was performed: only what falls due today is new."""
    make_tasks(env).catch_up_days = 0
    return env["arm.dunning.run"]._open_run(env.company, "manual")._plan


@benchmark("plan-day", "planning a normal day of a million open items")
def plan_day(lab):
    """Issue 4: under 10 seconds, when one item in a hundred is due.

    The bar is for a million items, which only the full size has.
    """
    items, customers = MANY[lab.size.name]
    with crowd(lab, items, customers):
        samples = lab.in_turns(
            3,
            clean=CLEAN,
            run=after_the_refresh(plan_normal_day),
            refresh=refresh,
        )
        rows = count_rows(lab, plan_normal_day)
    run, before = samples["run"], samples["refresh"]
    bar = 10.0 if items == MILLION else None
    detail = f"{rows:,} steps of {items:,} open items, {customers:,} customers"
    yield Figure(*("plan-day.seconds", run.milliseconds / 1000, "s"), bar, detail)
    yield Figure(
        *("plan-day.whole", (run.milliseconds + before.milliseconds) / 1000, "s"),
        bar,
        "with the refresh of all accounts, where the night has not done it",
    )
