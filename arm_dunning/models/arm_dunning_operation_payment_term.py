from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class ArmDunningOperation(models.Model):
    """Change the payment term that new orders of customers get."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("payment_term", "Change Payment Term")],
        ondelete={"payment_term": "cascade"},
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="New Payment Term",
        check_company=True,
        ondelete="restrict",
        help="For new orders and invoices; the register keeps the one before.",
    )

    @api.constrains("operation_type", "payment_term_id")
    def _check_payment_term(self):
        for operation in self._of_type("payment_term"):
            if not operation.payment_term_id:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the payment term.",
                        task=operation.task_id.name,
                    )
                )

    def _describe_payment_term(self):
        return self.payment_term_id.name

    def _execute_payment_term(self, actions):
        """Remember the old term in the register, and set the new one, set-based."""
        for operation, rows in self._split(actions):
            operation._change_payment_term(rows)

    def _change_payment_term(self, actions):
        """Give the customers of these rows the term of this operation."""
        self.ensure_one()
        term = self.payment_term_id
        partners = actions.partner_id.with_company(self.company_id)
        changed = partners.filtered(lambda p: p.property_payment_term_id != term)
        if not changed:
            return
        old = {partner.id: partner.property_payment_term_id for partner in changed}
        rows = actions.filtered(lambda row: row.partner_id.id in old)
        for before, found in rows.grouped(lambda row: old[row.partner_id.id]).items():
            found.write(
                {"old_payment_term_id": before.id, "new_payment_term_id": term.id}
            )
        self._set_payment_term(changed, self.company_id, term)

    @api.model
    def _set_payment_term(self, partners, company, term):
        """Write the term of customers and of all their contacts in one statement.

        ``res.partner.write`` goes through customers one by one and looks for the
        contacts of each. The column holds a value for each company.
        """
        model = self.env["res.partner"]
        model.flush_model(["property_payment_term_id", "commercial_partner_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner
                   SET property_payment_term_id =
                       COALESCE(property_payment_term_id, '{}'::jsonb)
                       || jsonb_build_object(%s, %s)
                 WHERE commercial_partner_id IN %s
                """,
                str(company.id),
                term.id,
                tuple(partners.ids),
            )
        )
        model.invalidate_model(["property_payment_term_id"])
