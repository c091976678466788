from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

PAGE = "/my/receivables/addresses"
MAX_ADDRESSES = 50


class AddressPortal(CustomerPortal):
    """Customers say themselves that their addresses for invoices are right.

    What is not the visitor's answers 404, like what does not exist.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "arm_address_count" in counters:
            partners_sudo = self._get_own_addresses()
            values["arm_address_count"] = len(partners_sudo._get_unconfirmed())
        return values

    @http.route(PAGE, type="http", auth="user", website=True)
    def portal_invoice_addresses(self, **_kwargs):
        """The visitor's addresses for invoices, each with its state."""
        partners_sudo = self._get_own_addresses()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "arm_addresses",
            "addresses": [
                {
                    "partner": partner_sudo,
                    "can_edit": partner_sudo._can_be_edited_by_current_customer(),
                    "is_own": partner_sudo == request.env.user.partner_id,
                }
                for partner_sudo in partners_sudo
            ],
            "unconfirmed": partners_sudo._get_unconfirmed(),
            "notice": request.session.pop("arm_addresses_notice", None),
        }
        response = request.render("arm_receivables.portal_invoice_addresses", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route(
        f"{PAGE}/<int:partner_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_confirm_address(self, partner_id, **_kwargs):
        """The address is right: as good as if a colleague had verified it."""
        partner_sudo = self._get_own_addresses().filtered(lambda p: p.id == partner_id)
        if not partner_sudo:
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                partner_sudo._confirm_addresses()
            kind = "success"
            text = request.env._("Thank you, we have noted that the address is right.")
        except UserError:
            kind = "warning"
            text = request.env._(
                "Something is missing in this address. Please complete it first."
            )
        request.session["arm_addresses_notice"] = {"kind": kind, "text": text}
        return request.redirect(PAGE)

    def _get_own_addresses(self):
        """The visitor, their company, and its addresses for invoices, as superuser.

        Core's page of addresses leaves the company out as long as it is incomplete,
        because its contacts cannot edit it; here they can say so.
        """
        # As superuser: own company only, which core lets its contacts not see whole.
        partner_sudo = request.env.user.partner_id.sudo()
        company_sudo = partner_sudo.commercial_partner_id
        domain = [("id", "child_of", company_sudo.id), ("type", "=", "invoice")]
        invoices_sudo = company_sudo.search(domain, limit=MAX_ADDRESSES)
        return company_sudo | invoices_sudo | partner_sudo
