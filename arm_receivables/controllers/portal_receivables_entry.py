from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.customer_page import read_day, read_number
from .portal_receivables import ReceivablesPortal, both

MAX_FILE = 10 * 1024 * 1024  # bytes
POST = {"type": "http", "auth": "public", "website": True, "methods": ["POST"]}


class ReceivablesEntryPortal(ReceivablesPortal):
    """What customers enter on their page, with a login or with a signed link."""

    @http.route(both("promise"), **POST)
    def portal_promise(self, account_id, token=None, day=None, note=None, **_kwargs):
        """Promise to pay the chosen items on a day."""
        account_sudo = self._get_account(account_id, token, "promise")
        items_sudo = self._get_items(account_sudo)
        chosen = read_day(day, account_sudo.company_id._local_today())
        if not items_sudo or not chosen:
            return self._back(
                token, "warning", request.env._("Choose invoices and a day, please.")
            )
        contact = self._get_contact(account_sudo)
        return self._enter(
            token,
            lambda: (
                request.env._("Thank you, we have noted the day of your payment.")
                if account_sudo._portal_promise(items_sudo, chosen, contact, note)
                else request.env._("Thank you, we have passed your question on.")
            ),
        )

    @http.route(both("dispute"), **POST)
    def portal_dispute(self, account_id, token=None, reason=None, text=None, **_kwargs):
        """Say what is wrong with the chosen items."""
        account_sudo = self._get_account(account_id, token, "dispute")
        items_sudo = self._get_items(account_sudo)
        reasons_sudo = account_sudo._get_portal_reasons()
        reason_sudo = reasons_sudo.filtered(lambda r: str(r.id) == reason)
        if not items_sudo or not reason_sudo:
            return self._back(
                token,
                "warning",
                request.env._("Choose invoices and what is wrong with them, please."),
            )
        contact = self._get_contact(account_sudo)
        return self._enter(
            token,
            lambda: self._dispute(account_sudo, items_sudo, reason_sudo, text, contact),
        )

    def _dispute(self, account_sudo, items_sudo, reason_sudo, text, contact):
        dispute = account_sudo._portal_dispute(
            items_sudo, reason_sudo, text, contact, self._get_files()
        )
        if not dispute:
            return request.env._(
                "Thank you, somebody looks into it and answers you here."
            )
        return request.env._(
            "Thank you, we look into it. Your reference: %(name)s.", name=dispute.name
        )

    @http.route(both("plan"), **POST)
    def portal_plan(self, account_id, token=None, **values):
        """Propose to pay the chosen items in instalments."""
        account_sudo = self._get_account(account_id, token, "plan")
        items_sudo = self._get_items(account_sudo)
        day = read_day(values.get("first"), account_sudo.company_id._local_today())
        count = read_number(values.get("count"), 2, 60)
        every = values.get("every")
        if not items_sudo or not day or not count or every not in ("week", "month"):
            return self._back(
                token,
                "warning",
                request.env._(
                    "Choose invoices, how many instalments, and the first day, please."
                ),
            )
        contact = self._get_contact(account_sudo)
        return self._enter(
            token,
            lambda: (
                request.env._("Thank you, your payment plan is agreed.")
                if account_sudo._portal_plan(
                    items_sudo, count, day, every, contact, values.get("plan_note")
                ).state
                == "running"
                else request.env._("Thank you, we look at your plan and answer here.")
            ),
        )

    @http.route(both("copy"), **POST)
    def portal_copy(self, account_id, token=None, **_kwargs):
        """Ask for copies of the chosen invoices."""
        account_sudo = self._get_account(account_id, token, "copy")
        items_sudo = self._get_items(account_sudo)
        if not items_sudo:
            return self._back(
                token, "warning", request.env._("Choose the invoices, please.")
            )
        contact = self._get_contact(account_sudo)
        return self._enter(
            token,
            lambda: (
                account_sudo._portal_copy(items_sudo, contact)
                and request.env._("Thank you, we send you the copies.")
            ),
        )

    @http.route(both("remittance"), **POST)
    def portal_remittance(self, account_id, token=None, advice=None, **_kwargs):
        """Say what was paid, so that the money finds its invoices."""
        account_sudo = self._get_account(account_id, token, "remittance")
        items_sudo = self._get_items(account_sudo)
        contact = self._get_contact(account_sudo)
        return self._enter(
            token,
            lambda: (
                account_sudo._portal_remittance(
                    items_sudo, contact, advice, self._get_files("advice_file")
                )
                and request.env._("Thank you, we assign your payment.")
            ),
        )

    @http.route(both("correct"), **POST)
    def portal_correct(self, account_id, token=None, detail=None, **values):
        """Propose another e-mail, telephone, contact or order number."""
        account_sudo = self._get_account(account_id, token, "correct")
        items_sudo = self._get_items(account_sudo)
        if detail == "order_number" and not items_sudo:
            return self._back(
                token, "warning", request.env._("Choose the invoices, please.")
            )
        contact = self._get_contact(account_sudo)
        # The form of an order number is among those of the items, with its own name.
        if detail == "order_number":
            values["value"] = values.get("order_number")
        return self._enter(
            token,
            lambda: (
                account_sudo._portal_correct(detail, values, items_sudo, contact)
                and request.env._("Thank you, we look at it and take it over.")
            ),
        )

    # ------------------------------------------------------------------------ helpers

    def _get_files(self, name="file"):
        """The uploaded files: pairs of name and content.

        :param name: of the input
        :raise UserError: if one is too large
        """
        files = []
        for upload in request.httprequest.files.getlist(name)[:5]:
            content = upload.read(MAX_FILE + 1)
            if len(content) > MAX_FILE:
                raise UserError(
                    request.env._("A file may have 10 MB at most. Send us a link.")
                )
            if content:
                files.append((upload.filename or "file", content))
        return files

    def _enter(self, token, function):
        """Do what the visitor asks; what is refused is told in words."""
        try:
            with request.env.cr.savepoint():
                kind, text = "success", function()
        except UserError as error:
            kind, text = "warning", str(error)
        return self._back(token, kind, text)

    def _back(self, token, kind, text):
        """To the page again, with a sentence about what happened."""
        request.session["arm_receivables_notice"] = {"kind": kind, "text": text}
        return request.redirect(self._get_root(token))
