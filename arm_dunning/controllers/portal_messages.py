from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.arm_receivables.controllers.portal_receivables import (
    ReceivablesPortal,
    both,
)


class MessagesPortal(ReceivablesPortal):
    """The customer reads again what was written to them."""

    @http.route(
        both("message/<int:message_id>"), type="http", auth="public", website=True
    )
    def portal_message(self, account_id, message_id, token=None, **_kwargs):
        """One message or letter, as it was sent."""
        account_sudo = self._get_account(account_id, token)
        message_sudo = account_sudo._get_portal_message(message_id)
        if not message_sudo:
            raise NotFound()
        values = {**self._prepare_page_values(token), "message": message_sudo}
        response = request.render("arm_dunning.portal_message", values)
        return self._protect(response)
