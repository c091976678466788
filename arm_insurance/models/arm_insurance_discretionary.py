from dataclasses import dataclass, replace
from decimal import Decimal

from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL, split_every

from ..tools import discretionary, limits
from ..tools.dates import add_months
from ..tools.discretionary import DiscretionaryLimit
from .arm_insurance_dcl_evidence import ADVERSE, NOT_ALLOWED
from .arm_insurance_terms import decimal

BATCH = 500  # buyers whose experience is read together
OWN = "discretionary"


@dataclass(frozen=True)
class Proof:
    """The own limit of a buyer today, and the report it rests on, if any."""

    result: DiscretionaryLimit
    report: object = None
    method: str = ""


class ArmInsuranceDiscretionary(models.AbstractModel):
    """Works out own (discretionary) limits every day and enters them as decisions.

    Who has a limit of the insurer keeps that. All others get what the rule of the
    policy year gives (``tools.discretionary``, credit-insurance.md, section 4.10): a
    changed result is a new decision with its proof; the same result only moves the
    last day of the proof. The number of statements does not grow with the buyers.
    """

    _name = "arm.insurance.discretionary"
    _description = "Own Limits"

    @api.model
    def _refresh_policies(self, policies, progress):
        """Once a day for each policy, in batches that are committed.

        :param progress: function that commits; falsy when time is up
        """
        for policy in policies:
            today = policy.company_id._local_today()
            if policy.proved_on == today:
                continue
            for ids in split_every(BATCH, policy.limit_ids.ids):
                self._refresh(policy.limit_ids.browse(ids))
                progress(0)
            policy.proved_on = today
            if not progress(0):
                return

    @api.model
    def _refresh(self, buyers):
        """Work out the own limits of these buyers and enter what changed.

        :param buyers: arm.insurance.limit
        """
        # As superuser: own limits follow the ledger, whoever looks.
        for policy, members in buyers.sudo().grouped("policy_id").items():
            day = policy.company_id._local_today()
            if policy.state != "active" or not policy._get_year(day).dcl_maximum:
                continue
            members.mapped("decision_ids.reversal_ids")
            own = members.filtered(
                lambda row, day=day: row.active and self._is_free(row, day)
            )
            if own:
                # As superuser: the proof looks at the whole account.
                engine = self.sudo()
                engine._enter(policy, engine._get_proofs(policy, own, day), day)

    @api.model
    def _is_free(self, buyer, day):
        """Whether no limit of the insurer holds; a later one ends the own limit."""
        row = self._get_last(buyer)
        is_over = bool(row.until and row.until < day)
        return not row or row.limit_type == OWN or not row.amount or is_over

    @api.model
    def _get_last(self, buyer):
        """The last decision that moved the permanent limit."""
        return buyer.decision_ids._in_force().filtered(
            lambda row: row.kind not in limits.SILENT
            and row.limit_type != limits.TEMPORARY
        )[-1:]

    @api.model
    def _get_amount(self, buyer):
        """The own limit that is entered now."""
        row = self._get_last(buyer)
        mine = row.limit_type == OWN and row.kind not in limits.ENDING
        return decimal(row.amount) if mine else Decimal(0)

    # ------------------------------------------------------------------- the result

    @api.model
    def _get_proofs(self, policy, buyers, day):
        """The own limit of each buyer as of a day.

        :return: dict of arm.insurance.limit to :class:`Proof`
        """
        year = policy._get_year(day)
        rule = year._get_discretionary_rule()
        invoices = self._load_invoices(policy, buyers, day, rule)
        reports = self._get_reports(buyers, day)
        facts = buyers._get_facts()
        terms = self._get_terms_days(policy, buyers, day)
        found = {}
        for buyer in buyers:
            report = reports.get(buyer)
            country = year._get_rule(facts[buyer.id])
            if country and not country.dcl_allowed:
                result = DiscretionaryLimit(day, Decimal(0), NOT_ALLOWED)
            elif buyer.adverse_date and buyer.adverse_date <= day:
                result = DiscretionaryLimit(day, Decimal(0), ADVERSE)
            else:
                result = discretionary.discretionary_limit(
                    replace(rule, terms_days=terms.get(buyer)),
                    day,
                    invoices.get(buyer.partner_id.id, ()),
                    self._get_insurer_days(buyer),
                    report and discretionary.CreditReport(
                        decimal(report.amount), report.date
                    ),
                )  # fmt: skip
            found[buyer] = Proof(result, report, year.dcl_method)
        return found

    @api.model
    def _get_insurer_days(self, buyer):
        """Days on which the insurer decided on the buyer, refusals included."""
        return [
            row.decided_on
            for row in buyer.decision_ids._in_force()
            if row.limit_type != OWN and row.kind != limits.REQUEST and not row.by_us
        ]

    @api.model
    def _get_reports(self, buyers, day):
        """The latest credit report of each buyer."""
        rows = self.env["arm.insurance.credit.report"].search(
            [("limit_id", "in", buyers.ids), ("date", "<=", day)], order="date, id"
        )
        return {row.limit_id: row for row in rows}

    @api.model
    def _get_terms_days(self, policy, buyers, day):
        """Days of the payment term that each buyer has now: experience on shorter
        terms proves nothing."""
        partners = buyers.partner_id.with_company(policy.company_id)
        lengths = {}
        for term in partners.property_payment_term_id:
            last = [line._get_due_date(day) for line in term.line_ids]
            lengths[term.id] = max(0, (max(last) - day).days) if last else None
        return {
            buyer: lengths.get(partner.property_payment_term_id.id)
            for buyer, partner in zip(
                buyers, [partners.browse(b.partner_id.id) for b in buyers], strict=True
            )
        }

    @api.model
    def _load_invoices(self, policy, buyers, day, rule):
        """What the buyers have paid lately, and what they owe, by partner id."""
        ledger = self.env["arm.insurance.ledger"]
        ledger._flush()
        rates = ledger._get_rates(policy)
        found = {}
        opens = add_months(day, -rule.lookback_months)
        query = self._invoices_query(policy, buyers.partner_id, opens)
        for row in self.env.execute_query_dict(query):
            amount = ledger._convert(policy, row, rates, row["invoiced"])
            if amount > 0:
                found.setdefault(row["partner_id"], []).append(
                    discretionary.PaidInvoice(
                        row["invoiced"], row["due"], amount, row["paid"], str(row["id"])
                    )
                )
        return found

    @api.model
    def _invoices_query(self, policy, partners, opens):
        """Items that are open, with the rest of them; and items that were paid with
        money only since a day. What was credited or written off proves nothing."""
        return SQL(
            """
            SELECT line.id, contact.commercial_partner_id AS partner_id,
                   COALESCE(move.invoice_date, line.date) AS invoiced,
                   COALESCE(fact.original_due, line.date_maturity, line.date) AS due,
                   line.currency_id, company.currency_id AS company_currency_id,
                   CASE WHEN line.reconciled THEN settled.last END AS paid,
                   (CASE WHEN line.reconciled THEN line.balance
                         ELSE line.amount_residual END)::text AS balance,
                   (CASE WHEN line.reconciled THEN line.amount_currency
                         ELSE line.amount_residual_currency END)::text
                        AS amount_currency
              FROM account_move_line line
              JOIN res_partner contact ON contact.id = line.partner_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_account account ON account.id = line.account_id
              JOIN res_company company ON company.id = line.company_id
              LEFT JOIN arm_insurance_item fact ON fact.item_id = line.id
              LEFT JOIN LATERAL (%(settled)s) settled ON TRUE
             WHERE contact.commercial_partner_id = ANY(%(partners)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted' AND line.balance > 0
               AND move.move_type = 'out_invoice'
               AND account.account_type = 'asset_receivable'
               AND (NOT line.reconciled
                    OR (settled.last >= %(opens)s AND settled.by_money))
             ORDER BY contact.commercial_partner_id, invoiced, line.id
            """,
            settled=self._settled_query(),
            partners=partners.ids,
            companies=policy._get_companies().ids,
            opens=opens,
        )

    @api.model
    def _settled_query(self):
        """When an item was settled, and whether all of it was money."""
        return SQL(
            """
            SELECT MAX(other.date) AS last,
                   BOOL_AND(journal.type IN ('bank', 'cash', 'credit')
                        OR journal.id = owner.currency_exchange_journal_id) AS by_money
              FROM account_partial_reconcile partial
              JOIN account_move_line other ON other.id = partial.credit_move_id
              JOIN account_journal journal ON journal.id = other.journal_id
              JOIN res_company owner ON owner.id = other.company_id
             WHERE partial.debit_move_id = line.id
            """
        )

    # ------------------------------------------------------------------ what changes

    @api.model
    def _enter(self, policy, proofs, day):
        """Enter decisions and proofs where the result has changed."""
        same = self.env["arm.insurance.dcl.evidence"]
        fresh, changed = {}, {}
        for buyer, proof in proofs.items():
            last = buyer.dcl_evidence_id
            if not last and not proof.result.limit:
                continue  # nothing was ever granted: nothing is to be proved
            if self._get_amount(buyer) != proof.result.limit:
                changed[buyer] = proof
            if buyer not in changed and self._is_same(last, proof):
                same |= last
            else:
                fresh[buyer] = proof
        if same:
            same.write({"checked_on": day})
        evidence = self._create_evidence(fresh, day)
        decisions = self._create_decisions(changed, day)
        for buyer, decision in decisions.items():
            evidence[buyer].decision_id = decision
        for buyer, row in evidence.items():
            buyer.dcl_evidence_id = row

    @api.model
    def _is_same(self, last, proof):
        """Whether the last proof still carries the same result."""
        if not last or last.status != proof.result.status:
            return False
        now = {int(invoice.id) for invoice in proof.result.experiences}
        then = set(last.experience_ids.item_id.ids)
        report = proof.report if proof.method == discretionary.REPORT else None
        return (
            decimal(last.amount) == proof.result.limit
            and then <= now
            and last.report_id.id == (report.id if report else False)
        )

    @api.model
    def _create_evidence(self, proofs, day):
        orders = {}
        for policy, buyers in (
            self.env["arm.insurance.limit"].union(*proofs).grouped("policy_id").items()
        ):
            orders.update(self.env["arm.insurance.watch"]._get_orders(policy, buyers))
        names = self._get_names(proofs)
        rows = self.env["arm.insurance.dcl.evidence"].create(
            [
                {
                    "limit_id": buyer.id,
                    "as_of": day,
                    "checked_on": day,
                    "method": self._get_method_label(buyer, proof),
                    "status": proof.result.status,
                    "amount": float(proof.result.limit),
                    "need": buyer.amount_open + orders.get(buyer.partner_id, 0),
                    "report_id": proof.report.id
                    if proof.report and proof.method == discretionary.REPORT
                    else False,
                    "experience_ids": [
                        Command.create(self._get_experience(invoice, names))
                        for invoice in proof.result.experiences
                    ],
                }
                for buyer, proof in proofs.items()
            ]
        )
        return dict(zip(proofs, rows, strict=True))

    @api.model
    def _get_method_label(self, buyer, proof):
        field = buyer.policy_id.year_ids._fields["dcl_method"]
        return dict(field._description_selection(self.env)).get(proof.method)

    @api.model
    def _get_names(self, proofs):
        """Numbers of the invoices of all experiences, read together."""
        ids = {
            int(invoice.id)
            for proof in proofs.values()
            for invoice in proof.result.experiences
        }
        lines = self.env["account.move.line"].browse(ids)
        return {line.id: line.move_id.name for line in lines}

    @api.model
    def _get_experience(self, invoice, names):
        return {
            "item_id": int(invoice.id),
            "name": names[int(invoice.id)],
            "invoiced": invoice.invoiced,
            "due": invoice.due,
            "paid": invoice.paid,
            "amount": float(invoice.amount),
        }

    @api.model
    def _create_decisions(self, proofs, day):
        """A grant of the new amount, or the end of the own limit on this day.

        It ends as a limit expires, so that the insurer may still let in deliveries of
        the days before by a retroactive decision.
        """
        rows = self.env["arm.insurance.limit.decision"].create(
            [
                {
                    "limit_id": buyer.id,
                    "kind": self._get_kind(self._get_amount(buyer), proof.result.limit),
                    "limit_type": OWN,
                    "amount": float(proof.result.limit),
                    "decided_on": day,
                    "effective_on": day,
                    "retro_days": 0,
                    "by_us": True,
                }
                for buyer, proof in proofs.items()
            ]
        )
        return dict(zip(proofs, rows, strict=True))

    @api.model
    def _get_kind(self, before, after):
        if not after:
            return limits.EXPIRE
        if not before:
            return limits.GRANT
        return limits.INCREASE if after > before else limits.REDUCE
