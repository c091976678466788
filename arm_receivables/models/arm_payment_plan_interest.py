from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..tools.payment_plan import plan_interest


class ArmPaymentPlan(models.Model):
    """Payment plans with interest on what is still owed.

    Interest is on top of the instalments. When the plan is agreed, a draft invoice of
    it is prepared, due with the last instalment; whoever invoices adds tax if it is
    due, and posts it.
    """

    _name = "arm.payment.plan"
    _inherit = ["arm.payment.plan"]

    interest_rate = fields.Float(
        string="Interest (% a Year)",
        digits=(16, 3),
        tracking=True,
        help="Simple interest on what is still owed, by days (365 a year), from the "
        "day of the agreement. 0: no interest.",
    )
    amount_interest = fields.Monetary(
        string="Interest", compute="_compute_amount_interest"
    )
    interest_move_id = fields.Many2one(
        "account.move",
        string="Interest Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.depends("line_ids.amount_interest")
    def _compute_amount_interest(self):
        for plan in self:
            plan.amount_interest = sum(plan.line_ids.mapped("amount_interest"))

    @api.constrains("interest_rate")
    def _check_interest_rate(self):
        if self.filtered(lambda plan: not 0 <= plan.interest_rate <= 100):
            raise ValidationError(
                self.env._("Interest must be between 0 and 100 percent a year.")
            )

    @api.model
    def _get_protected(self):
        return super()._get_protected() | {"interest_move_id"}

    def write(self, vals):
        """The rate stays as it was agreed."""
        if "interest_rate" in vals and self.filtered(lambda p: p.state != "proposed"):
            raise UserError(
                self.env._("The interest of an agreed plan stays as it is. Cancel it.")
            )
        return super().write(vals)

    def _get_interest(self):
        """The interest of the plan's lines: dict of line to amount."""
        self.ensure_one()
        places = self.currency_id.decimal_places
        lines = self.line_ids.filtered("date").sorted("date")
        amounts = plan_interest(
            [(line.date, Decimal(f"{line.amount:.{places}f}")) for line in lines],
            Decimal(str(self.interest_rate)),
            self.date_agreed or self.company_id._local_today(),
            places,
        )
        return dict(zip(lines, map(float, amounts), strict=True))

    def _start(self):
        """Prepare the invoice of the interest, beside the promises."""
        res = super()._start()
        if self.currency_id.compare_amounts(self.amount_interest, 0) > 0:
            moves = self.env["account.move"].with_company(self.company_id)
            self.interest_move_id = moves.create(self._prepare_interest_invoice())
        return res

    def _prepare_interest_invoice(self):
        """Hook: the values of the draft invoice of the interest."""
        lang = self.partner_id.lang
        name = self.with_context(lang=lang).env._(
            "Interest of the payment plan, %(rate)s %% a year",
            rate=f"{self.interest_rate:g}",
        )
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date_due": max(self.line_ids.mapped("date")),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": name,
                        "quantity": 1,
                        "price_unit": self.amount_interest,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }

    def _end(self, state):
        """No invoice of interest is left waiting of a plan that came to nothing."""
        res = super()._end(state)
        if state != "done":
            drafts = self.interest_move_id.filtered(lambda move: move.state == "draft")
            drafts.unlink()
        return res

    def action_view_interest_invoice(self):
        """Open the invoice of the interest."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.interest_move_id.id,
            "view_mode": "form",
        }
