from odoo import fields, models

ORIGINS = [
    ("rule", "Rule"),
    ("hand", "By Hand"),
    ("transfer", "Transfer"),
    ("merge", "Merge of Customers"),
]


class ArmCollectorChange(models.Model):
    """Who was the collector of a customer when: one row for each change, for ever.

    Rows are written by the system alone; nobody has the right to change or delete
    them. Those of a portfolio transfer are its lines.
    """

    _name = "arm.collector.change"
    _description = "Change of Collector"
    _order = "date desc, id desc"
    _rec_name = "account_id"

    account_id = fields.Many2one(
        "arm.customer.account", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    date = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    old_collector_id = fields.Many2one("res.users", string="From", ondelete="restrict")
    new_collector_id = fields.Many2one("res.users", string="To", ondelete="restrict")
    origin = fields.Selection(ORIGINS, string="By", required=True)
    rule_id = fields.Many2one("arm.collector.rule", ondelete="set null")
    transfer_id = fields.Many2one(
        "arm.portfolio.transfer", index="btree_not_null", ondelete="restrict"
    )
    create_uid = fields.Many2one("res.users", string="Changed By", readonly=True)
