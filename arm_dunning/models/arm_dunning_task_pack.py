from odoo import fields, models


class ArmDunningTask(models.Model):
    """Where a task was loaded from, and what it was like then."""

    _name = "arm.dunning.task"
    _inherit = ["arm.dunning.task"]

    pack_line_id = fields.Many2one(
        "arm.dunning.pack.line",
        string="Loaded From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    pack_procedure_id = fields.Many2one(
        "arm.dunning.procedure",
        string="Loaded For",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="The procedure it was made for, wherever it was moved afterwards.",
    )
    pack_digest = fields.Char(readonly=True, copy=False)
    pack_rule_version = fields.Integer(
        readonly=True,
        copy=False,
        help="The version of the rule as it was loaded; a higher one was changed here.",
    )
