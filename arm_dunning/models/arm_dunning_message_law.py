from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date


class ArmDunningMessage(models.Model):
    """What the law says in a message, in the message's language; for templates."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    deadline = fields.Char(
        compute="_compute_law",
        help="The last day that a pre-legal notice gives, written out; for templates.",
    )
    interest_note = fields.Char(
        compute="_compute_law",
        help="What the law gives for late payment between businesses; for templates.",
    )
    final_note = fields.Char(
        compute="_compute_law", help="What happens after the deadline; for templates."
    )

    def _compute_law(self):
        laws = self._get_laws()
        for lang, messages in self.grouped("lang").items():
            localised = messages.with_context(lang=lang)
            for message, record in zip(messages, localised, strict=True):
                law = laws[message].with_env(record.env)
                message.update(record._get_law_values(law))

    def _get_laws(self):
        """Hook: the law of the procedure, or else that of the company's country.

        :return: dict of message to law
        """
        laws = self.env["arm.dunning.law"]
        by_company = {c: laws._for_company(c) for c in self.company_id}
        return {
            message: message.task_id.procedure_id.law_id
            or by_company[message.company_id]
            for message in self
        }

    def _get_law_values(self, law):
        """Hook: deadline and wording, in the language of the context."""
        self.ensure_one()
        business = self.partner_id.is_company
        days = law.notice_days if business else law.notice_days_person
        last = (self.run_id.date or fields.Date.today()) + timedelta(days=days)
        return {
            "deadline": format_date(self.env, last),
            "interest_note": business and law.interest_note,
            "final_note": law.final_note,
        }
