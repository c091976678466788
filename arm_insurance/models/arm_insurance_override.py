from odoo import api, fields, models
from odoo.exceptions import UserError


class ArmInsuranceOverride(models.Model):
    """One permission to pass a gate of the insurance: who, why, for which document.

    It is made once and never changed; without it, no call and no context passes.
    """

    _name = "arm.insurance.override"
    _description = "Override of an Insurance Gate"
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
            document = row._get_document()
            row.sudo().gate_text = document.sudo().insurance_message
            document.sudo()._message_log(
                body=self.env._(
                    "Insurance gate passed by %(user)s: %(reason)s",
                    user=self.env.user.name,
                    reason=row.reason,
                )
            )
            document.invalidate_recordset(["insurance_gate", "insurance_message"])
        return rows

    def _get_document(self):
        """Hook: the order, invoice or plan that may pass."""
        self.ensure_one()
        return self.order_id or self.move_id or self.plan_id

    def write(self, vals):
        """What was allowed stays as it was."""
        if vals.keys() - {"gate_text"} or (vals and not self.env.su):
            raise UserError(self.env._("An override stays as it was given."))
        return super().write(vals)
