from dataclasses import asdict, fields
from decimal import Decimal

from odoo import api, models
from odoo.tools import LazyTranslate, format_amount, formatLang

from ..tools import reliability as rules

_lt = LazyTranslate(__name__)

# The sentence of the rule that decided: with the figure, and where the status begins.
REASONS = {
    "promises_broken": _lt(
        "%(actual)s promises to pay were broken (%(status)s begins at %(limit)s)."
    ),
    "payments_returned": _lt(
        "%(actual)s payments were returned (%(status)s begins at %(limit)s)."
    ),
    "oldest_overdue_days": _lt(
        "The oldest open item is %(actual)s days overdue (%(status)s begins at "
        "%(limit)s)."
    ),
    "amount_overdue": _lt("%(actual)s is overdue (%(status)s begins at %(limit)s)."),
    "overdue_share": _lt(
        "%(actual)s %% of what is open is overdue (%(status)s begins at %(limit)s %%)."
    ),
    "payment_index": _lt(
        "The payment index is %(actual)s (%(status)s begins below %(limit)s)."
    ),
    "days_late": _lt(
        "Payments are %(actual)s days late on average (%(status)s begins at %(limit)s)."
    ),
    rules.IN_ORDER: _lt("No threshold of the policy is reached."),
    rules.NEW_CUSTOMER: _lt(
        "A new customer: %(actual)s of %(limit)s payment experiences so far."
    ),
    rules.WAITING: _lt(
        "The figures allow a better status; it still has to be proven by payments in "
        "terms."
    ),
    rules.IMPROVED: _lt(
        "%(actual)s items in a row were paid in terms and nothing is overdue "
        "(%(limit)s are needed)."
    ),
}
# What would have to be different.
NEEDS = {
    "promises_broken": _lt("fewer than %(required)s broken promises (now %(actual)s)"),
    "payments_returned": _lt(
        "fewer than %(required)s returned payments (now %(actual)s)"
    ),
    "oldest_overdue_days": _lt(
        "no item overdue for %(required)s days or more (now %(actual)s)"
    ),
    "amount_overdue": _lt("less than %(required)s overdue (now %(actual)s)"),
    "overdue_share": _lt(
        "less than %(required)s %% of what is open overdue (now %(actual)s %%)"
    ),
    "payment_index": _lt("a payment index of at least %(required)s (now %(actual)s)"),
    "days_late": _lt("fewer than %(required)s days late on average (now %(actual)s)"),
    rules.NOTHING_OVERDUE: _lt("nothing overdue (now %(actual)s)"),
    rules.EXPERIENCES: _lt("%(required)s payment experiences (now %(actual)s)"),
    rules.PAID_IN_TERMS: _lt(
        "%(required)s items in a row paid in terms (now %(actual)s)"
    ),
}
AMOUNTS = ("amount_overdue", rules.NOTHING_OVERDUE)
DECIMALS = {"overdue_share": 2, "payment_index": 1, "days_late": 1}


class ArmReliabilityExplainer(models.AbstractModel):
    """Puts a status into words: why it is so, and what a better one would take.

    Only codes and figures are stored, so that everybody reads the sentences in their
    own language.
    """

    _name = "arm.reliability.explainer"
    _description = "Words for the Reliability Status"

    # ---------------------------------------------------------- figures as they were

    @api.model
    def _dump_policy(self, policy):
        """The numbers of a policy as plain JSON; see :meth:`_load_policy`."""

        def plain(value):
            return float(value) if isinstance(value, Decimal) else value

        values = asdict(policy)
        return {
            name: {key: plain(number) for key, number in value.items()}
            if isinstance(value, dict)
            else plain(value)
            for name, value in values.items()
        }

    @api.model
    def _load_policy(self, values):
        """The policy from what :meth:`_dump_policy` made of it."""
        values = self._load_numbers(values)
        for status in ("yellow", "red"):
            thresholds = self._load_numbers(values.get(status))
            values[status] = rules.Thresholds(**thresholds)
        return rules.Policy(**values)

    @api.model
    def _load_facts(self, values):
        """The facts from the JSON of a change."""
        known = {field.name for field in fields(rules.Facts)}
        numbers = self._load_numbers(values)
        return rules.Facts(**{k: v for k, v in numbers.items() if k in known})

    @api.model
    def _load_numbers(self, values):
        """Floats of JSON as exact decimals."""
        return {
            name: Decimal(str(value)) if isinstance(value, float) else value
            for name, value in (values or {}).items()
        }

    # ------------------------------------------------------------------------ words

    @api.model
    def _get_reason(self, verdict, facts, policy, currency):
        """Why the status is what it is, in a sentence."""
        actual, limit = {
            rules.NEW_CUSTOMER: (facts.experience_count, policy.minimum_experiences),
            rules.IMPROVED: (facts.paid_in_terms, policy.better_after),
        }.get(verdict.rule, (None, None))
        if verdict.breach:
            actual, limit = verdict.breach.actual, verdict.breach.required
        return self._fill(
            REASONS[verdict.rule],
            actual=self._format(verdict.rule, actual, currency),
            limit=self._format(verdict.rule, limit, currency),
            status=self._get_status_label(verdict.status).lower(),
        )

    @api.model
    def _get_outlook(self, verdict, currency):
        """What the next better status would take, in a sentence; False for green."""
        if not verdict.needs:
            return False
        better = rules.STATUSES[rules.LEVELS[verdict.status] - 1]
        needs = [
            self._fill(
                NEEDS[need.code],
                actual=self._format(need.code, need.actual, currency),
                required=self._format(need.code, need.required, currency),
            )
            for need in verdict.needs
        ]
        return self.env._(
            "%(status)s would take: %(needs)s.",
            status=self._get_status_label(better),
            needs="; ".join(needs),
        )

    @api.model
    def _fill(self, text, **values):
        """A lazy text in the reader's language, with its values put in."""
        template = text._translate(self.env.lang or "en_US")
        return template % values

    @api.model
    def _format(self, code, value, currency):
        """A figure as people write it in the reader's language."""
        if value is None:
            return ""
        if code in AMOUNTS:
            return format_amount(self.env, float(value), currency)
        return formatLang(self.env, float(value), digits=DECIMALS.get(code, 0))

    @api.model
    def _get_status_label(self, status):
        field = self.env["arm.customer.account"]._fields["reliability_status"]
        return dict(field._description_selection(self.env))[status]
