from datetime import datetime, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..tools.aging import bucket_labels

AGING_LIMITS = (
    "receivables_aging_1",
    "receivables_aging_2",
    "receivables_aging_3",
    "receivables_aging_4",
)


class ResCompany(models.Model):
    _inherit = "res.company"

    receivables_timezone = fields.Selection(
        _tz_get,
        compute="_compute_receivables_timezone",
        store=True,
        readonly=False,
        help="Due dates and scheduled work follow the calendar days of this time zone.",
    )

    receivables_aging_1 = fields.Integer(
        string="Last Day of the First Bucket",
        default=30,
        help="Overdue items are shown in five buckets by their days past due; the "
        "last one holds what is older than the fourth limit.",
    )
    receivables_aging_2 = fields.Integer(
        string="Last Day of the Second Bucket", default=60
    )
    receivables_aging_3 = fields.Integer(
        string="Last Day of the Third Bucket", default=90
    )
    receivables_aging_4 = fields.Integer(
        string="Last Day of the Fourth Bucket", default=120
    )
    receivables_window_months = fields.Integer(
        string="Months of Payment Behaviour",
        default=12,
        help="Payments of so many past months count for days late, payment index and "
        "returned payments. Items that are overdue today always count.",
    )
    reliability_confirm_persons = fields.Boolean(
        string="Confirm Worse Status of Persons",
        help="A worse reliability status of a natural person waits until somebody "
        "confirms it (GDPR art. 22: no decision by a machine alone).",
    )
    receivables_refreshed_on = fields.Date(
        readonly=True, help="The last day whose nightly refresh is done."
    )

    @api.constrains(*AGING_LIMITS)
    def _check_receivables_aging(self):
        for company in self:
            try:
                bucket_labels(company._get_aging_limits())
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "The aging limits of %(company)s must be days above zero, each "
                        "higher than the one before, such as 30, 60, 90, 120.",
                        company=company.name,
                    )
                ) from None

    @api.constrains("receivables_window_months")
    def _check_receivables_window_months(self):
        for company in self:
            if not 1 <= company.receivables_window_months <= 60:
                raise ValidationError(
                    self.env._(
                        "The payment behaviour of customers of %(company)s needs 1 to "
                        "60 months.",
                        company=company.name,
                    )
                )

    @api.depends("partner_id.tz", "resource_calendar_id.tz")
    def _compute_receivables_timezone(self):
        for company in self:
            company.receivables_timezone = (
                company.receivables_timezone
                or company.resource_calendar_id.tz
                or company.partner_id.tz
                or "UTC"
            )

    def _local_now(self):
        """The present moment in the company's time zone, as an aware datetime."""
        return self._to_local(datetime.now(timezone.utc))

    def _to_local(self, moment):
        """An aware datetime in the company's time zone."""
        self.ensure_one()
        return moment.astimezone(pytz.timezone(self.receivables_timezone or "UTC"))

    def _local_today(self):
        """The calendar day that it is for the company now.

        Whether an item is overdue depends on it, and not on the user's own zone.
        """
        return self._local_now().date()

    def _local_day(self, moment):
        """The company's calendar day of a moment.

        :param moment: datetime in UTC without a zone, as the database keeps them
        """
        return self._to_local(moment.replace(tzinfo=timezone.utc)).date()

    def _get_aging_limits(self):
        """The last days of the first four buckets; the fifth has no end."""
        self.ensure_one()
        return [self[name] for name in AGING_LIMITS]

    def _is_refresh_due(self):
        """Whether a new day has begun for the company since the last refresh."""
        self.ensure_one()
        return self.receivables_refreshed_on != self._local_today()
