from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import limitation

MANAGER = "arm_receivables.group_receivables_manager"
COLLECTOR = "arm_receivables.group_receivables_collector"
STATES = [
    ("proposed", "Proposed"),
    ("approved", "Approved"),
    ("handed", "Handed Over"),
    ("closed", "Closed"),
    ("declined", "Declined"),
]
# While a case is in one of these, nobody else writes to the customer.
OPEN = ("proposed", "approved", "handed")
RESULTS = [
    ("paid", "Paid"),
    ("partly", "Paid in Part, the Rest Waived"),
    ("withdrawn", "Taken Back"),
    ("uncollectable", "Uncollectable"),
]
KINDS = [("agency", "Collection Agency"), ("lawyer", "Lawyer"), ("court", "Court")]
# Written by the methods alone.
PROTECTED = {
    "account_id",
    "company_id",
    "date",
    "date_approved",
    "date_closed",
    "date_handed",
    "dossier_id",
    "name",
    "result",
    "state",
    "task_id",
    "user_id",
}


# What a collector adds, beside talking in the chatter; the rest is the manager's.
COLLECTORS = {
    "activity_ids",
    "cost_ids",
    "document_ids",
    "handler_reference",
    "message_follower_ids",
    "message_ids",
    "note",
}


class ArmCollectionCase(models.Model):
    """The hand-over of a customer to a lawyer, an agency or a court.

    A task or a collector proposes it; a credit manager approves and hands over. There
    is one open case a customer, and while it is open no task writes to the customer.
    """

    _name = "arm.collection.case"
    _description = "Collection Case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False)
    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Debtor")
    reliability_status = fields.Selection(related="account_id.reliability_status")
    amount_overdue = fields.Monetary(related="account_id.amount_overdue")
    task_id = fields.Many2one("arm.dunning.task", readonly=True)
    reason = fields.Char(help="Why it is proposed.")
    date = fields.Date(string="Proposed On", required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="proposed", tracking=True
    )
    user_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    date_approved = fields.Date(string="Approved On", readonly=True)
    date_handed = fields.Date(string="Handed Over On", readonly=True)
    date_closed = fields.Date(string="Closed On", readonly=True)
    kind = fields.Selection(KINDS, string="Handed Over To", default="agency")
    handler_id = fields.Many2one(
        "res.partner",
        string="Agency or Lawyer",
        index="btree_not_null",
        tracking=True,
        help="Who gets the dossier; the court itself, where you go there directly.",
    )
    handler_reference = fields.Char(
        string="Their File Number", tracking=True, help="To be named in every letter."
    )
    note = fields.Text(string="Notes")
    result = fields.Selection(RESULTS, readonly=True, tracking=True)
    dossier_id = fields.Many2one(
        "ir.attachment",
        string="Dossier as Handed Over",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    law_country_id = fields.Many2one(
        "res.country",
        string="Law of the Contract",
        compute="_compute_law_country_id",
        store=True,
        readonly=False,
        help="Which country's limitation period applies; proposed is your own.",
    )
    limitation_other = fields.Date(
        string="Other Limitation Date",
        tracking=True,
        help="Where the period was interrupted, by a lawsuit for example.",
    )
    limitation_date = fields.Date(
        compute="_compute_limitation_date",
        store=True,
        help="From the day after, the oldest item may be lost. Acknowledgements and "
        "part payments are not counted, because countries differ: it is on the safe "
        "side.",
    )
    limitation_warning = fields.Selection(
        [
            (limitation.OPEN, "Time Enough"),
            (limitation.SOON, "Soon"),
            (limitation.URGENT, "Urgent"),
            (limitation.OVER, "Over"),
        ],
        compute="_compute_limitation_warning",
    )
    action_ids = fields.One2many(
        "arm.dunning.action", "case_id", string="Register", readonly=True
    )
    item_ids = fields.One2many("arm.collection.case.item", "case_id", string="Items")

    _one_open_uniq = models.UniqueIndex(
        "(account_id) WHERE state IN ('proposed', 'approved', 'handed')",
        "The hand-over of this customer is proposed or under way already.",
    )

    # --------------------------------------------------------------------- computes

    @api.depends("name", "account_id")
    def _compute_display_name(self):
        for case in self:
            parts = (case.name, case.account_id.display_name)
            case.display_name = " · ".join(filter(None, parts))

    @api.depends("company_id")
    def _compute_law_country_id(self):
        for case in self:
            case.law_country_id = case.law_country_id or case.company_id.country_id

    @api.depends("limitation_other", "item_ids.limitation_date")
    def _compute_limitation_date(self):
        for case in self:
            days = [day for day in case.item_ids.mapped("limitation_date") if day]
            case.limitation_date = case.limitation_other or min(days, default=False)

    @api.depends("limitation_date", "state")
    def _compute_limitation_warning(self):
        for case in self:
            today = case.company_id._local_today()
            running = case.state in OPEN
            last = case.limitation_date if running else None
            case.limitation_warning = limitation.warning(today, last or None)

    # ------------------------------------------------------------------------- CRUD

    def write(self, vals):
        """Refuse what only the methods of the case, or a manager, may write."""
        wrong = PROTECTED & vals.keys()
        if not self.env.user.has_group(MANAGER):
            wrong |= vals.keys() - COLLECTORS
        if wrong and not self.env.su:
            labels = sorted(self._fields[name].string for name in wrong)
            raise AccessError(
                self.env._(
                    "You cannot write this: %(fields)s. Use the buttons of the case, "
                    "or ask a credit manager.",
                    fields=", ".join(labels),
                )
            )
        return super().write(vals)

    # ---------------------------------------------------------------------- actions

    def action_decline(self):
        """Decline the hand-over; credit managers only."""
        self._check_manager()
        # As superuser: the state is written by the methods alone.
        self.sudo().filtered(lambda case: case.state == "proposed").write(
            {"state": "declined", "user_id": self.env.uid}
        )
        return True

    def action_approve(self):
        """Approve proposals: number them, list the items and documents, stop calls."""
        self._check_manager()
        # As superuser: the state is written by the methods alone.
        cases = self.sudo().filtered(lambda case: case.state == "proposed")
        for company, group in cases.grouped("company_id").items():
            group.write(
                {
                    "state": "approved",
                    "user_id": self.env.uid,
                    "date_approved": company._local_today(),
                }
            )
            group._draw_numbers(company)
        cases._list_items()
        cases._collect_documents()
        cases._stop_calls()
        return True

    def action_hand_over(self):
        """Hand over: the dossier is made and kept as it leaves the house.

        :raise UserError: when it is not said to whom, or nothing is open any more
        """
        self._check_manager()
        for case in self:
            case._check_ready()
        # As superuser: the state is written by the methods alone.
        for case in self.sudo():
            case.item_ids._freeze()
            case.write(
                {
                    "state": "handed",
                    "user_id": self.env.uid,
                    "date_handed": case.company_id._local_today(),
                }
            )
            case.dossier_id = case._make_dossier()
        return True

    def action_dossier(self):
        """Download the dossier as it would be made now, as one ZIP."""
        self.ensure_one()
        self._check_collector()
        # As superuser: the dossier is of what the collector may read of the customer.
        attachment = self.sudo()._make_dossier()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def action_close(self):
        """Ask for the result and close the case."""
        self.ensure_one()
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close the Case"),
            "res_model": "arm.collection.close",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    # --------------------------------------------------------------------- business

    def _check_manager(self):
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only credit managers decide on a hand-over."))

    def _check_collector(self):
        self.check_access("read")
        if not self.env.user.has_group(COLLECTOR):
            raise AccessError(
                self.env._("Only collectors and credit managers work on cases.")
            )

    def _check_ready(self):
        """What has to be known before a case leaves the house."""
        self.ensure_one()
        if self.state != "approved":
            raise UserError(
                self.env._("%(case)s is not approved.", case=self.display_name)
            )
        if not self.handler_id:
            raise UserError(
                self.env._(
                    "%(case)s: say which agency, lawyer or court gets it.",
                    case=self.display_name,
                )
            )
        if not self.item_ids.filtered(lambda item: item.amount_left > 0):
            raise UserError(
                self.env._(
                    "%(case)s: nothing is open any more. Close the case instead.",
                    case=self.display_name,
                )
            )

    def _draw_numbers(self, company):
        """Give these cases of one company their numbers, one after the other."""
        code = "arm.collection.case"
        sequence = (
            self.env["ir.sequence"]
            .sudo()  # only administrators read sequences
            .search(
                [("code", "=", code), ("company_id", "in", (company.id, False))],
                order="company_id",
                limit=1,
            )
        )
        for case in self:
            case.name = sequence and sequence._next()

    def _stop_calls(self):
        """Nobody calls a customer who is being handed over."""
        calls = self.env["arm.dunning.call"].search(
            [("account_id", "in", self.account_id.ids), ("state", "=", "open")]
        )
        calls._record("not_needed", note=self.env._("Hand-over approved"))
        calls._end("cancelled", "not_needed")

    def _close(self, result, note=None, user=None):
        """Close cases; what is still open goes on as the result says.

        Taken back: the tasks go on. Paid in part, or uncollectable: the rest is
        excluded from follow-up, and a credit manager is asked to have it written off.

        :param user: the person who closes it; nobody when payments did
        """
        for case in self:
            case.write(
                {
                    "state": "closed",
                    "result": result,
                    "date_closed": case.company_id._local_today(),
                    "note": "\n".join(filter(None, (case.note, note))) or False,
                    "user_id": (user or case.user_id).id,
                }
            )
            if result in ("partly", "uncollectable"):
                case._give_up_rest()

    def _give_up_rest(self):
        """Exclude what is still open from follow-up, and ask for the write-off."""
        self.ensure_one()
        lines = self.item_ids.filtered(lambda item: item.amount_left > 0).item_id
        lines.write({"no_followup": True})
        if lines:
            self.account_id._ask_person(
                self.account_id._get_credit_manager(),
                self.env._("Write off what is left of %(case)s", case=self.name),
                "\n".join(lines.mapped("display_name")),
            )

    # ----------------------------------------------------------------- every day

    @api.model
    def _cron_watch(self):
        """Close what is paid, and warn of claims that are about to be lost."""
        handed = self.search([("state", "=", "handed")])
        handed.filtered("is_settled")._close("paid")
        running = self.search([("state", "in", OPEN), ("limitation_date", "!=", False)])
        near = running.filtered(
            lambda case: case.limitation_warning in (limitation.URGENT, limitation.OVER)
            and not case.activity_ids
        )
        for case in near:
            case.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=case.limitation_date,
                summary=self.env._("The claim can be lost: limitation"),
                user_id=case.account_id._get_credit_manager().id,
            )
