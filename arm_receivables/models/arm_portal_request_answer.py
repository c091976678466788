from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# What accepting means to the customer, by the kind of request.
ACCEPTED = {
    "promise": _lt("We agree, and have noted the day."),
    "plan": _lt("We agree to the payment plan."),
    "dispute": _lt("We look into it, and leave the disputed amount alone meanwhile."),
    "copy": _lt("The copies are on their way to you by e-mail."),
    "remittance": _lt("Thank you, we have noted what you have paid."),
    "correction": _lt("Thank you, we have corrected it."),
}
DONE = _lt("We have done what you asked for.")
REJECTED = _lt("We are sorry, but we cannot agree to it.")
# They answer themselves: the copies come by mail, and an advice asks for nothing.
SILENT = ("copy", "remittance")


class ArmPortalRequest(models.Model):
    """The answer comes by e-mail too: nobody looks at the page every day.

    What the e-mail template can show has a field here, so that whoever may edit texts
    needs no expressions. It is written in the language of whom it goes to.
    """

    _name = "arm.portal.request"
    _inherit = ["arm.portal.request"]

    answer_to_id = fields.Many2one(
        "res.partner",
        string="Answer Goes To",
        compute="_compute_answer_to_id",
        help="Who asked; without an address of their own, the contact whom letters "
        "about the account go to.",
    )
    answer_lang = fields.Char(
        string="Language of the Answer", compute="_compute_answer_to_id"
    )
    asked_text = fields.Char(string="Asked For", compute="_compute_answer_texts")
    outcome_text = fields.Char(string="Outcome", compute="_compute_answer_texts")
    answer_link_html = fields.Html(
        string="Link to the Page",
        compute="_compute_answer_link_html",
        sanitize=False,
        groups="arm_receivables.group_receivables_collector",
        help="With a login the page itself, otherwise a signed link for 30 days.",
    )

    # ----------------------------------------------------------------------- computes

    @api.depends("contact_id", "account_id")
    def _compute_answer_to_id(self):
        recipients = self.account_id._get_statement_recipients()
        for request in self:
            asked_by = request.contact_id.filtered("email_normalized")
            contact = asked_by or recipients[request.account_id]
            request.answer_to_id = contact
            request.answer_lang = contact.lang or request.partner_id.lang or "en_US"

    @api.depends("kind", "state", "title")
    @api.depends_context("lang")
    def _compute_answer_texts(self):
        lang = self.env.lang or "en_US"
        for request in self:
            request.asked_text = " · ".join(request._get_title_parts())
            outcome = False
            if request.state == "rejected":
                outcome = REJECTED
            elif request.state == "accepted":
                outcome = ACCEPTED.get(request.kind, DONE)
            request.outcome_text = outcome and outcome._translate(lang)

    @api.depends("answer_to_id")
    @api.depends_context("lang")
    def _compute_answer_link_html(self):
        for request in self:
            account = request.account_id
            if request.answer_to_id and request.answer_to_id == request.contact_id:
                link = f"{account.get_base_url()}/my/receivables"
            else:
                link = account._get_portal_link()
            request.answer_link_html = Markup('<a href="%s">%s</a>') % (
                link,
                self.env._("See your account"),
            )

    # ----------------------------------------------------------------------- business

    def _close(self, state):
        """Tell the customers how it ended, if there is something to tell."""
        res = super()._close(state)
        self.filtered(
            lambda request: (
                request.answer or state == "rejected" or request.kind not in SILENT
            )
        )._tell_customer()
        return res

    def _tell_customer(self):
        """Put the answers into the queue of mails, or note why there is none."""
        # As superuser: the mail is the company's, whoever answers.
        requests = self.sudo()
        template = requests.env.ref(
            "arm_receivables.mail_template_portal_answer", raise_if_not_found=False
        )
        told = requests.filtered("answer_to_id") if template else requests.browse()
        if told:
            template.send_mail_batch(told.ids)
            requests.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        silent = requests - told
        silent._message_log_batch(
            bodies=dict.fromkeys(
                silent.ids,
                self.env._(
                    "Not mailed, because no address is known: the customer reads the "
                    "answer on their page."
                )
                if template
                else self.env._("Not mailed, because somebody deleted the template."),
            )
        )
