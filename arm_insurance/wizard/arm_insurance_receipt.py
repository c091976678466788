from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ArmInsuranceReceipt(models.TransientModel):
    """What a buyer has paid after the indemnity, to be split with the insurer.

    Every receipt is shown with the share that the clauses give the insurer. What does
    not belong to the loss (a new order paid in advance) is entered with zero, so that
    nobody is asked about it again.
    """

    _name = "arm.insurance.receipt"
    _description = "Split Receipts After a Loss"

    claim_id = fields.Many2one("arm.insurance.claim", required=True, readonly=True)
    partner_id = fields.Many2one(related="claim_id.partner_id", string="Buyer")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    line_ids = fields.One2many("arm.insurance.receipt.line", "wizard_id")

    @api.model
    def _open(self, claim):
        """Open the receipts of a claim.

        :raise UserError: when nothing has come in
        """
        rows = claim._get_receipts()[claim]
        if not rows:
            raise UserError(
                self.env._(
                    "Nothing has come in from %(buyer)s since the insurer accepted. "
                    "Enter what came in otherwise on the page Recoveries.",
                    buyer=claim.partner_id.display_name,
                )
            )
        wizard = self.create(
            {
                "claim_id": claim.id,
                "line_ids": [
                    Command.create(
                        {
                            "line_id": row["line_id"],
                            "date": row["date"],
                            "received": float(row["amount"]),
                            "amount": float(row["amount"]),
                        }
                    )
                    for row in rows
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split Receipts"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_split(self):
        """Enter the receipts as recoveries; each is split and booked on its own."""
        self.ensure_one()
        self.claim_id.check_access("write")
        for line in self.line_ids:
            line._check_amount()
        self.env["arm.insurance.recovery"].create(
            [
                {
                    "claim_id": self.claim_id.id,
                    "line_id": line.line_id.id,
                    "date": line.date,
                    "amount": line.amount,
                    "costs": line.costs,
                    "is_guarantee": line.is_guarantee,
                }
                for line in self.line_ids
            ]
        )
        self.env["arm.insurance.watch"]._watch(self.claim_id.limit_id)
        return True
