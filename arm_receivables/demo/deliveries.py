"""What became of some invoices of the demonstration: read, delivered, come back.

They show the list of invoices that were not delivered, in the German company. The
newest ones are taken, which are not due yet: no reminder waits for them.
"""

from datetime import timedelta

from odoo import fields

# What became of the mail, by the place of the invoice among the newest ones.
FATES = ("bounce", "sent", "bounce", "opened", "exception", "sent", "opened")


def write_deliveries(env, company):
    """Mails with invoices and their fate, in a few statements.

    :return: the invoices
    """
    today = company._local_today()
    invoices = env["account.move"].search(
        [
            ("company_id", "=", company.id),
            ("move_type", "=", "out_invoice"),
            ("payment_state", "=", "not_paid"),
            ("state", "=", "posted"),
            ("invoice_date_due", ">", today + timedelta(days=7)),
        ],
        order="invoice_date desc, id desc",
        limit=len(FATES),
    )
    told = list(zip(invoices, FATES, strict=False))
    _write_mails(env, told)
    for move, fate in told:
        if fate == "opened":
            env["arm.invoice.opening"]._record(move, move.commercial_partner_id)
    return invoices


def _write_mails(env, told):
    """A message on each invoice, and what the mail server said of it."""
    messages = env["mail.message"].create(
        [
            {
                "model": "account.move",
                "res_id": move.id,
                "message_type": "comment",
                "subject": move.name,
                "body": "Please find your invoice attached.",
                "date": fields.Datetime.now() - timedelta(hours=2),
            }
            for move, _fate in told
        ]
    )
    env["mail.notification"].create(
        [
            {
                "mail_message_id": message.id,
                "res_partner_id": move.partner_id.id,
                "notification_type": "email",
                "notification_status": "sent" if fate == "opened" else fate,
                "failure_type": "mail_bounce" if fate == "bounce" else False,
            }
            for message, (move, fate) in zip(messages, told, strict=True)
        ]
    )
    env["arm.invoice.delivery"]._record(
        {move: {"sending_methods": ["email"]} for move, _fate in told}
    )
