from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.account.controllers.portal import PortalAccount


class InvoicePortal(PortalAccount):
    """Writes down that a customer opened an invoice; a colleague's look is no news."""

    @http.route()
    def portal_my_invoice_detail(
        self, invoice_id, access_token=None, report_type=None, download=False, **kw
    ):
        response = super().portal_my_invoice_detail(
            invoice_id,
            access_token=access_token,
            report_type=report_type,
            download=download,
            **kw,
        )
        looked = request.httprequest.method == "GET" and response.status_code == 200
        if looked and not request.env.user._is_internal():
            self._record_opening(invoice_id, access_token)
        return response

    def _record_opening(self, invoice_id, access_token):
        """The visitor has seen the invoice: core checked that they may."""
        try:
            move_sudo = self._document_check_access(
                "account.move", invoice_id, access_token
            )
        except (AccessError, MissingError):
            return
        if move_sudo.state == "posted" and move_sudo.is_sale_document(True):
            user = request.env.user
            partner = user.partner_id.browse() if user._is_public() else user.partner_id
            # As superuser: nobody may write openings but this page.
            request.env["arm.invoice.opening"].sudo()._record(move_sudo, partner)
