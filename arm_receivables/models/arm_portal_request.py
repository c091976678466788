from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date
from odoo.tools.mail import email_normalize, parse_contact_from_email

COLLECTOR = "arm_receivables.group_receivables_collector"
KINDS = [
    ("promise", "Later Payment"),
    ("plan", "Payment Plan"),
    ("dispute", "Dispute"),
    ("copy", "Copy of Invoices"),
    ("remittance", "Remittance Advice"),
    ("correction", "Correction of Details"),
]
DETAILS = [
    ("email", "E-mail for Invoices"),
    ("phone", "Telephone"),
    ("billing", "Contact for Invoices"),
    ("order_number", "Purchase Order Number"),
]
# What a person may write; the rest is what the customer said, or how it ended.
FREE = {"answer", "user_id"}


class ArmPortalRequest(models.Model):
    """What a customer asks for on their page, until an employee has answered.

    What is within the limits of the settings is done at once and asks nobody: a promise
    for a near day, a small dispute. The rest waits here. Accepting does it (makes the
    promise, the dispute, sends the copies, writes the corrected detail); rejecting
    does nothing; the customer reads the answer on the page, and in an e-mail.
    """

    _name = "arm.portal.request"
    _description = "Customer Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, id desc"
    _rec_name = "title"
    _check_company_auto = True
    _mail_post_access = "read"

    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="account_id.partner_id", string="Company Name", store=True, index=True
    )
    reliability_status = fields.Selection(related="account_id.reliability_status")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    title = fields.Char(compute="_compute_title")
    state = fields.Selection(
        [("open", "To Answer"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        required=True,
        readonly=True,
        default="open",
        tracking=True,
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Asked By",
        readonly=True,
        help="Who was logged in. Empty: somebody with the link of a message.",
    )
    item_ids = fields.Many2many(
        "account.move.line",
        "arm_portal_request_item_rel",
        "request_id",
        "item_id",
        string="Open Items",
        readonly=True,
        check_company=True,
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="What was open of the items when the customer asked."
    )
    date = fields.Date(
        string="Wanted Day", readonly=True, help="When the customer wants to pay."
    )
    reason_id = fields.Many2one("arm.dispute.reason", readonly=True)
    plan_id = fields.Many2one(
        "arm.payment.plan", readonly=True, index="btree_not_null", ondelete="set null"
    )
    note = fields.Text(string="In Their Words", readonly=True)
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "arm_portal_request_attachment_rel",
        "request_id",
        "attachment_id",
        string="Files",
        readonly=True,
    )
    detail = fields.Selection(DETAILS, readonly=True)
    target_id = fields.Many2one(
        "res.partner",
        string="Detail Of",
        readonly=True,
        help="Whose telephone number or address it is.",
    )
    value_old = fields.Char(string="So Far", readonly=True)
    value_new = fields.Char(string="Correction", readonly=True)
    answer = fields.Text(
        help="The customer reads it on their page, and in the e-mail of the outcome."
    )
    user_id = fields.Many2one("res.users", string="Who Answers", index=True)
    closed_by_id = fields.Many2one("res.users", string="Answered By", readonly=True)
    date_closed = fields.Date(string="Answered On", readonly=True)

    # The customer's page, and how much they entered today.
    _account_idx = models.Index("(account_id, create_date)")
    # What somebody has to answer, among all that was answered over the years.
    _open_idx = models.Index("(account_id) WHERE state = 'open'")

    # ----------------------------------------------------------------------- computes

    @api.depends(
        "kind", "partner_id", "date", "detail", "reason_id", "item_ids", "value_new"
    )
    @api.depends_context("lang")
    def _compute_title(self):
        for request in self:
            what, *about = request._get_title_parts()
            request.title = " · ".join([what, request.partner_id.name or "", *about])

    def _get_title_parts(self):
        """What is asked for and about what, as short texts."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        details = dict(self._fields["detail"]._description_selection(self.env))
        parts = (
            details.get(self.detail) or kinds.get(self.kind),
            format_date(self.env, self.date) if self.date else "",
            self.reason_id.name,
            self._get_documents(),
            self.value_new,
        )
        return list(filter(None, parts))

    def _get_documents(self):
        """The numbers of the items' documents, as one short text."""
        names = sorted(set(filter(None, self.item_ids.mapped("move_name"))))
        return ", ".join(names[:3]) + ("…" if len(names) > 3 else "")

    # --------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Ask somebody to answer."""
        requests = super().create(vals_list)
        requests._ask_somebody()
        return requests

    def write(self, vals):
        """Refuse to change what the customer said, and how it ended."""
        own = {name for name in vals if name in self._fields}
        fixed = own - FREE - self._get_thread_fields()
        if fixed and not self.env.su:
            raise AccessError(
                self.env._(
                    "What a customer asked for stays as it is. Accept or reject it, "
                    "and write an answer."
                )
            )
        return super().write(vals)

    @api.model
    def _get_thread_fields(self):
        """Names of the fields of the chatter and of activities."""
        parts = ("mail.thread", "mail.activity.mixin")
        return {name for part in parts for name in self.env[part]._fields}

    def _ask_somebody(self):
        """An activity for whoever looks after the customer, else for a manager."""
        kind = self.env.ref("arm_receivables.mail_activity_type_portal_request")
        model = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        for request in self:
            account = request.account_id
            request.user_id = (
                account.collector_id or account.company_id._get_credit_manager()
            )
            if request.user_id:
                vals_list.append(
                    {
                        "res_model_id": model,
                        "res_id": request.id,
                        "activity_type_id": kind.id,
                        "automated": True,
                        "summary": request.title,
                        "date_deadline": request.company_id._local_today(),
                        "user_id": request.user_id.id,
                    }
                )
        # As superuser: the customer has no right to give work to anybody.
        activities = self.env["mail.activity"].sudo()
        activities.with_context(mail_activity_quick_update=True).create(vals_list)

    # ------------------------------------------------------------------------ actions

    def action_accept(self):
        """Do what the customers ask for."""
        self._check_deciding()
        with self.env["arm.customer.account"]._collect_changes():
            for request in self:
                # A further kind adds its value to the selection, and this method.
                getattr(request, f"_accept_{request.kind}")()
        return self._close("accepted")

    def action_reject(self):
        """Do nothing; the customers read the answer."""
        self._check_deciding()
        plans = self.plan_id.filtered(lambda plan: plan.state == "proposed")
        if plans:
            plans.action_cancel()
        return self._close("rejected")

    def action_view_account(self):
        """Open the customer account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.customer.account",
            "res_id": self.account_id.id,
            "view_mode": "form",
        }

    def action_view_plan(self):
        """Open the plan that the customer proposes: it can still be changed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.payment.plan",
            "res_id": self.plan_id.id,
            "view_mode": "form",
        }

    # ----------------------------------------------------------------------- business

    def _check_deciding(self):
        """Refuse who may not answer, and what is answered.

        :raise AccessError: without the collector's group, or for other customers
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(COLLECTOR):
            raise AccessError(
                self.env._("Only collectors and credit managers may do this.")
            )
        if self.filtered(lambda request: request.state != "open"):
            raise UserError(self.env._("This request is answered already."))

    def _close(self, state):
        # As superuser: only these methods write how it ended.
        for company, requests in self.sudo().grouped("company_id").items():
            requests.write(
                {
                    "state": state,
                    "closed_by_id": self.env.uid,
                    "date_closed": company._local_today(),
                }
            )
        # As superuser: who answers also ends what others were asked to do.
        self.sudo().activity_unlink(
            ["arm_receivables.mail_activity_type_portal_request"]
        )
        return True

    def _get_open_items(self):
        """The items of the request that are still owed.

        :raise UserError: if none is
        """
        items = self.item_ids.filtered(
            lambda item: not item.reconciled and item.parent_state == "posted"
        )
        if not items:
            raise UserError(
                self.env._(
                    "%(request)s: nothing of this is open any more. Reject it.",
                    request=self.title,
                )
            )
        return items

    def _accept_promise(self):
        items = self._get_open_items()
        self.env["arm.promise"].create(
            {
                **self.env["arm.promise"]._prepare_from_items(items),
                "date": self.date,
                "channel": "portal",
                "contact_id": self.contact_id.id,
                "note": self.note,
            }
        )

    def _accept_plan(self):
        if self.plan_id.state == "proposed":
            self.plan_id.action_agree()

    def _accept_dispute(self):
        items = self._get_open_items()
        # As superuser: that it came from the portal is written by the system alone.
        dispute = self.env["arm.dispute"].sudo()
        dispute.create(
            {
                **dispute._prepare_from_items(items.sudo()),  # the same
                "reason_id": self.reason_id.id,
                "description": self.note,
                "contact_id": self.contact_id.id,
                "attachment_ids": [fields.Command.set(self.attachment_ids.ids)],
                "from_portal": True,
            }
        )

    def _accept_remittance(self):
        """Nothing to do: somebody has seen it, and the cash clerk finds it here."""

    def _accept_copy(self):
        """Send the invoices once more, to the address that we know.

        :raise UserError: when there is none, in core's words
        """
        # As superuser: the PDF is kept with the invoice, which a collector cannot edit.
        moves = self.item_ids.move_id.sudo()
        moves.env["account.move.send"]._generate_and_send_invoices(
            moves, sending_methods={"email"}
        )

    def _accept_correction(self):
        """Write the new value where the old one was."""
        # As superuser: accepting it is the permission to write this one value.
        target, value = self.target_id.sudo(), self.value_new
        if self.detail == "order_number":
            self.item_ids.move_id.sudo().ref = value  # the same
        elif self.detail == "billing":
            self._accept_billing_contact(target, value)
        elif self.detail in ("email", "phone"):
            target[self.detail] = value

    def _accept_billing_contact(self, company, value):
        """The contact for invoices: an existing one with this address, or a new one."""
        name, email = parse_contact_from_email(value)
        known = company.child_ids.filtered(
            lambda contact: contact.email_normalized == email_normalize(email)
        )[:1]
        if known:
            known.type = "invoice"
        else:
            company.create(
                {
                    "parent_id": company.id,
                    "type": "invoice",
                    "name": name or email,
                    "email": email,
                    "lang": company.lang,
                }
            )
