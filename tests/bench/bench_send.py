"""What leaves the house: e-mails and activities against core's own."""

import contextlib
from functools import partial

from odoo import Command
from odoo.tools import SQL

from .registry import Figure, benchmark

BATCH = 200  # customers whose work is committed together, as in a run
REGISTER = (
    "arm_dunning_action",
    "arm_dunning_message",
    "mail_mail",
    "mail_message",
    "mail_activity",
)
SUMMARY = "Call them"
EMAIL = {-2: "before_due", 2: "overdue", 10: "overdue", 20: "second", 45: "second"}


def open_run(env, operations):
    """A run with everything planned that is due; other tasks do not count.

    :param operations: dict of days after the due date to the values of an operation.
    """
    tasks = env["arm.dunning.task"]
    tasks.search([]).active = False
    tasks.create(
        [
            {
                "name": f"Step {days}",
                "company_id": env.company.id,
                "offset_days": days,
                "catch_up_days": 30,
                "operation_ids": [Command.create(values)],
            }
            for days, values in operations.items()
        ]
    )
    run = env["arm.dunning.run"]._open_run(env.company, "manual")
    run._plan()
    run.state = "executing"
    env.flush_all()
    env.cr.execute("ANALYZE arm_dunning_action")
    return run


def open_mail_run(env):
    return open_run(
        env,
        {
            days: {
                "operation_type": "email",
                "template_id": env.ref(f"arm_dunning.mail_template_{name}").id,
            }
            for days, name in EMAIL.items()
        },
    )


def open_work_run(env):
    user = env.ref("base.user_admin")
    values = {
        "operation_type": "activity",
        "summary": SUMMARY,
        "responsible_type": "user",
        "user_id": user.id,
    }
    return open_run(env, {2: values})


@contextlib.contextmanager
def planned(lab, opener):
    """The id of a run that was planned and committed; it is removed afterwards.

    Committed, because the database checks each foreign key of a row once more when it
    is changed in the transaction that made it, which never happens in a real run.
    """
    with lab.session(commit=True) as env:
        others = env["arm.dunning.task"].search([]).ids
        run = opener(env)
        run_id, tasks = run.id, run._get_tasks().ids
    try:
        lab.vacuum(*REGISTER)
        yield run_id
    finally:
        with lab.session(commit=True) as env:
            env.cr.execute(
                SQL("DELETE FROM arm_dunning_action WHERE run_id = %s", run_id)
            )
            env.cr.execute(SQL("DELETE FROM arm_dunning_run WHERE id = %s", run_id))
            env["arm.dunning.task"].browse(tasks).unlink()
            env["arm.dunning.task"].browse(others).active = True


def next_rows(run, limit=BATCH):
    """What the next batch of a run is about."""
    return run._get_planned(run._next_accounts(limit))


def ours(run_id):
    """Everything that a run does: check again, guard, carry out, and enter it."""

    def prepare(env):
        run = env["arm.dunning.run"].browse(run_id)
        return lambda: run._execute_batch(BATCH)

    return prepare


def count_customers(lab, run_id):
    """How many customers the measured batch has."""
    with lab.session() as env:
        return len(next_rows(env["arm.dunning.run"].browse(run_id)).account_id)


# ----------------------------------------------------------------------------- e-mails


def core_mails(env, run_id):
    """Core's own batch for the same mails; the messages are there already."""
    actions = next_rows(env["arm.dunning.run"].browse(run_id))
    messages = env["arm.dunning.message"]._create_from_actions(actions)
    templates = {
        operation.task_id: operation.template_id
        for operation in actions.task_id.operation_ids
    }
    batches = list(messages.grouped(lambda m: templates[m.task_id]).items())
    env.flush_all()
    env.invalidate_all()
    return lambda: [
        template.send_mail_batch(batch.ids, force_send=False)
        for template, batch in batches
    ]


@benchmark("mails", "reminders by e-mail, against core's send_mail_batch")
def mails(lab):
    """Issue 4: at most half of what core takes for the same mails."""
    with planned(lab, open_mail_run) as run_id:
        samples = lab.in_turns(
            9,
            clean=REGISTER,
            ours=ours(run_id),
            core=partial(core_mails, run_id=run_id),
        )
        count = count_customers(lab, run_id)
    mine, core = samples["ours"], samples["core"]
    each = f"{mine.milliseconds / count:.2f} against {core.milliseconds / count:.2f} ms"
    yield Figure(
        *("mails.batch", mine.ratio(core), "x core", 0.5),
        f"{count} mails, {each} a mail; {mine.against(core)}",
    )


# -------------------------------------------------------------------------- activities


def core_activities(env, run_id):
    """Core's quick batch: the same activities, nobody is mailed."""
    accounts = next_rows(env["arm.dunning.run"].browse(run_id)).account_id
    user = env.ref("base.user_admin")
    quick = env["mail.activity"].with_context(mail_activity_quick_update=True)
    values = {
        "res_model_id": env["ir.model"]._get_id(accounts._name),
        "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
        "summary": SUMMARY,
        "user_id": user.id,
    }
    env.flush_all()
    env.invalidate_all()
    return lambda: quick.create(
        [{**values, "res_id": account.id, "note": "x"} for account in accounts]
    )


@benchmark("activities", "activities for employees, against core's quick batch")
def activities(lab):
    """Issue 4: at most half of core's quick batch."""
    with planned(lab, open_work_run) as run_id:
        samples = lab.in_turns(
            9,
            clean=REGISTER,
            ours=ours(run_id),
            core=partial(core_activities, run_id=run_id),
        )
        count = count_customers(lab, run_id)
    mine, core = samples["ours"], samples["core"]
    each = f"{mine.milliseconds / count:.2f} against {core.milliseconds / count:.2f} ms"
    yield Figure(
        *("activities.batch", mine.ratio(core), "x core", 0.5),
        f"{count} activities, {each} each; {mine.against(core)}",
    )
