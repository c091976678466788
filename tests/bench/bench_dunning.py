"""A dunning run: planning against a bare insert."""

import contextlib
from functools import partial
from unittest.mock import patch

from odoo import Command
from odoo.tools import SQL

from .lab import Contender
from .registry import Figure, benchmark
from .sizes import DAY

# (days after the due date, e-mail template)
STEPS = (
    (-2, "before_due"),
    (2, "overdue"),
    (10, "overdue"),
    (20, "second"),
    (30, "second"),
    (45, "second"),
)
REGISTER = ("arm_dunning_action", "arm_dunning_message", "mail_mail", "mail_message")


def make_tasks(env):
    """Six tasks with an e-mail each; others of the company do not count here."""
    tasks = env["arm.dunning.task"]
    tasks.search([]).active = False
    return tasks.create(
        [
            {
                "name": f"Step {days}",
                "company_id": env.company.id,
                "offset_days": days,
                "operation_ids": [
                    Command.create(
                        {
                            "operation_type": "email",
                            "template_id": env.ref(
                                f"arm_dunning.mail_template_{template}"
                            ).id,
                        }
                    )
                ],
            }
            for days, template in STEPS
        ]
    )


def open_run(env):
    """A run of today with nothing planned yet."""
    make_tasks(env)
    return env["arm.dunning.run"]._open_run(env.company, "manual")


# --------------------------------------------------------------------------- planning


def make_floor_table(env):
    """A register with nothing but what cannot be spared: 3 indexes, 4 foreign keys."""
    env.cr.execute(
        """
        CREATE TABLE bench_register (
            id serial PRIMARY KEY,
            task_id integer REFERENCES arm_dunning_task,
            item_id integer REFERENCES account_move_line,
            partner_id integer REFERENCES res_partner,
            company_id integer REFERENCES res_company,
            amount numeric, date_due date, days_late integer, state varchar
        );
        CREATE UNIQUE INDEX ON bench_register (task_id, item_id);
        CREATE INDEX ON bench_register (partner_id);
        """
    )


def floor_statement(env, task):
    """The items that are due for a task, entered without any further question."""
    oldest, newest = task._get_due_window(DAY)
    return SQL(
        """
        INSERT INTO bench_register (
            task_id, item_id, partner_id, company_id,
            amount, date_due, days_late, state
        )
        SELECT %(task)s, line.id, partner.commercial_partner_id, line.company_id,
               line.amount_residual, line.date_maturity,
               %(today)s - line.date_maturity, 'planned'
          FROM account_move_line line
          JOIN account_account ledger ON ledger.id = line.account_id
          JOIN res_partner partner ON partner.id = line.partner_id
         WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
           AND ledger.account_type = 'asset_receivable'
           AND line.reconciled IS NOT TRUE AND line.amount_residual > 0
           AND line.date_maturity BETWEEN %(oldest)s AND %(newest)s
        """,
        task=task.id,
        today=DAY,
        company=env.company.id,
        oldest=oldest,
        newest=newest,
    )


def plan_floor(env):
    tasks = make_tasks(env)
    make_floor_table(env)
    statements = [floor_statement(env, task) for task in tasks]
    return lambda: [env.cr.execute(statement) for statement in statements]


def plan_whole(env):
    return open_run(env)._plan


@contextlib.contextmanager
def accounts_are_fresh(lab):
    """Planning does not bring the accounts up to date: they are."""
    accounts = lab.registry["arm.customer.account"]
    with patch.object(accounts, "_refresh", lambda self, *args, **kwargs: None):
        yield


@benchmark("plan", "planning a dunning run, against the bare INSERT .. SELECT")
def plan(lab):
    """Issue 4: at most 3 times the floor."""
    samples = lab.in_turns(
        5,
        clean=["arm_customer_account", *REGISTER],
        floor=plan_floor,
        whole=plan_whole,
        register=Contender(plan_whole, within=partial(accounts_are_fresh, lab)),
    )
    floor, whole = samples["floor"], samples["whole"]
    with lab.session() as env:
        run = open_run(env)
        run._plan()
        rows = env["arm.dunning.action"].search_count([("run_id", "=", run.id)])
    detail = f"{rows:,} rows for {len(STEPS)} tasks"
    yield Figure(
        *("plan.run", whole.ratio(floor), "x floor", 3.0),
        f"{detail}, refresh of all accounts included; {whole.against(floor)}",
    )
    register = samples["register"]
    yield Figure(
        *("plan.register", register.ratio(floor), "x floor", 3.0),
        f"{detail}, without the refresh; {register.against(floor)}",
    )
