from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ArmInsuranceDeposit(models.Model):
    """One deposit on the premium of a policy year: when, how much, its bill.

    The bill goes to the account of prepaid premiums, from which each month takes its
    part (``arm.insurance.accrual``). Amounts are in the policy's currency.
    """

    _name = "arm.insurance.deposit"
    _description = "Deposit on the Premium"
    _inherit = ["arm.insurance.recorded"]
    _order = "date, id"
    _rec_name = "date"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "arm.insurance.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    year_id = fields.Many2one(
        "arm.insurance.year",
        compute="_compute_year_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date = fields.Date(required=True, help="The day on which it falls due.")
    amount = fields.Monetary(required=True, help="Without premium tax.")
    bill_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    _amount_check = models.Constraint(
        "CHECK(amount > 0)", "A deposit must be more than zero."
    )

    @api.depends("date", "policy_id.year_ids.date_from", "policy_id.year_ids.date_to")
    def _compute_year_id(self):
        for deposit in self:
            policy, day = deposit.policy_id, deposit.date
            deposit.year_id = policy._get_year(day) if policy and day else False

    # ------------------------------------------------------------------------- CRUD

    def write(self, vals):
        """A deposit with a bill stays as it was billed."""
        if {"amount", "date", "policy_id"} & vals.keys() and self.filtered("bill_id"):
            raise UserError(self._get_billed_text())
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if self.filtered("bill_id"):
            raise UserError(self._get_billed_text())

    def _get_billed_text(self):
        return self.env._(
            "This deposit has a bill. Cancel and delete the bill first, or enter the "
            "difference as another deposit."
        )

    # ---------------------------------------------------------------------- actions

    def action_create_bill(self):
        """Make the vendor bill of a deposit, as a draft to be compared with the
        insurer's paper."""
        self.ensure_one()
        self.check_access("read")
        if self.bill_id:
            raise UserError(self._get_billed_text())
        policy = self.policy_id
        account = policy.deposit_account_id or policy.premium_account_id
        if not account:
            raise UserError(
                self.env._(
                    "Choose the account of prepaid premiums on policy %(name)s first.",
                    name=policy.name,
                )
            )
        moves = self.env["account.move"]
        moves.check_access("create")
        bill = moves.create(self._prepare_bill(account))
        # As superuser: who may enter bills need not set policies.
        self.sudo().bill_id = bill
        self._record("deposit_billed", "amount")
        return self.action_view_bill()

    def action_view_bill(self):
        """Open the bill of the insurer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.bill_id.id,
            "view_mode": "form",
        }

    # --------------------------------------------------------------------- business

    def _prepare_bill(self, account):
        """One line without tax: the premium tax is a line that the paper tells."""
        policy = self.policy_id
        text = self.env._("Deposit on the premium %(policy)s", policy=policy.name)
        return {
            "move_type": "in_invoice",
            "company_id": policy.company_id.id,
            "partner_id": policy.insurer_id.id,
            "currency_id": policy.currency_id.id,
            "invoice_date": self.date,
            "ref": f"{policy.name} {self.date}",
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": text,
                        "quantity": 1,
                        "price_unit": self.amount,
                        "account_id": account.id,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }

    def _get_balance(self):
        """The deposit in the company's currency, at the rate of its bill or day."""
        self.ensure_one()
        company = self.policy_id.company_id
        day = self.bill_id.invoice_date or self.date
        return self.currency_id._convert(self.amount, company.currency_id, company, day)

    def _get_register_facts(self):
        """A deposit is about no buyer: it stands under the insurer."""
        self.ensure_one()
        return {
            "company": self.company_id,
            "partner": self.policy_id.insurer_id,
            "currency": self.currency_id,
            "document": self.policy_id.name,
        }
