from odoo import fields, models


class ArmHold(models.Model):
    """Why an open item is left alone for a time: at most one row for each item.

    Disputes, promises, payment plans, extensions and pauses resolve to this small
    table, so that queries over open items look into one table instead of five and
    core's large tables get no column of ours. Only their methods write it. A row
    whose last day is past holds nothing any more.
    """

    _name = "arm.hold"
    _description = "Hold of an Open Item"
    _rec_name = "item_id"
    _check_company_auto = True

    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    reason = fields.Selection(
        [
            ("dispute", "Dispute"),
            ("promise", "Promise to Pay"),
            ("plan", "Payment Plan"),
            ("extension", "Extension"),
            ("pause", "Pause"),
        ],
        required=True,
        readonly=True,
    )
    until = fields.Date(
        readonly=True, help="The last day of the hold; without it, it stays."
    )
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(model_field="source_model", readonly=True)

    # Also what the set-based queries over open items use.
    _item_uniq = models.UniqueIndex(
        "(item_id)", "This item is held already: change its hold instead."
    )
