from datetime import date

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

PAGE = "/my/receivables"
MAX_FILE = 10 * 1024 * 1024  # bytes


class ReceivablesPortal(CustomerPortal):
    """The customer's page of what they owe, with a login or with a signed link.

    What is not the visitor's answers 404, like what does not exist.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "receivable_count" in counters:
            accounts = request.env["arm.customer.account"]
            accounts = accounts._of_portal_user(request.env.user)
            values["receivable_count"] = sum(accounts.mapped("item_count"))
        return values

    # ------------------------------------------------------------------------- pages

    @http.route(PAGE, type="http", auth="user", website=True)
    def portal_receivables(self, **_kwargs):
        """What the visitor's company owes, for all companies it buys from."""
        accounts = request.env["arm.customer.account"]
        return self._render_receivables(accounts._of_portal_user(request.env.user))

    @http.route("/receivables/<string:token>", type="http", auth="public", website=True)
    def link_receivables(self, token, **_kwargs):
        """The same for one customer, with a link from a message."""
        account_sudo = request.env["arm.customer.account"]._of_portal_link(token)
        if not account_sudo:
            raise NotFound()
        lang = account_sudo.partner_id.lang
        if lang:
            request.update_context(lang=lang)
            account_sudo = account_sudo.with_context(lang=lang)
        response = self._render_receivables(account_sudo, token)
        # The address is the key: it is told to nobody else.
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _render_receivables(self, accounts_sudo, token=None):
        values = {
            **(self._prepare_portal_layout_values() if not token else {}),
            "page_name": "receivables",
            "sections": accounts_sudo._prepare_portal_sections(),
            "promises": accounts_sudo.promise_ids.filtered(
                lambda promise: promise.state == "open"
            ),
            "disputes": request.env["arm.dispute"]
            .sudo()  # of accounts that were checked
            .search([("account_id", "in", accounts_sudo.ids)], limit=20),
            "token": token,
            "notice": request.session.pop("arm_receivables_notice", None),
        }
        response = request.render("arm_receivables.portal_my_receivables", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    # ----------------------------------------------------------------------- actions

    @http.route(
        f"{PAGE}/<int:account_id>/promise",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_promise(self, account_id, token=None, day=None, **_kwargs):
        """Promise to pay the chosen items on a day."""
        account_sudo = self._get_account(account_id, token)
        items_sudo = self._get_items(account_sudo)
        try:
            chosen = date.fromisoformat(day or "")
        except ValueError:
            chosen = None
        if not items_sudo or not chosen:
            return self._back(
                token, "warning", request.env._("Choose invoices and a day, please.")
            )
        contact = self._get_contact(account_sudo)
        return self._enter(
            token, lambda: self._promise(account_sudo, items_sudo, chosen, contact)
        )

    def _promise(self, account_sudo, items_sudo, day, contact):
        if account_sudo._portal_promise(items_sudo, day, contact):
            return request.env._("Thank you, we have noted the day of your payment.")
        return request.env._("Thank you, we have passed your question on.")

    @http.route(
        f"{PAGE}/<int:account_id>/dispute",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_dispute(self, account_id, token=None, reason=None, text=None, **_kwargs):
        """Say what is wrong with the chosen items."""
        account_sudo = self._get_account(account_id, token)
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
        return request.env._(
            "Thank you, we look into it. Your reference: %(name)s.", name=dispute.name
        )

    # ------------------------------------------------------------------------- checks

    def _get_account(self, account_id, token):
        """The account that the visitor may act for, as superuser.

        :raise NotFound: if it is not theirs, exactly as if there were none
        """
        accounts = request.env["arm.customer.account"]
        if token:
            mine_sudo = accounts._of_portal_link(token)
        elif request.env.user._is_public():
            mine_sudo = accounts.sudo().browse()
        else:
            mine_sudo = accounts._of_portal_user(request.env.user)
        account_sudo = mine_sudo.filtered(lambda account: account.id == account_id)
        if not account_sudo:
            raise NotFound()
        return account_sudo

    def _get_items(self, account_sudo):
        """The chosen items; empty when nothing was chosen.

        :raise NotFound: if one of them is not an open item of the account
        """
        chosen = request.httprequest.form.getlist("item")
        if not all(text.isdecimal() and len(text) < 10 for text in chosen):
            raise NotFound()
        items_sudo = account_sudo._portal_pick_items(int(text) for text in chosen)
        if chosen and not items_sudo:
            raise NotFound()
        return items_sudo

    def _get_contact(self, account_sudo):
        """Who is logged in, if they belong to the customer."""
        partner = request.env.user.partner_id
        theirs = partner.commercial_partner_id == account_sudo.partner_id
        return partner if theirs else partner.browse()

    def _get_files(self):
        """The uploaded evidence: pairs of name and content.

        :raise UserError: if one is too large
        """
        files = []
        for upload in request.httprequest.files.getlist("file")[:5]:
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
        return request.redirect(f"/receivables/{token}" if token else PAGE)
