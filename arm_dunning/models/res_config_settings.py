from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dunning_enabled = fields.Boolean(
        related="company_id.dunning_enabled", readonly=False
    )
    dunning_hour = fields.Float(related="company_id.dunning_hour", readonly=False)
    dunning_guard_held = fields.Boolean(
        related="company_id.dunning_guard_held", readonly=False
    )
    dunning_guard_no_followup = fields.Boolean(
        related="company_id.dunning_guard_no_followup", readonly=False
    )
    dunning_guard_in_payment = fields.Boolean(
        related="company_id.dunning_guard_in_payment", readonly=False
    )
    dunning_guard_blocked = fields.Boolean(
        related="company_id.dunning_guard_blocked", readonly=False
    )
    dunning_guard_not_delivered = fields.Boolean(
        related="company_id.dunning_guard_not_delivered", readonly=False
    )
    dunning_guard_credit_covers = fields.Boolean(
        related="company_id.dunning_guard_credit_covers", readonly=False
    )
    dunning_guard_paused = fields.Boolean(
        related="company_id.dunning_guard_paused", readonly=False
    )
    dunning_guard_blocked_partner = fields.Boolean(
        related="company_id.dunning_guard_blocked_partner", readonly=False
    )
    dunning_guard_handed_over = fields.Boolean(
        related="company_id.dunning_guard_handed_over", readonly=False
    )
    dunning_quiet_days = fields.Boolean(
        related="company_id.dunning_quiet_days", readonly=False
    )
    dunning_gap_days = fields.Integer(
        related="company_id.dunning_gap_days", readonly=False
    )
    dunning_contact_max = fields.Integer(
        related="company_id.dunning_contact_max", readonly=False
    )
    dunning_contact_days = fields.Integer(
        related="company_id.dunning_contact_days", readonly=False
    )
    dunning_bank_days = fields.Integer(
        related="company_id.dunning_bank_days", readonly=False
    )
    dunning_keep_content_months = fields.Integer(
        related="company_id.dunning_keep_content_months", readonly=False
    )
    dunning_keep_facts_months = fields.Integer(
        related="company_id.dunning_keep_facts_months", readonly=False
    )
    dunning_amount_min = fields.Monetary(
        related="company_id.dunning_amount_min", readonly=False
    )
    dunning_portal_link = fields.Boolean(
        related="company_id.dunning_portal_link", readonly=False
    )
    dunning_guard_call_open = fields.Boolean(
        related="company_id.dunning_guard_call_open", readonly=False
    )
    dunning_call_days = fields.Integer(
        related="company_id.dunning_call_days", readonly=False
    )
    dunning_call_attempts = fields.Integer(
        related="company_id.dunning_call_attempts", readonly=False
    )
    work_points_amount = fields.Integer(
        related="company_id.work_points_amount", readonly=False
    )
    work_points_late = fields.Integer(
        related="company_id.work_points_late", readonly=False
    )
    work_points_broken = fields.Integer(
        related="company_id.work_points_broken", readonly=False
    )
    work_points_limit = fields.Integer(
        related="company_id.work_points_limit", readonly=False
    )
    work_points_clock = fields.Integer(
        related="company_id.work_points_clock", readonly=False
    )
    work_amount_full = fields.Monetary(
        related="company_id.work_amount_full", readonly=False
    )
    work_act_points = fields.Integer(
        related="company_id.work_act_points", readonly=False
    )
    work_rest_days = fields.Integer(related="company_id.work_rest_days", readonly=False)
    dunning_payment_qr = fields.Boolean(
        related="company_id.dunning_payment_qr", readonly=False
    )
    dunning_reply_days = fields.Integer(
        related="company_id.dunning_reply_days", readonly=False
    )
    interest_regime_id = fields.Many2one(
        related="company_id.interest_regime_id", readonly=False
    )
    interest_posting = fields.Selection(
        related="company_id.interest_posting", readonly=False
    )
    interest_journal_id = fields.Many2one(
        related="company_id.interest_journal_id", readonly=False
    )
    interest_account_id = fields.Many2one(
        related="company_id.interest_account_id", readonly=False
    )
    interest_tax_ids = fields.Many2many(
        related="company_id.interest_tax_ids", readonly=False
    )
