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
