from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ..tools.reachability import Verification

CHANNELS = [
    ("postal", "Postal Address"),
    ("email", "E-Mail"),
    ("endpoint", "E-Invoice Address"),
]


class ArmContactVerification(models.Model):
    """Somebody has looked at an address of a contact and found it right.

    One row per contact and kind of address: when, by whom, what it was then, and until
    when that counts. Written by :meth:`_verify` only.
    """

    _name = "arm.contact.verification"
    _description = "Verified Address"
    _order = "verified_on desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade", index=True
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    value = fields.Char(required=True, readonly=True, help="The address as it was.")
    verified_on = fields.Date(required=True, readonly=True)
    expires_on = fields.Date(readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, string="Verified By")

    _once_uniq = models.UniqueIndex("(partner_id, channel)")

    @api.model
    def _verify(self, partners, channel, values):
        """Write down that addresses were verified today, by the current user.

        :param channel: of :data:`CHANNELS`
        :param values: dict of partner to what was looked at
        """
        months = self.env.company.address_valid_months
        today = self.env.company._local_today()
        facts = {
            "verified_on": today,
            "expires_on": months and today + relativedelta(months=months),
            "user_id": self.env.uid,
        }
        known = self.search(
            [("partner_id", "in", partners.ids), ("channel", "=", channel)]
        ).grouped("partner_id")
        for partner in partners & self.env["res.partner"].union(*known):
            known[partner].write({**facts, "value": values[partner]})
        self.create(
            [
                {
                    **facts,
                    "partner_id": partner.id,
                    "channel": channel,
                    "value": values[partner],
                }
                for partner in partners
                if partner not in known
            ]
        )

    @api.model
    def _read_for(self, partners):
        """The verifications of some contacts: (partner id, channel) to the row."""
        rows = self.search([("partner_id", "in", partners.ids)])
        return {(row.partner_id.id, row.channel): row for row in rows}

    def _get_fact(self):
        """This verification as the pure functions want it, or None."""
        return Verification(self.value, self.expires_on or None) if self else None
