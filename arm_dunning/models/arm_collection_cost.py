from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class ArmCollectionCost(models.Model):
    """What the hand-over costs: fees of the agency, the lawyer, the court.

    The vendor bill is booked as any other; here is which case it is for, and whether
    the customer is asked to bear it.
    """

    _name = "arm.collection.cost"
    _description = "Cost of a Collection Case"
    _order = "date desc, id desc"
    _check_company_auto = True

    case_id = fields.Many2one(
        "arm.collection.case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, default=lambda self: self._default_date())
    kind = fields.Selection(
        [
            ("agency", "Fee of the Agency"),
            ("lawyer", "Lawyer"),
            ("court", "Court"),
            ("other", "Other"),
        ],
        required=True,
        default="agency",
    )
    name = fields.Char(string="Description")
    amount = fields.Monetary(required=True, help="Without deductible VAT.")
    bill_id = fields.Many2one(
        "account.move",
        string="Vendor Bill",
        index="btree_not_null",
        check_company=True,
        domain="[('move_type', 'in', ('in_invoice', 'in_refund'))]",
    )
    charge_id = fields.Many2one(
        "arm.dunning.charge",
        string="Claimed",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The charge by which the customer is asked to bear it.",
    )

    @api.model
    def _default_date(self):
        return self.env.company._local_today()

    @api.constrains("amount")
    def _check_amount(self):
        for cost in self:
            if cost.amount <= 0:
                raise ValidationError(
                    self.env._(
                        "%(case)s: a cost needs an amount above zero.",
                        case=cost.case_id.display_name,
                    )
                )

    def write(self, vals):
        """What was claimed stays as it was claimed."""
        if {"amount", "case_id"} & vals.keys() and self.charge_id and not self.env.su:
            raise UserError(
                self.env._("This cost is claimed from the customer; waive that first.")
            )
        if "charge_id" in vals and not self.env.su:
            raise UserError(self.env._("Use Claim to have the customer bear a cost."))
        return super().write(vals)

    def action_claim(self):
        """Propose to claim these costs from the customer: one charge each."""
        self.case_id._check_collector()
        # As superuser: charges are written by methods alone.
        for cost in self.sudo().filtered(lambda cost: not cost.charge_id):
            cost.charge_id = cost.env["arm.dunning.charge"]._propose(
                [cost._prepare_charge()]
            )
        return True

    def _prepare_charge(self):
        """Hook: the charge by which the customer is asked to bear the cost."""
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "account_id": self.case_id.account_id.id,
            "company_id": self.company_id.id,
            "item_id": False,
            "document": self.case_id.name,
            "kind": "fee",
            "currency_id": self.currency_id.id,
            "amount": self.amount,
            "date": self.date,
            "calculation": ": ".join(filter(None, (labels[self.kind], self.name))),
        }
