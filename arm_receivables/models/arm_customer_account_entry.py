import re
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.mail import email_normalize, formataddr

from ..tools.payment_plan import MAX_INSTALMENTS

# What one customer can enter in a day; who needs more should telephone.
PORTAL_ENTRIES = 20
PORTAL_TEXT = 2000
PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]{4,30}")


class ArmCustomerAccount(models.Model):
    """What customers enter on their own page.

    Called by the controller as superuser, for an account that it has checked; takes no
    more than the account's own items. What is within the limits of the customer's
    status is done at once, the rest becomes a request that an employee answers.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    request_ids = fields.One2many("arm.portal.request", "account_id", readonly=True)
    open_request_count = fields.Integer(
        string="Open Requests", compute="_compute_open_request_count"
    )

    def _compute_open_request_count(self):
        counts = dict(
            self.env["arm.portal.request"]._read_group(
                [("account_id", "in", self.ids), ("state", "=", "open")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.open_request_count = counts.get(account, 0)

    def action_view_requests(self):
        """Open what the customer asked for on the page, answered requests too."""
        return self._view_holds("arm_receivables.arm_portal_request_action")

    # ------------------------------------------------------------------------- limits

    def _get_portal_limit(self, name):
        """The company's limit for the customer's present status.

        :param name: first part of the name of the company's three fields
        """
        self.ensure_one()
        return self.company_id[f"{name}_{self.reliability_status}"]

    def _get_portal_latest_day(self):
        """Until which day a promise is accepted without asking, or None."""
        days = self._get_portal_limit("promise_portal_days")
        today = self.company_id._local_today()
        return today + relativedelta(days=days) if days else None

    def _get_portal_reasons(self):
        """The reasons that a customer can choose for a dispute."""
        return self.env["arm.dispute.reason"].search(
            [("company_id", "in", [False, self.company_id.id])]
        )

    def _portal_check_rate(self):
        """Refuse more entries in a day than a person makes.

        :raise UserError: when the customer has entered too much
        """
        # One entry at a time: two at once would both pass the check.
        self.lock_for_update(allow_referencing=True)
        since = fields.Datetime.now() - timedelta(days=1)
        count = sum(
            self.env[model].search_count([("create_date", ">=", since), *mine])
            for model, mine in self._get_portal_entries().items()
        )
        if count >= PORTAL_ENTRIES:
            raise UserError(
                self.env._(
                    "You have entered a lot today. Please telephone us, and we settle "
                    "the rest together."
                )
            )

    def _get_portal_entries(self):
        """Hook: domains of what came from this customer's page, by model."""
        return {
            "arm.promise": [("account_id", "=", self.id), ("channel", "=", "portal")],
            "arm.dispute": [("account_id", "=", self.id), ("from_portal", "=", True)],
            "arm.portal.request": [("account_id", "=", self.id)],
        }

    # -------------------------------------------------------------------------- items

    def _portal_pick_items(self, item_ids):
        """Those of the account's claims that were chosen, or nothing at all.

        :param item_ids: ids as they came from the browser
        """
        chosen = set(item_ids)
        claims = self.env["account.move.line"].search(
            [
                *self._get_open_items_domain(),
                ("amount_residual", ">", 0),
                ("id", "in", list(chosen)),
            ],
            order="date_maturity, id",
        )
        return claims if len(claims) == len(chosen) else claims.browse()

    def _portal_check_items(self, items):
        """Refuse items of several currencies, in words that a customer understands."""
        if len(items.currency_id) > 1:
            raise UserError(
                self.env._("Please choose invoices of one currency at a time.")
            )

    # ---------------------------------------------------------------- what is entered

    def _portal_promise(self, items, day, contact, note=""):
        """Take a promise of the customer, or pass the question on.

        :param items: open items of the account
        :param day: the day that the customer promises
        :param contact: who is logged in, or none
        :return: the promise, or none if somebody has to decide
        """
        self._portal_check_items(items)
        self._portal_check_rate()
        latest = self._get_portal_latest_day()
        promises = self.env["arm.promise"]
        if not latest or day > latest:
            self._portal_request("promise", items, contact, note, date=day)
            return promises
        return promises.create(
            {
                **promises._prepare_from_items(items),
                "date": day,
                "channel": "portal",
                "contact_id": contact.id,
                "note": (note or "").strip()[:PORTAL_TEXT],
                "user_id": False,
            }
        )

    def _portal_dispute(self, items, reason, text, contact, files=()):
        """Take a dispute of the customer, or ask somebody to look at it first.

        :param items: open items of the account
        :param reason: the reason that the customer chose
        :param text: what the customer says; cut after 2,000 characters
        :param contact: who is logged in, or none
        :param files: pairs of name and content, the evidence
        :return: the dispute, or none if somebody has to decide
        """
        self._portal_check_items(items)
        self._portal_check_rate()
        disputes = self.env["arm.dispute"]
        values = disputes._prepare_from_items(items)
        if not self._portal_may_dispute(items):
            self._portal_request(
                "dispute", items, contact, text, files, reason_id=reason.id
            )
            return disputes
        dispute = disputes.create(
            {
                **values,
                "reason_id": reason.id,
                "description": (text or "").strip()[:PORTAL_TEXT],
                "contact_id": contact.id,
                "from_portal": True,
            }
        )
        dispute.attachment_ids = self._portal_keep_files(dispute, files)
        return dispute

    def _portal_may_dispute(self, items):
        """Whether so much may be disputed without asking, with what is already."""
        limit = self._get_portal_limit("dispute_portal_amount")
        running = self.env["arm.dispute"].search(
            [
                ("account_id", "=", self.id),
                ("state", "=", "open"),
                ("from_portal", "=", True),
            ]
        )
        amount = sum(items.mapped("amount_residual"))
        amount += sum(running.mapped("amount_company"))
        return self.currency_id.compare_amounts(amount, limit) <= 0

    def _portal_plan(self, items, count, day, every, contact, note=""):
        """Propose to pay in instalments.

        :param count: number of equal instalments
        :param day: day of the first one
        :param every: "week", "fortnight" or "month"
        :return: the plan; it runs already where the status allows so many instalments
        """
        self._portal_check_items(items)
        self._portal_check_rate()
        plans = self.env["arm.payment.plan"]
        if not 2 <= count <= MAX_INSTALMENTS or day < self.company_id._local_today():
            raise UserError(
                self.env._(
                    "A plan has 2 to %(most)s instalments and begins today or later.",
                    most=MAX_INSTALMENTS,
                )
            )
        plan = plans.create(
            {
                **plans._prepare_from_items(items),
                "instalment_count": count,
                "date_first": day,
                "every": every,
                "contact_id": contact.id,
                "note": (note or "").strip()[:PORTAL_TEXT],
                "user_id": False,
            }
        )
        if count <= self._get_portal_limit("plan_portal_instalments"):
            plan.action_agree()
        else:
            self._portal_request("plan", items, contact, note, plan_id=plan.id)
        return plan

    def _portal_copy(self, items, contact, note=""):
        """Ask for copies of the invoices of these items."""
        self._portal_check_items(items)
        self._portal_check_rate()
        return self._portal_request("copy", items, contact, note)

    def _portal_remittance(self, items, contact, note="", files=()):
        """Take a remittance advice: what was paid, in words or as a file.

        :raise UserError: if it says nothing
        """
        self._portal_check_items(items)
        self._portal_check_rate()
        if not (note or "").strip() and not files:
            raise UserError(self.env._("Add a file, or write what you have paid."))
        return self._portal_request("remittance", items, contact, note, files)

    # -------------------------------------------------------------------- corrections

    def _portal_get_details(self):
        """What the page offers to correct: key -> the value so far."""
        billing = self._portal_get_billing()
        return {"email": billing.email, "phone": billing.phone}

    def _portal_get_billing(self):
        """The contact whom invoices go to, which can be the company itself."""
        self.ensure_one()
        found = self.partner_id.address_get(["invoice"])["invoice"]
        return self.partner_id.browse(found)

    def _portal_correct(self, detail, values, items, contact):
        """Propose another e-mail, telephone, billing contact or order number.

        :param detail: a key of the request's ``detail``
        :param values: dict with ``value``, and ``name`` of a billing contact
        :param items: whose order number it is, for that detail
        :raise UserError: if the value is none of its kind, or nothing new
        """
        self._portal_check_rate()
        value = self._portal_read_detail(detail, values)
        billing = self._portal_get_billing()
        old, target = {
            "email": (billing.email, billing),
            "phone": (billing.phone, billing),
            "billing": (billing.email_formatted or billing.name, self.partner_id),
            "order_number": (", ".join(filter(None, items.move_id.mapped("ref"))), {}),
        }[detail]
        if value == old:
            raise UserError(self.env._("This is what we have already. Thank you!"))
        return self._portal_request(
            "correction",
            items if detail == "order_number" else items.browse(),
            contact,
            detail=detail,
            target_id=target.id if target else False,
            value_old=old,
            value_new=value,
        )

    @api.model
    def _portal_read_detail(self, detail, values):
        """The new value as it will be written.

        :raise UserError: if it is not one, or the detail is unknown
        """
        value = " ".join((values.get("value") or "").split())[:100]
        name = " ".join((values.get("name") or "").split())[:100]
        email = email_normalize(value)
        if detail == "email" and email:
            return email
        if detail == "billing" and email:
            return formataddr((name, email)) if name else email
        if detail == "phone" and PHONE.fullmatch(value):
            return value
        if detail == "order_number" and 0 < len(value) <= 64:
            return value
        texts = {
            "email": self.env._(
                "Please enter an e-mail address, like name@example.com."
            ),
            "billing": self.env._("Please enter the contact's e-mail address."),
            "phone": self.env._("Please enter a telephone number, like +49 30 123456."),
            "order_number": self.env._("Please enter the number of your order."),
        }
        raise UserError(texts.get(detail) or self.env._("This cannot be changed here."))

    # ----------------------------------------------------------------------- requests

    def _portal_request(self, kind, items, contact, note="", files=(), **values):
        """Ask an employee; within the requests of the day.

        :param values: further fields of the request
        """
        request = self.env["arm.portal.request"].create(
            {
                "account_id": self.id,
                "kind": kind,
                "contact_id": contact.id,
                "item_ids": [Command.set(items.ids)],
                "currency_id": (items.currency_id[:1] or self.currency_id).id,
                "amount": sum(items.mapped("amount_residual_currency")),
                "note": (note or "").strip()[:PORTAL_TEXT],
                **values,
            }
        )
        request.attachment_ids = self._portal_keep_files(request, files)
        return request

    @api.model
    def _portal_keep_files(self, record, files):
        """Keep uploaded files with the record that they belong to.

        :param files: pairs of name and content
        """
        return self.env["ir.attachment"].create(
            [
                {
                    "name": name[:100],
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for name, content in files
            ]
        )
