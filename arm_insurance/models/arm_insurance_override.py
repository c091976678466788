from odoo import api, fields, models
from odoo.exceptions import UserError


class ArmInsuranceOverride(models.Model):
    """One permission to pass a gate of the insurance: who, why, for which document.

    It is made once and never changed; without it, no call and no context passes.
    """

    _name = "arm.insurance.override"
    _description = "Override of an Insurance Gate"
    _inherit = ["arm.insurance.recorded"]
    _order = "id desc"
    _rec_name = "reason"
    _check_company_auto = True

    order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="cascade", check_company=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    plan_id = fields.Many2one(
        "arm.payment.plan",
        string="Payment Plan",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    gate_text = fields.Text(string="What Stood Against It", readonly=True)
    reason = fields.Char(required=True, help="Why it is done all the same.")
    user_id = fields.Many2one(
        "res.users",
        string="Allowed By",
        readonly=True,
        default=lambda self: self.env.user,
    )

    _document_check = models.Constraint(
        "CHECK(num_nonnulls(order_id, move_id, plan_id) = 1)",
        "An override belongs to one order, one invoice or one payment plan.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Who allows it is who is logged in; what stood against it is kept."""
        rows = super().create(
            [
                {**vals, "user_id": self.env.uid, "gate_text": False}
                for vals in vals_list
            ]
        )
        for row in rows:
            # As superuser: who allows it need not be allowed to change the document.
            document = row._get_document().sudo()
            row.sudo().gate_text = document.insurance_message  # kept for good
            document._message_log(
                body=self.env._(
                    "Insurance gate passed by %(user)s: %(reason)s",
                    user=self.env.user.name,
                    reason=row.reason,
                )
            )
            document.invalidate_recordset(["insurance_gate", "insurance_message"])
        rows._record("gate_passed", text=lambda row: row.reason)
        return rows

    def _get_document(self):
        """Hook: the order, invoice or plan that may pass."""
        self.ensure_one()
        return self.order_id or self.move_id or self.plan_id

    def _get_register_facts(self):
        self.ensure_one()
        # As superuser: who allows a document need not see all of it.
        document = self._get_document().sudo()
        return {
            "company": self.company_id,
            "partner": self._get_buyer(document) or self.company_id.partner_id,
            "document": document.display_name,
        }

    @api.model
    def _get_buyer(self, document):
        """Hook: who gets the invoice of a document."""
        has_address = "partner_invoice_id" in document._fields
        buyer = document[has_address and "partner_invoice_id" or "partner_id"]
        return buyer.commercial_partner_id

    def write(self, vals):
        """What was allowed stays as it was."""
        if vals.keys() - {"gate_text"} or (vals and not self.env.su):
            raise UserError(self.env._("An override stays as it was given."))
        return super().write(vals)
