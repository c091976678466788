from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.deadlines import DeadlineFacts, deadlines, oldest_item
from .arm_insurance_terms import decimal

# The days of section 4.5 that are kept on the buyer.
DAYS = {
    "mep_expiry": "mep_expiry",
    "noa_deadline": "noa_deadline",
    "collection_deadline": "collection_deadline",
    "claim_earliest": "claim_earliest",
    "claim_deadline": "claim_deadline",
    "waiting_end": "waiting_end",
    "date_of_loss": "date_of_loss",
}


class ArmInsuranceLimit(models.Model):
    """The clocks of a buyer: they run on the oldest unpaid, undisputed item."""

    _name = "arm.insurance.limit"
    _inherit = ["arm.insurance.limit"]

    oldest_item_id = fields.Many2one(
        "account.move.line",
        string="Oldest Open Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Oldest unpaid and undisputed item; the clocks run on it.",
    )
    oldest_due = fields.Date(string="Overdue Since", readonly=True)
    oldest_open = fields.Monetary(
        string="Open of It", readonly=True, help="On the insurer's ledger."
    )
    mep_expiry = fields.Date(string="Extension Period Ends", readonly=True)
    noa_deadline = fields.Date(string="Notice Until", readonly=True)
    noa_sent = fields.Date(string="Notice Sent", readonly=True)
    collection_deadline = fields.Date(string="Hand-over Until", readonly=True)
    claim_earliest = fields.Date(string="Claim From", readonly=True)
    claim_deadline = fields.Date(string="Claim Until", readonly=True)
    waiting_end = fields.Date(string="Waiting Period Ends", readonly=True)
    date_of_loss = fields.Date(readonly=True)
    notice_ids = fields.One2many("arm.insurance.overdue", "limit_id", string="Notices")
    claim_ids = fields.One2many("arm.insurance.claim", "limit_id", string="Claims")
    alert_ids = fields.One2many("arm.insurance.alert", "limit_id", string="Alerts")

    def action_notify(self):
        """Prepare the notice of overdue, or of an insolvency."""
        self.ensure_one()
        category = "insolvency" if self.insolvency_date else "overdue"
        notices = self.env["arm.insurance.overdue"]
        notice = self.notice_ids.filtered(lambda row: row.state == "to_send")[:1]
        if not notice:
            notice = notices.create(notices._prepare_values(self, category))
            notice._record("notice_prepared", "amount", lambda row: row._get_category())
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.insurance.overdue",
            "res_id": notice.id,
            "view_mode": "form",
        }

    def action_view_claims(self):
        """Open the claims on this buyer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_insurance.arm_insurance_claim_action"
        )
        action["domain"] = [("limit_id", "=", self.id)]
        action["context"] = {"default_limit_id": self.id}
        return action

    # ------------------------------------------------------------------ the clocks

    def _get_clock_figures(self, done, day, sent):
        """The deadlines that follow from a replay, as values of columns.

        :param done: what the engine replayed of this buyer
        :param day: date of the replay
        :param sent: date on which the notice was sent, or None
        """
        self.ensure_one()
        oldest = self._get_oldest(done, day)
        found = self._get_deadlines(oldest, day, sent) if oldest else None
        values = {name: found and getattr(found, key) for name, key in DAYS.items()}
        return {
            **values,
            "oldest_item_id": int(oldest.id) if oldest else None,
            "oldest_due": oldest and oldest.due,
            "oldest_open": done.coverage.item(oldest.id).open if oldest else 0,
            "noa_sent": sent if oldest else None,
        }

    @api.model
    def _get_oldest(self, done, day):
        """The item on which the clocks run (section 4.5)."""
        if done.coverage is None:
            return None
        opened = {row.id: row.open for row in done.coverage.items}
        pairs = [(item, opened.get(item.id, 0)) for item in done.ledger.items]
        year = self.policy_id._get_year(day)
        least = decimal(year.stop_min_amount)
        return oldest_item(pairs, day, least, year.disputed_triggers_stop)

    def _get_claim_dates(self, day, filed_on):
        """The dates of a claim on this buyer, None when nothing is unpaid.

        :param day: date of the account
        :param filed_on: date on which the claim was filed, or None
        :return: tools.deadlines.Deadlines
        """
        self.ensure_one()
        # As superuser: the whole account decides, whoever files the claim.
        limit = self.sudo()
        done = limit.env["arm.insurance.engine"]._replay(limit.policy_id, limit, day)[
            limit
        ]
        oldest = limit._get_oldest(done, day)
        sent = limit._get_sent_notices().get(limit)
        return limit._get_deadlines(oldest, day, sent, filed_on) if oldest else None

    def _get_deadlines(self, item, day, sent, filed_on=None):
        """All dates of the oldest item, by the year in which it was delivered."""
        self.ensure_one()
        year = self.policy_id._get_year(item.risk_date)
        facts = DeadlineFacts(
            invoiced=item.invoiced,
            due=item.due,
            delivered=item.delivered,
            extended_due=item.extended_due,
            insolvency=self.insolvency_date or None,
            insolvency_known=self.insolvency_known_date or None,
            noa_sent=sent,
            claim_sent=filed_on,
            docs_complete=filed_on,
            collection=self.hand_over_date or None,
            policy_end=year.date_to,
            disputes=item.disputes,
            today=day,
        )
        own = {"mep": item.terms.mep} if item.terms else {}
        terms = year._get_deadline_terms(**own)
        return deadlines(terms, facts)

    def _get_sent_notices(self):
        """When the insurer was told of what is overdue now, by buyer.

        Notices that are closed were about something that is settled; one that a claim
        has closed stands for its items as long as they are open.
        """
        told = (
            Domain("limit_id", "in", self.ids)
            & Domain("sent_on", "!=", False)
            & Domain("category", "in", ["overdue", "insolvency"])
        )
        open_ = Domain("item_ids.reconciled", "=", False)
        claimed = Domain("close_cause", "=", "claim") & (
            open_ | Domain("item_ids", "=", False)
        )
        groups = self.env["arm.insurance.overdue"]._read_group(
            told & (Domain("state", "!=", "closed") | claimed),
            ["limit_id"],
            ["sent_on:min"],
        )
        return dict(groups)

    @api.model
    def _note_returned(self, companies, partners):
        """Payments of these buyers came back: adverse information since today.

        Where the policy says so and none is known yet. The insurer is to be told, and
        the own limit is lost (section 3, ADVERSE).
        """
        # As superuser: whoever enters that a payment came back.
        buyers = self.sudo().search(
            [("partner_id", "in", partners.ids), ("adverse_date", "=", False)]
        )
        for buyer in buyers:
            policy = buyer.policy_id
            today = policy.company_id._local_today()
            year = policy._get_year(today)
            if year.adverse_returned and policy._get_companies() & companies:
                buyer.adverse_date = today
                buyer._mark_stale()
