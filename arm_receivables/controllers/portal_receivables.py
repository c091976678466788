from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..tools.customer_page import read_ids

PAGE = "/my/receivables"
LINK = "/receivables/<string:token>"
STEP = 40  # open items on a page


def both(path):
    """The routes of a path below an account: with a login, and with a signed link."""
    return [f"{root}/<int:account_id>/{path}" for root in (PAGE, LINK)]


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

    @http.route(
        [PAGE, f"{PAGE}/page/<int:page>"], type="http", auth="user", website=True
    )
    def portal_receivables(self, page=1, **kwargs):
        """What the visitor's company owes, to each company that it buys from."""
        accounts = request.env["arm.customer.account"]
        accounts_sudo = accounts._of_portal_user(request.env.user)
        return self._render_receivables(accounts_sudo, None, page, kwargs)

    @http.route(
        [LINK, f"{LINK}/page/<int:page>"], type="http", auth="public", website=True
    )
    def link_receivables(self, token, page=1, **kwargs):
        """The same for one customer, with a link from a message."""
        account_sudo = self._get_linked(token)
        return self._render_receivables(account_sudo, token, page, kwargs)

    @http.route(both("document/<int:item_id>"), type="http", auth="public")
    def portal_document(self, account_id, item_id, token=None, **_kwargs):
        """The PDF of an open item's invoice, as it was sent."""
        account_sudo = self._get_account(account_id, token)
        item_sudo = request.env["account.move.line"].sudo()  # of a checked account
        item_sudo = item_sudo.search(
            [*account_sudo._get_open_items_domain(), ("id", "=", item_id)]
        )
        pdf_sudo = item_sudo.move_id.invoice_pdf_report_id
        if not pdf_sudo:
            raise NotFound()
        return self._send_file(pdf_sudo.raw, pdf_sudo.name, "application/pdf")

    def _render_receivables(self, accounts_sudo, token, page, options):
        """The page, of the account and currency that is chosen among several."""
        figures = accounts_sudo._get_portal_figures()
        chosen = self._choose(figures, options.get("of"))
        account_sudo = chosen["account"] if chosen else accounts_sudo[:1]
        contact = self._get_contact(account_sudo)
        values = {
            **self._prepare_page_values(token),
            "figures": figures,
            "chosen": chosen,
            "account": account_sudo,
            "path": f"{self._get_root(token)}/{account_sudo.id}",
            "rights": account_sudo._get_portal_rights(contact),
            "notice": request.session.pop("arm_receivables_notice", None),
            **(self._prepare_items(account_sudo, chosen, token, page, options)),
            **self._prepare_forms(account_sudo),
        }
        response = request.render("arm_receivables.portal_my_receivables", values)
        return self._protect(response)

    def _prepare_page_values(self, token):
        """What every page below the account needs."""
        code = request.env.lang or "en_US"
        return {
            **({} if token else self._prepare_portal_layout_values()),
            "page_name": "receivables",
            "token": token,
            "root": self._get_root(token),
            # So that it is read aloud in the right language.
            "html_data": {"lang": code.partition("@")[0].replace("_", "-")},
        }

    @staticmethod
    def _choose(figures, wanted):
        """The figures of the account and currency that the visitor looks at."""
        for row in figures:
            row["of"] = f"{row['account'].id}-{row['currency'].id}"
        return next((row for row in figures if row["of"] == wanted), None) or next(
            iter(figures), None
        )

    def _prepare_items(self, account_sudo, chosen, token, page, options):
        """One page of the open items, as they are filtered and sorted."""
        if not chosen:
            return {"items": account_sudo.env["account.move.line"], "pager": None}
        filters = account_sudo._get_portal_filters()
        sortings = account_sudo._get_portal_sortings()
        filterby = options.get("filterby")
        sortby = options.get("sortby")
        filterby = filterby if filterby in filters else "all"
        sortby = sortby if sortby in sortings else "due"
        search = (options.get("search") or "").strip()[:60]
        domain = account_sudo._get_portal_items_domain(
            chosen["currency"], filterby, search
        )
        lines = account_sudo.env["account.move.line"]
        arguments = {"of": chosen["of"], "filterby": filterby, "sortby": sortby}
        pager = portal_pager(
            url=self._get_root(token),
            total=lines.search_count(domain),
            page=page,
            step=STEP,
            url_args={**arguments, **({"search": search} if search else {})},
        )
        items = lines.search(
            domain,
            order=sortings[sortby][1],
            limit=STEP,
            offset=max(pager["offset"], 0),
        )
        return {
            "items": items,
            "discounted": account_sudo._portal_get_discounted(items),
            "pager": pager if pager["page_count"] > 1 else None,
            "filters": filters,
            "sortings": sortings,
            "filterby": filterby,
            "sortby": sortby,
            "search": search,
        }

    def _prepare_forms(self, account_sudo):
        """What the forms and lists below the items show."""
        if not account_sudo:
            return {}
        return {
            "today": account_sudo.company_id._local_today(),
            "latest": account_sudo._get_portal_latest_day(),
            "can_pay": account_sudo._portal_can_pay(),
            "reasons": account_sudo._get_portal_reasons(),
            "details": account_sudo._portal_get_details(),
            "agreements": account_sudo._get_portal_agreements(),
            "requests": account_sudo.request_ids.sorted("id", reverse=True)[:20],
            "messages": account_sudo._get_portal_messages(),
            "downloads": account_sudo._get_portal_downloads(),
        }

    # ------------------------------------------------------------------------- checks

    def _get_linked(self, token):
        """The account that a signed link opens, as superuser, in its language.

        :raise NotFound: if the link opens nothing, or nothing any more
        """
        account_sudo = request.env["arm.customer.account"]._of_portal_link(token)
        if not account_sudo:
            raise NotFound()
        lang = account_sudo.partner_id.lang
        if lang:
            request.update_context(lang=lang)
            account_sudo = account_sudo.with_context(lang=lang)
        return account_sudo

    def _get_account(self, account_id, token, action=None):
        """The account that the visitor may act for, as superuser.

        :param action: what the visitor wants to do, by the role of the contact
        :raise NotFound: if it is not theirs, exactly as if there were none
        """
        accounts = request.env["arm.customer.account"]
        if token:
            mine_sudo = self._get_linked(token)
        elif request.env.user._is_public():
            mine_sudo = accounts.browse()
        else:
            mine_sudo = accounts._of_portal_user(request.env.user)
        account_sudo = mine_sudo.filtered(lambda account: account.id == account_id)
        if not account_sudo:
            raise NotFound()
        contact = self._get_contact(account_sudo)
        if action and action not in account_sudo._get_portal_rights(contact):
            raise NotFound()
        # What employees write to each other about an entry is not for the customer.
        return account_sudo.with_context(mail_create_nosubscribe=True)

    def _get_items(self, account_sudo):
        """The chosen items; empty when nothing was chosen.

        :raise NotFound: if one of them is not an open item of the account
        """
        chosen = read_ids(request.httprequest.form.getlist("item"))
        if chosen is None:
            raise NotFound()
        items_sudo = account_sudo._portal_pick_items(chosen)
        if chosen and not items_sudo:
            raise NotFound()
        return items_sudo

    def _get_contact(self, account_sudo):
        """Who is logged in, if they belong to the customer."""
        partner = request.env.user.partner_id
        theirs = partner.commercial_partner_id == account_sudo.partner_id
        return partner if theirs else partner.browse()

    @staticmethod
    def _get_root(token):
        return f"/receivables/{token}" if token else PAGE

    # ------------------------------------------------------------------------ answers

    @staticmethod
    def _protect(response):
        """Keep the page, and its address, which can be a key, to the visitor."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _send_file(self, content, name, mimetype):
        """A file to download; never shown inside our own pages."""
        headers = [
            ("Content-Type", mimetype),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return self._protect(request.make_response(content, headers))
