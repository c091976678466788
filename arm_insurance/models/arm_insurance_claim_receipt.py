from odoo import api, models
from odoo.tools import SQL

# Once the insurer has accepted, what comes in is no salvage but a recovery.
RECOVERING = ("accepted", "partly", "paid", "recovering")


class ArmInsuranceClaim(models.Model):
    """Money of buyers whom the insurer has paid for, and that nobody has split yet."""

    _name = "arm.insurance.claim"
    _inherit = ["arm.insurance.claim"]

    def action_take_receipts(self):
        """Show what has come in, so that it is split between insurer and insured."""
        self.ensure_one()
        self._check_state("paid", "recovering")
        return self.env["arm.insurance.receipt"]._open(self)

    def _get_receipts(self):
        """What the buyers paid since the insurer accepted, without what is split.

        :return: dict of claim to list of dict ``line_id``, ``date``, ``amount``
            (Decimal, policy currency at the rate of the receipt)
        """
        found = {claim: [] for claim in self}
        for policy, claims in self.grouped("policy_id").items():
            asked = claims.filtered(lambda row: row.state in RECOVERING)
            if not asked:
                continue
            self._flush_receipts()
            ledger = self.env["arm.insurance.ledger"]
            rates = ledger._get_rates(policy)
            for row in self.env.execute_query_dict(asked._receipts_query(policy)):
                amount = -ledger._convert(policy, row, rates, row["date"])
                found[self.browse(row["claim_id"])].append(
                    {"line_id": row["line_id"], "date": row["date"], "amount": amount}
                )
        return found

    @api.model
    def _flush_receipts(self):
        for name in ("account.move.line", "account.move", "arm.insurance.recovery"):
            self.env[name].flush_model()
        self.flush_model()

    def _receipts_query(self, policy):
        """Money on the receivable account of the buyers, not returned, not split."""
        return SQL(
            """
            SELECT claim.id AS claim_id, line.id AS line_id, line.date,
                   line.balance::text AS balance, line.currency_id,
                   line.amount_currency::text AS amount_currency,
                   company.currency_id AS company_currency_id
              FROM arm_insurance_claim claim
              JOIN res_partner contact
                ON contact.commercial_partner_id = claim.partner_id
              JOIN account_move_line line ON line.partner_id = contact.id
              JOIN account_account account ON account.id = line.account_id
              JOIN account_journal journal ON journal.id = line.journal_id
              JOIN res_company company ON company.id = line.company_id
              LEFT JOIN arm_insurance_recovery recovery
                ON recovery.line_id = line.id AND recovery.claim_id = claim.id
             WHERE claim.id = ANY(%(claims)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted' AND line.balance < 0
               AND account.account_type = 'asset_receivable'
               AND journal.type IN ('bank', 'cash', 'credit')
               AND line.date >= claim.accepted_on
               AND recovery.id IS NULL
             ORDER BY line.date, line.id
            """,
            claims=self.ids,
            companies=policy._get_companies().ids,
        )
