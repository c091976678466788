from odoo import api, fields, models
from odoo.exceptions import ValidationError

GRACE_DAYS = 3  # a transfer of the last day takes so long to be seen


class ArmDunningLaw(models.Model):
    """What the law of a country means for reminders: wording, interest, deadlines.

    Reminders name it by their procedure, else by the country of the company. It is
    data: whoever knows better corrects the wording, in each language.
    """

    _name = "arm.dunning.law"
    _description = "Law of Late Payment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    country_id = fields.Many2one(
        "res.country", help="Companies in this country use it by default."
    )
    country_group_id = fields.Many2one(
        "res.country.group",
        help="Companies in these countries use it, where there is none of their own.",
    )
    notice_days = fields.Integer(
        string="Days of Notice",
        required=True,
        default=14,
        help="The deadline in a pre-legal notice to a business, in calendar days.",
    )
    notice_days_person = fields.Integer(
        string="Days of Notice to Persons",
        required=True,
        default=14,
        help="The same for private persons.",
    )
    handover_days = fields.Integer(
        compute="_compute_handover_days",
        help="Days from the notice until nothing can be on its way any more.",
    )
    compensation = fields.Selection(
        [
            ("EU", "European Union"),
            ("UK", "United Kingdom"),
            ("PL", "Poland"),
            ("IE", "Ireland"),
        ],
        string="Flat Compensation",
        help="Whose flat amounts for late payment may be proposed; empty: none.",
    )
    interest_reference = fields.Char(
        translate=True, help="For colleagues: the rate, and the law it comes from."
    )
    interest_note = fields.Text(
        string="Wording on Interest",
        translate=True,
        help="In firm reminders and notices to businesses.",
    )
    final_note = fields.Text(
        string="Wording on Legal Steps",
        translate=True,
        help="In pre-legal notices: what will happen after the deadline.",
    )
    source = fields.Char(help="Where the rules can be read.")

    @api.depends("notice_days", "notice_days_person")
    def _compute_handover_days(self):
        for law in self:
            days = max(law.notice_days, law.notice_days_person)
            law.handover_days = days + GRACE_DAYS

    @api.constrains("notice_days", "notice_days_person")
    def _check_notice_days(self):
        for law in self:
            if min(law.notice_days, law.notice_days_person) < 1:
                raise ValidationError(
                    self.env._(
                        "%(law)s: a notice gives at least one day. Enter the days of "
                        "notice for businesses and for persons.",
                        law=law.name,
                    )
                )

    @api.model
    def _for_company(self, company):
        """The law of a company's country, of its region, or the one without either."""
        country = company.country_id
        laws = self.search([("country_id", "in", [False, country.id])])
        return (
            laws.filtered(lambda law: country and law.country_id == country)
            or laws.filtered(lambda law: country in law.country_group_id.country_ids)
            or laws.filtered(lambda law: not (law.country_id or law.country_group_id))
        )[:1]
