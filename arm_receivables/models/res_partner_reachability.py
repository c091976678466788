from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL, LazyTranslate, format_date

from ..tools import reachability as rules
from ..tools.postal import normalised
from .arm_invoice_texts import PARTS

_lt = LazyTranslate(__name__)

COLORS = [("green", "Verified"), ("yellow", "To Verify"), ("red", "Not Reachable")]
REASONS = {
    **PARTS,
    "missing": _lt("missing"),
    "bounced": _lt("the last mail came back"),
    "blocked": _lt("on the list of addresses not to be written to"),
    "refused": _lt("not known to the network"),
    "unverified": _lt("nobody has verified it yet"),
    "changed": _lt("changed since it was verified"),
    "expired": _lt("verified too long ago"),
}
# What the network for e-invoices said, where that add-on is installed.
NETWORK = {"valid": True, "not_valid": False, "not_valid_format": False}
NO_VERDICT = rules.Verdict("", ())


class ResPartner(models.Model):
    """Whether a contact can be reached: by letter, by mail, by e-invoice."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    reachability = fields.Selection(
        COLORS,
        compute="_compute_reachability",
        search="_search_reachability",
        help="The worst of postal address, e-mail and e-invoice address.",
    )
    postal_state = fields.Selection(COLORS, compute="_compute_reachability")
    postal_reason = fields.Char(compute="_compute_reachability")
    email_state = fields.Selection(
        COLORS, string="E-Mail State", compute="_compute_reachability"
    )
    email_reason = fields.Char(string="E-Mail Reason", compute="_compute_reachability")
    endpoint_state = fields.Selection(
        COLORS, string="E-Invoice State", compute="_compute_reachability"
    )
    endpoint_reason = fields.Char(
        string="E-Invoice Reason", compute="_compute_reachability"
    )

    # -------------------------------------------------------------------- computes

    @api.depends("street", "zip", "city", "state_id", "country_id", "email")
    def _compute_reachability(self):
        # As superuser: the colours are meant for every colleague.
        rows = self.env["arm.contact.verification"].sudo()._read_for(self._origin)
        found = self._judge(rows)
        for partner in self:
            verdicts = found[partner]
            for channel, verdict in verdicts.items():
                partner[f"{channel}_state"] = verdict.color or False
                row = rows.get((partner._origin.id, channel))
                partner[f"{channel}_reason"] = partner._get_reason(verdict, row)
            colors = [verdict.color for verdict in verdicts.values() if verdict.color]
            partner.reachability = rules.worst(colors)

    @api.model
    def _search_reachability(self, operator, value):
        """Customers only: as it was written down; what changed since is judged now."""
        if operator != "in":
            return NotImplemented
        # As superuser: which contacts the user may see is decided by the search.
        states = self.env["arm.contact.state"].sudo()
        # The same: they are judged as they were when the states were written.
        changed = self.sudo().browse(states._get_stale_ids())
        found = changed.filtered(lambda partner: partner.reachability in value)
        settled = states._settled_query([color for color in value if color])
        return Domain("id", "in", found.ids) | Domain("id", "in", SQL("(%s)", settled))

    def _judge(self, rows):
        """The verdicts on these contacts, by channel.

        :param rows: see ``_read_for`` of the verifications
        """
        today = self.env.company._local_today()
        reader = self.env["arm.invoice.reader"]
        # As superuser: blacklist and bounces of a contact are part of the verdict.
        partners = self.sudo()

        def fact(partner, channel):
            row = rows.get((partner._origin.id, channel))
            return row._get_fact() if row else None

        return {
            partner: {
                "postal": rules.judge_postal(
                    reader._read_address(partner), fact(partner, "postal"), today
                ),
                "email": rules.judge_email(
                    partner.email or "",
                    fact(partner, "email"),
                    today,
                    bounced=partner.message_bounce > 0,
                    blocked=partner.is_blacklisted,
                ),
                "endpoint": partner._judge_endpoint(fact(partner, "endpoint"), today),
            }
            for partner in partners
        }

    def _judge_endpoint(self, verification, today):
        """No verdict where there is no address: not every customer needs one."""
        endpoint = self._get_invoice_endpoint()
        if not endpoint:
            return NO_VERDICT
        said = None
        if "peppol_verification_state" in self._fields:
            said = NETWORK.get(self.peppol_verification_state)
        return rules.judge_endpoint(endpoint, verification, today, valid=said)

    def _get_reason(self, verdict, row):
        """The reasons of a verdict in words."""
        if verdict.reasons == ("verified",) and row:
            if row.user_id.share:
                return self.env._(
                    "confirmed on %(day)s by the customer (%(person)s)",
                    day=format_date(self.env, row.verified_on),
                    person=row.user_id.name,
                )
            return self.env._(
                "verified on %(day)s by %(person)s",
                day=format_date(self.env, row.verified_on),
                person=row.user_id.name,
            )
        lang = self.env.lang or "en_US"
        known = [code for code in verdict.reasons if code in REASONS]
        words = [REASONS[code]._translate(lang) for code in known]
        return ", ".join(words)

    # ------------------------------------------------------------------------ CRUD

    def write(self, vals):
        """A new e-mail address has not bounced yet."""
        if "email" in vals and "message_bounce" not in vals:
            changed = self.filtered(
                lambda p: p.message_bounce and p.email != vals["email"]
            )
            if changed:
                super(ResPartner, changed).write({"message_bounce": 0})
        return super().write(vals)

    # --------------------------------------------------------------------- actions

    def action_verify_addresses(self):
        """Open the dialog that verifies the addresses of the selected contacts."""
        self._check_verifying()
        wizard = self.env["arm.contact.verify"].create(
            {"partner_ids": [Command.set(self.ids)]}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify Addresses"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    # -------------------------------------------------------------------- business

    def _check_verifying(self):
        """Refuse who may not say that an address is right."""
        allowed = (
            "account.group_account_invoice",
            "arm_receivables.group_receivables_collector",
        )
        if not any(self.env.user.has_group(group) for group in allowed):
            raise AccessError(
                self.env._("Only who makes invoices or collects may verify addresses.")
            )
        self.check_access("read")

    def _verify_addresses(self, channels):
        """Write down that the addresses of these contacts are right.

        :return: dict of channel to the contacts whose address was verified
        """
        self._check_verifying()
        done = self._write_verifications(channels)
        if not any(done.values()):
            raise UserError(
                self.env._(
                    "No address could be verified: complete them first, beginning "
                    "with %(contact)s.",
                    contact=self[:1].display_name,
                )
            )
        return done

    def _confirm_addresses(self):
        """The customer says that the addresses of this contact are right.

        Called by the portal, as superuser, for a contact of the visitor's own.

        :raise UserError: if nothing can arrive at the postal address or at the mail
        """
        self.ensure_one()
        done = self._write_verifications(["postal", "email"])
        if not all(done.values()):
            raise UserError(self.env._("Something is missing in this address."))

    def _get_unconfirmed(self):
        """Those of these contacts whose postal or mail address nobody vouches for."""
        return self.filtered(
            lambda p: not p.postal_state == p.email_state == rules.GREEN
        )

    def _write_verifications(self, channels):
        """Write down that the current user vouches for these addresses.

        What cannot arrive is left out; a mail address that bounced is given a new
        chance, because a person says so.

        :return: dict of channel to the contacts whose address was verified
        """
        # As superuser: nobody may write verifications but this method.
        verifications = self.env["arm.contact.verification"].sudo()
        if "email" in channels:
            # As superuser: core's counter, which nobody edits by hand.
            self.sudo().filtered("message_bounce").write({"message_bounce": 0})
        verdicts = self._judge(verifications._read_for(self))
        done = {}
        for channel in channels:
            good = self.filtered(
                lambda p, channel=channel: verdicts[p.sudo()][channel].color  # a key
                in (rules.YELLOW, rules.GREEN)
            )
            values = {partner: partner._get_verified_value(channel) for partner in good}
            verifications._verify(good, channel, values)
            done[channel] = good
        self.invalidate_recordset(["reachability"])
        return done

    def _get_verified_value(self, channel):
        """What a person has looked at, by which a later change is seen."""
        if channel == "postal":
            return rules.fingerprint(self.env["arm.invoice.reader"]._read_address(self))
        value = self.email if channel == "email" else self._get_invoice_endpoint()
        return (value or "").strip().casefold()

    def _tidy_addresses(self):
        """Write street, postal code and city of these contacts as they should be."""
        for partner in self:
            now = self.env["arm.invoice.reader"]._read_address(partner)
            tidy = normalised(now)
            names = ("street", "street2", "zip", "city")
            changes = {
                name: getattr(tidy, name)
                for name in names
                if getattr(tidy, name) != getattr(now, name)
            }
            if changes:
                partner.write(changes)
