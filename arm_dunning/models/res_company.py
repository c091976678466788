from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    dunning_enabled = fields.Boolean(
        string="Daily Dunning Run",
        help="Perform the active tasks of this company every day.",
    )
    dunning_hour = fields.Float(
        string="Time of the Dunning Run",
        default=6.0,
        help="Local time of the company (its receivables time zone), in hours.",
    )

    @api.constrains("dunning_hour")
    def _check_dunning_hour(self):
        for company in self:
            if not 0 <= company.dunning_hour < 24:
                raise ValidationError(
                    self.env._(
                        "The dunning run of %(company)s needs a time of day from "
                        "00:00 to 23:59.",
                        company=company.name,
                    )
                )

    def _is_dunning_due(self):
        """Whether today's scheduled run should have begun by now, in local time.

        The wall clock decides, so that the hour stays right when the clocks change.
        """
        self.ensure_one()
        now = self._local_now()
        clock = timedelta(hours=now.hour, minutes=now.minute)
        if not self.dunning_enabled or clock < timedelta(hours=self.dunning_hour):
            return False
        return not self.env["arm.dunning.run"].search_count(
            [
                ("company_id", "=", self.id),
                ("date", "=", now.date()),
                ("origin", "=", "schedule"),
                ("state", "=", "done"),
            ],
            limit=1,
        )
