"""Answers of customers by e-mail, as the mail gateway would have brought them."""

from datetime import timedelta

from odoo.addons.arm_receivables.demo.chapters import firms

PASSED_OVER = 6  # the customers who owe most tell other stories
TEXTS = (
    "Guten Tag,\n\nentschuldigen Sie bitte die Verspätung. Den offenen Betrag "
    "überweisen wir am {day:%d.%m.%Y}.\n\nMit freundlichen Grüßen",
    "Hello,\n\ntwo of the boxes arrived damaged, we sent you photographs. Please tell "
    "us what you suggest.\n\nKind regards",
    "Bonjour,\n\nnous avons déjà payé cette facture lundi.\n\nCordialement",
    "Hello,\n\nwho can tell us which delivery this invoice belongs to?",
)


def answers(env):
    """A promise, an objection, a payment that was made, and a question."""
    company = firms(env)["de"]
    accounts = env["arm.customer.account"].search(
        [
            ("company_id", "=", company.id),
            ("amount_overdue", ">", 0),
            ("amount_disputed", "=", 0),
            ("amount_promised", "=", 0),
        ],
        order="amount_overdue desc, id",
        offset=PASSED_OVER,
        limit=len(TEXTS),
    )
    day = company._local_today() + timedelta(days=6)
    for number, (account, text) in enumerate(zip(accounts, TEXTS, strict=False)):
        account._note_reply(
            {
                "message_id": f"<answer-{number}@demo.example>",
                "email_from": account.email or account.partner_id.email or "",
                "subject": "Re: Zahlungserinnerung" if not number else "Re: reminder",
                "body": "<p>" + text.format(day=day).replace("\n", "<br/>") + "</p>",
            }
        )
