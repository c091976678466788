from odoo import Command, api, models

from odoo.addons.arm_receivables.demo.chapters import demo_ref, firms, name_records

from .answers import answers
from .work import work

# Name, days after the due date, statuses, e-mail template, what a colleague is asked
# to do, days to catch up.
TASKS = {
    "note": ("Friendly note two days before", -2, "gyr", "before_due", None, 2),
    "reminder": ("Reminder three days after", 3, "gyr", "overdue", None, 5),
    "call": ("A colleague calls", 7, "yr", None, "Call and ask about the payment", 5),
    "second": ("Second reminder", 14, "gyr", "second", None, 10),
    "visit": ("Talk about red customers", 30, "r", None, "Agree how to go on", 20),
}
STATUSES = {"g": "for_green", "y": "for_yellow", "r": "for_red"}


class ArmDemo(models.AbstractModel):
    _inherit = "arm.demo"

    @api.model
    def _get_chapters(self):
        return {
            **super()._get_chapters(),
            "dunning": dunning,
            "answers": answers,
            "work": work,
        }


def dunning(env):
    """Tasks for both companies, and their daily run switched on."""
    for key, company in firms(env).items():
        company.dunning_enabled = True
        values = [_task_values(env, company, *row) for row in TASKS.values()]
        tasks = env["arm.dunning.task"].create(values)
        names = [f"{key}_{name}" for name in TASKS]
        name_records(env, "task", dict(zip(names, tasks, strict=True)))


def _task_values(env, company, name, days, statuses, template, summary, catch_up):
    """The values of one task with its operation."""
    if template:
        mail = env.ref(f"arm_dunning.mail_template_{template}")
        operation = {"operation_type": "email", "template_id": mail.id}
    else:
        operation = {
            "operation_type": "activity",
            "summary": summary,
            "responsible_type": "user",
            "user_id": demo_ref(env, "user", "collector").id,
        }
    return {
        "name": name,
        "company_id": company.id,
        "offset_days": days,
        "catch_up_days": catch_up,
        "operation_ids": [Command.create(operation)],
        **{field: letter in statuses for letter, field in STATUSES.items()},
    }
