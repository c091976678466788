import binascii

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request
from odoo.tools import verify_hash_signed

from ..models.arm_dunning_message_payment import QR_SCOPE
from ..models.qr import qr_png

DAY = 24 * 60 * 60  # seconds


class DunningQr(http.Controller):
    """QR codes of payments for mail programs, which show no images inside the text.

    Only what this database has signed is drawn, so that nobody can have codes made
    that look as if they were ours.
    """

    @http.route(
        "/dunning/qr/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def payment_code(self, token):
        """The QR code of a transfer as PNG; 404 for what was not signed here."""
        try:
            # As superuser: the secret of the database has signed it.
            values = verify_hash_signed(request.env(su=True), QR_SCOPE, token)
        except (ValueError, binascii.Error, UnicodeError):
            values = None
        if not values:
            raise NotFound()
        headers = [
            ("Content-Type", "image/png"),
            ("Cache-Control", f"private, max-age={DAY}"),
        ]
        return request.make_response(qr_png(values[0]), headers)
