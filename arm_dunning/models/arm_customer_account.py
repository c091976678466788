from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.base.models.res_partner import _lang_get


class ArmCustomerAccount(models.Model):
    _inherit = "arm.customer.account"

    action_ids = fields.One2many("arm.dunning.action", "account_id")
    action_count = fields.Integer(compute="_compute_action_count")
    dunning_procedure_id = fields.Many2one(
        "arm.dunning.procedure",
        string="Other Procedure",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        help="Empty: the procedure that applies to this customer by itself.",
    )
    dunning_procedure_current_id = fields.Many2one(
        "arm.dunning.procedure",
        string="Procedure",
        compute="_compute_dunning_procedure_current_id",
        help="The one chosen here, or else the one that applies by itself.",
    )
    dunning_pause_until = fields.Date(
        string="Paused Until",
        tracking=True,
        help="Last day on which nothing is done about this customer.",
    )
    dunning_pause_reason = fields.Char(string="Reason of the Pause", tracking=True)
    dunning_blocked = fields.Boolean(
        string="No Dunning",
        tracking=True,
        help="Nothing is ever done about this customer by itself.",
    )
    dunning_recipient_ids = fields.Many2many(
        "res.partner",
        "arm_customer_account_recipient_rel",
        "account_id",
        "partner_id",
        string="Other Recipients",
        help="Who gets reminders instead of the customer's invoice contact.",
    )
    dunning_lang = fields.Selection(
        _lang_get,
        string="Other Language",
        tracking=True,
        help="Empty: the language of the contact.",
    )
    dunning_no_email = fields.Boolean(
        string="No E-mail", tracking=True, help="Reminders go by other channels only."
    )

    @api.depends("action_ids")
    def _compute_action_count(self):
        counts = dict(
            self.env["arm.dunning.action"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.action_count = counts.get(account, 0)

    @api.depends("dunning_procedure_id", "reliability_status", "partner_id")
    def _compute_dunning_procedure_current_id(self):
        """By the planner's own expression; one query for each company."""
        planner = self.env["arm.dunning.planner"]
        self.flush_recordset()
        found = {}
        for company, accounts in self.grouped("company_id").items():
            # As superuser: the rule is the company's, whoever looks at it.
            plan = planner.sudo()._make_plan(company.sudo(), company._local_today())
            query = self.env["arm.dunning.guard"].sudo()._accounts_query(plan, accounts)
            rows = self.env.execute_query(
                SQL("SELECT id, procedure_id FROM (%s) account", query)
            )
            found.update(rows)
        for account in self:
            account.dunning_procedure_current_id = found.get(account.id)

    @api.constrains("dunning_pause_until", "dunning_pause_reason", "dunning_blocked")
    def _check_dunning_pause(self):
        for account in self:
            stopped = account.dunning_pause_until or account.dunning_blocked
            if stopped and not account.dunning_pause_reason:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: say why dunning is paused.",
                        customer=account.partner_id.display_name,
                    )
                )

    def action_view_actions(self):
        """Open what the register holds about this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action
