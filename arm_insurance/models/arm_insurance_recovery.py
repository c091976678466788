from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import recovery
from .arm_insurance_claim import SETTLED
from .arm_insurance_terms import decimal


class ArmInsuranceRecovery(models.Model):
    """Money that still comes in after the insurer has paid, and who gets it.

    Each receipt is split and rounded on its own, by the clauses of the policy year
    (credit-insurance.md, section 4.7); the insurer never gets more than it has paid.
    """

    _name = "arm.insurance.recovery"
    _description = "Recovery"
    _inherit = ["arm.insurance.recorded"]
    _order = "date, id"
    _rec_name = "date"

    claim_id = fields.Many2one(
        "arm.insurance.claim", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="claim_id.currency_id", store=True)
    partner_id = fields.Many2one(related="claim_id.partner_id", string="Buyer")
    date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(required=True)
    costs = fields.Monetary()
    is_guarantee = fields.Boolean(string="From a Security")
    line_id = fields.Many2one(
        "account.move.line", string="Receipt", index="btree_not_null", readonly=True
    )
    net = fields.Monetary(readonly=True)
    insurer_share = fields.Monetary(readonly=True)
    own_share = fields.Monetary(readonly=True)
    own_costs = fields.Monetary(readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Entry", readonly=True, index="btree_not_null"
    )

    _line_uniq = models.UniqueIndex(
        "(claim_id, line_id) WHERE line_id IS NOT NULL",
        "This receipt is split already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Split each receipt as it comes in, and book the insurer's share."""
        rows = super().create(vals_list)
        for claim in rows.claim_id:
            if claim.state not in SETTLED:
                raise UserError(
                    self.env._(
                        "Claim %(name)s is not paid yet. Enter what comes in before as "
                        "salvage on the claim.",
                        name=claim.name,
                    )
                )
            self._split(claim)
        rows.claim_id.filtered(lambda row: row.state == "paid").state = "recovering"
        for row in rows:
            row.move_id = self.env["arm.insurance.booking"]._book_recovery(row)
        rows._record("recovery", "amount", lambda row: row._get_shares())
        return rows

    def write(self, vals):
        """Once booked, a split stays."""
        figures = {"amount", "costs", "date", "is_guarantee", "claim_id"}
        if figures & vals.keys() and self.move_id:
            raise UserError(
                self.env._("This recovery is booked. Enter the difference as another.")
            )
        res = super().write(vals)
        if figures & vals.keys():
            for claim in self.claim_id:
                self._split(claim)
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        if self.move_id:
            raise UserError(
                self.env._("This recovery is booked. Enter the difference as another.")
            )

    def _get_register_number(self):
        return self.claim_id.name

    def _get_shares(self):
        """Who gets how much, in words."""
        self.ensure_one()
        money = self.currency_id.format
        return self.env._(
            "Insurer: %(insurer)s, own share: %(own)s.",
            insurer=money(self.insurer_share),
            own=money(self.own_share),
        )

    @api.model
    def _split(self, claim):
        """Share out all receipts of a claim; those that are booked come out alike."""
        year = self.env["arm.insurance.claim.settlement"]._get_year(claim)
        debt = decimal(claim.total_debt) - decimal(claim.salvage)
        terms = recovery.RecoveryTerms(
            total_debt=debt - decimal(claim.guarantee),
            insured_loss=decimal(claim.insured_loss),
            indemnity=decimal(claim.accepted_amount),
            pct=decimal(claim.pct),
            mode=year.recovery_mode,
            cost_mode=year.cost_mode,
            decimals=claim.currency_id.decimal_places,
        )
        rows = claim.recovery_ids.sorted(lambda row: (row.date, row.id))
        result = recovery.share_recoveries(
            terms,
            [
                recovery.Recovery(
                    decimal(row.amount), decimal(row.costs), row.date, row.is_guarantee
                )
                for row in rows
            ],
        )
        for row, share in zip(rows, result.shares, strict=True):
            if not row.move_id:
                row.write(
                    {
                        "net": share.net,
                        "insurer_share": share.insurer,
                        "own_share": share.insured,
                        "own_costs": share.costs_borne_by_insured,
                    }
                )
