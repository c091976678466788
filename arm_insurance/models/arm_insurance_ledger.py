from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..tools import account
from ..tools.money import round_money

# Receipts of an item are fractions of it where currencies differ; they are kept to so
# many decimals and the last one takes the rest.
PLACES = 6


@dataclass
class BuyerLedger:
    """The account of one buyer as the insurer sees it, in policy currency.

    ``items`` are tools.account.Item in invoice order with the line's id as text,
    ``receipts`` tools.account.Receipt, ``open_ids`` the lines that are open in the
    books, ``companies`` the company of each line.
    """

    items: list = field(default_factory=list)
    receipts: list = field(default_factory=list)
    open_ids: set = field(default_factory=set)
    companies: dict = field(default_factory=dict)


class RateTable:
    """Rates of some currencies into one, by day, read once.

    :param rows: (currency id, date, rate to the company's unit), ascending by date
    :param target: currency id
    """

    def __init__(self, rows, target):
        self._days, self._rates, self._target = {}, {}, target
        for currency, day, rate in rows:
            self._days.setdefault(currency, []).append(day)
            self._rates.setdefault(currency, []).append(Decimal(rate))

    def _unit(self, currency, day):
        """Core's rule: the last rate up to the day, else the first one, else 1."""
        days = self._days.get(currency)
        if not days:
            return Decimal(1)
        return self._rates[currency][max(0, bisect_right(days, day) - 1)]

    def rate(self, currency, day):
        """Units of the target for one unit of a currency on a day."""
        if currency == self._target:
            return Decimal(1)
        return self._unit(self._target, day) / self._unit(currency, day)


class ArmInsuranceLedger(models.AbstractModel):
    """Reads the ledger of many buyers at once, in the insurer's terms.

    What counts as what (credit-insurance.md, sections 2.1, 4.4 and 7):

    - an item is a posted receivable line of an invoice, instalment by instalment, or
      of an opening entry; its amount is converted at the invoice date;
    - a receipt is what was matched with it, on the accounting date of the other side,
      converted like the item, and money that is not matched yet;
    - the part of it that was booked as income or expense is a discount or write-off;
    - a returned payment counts twice: as a receipt, and as its return on that day.

    A constant number of statements, whatever the number of buyers and items.
    """

    _name = "arm.insurance.ledger"
    _description = "Insurer's Ledger"

    @api.model
    def _load(self, policy, partners, get_terms=None, excluded=None):
        """Read the accounts of some buyers under a policy.

        :param policy: arm.insurance.policy
        :param partners: commercial partners
        :param get_terms: function of partner id and delivery date to CoverTerms
        :param excluded: dict of partner id to why the buyer is not insured
        :return: dict of partner id to :class:`BuyerLedger`
        """
        self._flush()
        found = {partner: BuyerLedger() for partner in partners.ids}
        if not found:
            return found
        lines = self._lines_sql(policy, partners)
        rates = self._get_rates(policy)
        rows = self.env.execute_query_dict(self._items_query(lines))
        self._apply_consents(policy, partners, rows, rates)
        disputes = self._get_disputes([row["id"] for row in rows])
        grosses = {}
        for row in rows:
            ledger = found[row["partner_id"]]
            gross = grosses[row["id"]] = self._get_gross(policy, row, rates)
            why = (excluded or {}).get(row["partner_id"])
            terms = get_terms and get_terms(
                row["partner_id"], row["risk_date"] or row["invoiced"]
            )
            ledger.items.append(
                self._get_item(row, gross, disputes.get(row["id"], ()), why, terms)
            )
            ledger.companies[row["id"]] = row["company_id"]
            if not row["reconciled"]:
                ledger.open_ids.add(row["id"])
        self._add_matched(found, lines, rows, grosses)
        self._add_unmatched(found, lines, policy, rates)
        self._add_returned(found, lines, policy, rates)
        return found

    @api.model
    def _flush(self):
        """Write pending changes that the statements read."""
        for name in (
            "account.move",
            "account.move.line",
            "account.partial.reconcile",
            "res.partner",
            "arm.hold",
            "arm.dispute",
            "arm.dispute.item",
            "arm.extension",
            "arm.insurance.item",
        ):
            self.env[name].flush_model()

    @api.model
    def _get_disputes(self, line_ids):
        """Hook: the disputes of items as (first day, last day or None), by line."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT item.item_id, dispute.date_opened, dispute.date_closed - 1
                  FROM arm_dispute_item item
                  JOIN arm_dispute dispute ON dispute.id = item.dispute_id
                 WHERE item.item_id = ANY(%(items)s)
                   AND (dispute.date_closed IS NULL
                        OR dispute.date_closed > dispute.date_opened)
                 UNION ALL
                SELECT item_id, create_date::date,
                       CASE WHEN until < create_date::date THEN create_date::date
                            ELSE until END
                  FROM arm_hold
                 WHERE reason = 'dispute' AND source_id IS NULL
                   AND item_id = ANY(%(items)s)
                """,
                items=list(line_ids),
            )
        )
        found = {}
        for line, first, last in rows:
            found.setdefault(line, []).append((first, last))
        return {line: tuple(spans) for line, spans in found.items()}

    # ------------------------------------------------------------------- statements

    @api.model
    def _lines_sql(self, policy, partners):
        """The receivable lines of the buyers, each with its part in the account."""
        return SQL(
            """
            SELECT line.id, contact.commercial_partner_id AS partner_id, line.move_id,
                   line.company_id, line.date, line.date_maturity, line.reconciled,
                   line.balance, line.amount_currency, line.currency_id,
                   line.amount_residual, line.amount_residual_currency,
                   move.move_type, journal.type AS journal_type,
                   line.journal_id = company.currency_exchange_journal_id
                       AS is_exchange,
                   line.balance > 0 AND (
                       move.move_type IN ('out_invoice', 'out_receipt')
                       OR (move.move_type = 'entry'
                           AND journal.type NOT IN ('bank', 'cash', 'credit')
                           AND line.journal_id
                               IS DISTINCT FROM company.currency_exchange_journal_id)
                   ) AS is_item
              FROM account_move_line line
              JOIN res_partner contact ON contact.id = line.partner_id
              JOIN account_account ledger ON ledger.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_journal journal ON journal.id = line.journal_id
              JOIN res_company company ON company.id = line.company_id
             WHERE contact.commercial_partner_id = ANY(%s)
               AND line.company_id = ANY(%s)
               AND line.parent_state = 'posted'
               AND ledger.account_type = 'asset_receivable'
            """,
            list(partners.ids),
            list(policy._get_companies().ids),
        )

    @api.model
    def _items_query(self, lines):
        return SQL(
            """
            SELECT line.id, line.partner_id, line.company_id, line.reconciled,
                   company.currency_id AS company_currency_id, line.currency_id,
                   line.balance::text AS balance,
                   line.amount_currency::text AS amount_currency,
                   move.amount_total::text AS total, move.amount_tax::text AS tax,
                   COALESCE(move.invoice_date, line.date) AS invoiced,
                   COALESCE(fact.risk_date, move.delivery_date) AS risk_date,
                   COALESCE(fact.original_due, line.date_maturity,
                            move.invoice_date, line.date) AS due,
                   GREATEST(fact.extended_due, (
                       SELECT MAX(extension.date) FROM arm_extension_item_rel rel
                         JOIN arm_extension extension
                           ON extension.id = rel.extension_id
                        WHERE rel.item_id = line.id AND extension.state = 'granted'
                   )) AS extended_due,
                   fact.has_consent, fact.is_excluded,
                   MAX(COALESCE(fact.original_due, line.date_maturity))
                       OVER (PARTITION BY line.move_id) AS last_due
              FROM (%s) line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_company company ON company.id = line.company_id
              LEFT JOIN arm_insurance_item fact ON fact.item_id = line.id
             WHERE line.is_item
             ORDER BY line.partner_id, invoiced, line.move_id, due, line.id
            """,
            lines,
        )

    @api.model
    def _matched_query(self, lines):
        """What was matched with each item: by whom, when, and how much of it."""
        return SQL(
            """
            WITH item AS (
                SELECT * FROM (%s) line WHERE line.is_item
            ), matched AS (
                SELECT item.id, item.partner_id, other.date, other.move_id,
                       other.journal_id, partial.amount,
                       partial.debit_amount_currency, partial.id AS sequence,
                       other_move.move_type
                  FROM item
                  JOIN account_partial_reconcile partial
                    ON partial.debit_move_id = item.id
                  JOIN account_move_line other ON other.id = partial.credit_move_id
                  JOIN account_move other_move ON other_move.id = other.move_id
            ), share AS (%s)
            SELECT matched.id, matched.partner_id, matched.date, matched.move_type,
                   matched.amount::text, matched.debit_amount_currency::text,
                   journal.type AS journal_type,
                   matched.journal_id = company.currency_exchange_journal_id
                       AS is_exchange,
                   share.own::text AS own, share.receivable::text AS receivable
              FROM matched
              JOIN account_journal journal ON journal.id = matched.journal_id
              JOIN res_company company ON company.id = journal.company_id
              LEFT JOIN share ON share.move_id = matched.move_id
             ORDER BY matched.id, matched.date, matched.sequence
            """,
            lines,
            self._share_sql(SQL("SELECT move_id FROM matched")),
        )

    @api.model
    def _share_sql(self, moves):
        """How much of each entry's receivable was booked as a cost, not as money."""
        return SQL(
            """
            SELECT line.move_id,
                   SUM(line.balance) FILTER (
                       WHERE ledger.account_type ~ '^(income|expense)'
                          OR line.tax_line_id IS NOT NULL) AS own,
                   -SUM(line.balance) FILTER (
                       WHERE ledger.account_type = 'asset_receivable') AS receivable
              FROM account_move_line line
              JOIN account_account ledger ON ledger.id = line.account_id
             WHERE line.move_id IN (%s)
             GROUP BY line.move_id
            """,
            moves,
        )

    @api.model
    def _unmatched_query(self, lines):
        """Money and credits that are not matched yet, or paid out unmatched."""
        return SQL(
            """
            SELECT line.partner_id, line.company_id, line.date, line.move_type,
                   line.currency_id, company.currency_id AS company_currency_id,
                   line.amount_residual::text AS balance,
                   line.amount_residual_currency::text AS amount_currency
              FROM (%s) line
              JOIN res_company company ON company.id = line.company_id
             WHERE NOT line.is_item AND line.is_exchange IS NOT TRUE
               AND (line.amount_residual <> 0 OR line.amount_residual_currency <> 0)
             ORDER BY line.date, line.id
            """,
            lines,
        )

    @api.model
    def _returned_query(self, lines):
        """Payments that were matched with their own return (not with an item)."""
        return SQL(
            """
            SELECT debit.partner_id, debit.company_id, debit.currency_id,
                   company.currency_id AS company_currency_id,
                   credit.date AS received, debit.date AS returned,
                   partial.amount::text AS balance,
                   partial.debit_amount_currency::text AS amount_currency
              FROM (%(lines)s) debit
              JOIN account_partial_reconcile partial
                ON partial.debit_move_id = debit.id
              JOIN (%(lines)s) credit ON credit.id = partial.credit_move_id
              JOIN res_company company ON company.id = debit.company_id
             WHERE NOT debit.is_item AND debit.is_exchange IS NOT TRUE
               AND credit.is_exchange IS NOT TRUE
               AND debit.balance > 0 AND credit.move_type <> 'out_refund'
               AND debit.date >= credit.date
             ORDER BY debit.date, partial.id
            """,
            lines=lines,
        )

    # ---------------------------------------------------------------------- amounts

    @api.model
    def _get_rates(self, policy):
        """All rates that the policy's company uses, as core looks them up."""
        self.env["res.currency.rate"].flush_model()
        root = policy.company_id.root_id
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (currency_id, name) currency_id, name, rate::text
                  FROM res_currency_rate
                 WHERE company_id IS NULL OR company_id = %s
                 ORDER BY currency_id, name, company_id
                """,
                root.id,
            )
        )
        return RateTable(rows, policy.currency_id.id)

    @api.model
    def _convert(self, policy, row, rates, day):
        """An amount of a line in policy currency, signed, rounded."""
        own, target = row["currency_id"], policy.currency_id
        if own == target.id:
            return Decimal(row["amount_currency"])
        if row["company_currency_id"] == target.id:
            return Decimal(row["balance"])
        amount = Decimal(row["amount_currency"]) * rates.rate(own, day)
        return round_money(amount, target.decimal_places)

    @api.model
    def _apply_consents(self, policy, partners, rows, rates):
        """Hook: mark items that were delivered with the consent of the insurer."""

    @api.model
    def _get_gross(self, policy, row, rates):
        return self._convert(policy, row, rates, row["invoiced"])

    @api.model
    def _get_item(self, row, gross, disputes, excluded, terms):
        total = Decimal(row["total"] or 0)
        tax = gross * Decimal(row["tax"] or 0) / total if total else Decimal(0)
        return account.Item(
            id=str(row["id"]),
            invoiced=row["invoiced"],
            due=row["due"],
            gross=gross,
            vat=min(gross, max(Decimal(0), tax)),
            delivered=row["risk_date"],
            extended_due=row["extended_due"],
            last_due=row["last_due"],
            disputes=disputes,
            insurer_consent=bool(row["has_consent"]),
            excluded=excluded or ("ITEM" if row["is_excluded"] else ""),
            terms=terms,
        )

    # --------------------------------------------------------------------- receipts

    @api.model
    def _add_matched(self, found, lines, rows, grosses):
        """Receipts that were matched with items, converted like the items."""
        totals = {row["id"]: row for row in rows}
        used = {}
        for row in self.env.execute_query_dict(self._matched_query(lines)):
            item = totals[row["id"]]
            whole, part = self._get_portion(item, row)
            before, taken = used.get(row["id"], (Decimal(0), Decimal(0)))
            reached = before + part
            amount = round_money(grosses[row["id"]] * reached / whole, PLACES) - taken
            used[row["id"]] = (reached, taken + amount)
            found[row["partner_id"]].receipts.extend(self._split_receipt(row, amount))

    @api.model
    def _get_portion(self, item, row):
        """The whole of an item and what was matched, in the same currency."""
        whole = Decimal(item["amount_currency"])
        if whole:
            return whole, Decimal(row["debit_amount_currency"])
        return Decimal(item["balance"]), Decimal(row["amount"])

    @api.model
    def _split_receipt(self, row, amount):
        """A receipt, in which cost and money are told apart."""
        if not amount:
            return
        named = {"day": row["date"], "invoice": str(row["id"])}
        if row["is_exchange"]:
            yield account.Receipt(amount=amount, kind=account.EXCHANGE, **named)
        elif row["move_type"] in ("out_refund", "out_invoice"):
            yield account.Receipt(amount=amount, kind=account.CREDIT_NOTE, **named)
        else:
            yield from self._split_money(row, amount, named)

    @api.model
    def _split_money(self, row, amount, named):
        own, whole = Decimal(row["own"] or 0), Decimal(row["receivable"] or 0)
        cost = Decimal(0)
        if own > 0 and whole > 0:
            cost = round_money(amount * min(Decimal(1), own / whole), PLACES)
        bank = row["journal_type"] in ("bank", "cash", "credit")
        if cost:
            kind = account.DISCOUNT if bank else account.WRITE_OFF
            yield account.Receipt(amount=cost, kind=kind, **named)
        if amount > cost:
            yield account.Receipt(amount=amount - cost, **named)

    @api.model
    def _add_unmatched(self, found, lines, policy, rates):
        """Money that waits, and money that was paid out."""
        for row in self.env.execute_query_dict(self._unmatched_query(lines)):
            amount = -self._convert(policy, row, rates, row["date"])
            refund = row["move_type"] == "out_refund" and amount > 0
            kind = account.CREDIT_NOTE if refund else account.PAYMENT
            if amount:
                found[row["partner_id"]].receipts.append(
                    account.Receipt(row["date"], amount, kind=kind)
                )

    @api.model
    def _add_returned(self, found, lines, policy, rates):
        """Payments that came and went: the account was paid in between."""
        for row in self.env.execute_query_dict(self._returned_query(lines)):
            amount = self._convert(policy, row, rates, row["received"])
            if amount <= 0:
                continue
            found[row["partner_id"]].receipts.extend(
                (
                    account.Receipt(row["received"], amount),
                    account.Receipt(row["returned"], -amount),
                )
            )
