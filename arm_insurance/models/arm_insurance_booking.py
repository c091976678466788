from odoo import api, models
from odoo.fields import Command


class ArmInsuranceBooking(models.AbstractModel):
    """Books indemnities and the insurer's share of recoveries (section 2.4).

    Only where the policy names a journal and the accounts. The buyer's receivable
    stays open for collection.
    """

    _name = "arm.insurance.booking"
    _description = "Booking of Indemnities"

    @api.model
    def _book_indemnity(self, claim):
        """Debit the insurer, credit the indemnity; the entry, or none."""
        policy = claim.policy_id
        return self._book(
            policy,
            claim.accepted_amount,
            claim.accepted_on,
            (policy.insurer_account_id, policy.indemnity_account_id),
            self.env._("Indemnity %(claim)s", claim=claim.name),
        )

    @api.model
    def _book_recovery(self, row):
        """Debit the indemnity, credit what is due to the insurer."""
        policy = row.claim_id.policy_id
        return self._book(
            policy,
            row.insurer_share,
            row.date,
            (policy.indemnity_account_id, policy.insurer_account_id),
            self.env._("Recovery on %(claim)s", claim=row.claim_id.name),
        )

    @api.model
    def _book(self, policy, amount, day, accounts, text, balance=None):
        """Post one entry of two lines in the policy's currency.

        :param accounts: the debited and the credited account
        :param balance: the amount in company currency; at the rate of the day when
            not given
        """
        moves = self.env["account.move"]
        debit, credit = accounts
        if not (policy.journal_id and debit and credit and amount):
            return moves
        currency, company = policy.currency_id, policy.company_id
        if balance is None:
            balance = currency._convert(amount, company.currency_id, company, day)
        # As superuser: who settles claims need not be an accountant; the manager has
        # chosen journal and accounts.
        move = moves.sudo().create(
            {
                "move_type": "entry",
                "journal_id": policy.journal_id.id,
                "company_id": company.id,
                "date": day,
                "ref": text,
                "line_ids": [
                    Command.create(
                        {
                            "name": text,
                            "account_id": account.id,
                            "partner_id": policy.insurer_id.id,
                            "currency_id": currency.id,
                            "amount_currency": sign * amount,
                            "balance": sign * balance,
                        }
                    )
                    for account, sign in ((debit, 1), (credit, -1))
                ],
            }
        )
        move.action_post()
        return move
