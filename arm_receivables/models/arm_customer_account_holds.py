from odoo import api, fields, models
from odoo.tools import SQL

from .arm_customer_account import EVERYTHING

# Model of the agreement -> the field with their number on the customer's page.
COUNTS = {
    "arm.promise": "running_promise_count",
    "arm.dispute": "running_dispute_count",
    "arm.extension": "running_extension_count",
    "arm.payment.plan": "running_plan_count",
}
# The second bar: what of the first one is agreed about, (field, colour of the theme).
AGREED = {"amount_disputed": "warning", "amount_promised": "primary"}


class ArmCustomerAccount(models.Model):
    """What is agreed with the customer: shown on the page, and kept in step."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    promise_ids = fields.One2many("arm.promise", "account_id", readonly=True)
    running_promise_count = fields.Integer(
        string="Running Promises", compute="_compute_hold_counts"
    )
    running_dispute_count = fields.Integer(
        string="Open Disputes", compute="_compute_hold_counts"
    )
    running_extension_count = fields.Integer(
        string="Running Extensions", compute="_compute_hold_counts"
    )
    running_plan_count = fields.Integer(
        string="Running Payment Plans", compute="_compute_hold_counts"
    )

    def _compute_hold_counts(self):
        for model, name in self._get_hold_counts().items():
            records = self.env[model]
            counts = dict(
                records._read_group(
                    [("account_id", "in", self.ids), *records._get_running_domain()],
                    ["account_id"],
                    ["__count"],
                )
            )
            for account in self:
                account[name] = counts.get(account, 0)

    def _prepare_exposure_bar(self):
        """Below the bar, how much of it is disputed and promised."""
        bar = super()._prepare_exposure_bar()
        width = max(self.exposure + self.amount_credit, self.credit_limit) or 1.0
        bar["agreed"] = [
            {
                **self._prepare_bar_entry(name),
                "colour": colour,
                "share": round(100 * self[name] / width, 2),
            }
            for name, colour in AGREED.items()
            if self[name] > 0
        ]
        for note in bar["notes"]:
            note["colour"] = AGREED.get(note["name"])
        return bar

    @api.model
    def _get_hold_counts(self):
        """Hook: model of an agreement -> field with the number of running ones."""
        return COUNTS

    @api.model
    def _before_refresh(self, company, partners=None, parts=EVERYTHING):
        """Judge promises by the payments, and bring the holds in step with it."""
        res = super()._before_refresh(company, partners, parts)
        if "position" not in parts:
            return res  # an order changes no payment
        self._flush_holds()
        if partners is not None and not self._has_agreements(company, partners):
            return res
        self.env["arm.promise"]._evaluate(company, partners)
        self.env["arm.payment.plan"]._evaluate(company, partners)
        self.env["arm.dispute"]._keep_in_step(company, partners)
        self.env["arm.hold"]._resolve(company, partners)
        return res

    @api.model
    def _has_agreements(self, company, partners):
        """Whether anything was ever agreed with these customers: mostly nothing was."""
        found = [
            SQL(
                "EXISTS (SELECT 1 FROM %s WHERE company_id = %s "
                "AND partner_id = ANY(%s))",
                SQL.identifier(self.env[model]._table),
                company.id,
                partners.ids,
            )
            for model in COUNTS
        ]
        return self.env.execute_query(SQL("SELECT %s", SQL(" OR ").join(found)))[0][0]

    @api.model
    def _flush_holds(self):
        """Write pending changes that the SQL of the holds reads."""
        for model in (*COUNTS, "arm.dispute.item"):
            self.env[model].flush_model()

    def _view_holds(self, xml_id):
        """Open the customer's agreements of one kind."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {"default_account_id": self.id}
        return action

    def action_view_promises(self):
        """Open the customer's promises, decided ones too."""
        return self._view_holds("arm_receivables.arm_promise_action")

    def action_view_disputes(self):
        """Open the customer's disputes, settled ones too."""
        return self._view_holds("arm_receivables.arm_dispute_action")

    def action_view_extensions(self):
        """Open the customer's extensions, old ones too."""
        return self._view_holds("arm_receivables.arm_extension_action")

    def action_view_plans(self):
        """Open the customer's payment plans, old ones too."""
        return self._view_holds("arm_receivables.arm_payment_plan_action")
