from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

from ..tools import limits


class ArmInsuranceLimit(models.Model):
    """What the insurer is asked for, with what is known of the buyer."""

    _name = "arm.insurance.limit"
    _inherit = ["arm.insurance.limit"]

    country_id = fields.Many2one(related="partner_id.country_id")
    industry_id = fields.Many2one(related="partner_id.industry_id", string="Sector")
    yearly_sales = fields.Monetary(
        compute="_compute_facts", help="Without taxes, of the last twelve months."
    )
    reliability_status = fields.Selection(
        RELIABILITY_STATUSES, compute="_compute_facts"
    )
    need = fields.Monetary(
        string="Needed",
        compute="_compute_facts",
        help="What is insurable and open, and ordered but not invoiced yet.",
    )
    has_request = fields.Boolean(compute="_compute_has_request")

    @api.depends("partner_id", "policy_id", "insurable")
    def _compute_facts(self):
        facts = self._read_facts() if self else {}
        orders = {}
        for policy, rows in self.grouped("policy_id").items():
            watch = self.env["arm.insurance.watch"]
            found = watch._get_orders(policy, rows)
            orders.update({row: found.get(row.partner_id, 0) for row in rows})
        for limit in self:
            known = facts.get(limit.id, {})
            limit.yearly_sales = known.get("turnover", 0)
            limit.reliability_status = known.get("status", False)
            limit.need = limit.insurable + orders.get(limit, 0)

    @api.depends("decision_ids")
    def _compute_has_request(self):
        for limit in self:
            limit.has_request = bool(limit._get_open_request())

    def _get_open_request(self):
        """The request that the insurer has not decided yet, or none."""
        self.ensure_one()
        asked = self.decision_ids._in_force().filtered(
            lambda row: row.limit_type != "discretionary"
        )[-1:]
        return asked.filtered(lambda row: row.kind == limits.REQUEST)

    # ---------------------------------------------------------------------- actions

    def action_request(self):
        """Ask the insurer for a limit that covers what is needed."""
        self.ensure_one()
        action = self.action_decide()
        action["name"] = self.env._("Request a Limit")
        action["context"] = {
            **action["context"],
            "default_kind": limits.REQUEST,
            "default_requested_amount": max(self.need, self.amount),
        }
        return action

    def action_give_back(self):
        """Reduce the limit to what is used, or end it: it saves fees."""
        self.ensure_one()
        used = self.covered + self.suspended
        action = self.action_decide()
        action["name"] = self.env._("Give Back a Limit")
        action["context"] = {
            **action["context"],
            "default_kind": limits.REDUCE if used else limits.WITHDRAW,
            "default_amount": used,
            "default_by_us": True,
        }
        return action

    def action_send_request(self):
        """Open the e-mail with the request to the insurer, as PDF and as a file."""
        self.ensure_one()
        if not self._get_open_request():
            raise UserError(
                self.env._(
                    "Nothing is requested for %(buyer)s. Enter a request first.",
                    buyer=self.partner_id.display_name,
                )
            )
        return self._open_insurer_email(
            "arm_insurance.mail_template_request", self.env._("Request a Limit")
        )

    def action_export(self):
        """Save these buyers in the insurer's layout."""
        return self._save_insurer_file("exposure", self.env._("Insured buyers"))

    def action_export_requests(self):
        """Save the open requests of these buyers in the insurer's layout."""
        self.check_access("read")
        asked = self.filtered("has_request")
        if not asked:
            raise UserError(self.env._("None of these buyers has an open request."))
        return asked._save_insurer_file("request", self.env._("Limit requests"))

    # --------------------------------------------------------------------- business

    def _on_sent_to_insurer(self):
        """The request that the e-mail is about is in the register."""
        self.env["arm.dunning.action"]._record_insurance(
            "request_sent",
            self.env["arm.insurance.limit.decision"].union(
                *(limit._get_open_request() for limit in self)
            ),
            "requested_amount",
        )

    def _get_register_number(self):
        """The item that stops the cover, else the policy."""
        # As superuser: its number only, whoever's customer it is.
        item = self.stop_item_id.sudo()
        return item.move_id.name or self.policy_id.name
