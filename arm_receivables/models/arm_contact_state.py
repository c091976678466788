from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from .arm_known_state import SETTLED
from .res_partner_reachability import COLORS


class ArmContactState(models.Model):
    """The colour of a customer's addresses as it was judged last, to be searched.

    It depends on the contact, its company, what was verified, the list of addresses
    not to be written to, and the day.
    """

    _name = "arm.contact.state"
    _inherit = ["arm.known.state"]
    _description = "Colour of a Contact's Addresses"
    _rec_name = "partner_id"
    _verdict = "color"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade"
    )
    color = fields.Selection(COLORS, required=True, readonly=True)
    expires_on = fields.Date(readonly=True, help="Until when a verification counts.")

    _once_uniq = models.UniqueIndex("(partner_id)")

    @api.model
    def _stale_sql(self):
        """Whether the row ``known`` of a contact ``partner`` counts no more."""
        return SQL(
            """
            COALESCE(known.id IS NULL OR known.expires_on < %s, FALSE)
            OR COALESCE(known.checked_on < %s::interval + GREATEST(
                partner.write_date, company.write_date, black.write_date,
                (SELECT MAX(verified.write_date) FROM arm_contact_verification verified
                  WHERE verified.partner_id = partner.id)), FALSE)
            """,
            self.env.company._local_today(),
            SETTLED,
        )

    @api.model
    def _judged_query(self, condition):
        """Ids of customers."""
        for name in ("res.partner", "arm.contact.verification", "mail.blacklist"):
            self.env[name].flush_model()
        self.flush_model()
        return SQL(
            """
            SELECT partner.id
              FROM res_partner partner
              JOIN res_partner company ON company.id = partner.commercial_partner_id
              LEFT JOIN arm_contact_state known ON known.partner_id = partner.id
              LEFT JOIN mail_blacklist black ON black.email = partner.email_normalized
             WHERE partner.customer_rank > 0 AND %s
            """,
            condition,
        )

    @api.model
    def _store(self, partners):
        """Write down the colours of some contacts, as they are now."""
        today = self.env.company._local_today()
        rows = self.env["arm.contact.verification"]._read_for(partners)
        ends = defaultdict(list)
        for (partner_id, _channel), row in rows.items():
            if row.expires_on and row.expires_on >= today:
                ends[partner_id].append(row.expires_on)
        values = [
            SQL(
                "(%s, %s, %s::date)",
                partner.id,
                partner.reachability,
                min(ends[partner.id], default=None),
            )
            for partner in partners
        ]
        self._upsert(["partner_id", "color", "expires_on"], values)

    @api.model
    def _cron_judge(self, limit=1000):
        """Judge what changed, batch by batch, so that searching is quick."""
        stale = self._get_stale_ids()
        remaining = len(stale)
        for ids in split_every(limit, stale):
            self._store(self.env["res.partner"].browse(ids).exists())
            remaining -= len(ids)
            if not self.env["ir.cron"]._commit_progress(len(ids), remaining=remaining):
                break
            self.env.invalidate_all()
