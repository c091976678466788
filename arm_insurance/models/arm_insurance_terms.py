from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import deadlines, discretionary, indemnity, premium, recovery, terms
from ..tools.currency import RULES as CURRENCY_RULES
from ..tools.dates import Span

UNITS = [("days", "Days"), ("months", "Months")]
BASES = [
    ("due", "Original due date"),
    ("extended", "Extended due date"),
    ("invoice", "Invoice date"),
    ("delivery", "Delivery"),
    ("mep", "End of the extension period"),
    ("noa", "Notice of overdue"),
    ("claim", "Filing of the claim"),
    ("collection", "Collection mandate"),
    ("insolvency", "Insolvency"),
    ("loss", "Date of loss"),
    ("policy_end", "End of the policy year"),
]
GROSS_NET = [
    (indemnity.GROSS, "Before the insured percentage"),
    (indemnity.NET, "After the insured percentage"),
]
# A period is kept as <name>_number and <name>_unit, a clock has <name>_basis as well.
CLOCKS = ("noa", "claim_earliest", "claim_latest", "collection", "waiting")
SPANS = ("mep", "settlement")


def decimal(value):
    """An amount or number of a record as an exact Decimal."""
    return Decimal(str(value or 0))


class ArmInsuranceTerms(models.AbstractModel):
    """The clauses of a credit insurance, as data (credit-insurance.md, section 2.2).

    Every figure is a parameter, because every contract differs. Zero means that the
    contract has no such clause. Amounts are in the policy's currency, percentages are
    written as 90 for 90 %, periods count calendar days or months.
    """

    _name = "arm.insurance.terms"
    _description = "Clauses of a Credit Insurance"

    # Cover
    attachment = fields.Selection(
        [
            (terms.RISK_ATTACHING, "Deliveries in the period"),
            (terms.LOSSES_OCCURRING, "Losses in the period"),
        ],
        string="Attachment Basis",
        required=True,
        default=terms.RISK_ATTACHING,
        help="Whether the delivery or the loss must lie in the policy year.",
    )
    pct_named = fields.Float(string="Named Limits (%)", digits=(5, 2), default=90)
    pct_discretionary = fields.Float(
        string="Discretionary Limits (%)", digits=(5, 2), default=80
    )
    pct_blind = fields.Float(string="Blind Cover (%)", digits=(5, 2), default=60)
    vat_covered = fields.Boolean(string="Taxes Insured")
    max_terms_days = fields.Integer(
        string="Maximum Credit Terms",
        help="Longest agreed term in days; an invoice beyond it is not insured at all. "
        "Zero: no such clause.",
    )
    terms_basis = fields.Selection(
        [
            (terms.BASIS_INVOICE, "From the invoice date"),
            (terms.BASIS_DELIVERY, "From the delivery"),
        ],
        required=True,
        default=terms.BASIS_INVOICE,
    )
    max_invoicing_days = fields.Integer(
        string="Invoice Within",
        help="Days after the delivery in which the invoice must be written. Zero: no "
        "such clause.",
    )
    mep_number = fields.Integer(
        string="Maximum Extension Period",
        default=60,
        help="How long an unpaid item may wait before new deliveries are uninsured. "
        "Zero: cover never stops.",
    )
    mep_unit = fields.Selection(UNITS, required=True, default="days")
    mep_basis = fields.Selection(
        [
            (terms.BASIS_DUE, "Original due date"),
            (terms.BASIS_INVOICE, "Invoice date"),
            (terms.BASIS_EXTENDED, "Extended due date"),
        ],
        required=True,
        default=terms.BASIS_DUE,
    )
    stop_min_amount = fields.Float(
        string="Stop Above",
        digits=(16, 2),
        help="Open amounts up to it do not stop cover.",
    )
    disputed_triggers_stop = fields.Boolean(string="Disputed Items Stop Cover")
    allocation = fields.Selection(
        [
            (terms.FIFO, "Oldest receivable first"),
            (terms.DESIGNATED, "The invoice that the payer names"),
        ],
        string="Receipts Count For",
        required=True,
        default=terms.FIFO,
        help="The insurer's ledger is not the accounting ledger.",
    )
    overlimit = fields.Selection(
        [
            (terms.REVOLVING, "Moves up when older items are paid"),
            (terms.AT_SHIPMENT, "Stays uncovered"),
        ],
        string="Above the Limit",
        required=True,
        default=terms.REVOLVING,
    )
    coverage_method = fields.Selection(
        [
            (terms.REPLAY, "By the course of the account"),
            (terms.SNAPSHOT, "Lesser of balance and limit"),
        ],
        string="Method",
        required=True,
        default=terms.REPLAY,
        help="The second only where the wording says so.",
    )
    partial_rule = fields.Selection(
        [
            (terms.COVERED_FIRST, "The covered part first"),
            (terms.UNCOVERED_FIRST, "The uncovered part first"),
            (terms.PRO_RATA, "Both in proportion"),
        ],
        string="Part Payments Reduce",
        required=True,
        default=terms.COVERED_FIRST,
    )
    runoff_days = fields.Integer(
        string="Run-off",
        help="Days after a reduction or withdrawal in which deliveries stay insured.",
    )
    retro_days = fields.Integer(
        string="Retroactive Cover",
        help="Days before a first decision whose deliveries are let in.",
    )
    declaration_threshold = fields.Float(
        string="Limit Needed From",
        digits=(16, 2),
        help="Balance from which a limit must be requested from the insurer.",
    )
    limit_near_pct = fields.Integer(
        string="Warn at Use (%)",
        default=80,
        help="Use of a limit from which people are told that it is nearly full.",
    )

    # Clocks
    noa_number = fields.Integer(string="Notice of Overdue")
    noa_unit = fields.Selection(UNITS, required=True, default="days")
    noa_basis = fields.Selection(BASES, required=True, default="mep")
    noa_consequence = fields.Selection(
        [
            ("void", "Cover is lost"),
            ("reduce", "Indemnity is reduced"),
            ("warn", "None by the contract"),
        ],
        string="If the Notice Is Late",
        required=True,
        default="void",
    )
    noa_reduction_pct = fields.Float(string="Reduction (%)", digits=(5, 2))
    insolvency_notice_days = fields.Integer(string="Notice of an Insolvency")
    adverse_returned = fields.Boolean(
        string="Returned Payments Are Adverse",
        default=True,
        help="A returned debit or cheque is adverse information: the insurer is to be "
        "told, and the own limit is lost until the day is cleared on the buyer.",
    )
    adverse_notice_days = fields.Integer(
        string="Notice of Adverse Information", default=10
    )
    claim_earliest_number = fields.Integer(string="Earliest Claim")
    claim_earliest_unit = fields.Selection(UNITS, required=True, default="days")
    claim_earliest_basis = fields.Selection(BASES, required=True, default="due")
    claim_latest_number = fields.Integer(string="Latest Claim")
    claim_latest_unit = fields.Selection(UNITS, required=True, default="days")
    claim_latest_basis = fields.Selection(BASES, required=True, default="mep")
    collection_number = fields.Integer(string="Hand-over to Collection")
    collection_unit = fields.Selection(UNITS, required=True, default="days")
    collection_basis = fields.Selection(BASES, required=True, default="mep")
    waiting_number = fields.Integer(string="Waiting Period", default=6)
    waiting_unit = fields.Selection(UNITS, required=True, default="months")
    waiting_basis = fields.Selection(BASES, required=True, default="due")
    settlement_number = fields.Integer(string="Settlement", default=30)
    settlement_unit = fields.Selection(UNITS, required=True, default="days")
    dispute_pauses = fields.Boolean(string="Disputes Pause the Clocks")

    # Loss
    nql = fields.Float(
        string="Threshold (NQL)",
        digits=(16, 2),
        help="Losses up to it are not paid; larger ones count in full.",
    )
    eel = fields.Float(string="Deductible per Claim (EEL)", digits=(16, 2))
    eel_basis = fields.Selection(GROSS_NET, required=True, default=indemnity.NET)
    min_retention = fields.Float(string="Minimum Retention", digits=(16, 2))
    afl = fields.Float(string="Aggregate First Loss (AFL)", digits=(16, 2))
    afl_basis = fields.Selection(GROSS_NET, required=True, default=indemnity.NET)
    max_liability = fields.Float(string="Maximum Liability", digits=(16, 2))
    max_liability_multiple = fields.Float(
        string="Times the Premium",
        digits=(8, 2),
        help="Maximum liability as a multiple of the premium, at least of the minimum "
        "premium. With both figures the lower one counts.",
    )
    recovery_mode = fields.Selection(
        [
            (recovery.SHARE_OF_TOTAL_LOSS, "Insurer's share of the total loss"),
            (recovery.POOL_THEN_PERCENTAGE, "Covered part, then the percentage"),
            (recovery.INSURER_FIRST, "Insurer first"),
        ],
        string="Recoveries",
        required=True,
        default=recovery.SHARE_OF_TOTAL_LOSS,
    )
    cost_mode = fields.Selection(
        [
            (recovery.COSTS_NET, "Taken off first"),
            (recovery.COSTS_INSURER_COVERED_PART, "Insurer pays the covered part"),
        ],
        string="Costs of Recovery",
        required=True,
        default=recovery.COSTS_NET,
    )
    fx_rule = fields.Selection(
        [
            ("lower", "The lower of both"),
            ("invoice", "Rate of the invoice date"),
            ("loss", "Rate of the date of loss"),
        ],
        string="Exchange Rate of a Loss",
        required=True,
        default=CURRENCY_RULES[0],
    )

    # Premium
    premium_method = fields.Selection(
        [
            (premium.TURNOVER, "Turnover"),
            (premium.BALANCES, "Month-end balances"),
            (premium.LIMITS, "Limits"),
            (premium.TERMS, "Turnover by term"),
        ],
        string="Premium Basis",
        required=True,
        default=premium.TURNOVER,
    )
    premium_rate = fields.Float(string="Premium Rate (%)", digits=(8, 5))
    premium_tax = fields.Float(string="Premium Tax (%)", digits=(5, 2))
    minimum_premium = fields.Float(digits=(16, 2))
    deposit_premium = fields.Float(
        string="Deposits", digits=(16, 2), help="Paid in advance on a year's premium."
    )
    deposit_number = fields.Integer(
        string="Number of Deposits", default=1, help="In twelve months, in advance."
    )
    declare_stopped = fields.Boolean(
        string="Declare Deliveries of a Stop",
        default=True,
        help="Whether deliveries made during a stop of cover stay in the turnover.",
    )
    declaration_days = fields.Integer(
        string="Declare Within", default=30, help="Days after the declared period."
    )

    # Discretionary limit
    dcl_maximum = fields.Float(
        string="Discretionary Limit Up To",
        digits=(16, 2),
        help="Most that you may grant a buyer yourself. Zero: you may not.",
    )
    dcl_method = fields.Selection(
        [
            (discretionary.HIGHEST_PAID_BALANCE, "Highest balance paid"),
            (discretionary.HIGHEST_PAID_INVOICE, "Highest invoice paid"),
            (discretionary.FULL_IF_N, "In full after some payments"),
            (discretionary.REPORT, "By a report"),
        ],
        required=True,
        default=discretionary.HIGHEST_PAID_BALANCE,
    )
    dcl_tolerance_days = fields.Integer(string="Days Late That Are in Time")
    dcl_block_months = fields.Integer(
        string="Blocked by a Decision",
        default=12,
        help="Months in which a decision of the insurer forbids an own limit.",
    )

    @api.constrains(lambda self: self._get_terms_fields())
    def _check_terms(self):
        for record in self:
            record._check_numbers()
            try:
                record._get_cover_terms()
                record._get_deadline_terms()
                record._get_indemnity_terms()
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "The clauses of %(name)s do not fit: %(error)s",
                        name=record.display_name,
                        error=str(error),
                    )
                ) from None

    def _check_numbers(self):
        """Refuse negative figures and percentages above 100, with their label."""
        self.ensure_one()
        for name in self._get_terms_fields():
            field = self._fields[name]
            if field.type not in ("integer", "float"):
                continue
            top = 100 if field.string.endswith("(%)") else None
            if self[name] < 0 or (top and self[name] > top):
                raise ValidationError(
                    self.env._(
                        "%(label)s of %(name)s must not be negative, and a percentage "
                        "not above 100. It is %(value)s.",
                        label=field.get_description(self.env)["string"],
                        name=self.display_name,
                        value=self[name],
                    )
                )

    @api.model
    def _get_terms_fields(self):
        """Names of all clauses, those of extensions too."""
        mixin = self.env["arm.insurance.terms"]
        own = {"id", "display_name", *models.MAGIC_COLUMNS}
        return tuple(name for name in mixin._fields if name not in own)

    def _get_terms_values(self):
        """The clauses as values for another record."""
        self.ensure_one()
        return {name: self[name] for name in self._get_terms_fields()}

    # ------------------------------------------------------- for the arithmetic

    def _get_decimals(self):
        """Hook: decimals of the currency of the amounts."""
        return 2

    def _get_span(self, name):
        """The period of a clause, None without one."""
        number = self[f"{name}_number"]
        return Span(**{self[f"{name}_unit"]: number}) if number else None

    def _get_clock(self, name):
        span = self._get_span(name)
        return span and deadlines.Clock(self[f"{name}_basis"], span)

    def _get_cover_terms(self, **values):
        """The clauses about cover.

        :param values: what else is known, or differs (period, country rule)
        :return: tools.terms.CoverTerms
        :raise ValueError: clauses that contradict each other
        """
        self.ensure_one()
        given = {
            "attachment": self.attachment,
            "insured_pct": {
                "named": decimal(self.pct_named),
                "discretionary": decimal(self.pct_discretionary),
                "blind": decimal(self.pct_blind),
            },
            "vat_covered": self.vat_covered,
            "max_terms_days": self.max_terms_days or None,
            "terms_basis": self.terms_basis,
            "max_invoicing_days": self.max_invoicing_days or None,
            "mep": self._get_span("mep"),
            "mep_basis": self.mep_basis,
            "allocation": self.allocation,
            "overlimit": self.overlimit,
            "coverage_method": self.coverage_method,
            "partial_rule": self.partial_rule,
            "stop_min_amount": decimal(self.stop_min_amount),
            "disputed_triggers_stop": self.disputed_triggers_stop,
            "runoff_days": self.runoff_days,
            "retro_days": self.retro_days,
            "decimals": self._get_decimals(),
        }
        return terms.CoverTerms(**{**given, **values})

    def _get_deadline_terms(self, **values):
        """The clauses about deadlines as tools.deadlines.DeadlineTerms."""
        self.ensure_one()
        clocks = {name: self._get_clock(name) for name in CLOCKS}
        clocks["claim"] = clocks.pop("claim_latest")
        given = {
            "mep": self._get_span("mep"),
            "mep_basis": self.mep_basis,
            "noa_insolvency_days": self.insolvency_notice_days or None,
            "settlement": self._get_span("settlement"),
            "dispute_pauses": self.dispute_pauses,
            **clocks,
        }
        return deadlines.DeadlineTerms(**{**given, **values})

    def _get_maximum_liability(self, premium_paid=0):
        """Most that is paid in the year, None without such a clause."""
        self.ensure_one()
        multiple = self.max_liability_multiple
        return indemnity.maximum_liability(
            decimal(self.max_liability) if self.max_liability else None,
            decimal(multiple) if multiple else None,
            decimal(premium_paid),
            decimal(self.minimum_premium),
        )

    def _get_indemnity_terms(self, **values):
        """The clauses about losses as tools.indemnity.IndemnityTerms.

        :param values: what is used up already (``afl_used``, ``paid_to_date``)
        """
        self.ensure_one()
        given = {
            "nql": decimal(self.nql),
            "eel": decimal(self.eel),
            "deductible_basis": self.eel_basis,
            "min_retention": decimal(self.min_retention),
            "afl": decimal(self.afl),
            "afl_basis": self.afl_basis,
            "maximum": self._get_maximum_liability(),
            "decimals": self._get_decimals(),
        }
        return indemnity.IndemnityTerms(**{**given, **values})
