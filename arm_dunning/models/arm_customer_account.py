from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
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
        search="_search_dunning_procedure_current_id",
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
    dunning_is_paused = fields.Boolean(compute="_compute_dunning_is_paused")
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
        found = {}
        for company, accounts in self.grouped("company_id").items():
            query = self._get_procedures_query(company, accounts)
            found.update(
                self.env.execute_query(
                    SQL("SELECT id, procedure_id FROM (%s) account", query)
                )
            )
        for account in self:
            account.dunning_procedure_current_id = found.get(account.id)

    def _search_dunning_procedure_current_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        procedures = tuple(int(item) for item in value if item) or (0,)
        nowhere = SQL(" OR procedure_id IS NULL") if False in value else SQL("")
        parts = [
            SQL(
                "SELECT id FROM (%s) account WHERE procedure_id IN %s%s",
                self._get_procedures_query(company),
                procedures,
                nowhere,
            )
            for company in self.env.companies
        ]
        return Domain("id", "in", SQL("(%s)", SQL(" UNION ").join(parts)))

    @api.model
    def _get_procedures_query(self, company, accounts=None):
        """Rows of id and procedure_id: in which procedure customers of a company are.

        :param accounts: only these, which are all of this company.
        """
        self.env.flush_all()
        # As superuser: the rule is the company's, whoever looks at it.
        planner = self.env["arm.dunning.planner"].sudo()
        company = company.sudo()  # the same
        plan = planner._make_plan(company, company._local_today())
        guard = self.env["arm.dunning.guard"].sudo()  # the same
        return guard._accounts_query(plan, accounts)

    @api.depends("dunning_pause_until", "dunning_blocked", "company_id")
    def _compute_dunning_is_paused(self):
        for account in self:
            today = account.company_id._local_today()
            until = account.dunning_pause_until
            paused = bool(until and until >= today)
            account.dunning_is_paused = account.dunning_blocked or paused

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
