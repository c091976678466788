from werkzeug.exceptions import NotFound, TooManyRequests

from odoo import http
from odoo.http import request

from .portal_receivables import ReceivablesPortal, both

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class StatementPortal(ReceivablesPortal):
    """The statement of account, to download from the customer's page."""

    @http.route(both("statement/<string:ending>"), type="http", auth="public")
    def portal_statement(self, account_id, ending, token=None, **_kwargs):
        """What is open today, as PDF or as a spreadsheet."""
        account_sudo = self._get_account(account_id, token)
        if ending not in TYPES:
            raise NotFound()
        if not account_sudo._portal_count_download():
            raise TooManyRequests()
        lang = request.env.lang
        make = {
            "pdf": account_sudo._statement_pdf,
            "xlsx": account_sudo._statement_xlsx,
        }
        content = make[ending](lang=lang)
        if not content:
            raise NotFound()
        day = account_sudo.company_id._local_today()
        return self._send_file(content, f"{day}.{ending}", TYPES[ending])
