from odoo import models

from .arm_work_todo import ArmWorkTodo


class ArmWorkEntry(models.Model):
    """The insurer's deadlines give points in My Day: see ``arm.work.todo``."""

    _inherit = "arm.work.entry"

    _depends = ArmWorkTodo._depends
