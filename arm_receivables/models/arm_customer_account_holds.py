from odoo import api, fields, models

# Model of the agreement -> the field with their number on the customer's page.
COUNTS = {"arm.promise": "running_promise_count"}


class ArmCustomerAccount(models.Model):
    """What is agreed with the customer: shown on the page, and kept in step."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    promise_ids = fields.One2many("arm.promise", "account_id", readonly=True)
    running_promise_count = fields.Integer(
        string="Running Promises", compute="_compute_hold_counts"
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

    @api.model
    def _get_hold_counts(self):
        """Hook: model of an agreement -> field with the number of running ones."""
        return COUNTS

    @api.model
    def _before_refresh(self, company, partners=None):
        """Judge promises by the payments, and bring the holds in step with it."""
        res = super()._before_refresh(company, partners)
        self.env["arm.promise"]._evaluate(company, partners)
        self.env["arm.hold"]._resolve(company, partners)
        return res

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
