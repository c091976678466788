from base64 import b64decode
from datetime import date, datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.mimetypes import guess_mimetype

from ..tools.statement_sheet import first_weekday


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company"]

    statement_schedule = fields.Selection(
        [
            ("none", "No Statements"),
            ("open", "Open Items"),
            ("activity", "Activity of the Month"),
        ],
        string="Monthly Statements",
        default="none",
        required=True,
        help="What customers get by e-mail on the first working day of each month, "
        "unless their account says otherwise. Open items: what is open on that day. "
        "Activity: opening balance, movements and closing balance of the month before.",
    )
    statement_month = fields.Char(
        readonly=True, help="The last month whose statements are in the queue."
    )

    def _get_statement_day(self, today):
        """The first working day of the month, by the company's working hours.

        Expanded by core itself, so that public holidays count as they do everywhere.
        """
        self.ensure_one()
        first, last = today + relativedelta(day=1), today + relativedelta(day=31)
        calendar = self.resource_calendar_id
        if not calendar:
            return first_weekday(today)
        zone = pytz.timezone(calendar.tz or "UTC")
        edges = [
            zone.localize(datetime.combine(day, moment))
            for day, moment in ((first, time.min), (last, time.max))
        ]
        unusual = calendar._get_unusual_days(*edges, company_id=self)
        working = [day for day, quiet in unusual.items() if not quiet]
        return date.fromisoformat(min(working)) if working else first

    def _prepare_statement_head(self, words):
        """Hook: what the paper says about the company, the same for all customers."""
        self.ensure_one()
        sender = self.partner_id
        place = " ".join(filter(None, [sender.zip, sender.city]))
        foot = [self.name, self.phone, self.email, self.website, self.vat]
        # The company's own accounts are printed for everybody to pay to.
        foot += sender.sudo().bank_ids[:2].mapped("acc_number")
        return {
            "name": self.name,
            "height": self.env["arm.statement.engine"]._get_page_height(self),
            "logo": self._get_statement_logo(),
            "sender": " · ".join(filter(None, [self.name, sender.street, place])),
            "today": format_date(words.env, self._local_today()),
            "aging": words._get_aging_labels(self),
            "foot": [text for text in foot if text],
        }

    def _get_statement_logo(self):
        """The logo inside the page, or False; not core's placeholder."""
        if not self.logo or self.uses_default_logo:
            return False
        kind = guess_mimetype(b64decode(self.logo), default="image/png")
        return f"data:{kind};base64,{self.logo.decode()}"
