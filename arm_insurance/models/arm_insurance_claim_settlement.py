from dataclasses import dataclass
from decimal import Decimal

from odoo import api, models

from ..tools import indemnity
from .arm_insurance_terms import decimal

# Claims that use up the sums of a year.
COUNTING = (
    "draft",
    "submitted",
    "waiting",
    "under_review",
    "accepted",
    "partly",
    "paid",
    "recovering",
    "closed",
)
# Once the insurer has accepted, a calculation does not change any more.
FROZEN = ("accepted", "partly", "paid", "recovering", "closed", "rejected", "withdrawn")


@dataclass(frozen=True)
class UsedSums:
    """What the claims of a policy year have used up, in policy currency."""

    first_loss: Decimal
    paid: Decimal


class ArmInsuranceClaimSettlement(models.AbstractModel):
    """Works out the indemnities of whole policy years (credit-insurance.md, 4.6).

    The sums of a year (aggregate first loss, maximum liability) are used up in the
    order of the dates of loss, so that one claim changes the others of its year.
    """

    _name = "arm.insurance.claim.settlement"
    _description = "Settlement of Claims"

    @api.model
    def _settle(self, claims):
        """Calculate every claim of the years that these claims belong to.

        :param claims: arm.insurance.claim
        """
        for policy in claims.policy_id:
            same = claims.search(
                [("policy_id", "=", policy.id), ("state", "in", COUNTING)]
            )
            for year, rows in same.grouped(self._get_year).items():
                if year:
                    self._settle_year(year, rows)
        claims.filtered(lambda row: row.state == "withdrawn").write({"indemnity": 0})

    @api.model
    def _get_used(self, year):
        """What claims have used of the sums of a year, those before included.

        :param year: arm.insurance.year
        :return: :class:`UsedSums`
        """
        mine = self._get_claims(year)
        return UsedSums(
            decimal(year.afl_opening) + sum(map(decimal, mine.mapped("afl_absorbed"))),
            decimal(year.liability_opening)
            + sum(decimal(row.accepted_amount or row.indemnity) for row in mine),
        )

    @api.model
    def _get_claims(self, year):
        """The claims that use up the sums of a year."""
        claims = self.env["arm.insurance.claim"].search(
            [
                ("policy_id", "=", year.policy_id.id),
                ("state", "in", self._get_counting()),
            ]
        )
        return claims.filtered(lambda row: self._get_year(row) == year)

    @api.model
    def _get_sums(self, year):
        """Claims paid and reserved, and what the insurer got back, as Decimals."""
        mine = self._get_claims(year)
        return {
            "claims": sum(
                (decimal(row.accepted_amount or row.indemnity) for row in mine),
                Decimal(0),
            ),
            "recovered": sum(
                map(decimal, mine.recovery_ids.mapped("insurer_share")), Decimal(0)
            ),
        }

    @api.model
    def _get_counting(self):
        """The states of claims that use up the sums of a year."""
        return COUNTING

    @api.model
    def _get_year(self, claim):
        """The policy year: by the first delivery, or by the date of loss."""
        policy = claim.policy_id
        loss = claim.date_of_loss or policy.company_id._local_today()
        year = policy._get_year(loss)
        if year.attachment == "risk_attaching" and claim.line_ids:
            covered = claim.line_ids.filtered("covered") or claim.line_ids
            year = policy._get_year(min(covered.mapped("risk_date")))
        return year

    @api.model
    def _settle_year(self, year, claims):
        terms = year._get_indemnity_terms(
            afl_used=decimal(year.afl_opening),
            paid_to_date=decimal(year.liability_opening),
        )
        result = indemnity.indemnify(terms, [self._get_claim(row) for row in claims])
        for claim in claims.filtered(lambda row: row.state not in FROZEN):
            found = result.claim(str(claim.id))
            claim.write(
                {
                    "insured_loss": found.insured_loss,
                    "pct": found.pct,
                    "deductible": found.deductible,
                    "afl_absorbed": found.afl_absorbed,
                    "retention_cut": found.retention_cut,
                    "ml_cut": found.ml_cut,
                    "indemnity": found.indemnity,
                    "own_loss": found.insured_share,
                }
            )

    @api.model
    def _get_claim(self, claim):
        """A claim for the arithmetic."""
        return indemnity.Claim(
            id=str(claim.id),
            lines=tuple(
                indemnity.ClaimLine(
                    covered=decimal(line.covered),
                    pct=decimal(line.pct),
                    debt=decimal(line.amount_open),
                    delivered=line.risk_date,
                )
                for line in claim.line_ids
                if line.covered
            ),
            total_debt=decimal(claim.total_debt),
            salvage=decimal(claim.salvage),
            guarantee=decimal(claim.guarantee),
            is_void=claim.is_void,
            reduction_pct=decimal(claim.reduction_pct),
            date_of_loss=claim.date_of_loss or None,
        )
