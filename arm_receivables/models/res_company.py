from datetime import datetime, timezone

import pytz

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
    _inherit = "res.company"

    receivables_timezone = fields.Selection(
        _tz_get,
        compute="_compute_receivables_timezone",
        store=True,
        readonly=False,
        help="Due dates and scheduled work follow the calendar days of this time zone.",
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
        self.ensure_one()
        zone = pytz.timezone(self.receivables_timezone or "UTC")
        return datetime.now(timezone.utc).astimezone(zone)

    def _local_today(self):
        """The calendar day that it is for the company now.

        Whether an item is overdue depends on it, and not on the user's own zone.
        """
        return self._local_now().date()
