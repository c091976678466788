from dataclasses import dataclass
from decimal import Decimal

from odoo import api, models

from ..tools import indemnity
from ..tools.money import ZERO, round_money
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
# The figures of a claim that its parts in several years add up to.
SUMMED = (
    "insured_loss",
    "deductible",
    "afl_absorbed",
    "retention_cut",
    "ml_cut",
    "indemnity",
    "insured_share",
)


@dataclass(frozen=True)
class YearPart:
    """A claim, or the part of it, that counts in one policy year."""

    year: object
    result: indemnity.ClaimResult


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
        """Calculate every claim of the policies that these claims belong to.

        :param claims: arm.insurance.claim
        """
        for policy in claims.policy_id:
            same = self._get_policy_claims(policy)
            results = self._indemnify(
                policy, {claim: self._get_claim(claim) for claim in same}
            )
            for claim in same.filtered(lambda row: row.state not in FROZEN):
                if claim in results:
                    claim.write(self._get_amounts(claim, results[claim]))
        claims.filtered(lambda row: row.state == "withdrawn").write({"indemnity": 0})

    @api.model
    def _get_policy_claims(self, policy):
        """The claims that use up the sums of the policy's years."""
        domain = [("policy_id", "=", policy.id), ("state", "in", self._get_counting())]
        return self.env["arm.insurance.claim"].search(domain)

    @api.model
    def _indemnify(self, policy, claims):
        """Work out the indemnities of claims, year by year.

        :param policy: arm.insurance.policy
        :param claims: dict of some key to tools.indemnity.Claim
        :return: dict of key to list of :class:`YearPart`; keys without a year are left
            out
        """
        by_year = {}
        for key, claim in claims.items():
            for year, part in self._split(policy, claim):
                by_year.setdefault(year, []).append((key, part))
        found = {}
        for year, parts in by_year.items():
            terms = year._get_indemnity_terms(
                afl_used=decimal(year.afl_opening),
                paid_to_date=decimal(year.liability_opening),
            )
            result = indemnity.indemnify(terms, [part for _key, part in parts])
            for key, part in parts:
                row = YearPart(year, result.claim(part.id))
                found.setdefault(key, []).append(row)
        return found

    @api.model
    def _split(self, policy, claim):
        """The years that a claim touches, with its part of each.

        By the date of loss; where risks attach by delivery, item by item
        (credit-insurance.md, 4.6, "one claim may touch two years: split by line").
        """
        loss = claim.date_of_loss or policy.company_id._local_today()
        year = policy._get_year(loss)
        if not year:
            return []
        if year.attachment != "risk_attaching" or not claim.lines:
            return [(year, claim)]
        years = {str(row.id): row for row in policy.year_ids}
        days = [(name, row.date_from, row.date_to) for name, row in years.items()]
        try:
            parts = indemnity.split_by_year(claim, days)
        except ValueError:  # an item of a year that is not there any more
            return [
                (policy._get_year(min(row.delivered for row in claim.lines)), claim)
            ]
        return [(years[name], part) for name, part in parts]

    @api.model
    def _get_amounts(self, claim, parts):
        """The figures of a claim: those of its parts in each year, added up."""
        sums = {
            name: sum(getattr(part.result, name) for part in parts) for name in SUMMED
        }
        sums["own_loss"] = sums.pop("insured_share")
        return {**sums, "pct": self._get_claim(claim).percentage}

    @api.model
    def _get_used(self, year):
        """What claims have used of the sums of a year, those before included.

        :param year: arm.insurance.year
        :return: :class:`UsedSums`
        """
        rows = self._get_claims(year)
        absorbed = sum((part.result.afl_absorbed for _c, part, _s in rows), ZERO)
        paid = sum((self._get_paid(claim) * share for claim, _p, share in rows), ZERO)
        return UsedSums(
            decimal(year.afl_opening) + absorbed,
            decimal(year.liability_opening) + paid,
        )

    @api.model
    def _get_paid(self, claim):
        """What the insurer said that it pays, else what was calculated."""
        return decimal(claim.accepted_amount or claim.indemnity)

    @api.model
    def _get_claims(self, year):
        """The claims that use up the sums of a year, with their part of it.

        :return: list of (arm.insurance.claim, :class:`YearPart`, share of the claim)
        """
        claims = self._get_policy_claims(year.policy_id)
        results = self._indemnify(
            year.policy_id, {claim: self._get_claim(claim) for claim in claims}
        )
        found = []
        for claim, parts in results.items():
            whole = sum((part.result.indemnity for part in parts), ZERO)
            for number, part in enumerate(parts):
                if part.year == year:
                    mine = part.result.indemnity
                    share = mine / whole if whole else Decimal(number == 0)
                    found.append((claim, part, share))
        return found

    @api.model
    def _get_sums(self, year):
        """Claims paid and reserved, and what the insurer got back, as Decimals."""
        claims = recovered = ZERO
        for claim, _part, share in self._get_claims(year):
            claims += self._get_paid(claim) * share
            back = sum(map(decimal, claim.recovery_ids.mapped("insurer_share")), ZERO)
            recovered += back * share
        places = year.policy_id.currency_id.decimal_places
        return {
            "claims": round_money(claims, places),
            "recovered": round_money(recovered, places),
        }

    @api.model
    def _get_counting(self):
        """The states of claims that use up the sums of a year."""
        return COUNTING

    @api.model
    def _get_year(self, claim):
        """The policy year whose other clauses hold for a claim: its first one."""
        policy = claim.policy_id
        parts = self._split(policy, self._get_claim(claim))
        loss = claim.date_of_loss or policy.company_id._local_today()
        return parts[0][0] if parts else policy._get_year(loss)

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
