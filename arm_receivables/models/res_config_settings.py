from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    receivables_timezone = fields.Selection(
        related="company_id.receivables_timezone", readonly=False
    )
    receivables_aging_1 = fields.Integer(
        related="company_id.receivables_aging_1", readonly=False
    )
    receivables_aging_2 = fields.Integer(
        related="company_id.receivables_aging_2", readonly=False
    )
    receivables_aging_3 = fields.Integer(
        related="company_id.receivables_aging_3", readonly=False
    )
    receivables_aging_4 = fields.Integer(
        related="company_id.receivables_aging_4", readonly=False
    )
    receivables_window_months = fields.Integer(
        related="company_id.receivables_window_months", readonly=False
    )
    reliability_confirm_persons = fields.Boolean(
        related="company_id.reliability_confirm_persons", readonly=False
    )

    statement_schedule = fields.Selection(
        related="company_id.statement_schedule", readonly=False
    )

    # The rules of the order block
    order_block_yellow = fields.Boolean(
        related="company_id.order_block_yellow", readonly=False
    )
    order_block_red = fields.Boolean(
        related="company_id.order_block_red", readonly=False
    )
    order_block_days = fields.Integer(
        related="company_id.order_block_days", readonly=False
    )
    order_block_minimum = fields.Monetary(
        related="company_id.order_block_minimum",
        readonly=False,
    )
    order_block_overdue = fields.Monetary(
        related="company_id.order_block_overdue",
        readonly=False,
    )
    order_block_limit = fields.Boolean(
        related="company_id.order_block_limit", readonly=False
    )
    order_block_prepaid = fields.Boolean(
        related="company_id.order_block_prepaid", readonly=False
    )
    order_release_collector_amount = fields.Monetary(
        related="company_id.order_release_collector_amount",
        readonly=False,
    )
    order_release_own = fields.Boolean(
        related="company_id.order_release_own", readonly=False
    )

    # What is agreed with customers
    promise_grace_days = fields.Integer(
        related="company_id.promise_grace_days", readonly=False
    )
    extension_collector_amount = fields.Monetary(
        related="company_id.extension_collector_amount", readonly=False
    )
    extension_max_days = fields.Integer(
        related="company_id.extension_max_days", readonly=False
    )
    promise_portal_days_green = fields.Integer(
        related="company_id.promise_portal_days_green", readonly=False
    )
    promise_portal_days_yellow = fields.Integer(
        related="company_id.promise_portal_days_yellow", readonly=False
    )
    promise_portal_days_red = fields.Integer(
        related="company_id.promise_portal_days_red", readonly=False
    )

    # What customers may decide on their own page
    dispute_portal_amount_green = fields.Monetary(
        related="company_id.dispute_portal_amount_green", readonly=False
    )
    dispute_portal_amount_yellow = fields.Monetary(
        related="company_id.dispute_portal_amount_yellow", readonly=False
    )
    dispute_portal_amount_red = fields.Monetary(
        related="company_id.dispute_portal_amount_red", readonly=False
    )
    plan_portal_instalments_green = fields.Integer(
        related="company_id.plan_portal_instalments_green", readonly=False
    )
    plan_portal_instalments_yellow = fields.Integer(
        related="company_id.plan_portal_instalments_yellow", readonly=False
    )
    plan_portal_instalments_red = fields.Integer(
        related="company_id.plan_portal_instalments_red", readonly=False
    )

    # Own invoices
    invoice_check_mode = fields.Selection(
        related="company_id.invoice_check_mode", readonly=False
    )
    address_valid_months = fields.Integer(
        related="company_id.address_valid_months", readonly=False
    )
    invoice_wording_auto = fields.Boolean(
        related="company_id.invoice_wording_auto", readonly=False
    )
