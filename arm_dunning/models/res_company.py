from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

CURRENCY = "currency_id"


class ResCompany(models.Model):
    _inherit = "res.company"

    dunning_enabled = fields.Boolean(
        string="Daily Dunning Run",
        help="Perform the active tasks of this company every day.",
    )
    dunning_hour = fields.Float(
        string="Time of the Dunning Run",
        default=6.0,
        help="Local time of the company (its receivables time zone), in hours.",
    )

    # What holds a step back: reason code -> field dunning_guard_<code>, or a number
    # that is off at zero.
    dunning_guard_held = fields.Boolean(
        string="Held Items",
        default=True,
        help="Leave out items with a dispute, a promise or another hold.",
    )
    dunning_guard_no_followup = fields.Boolean(
        string="Excluded Items",
        default=True,
        help="Leave out items that are excluded from follow-up.",
    )
    dunning_guard_in_payment = fields.Boolean(
        string="Payment on Its Way",
        default=True,
        help="Leave out invoices whose payment waits for the bank.",
    )
    dunning_guard_blocked = fields.Boolean(
        string="Blocked Payment",
        default=True,
        help="Leave out invoices whose payment is blocked.",
    )
    dunning_guard_not_delivered = fields.Boolean(
        string="Invoice Never Sent",
        help="Leave out invoices that were never sent to the customer.",
    )
    dunning_guard_credit_covers = fields.Boolean(
        string="Credit Covers the Debt",
        default=True,
        help="Leave out customers whose credit notes and payments not yet allocated "
        "are at least as much as they owe.",
    )
    dunning_guard_paused = fields.Boolean(
        string="Paused Customers",
        default=True,
        help="Leave out customers until the end of their pause.",
    )
    dunning_guard_blocked_partner = fields.Boolean(
        string="Customers without Dunning",
        default=True,
        help="Leave out customers without dunning, and archived ones.",
    )
    dunning_guard_handed_over = fields.Boolean(
        string="Handed Over",
        default=True,
        help="Leave out customers who are being handed over to collection.",
    )
    dunning_amount_min = fields.Monetary(
        string="Smallest Balance",
        currency_field=CURRENCY,
        help="Leave out customers who owe less in all; 0 switches it off.",
    )
    dunning_gap_days = fields.Integer(
        string="Days between Contacts",
        default=1,
        help="Days from one message to a customer to the next: 1 means once a day at "
        "most, 0 switches it off.",
    )
    dunning_contact_max = fields.Integer(
        string="Contacts at Most",
        default=8,
        help="On so many days a customer is contacted at most within the period; "
        "0 switches it off.",
    )
    dunning_contact_days = fields.Integer(
        string="Period of Contacts", default=30, help="In days."
    )
    dunning_quiet_days = fields.Boolean(
        string="Quiet Days",
        help="No reminders on days without work: weekends and public holidays in the "
        "company's working hours.",
    )
    dunning_bank_days = fields.Integer(
        string="Age of Bank Data",
        help="No reminders when the newest bank statement or payment is older than so "
        "many days; 0 switches it off.",
    )

    # How long the register is kept.
    dunning_keep_content_months = fields.Integer(
        string="Keep Texts",
        help="Months after which the texts of messages are removed; 0 keeps them.",
    )
    dunning_keep_facts_months = fields.Integer(
        string="Keep the Register",
        help="Months after which rows are removed from the register; 0 keeps them.",
    )

    # ------------------------------------------------------------------ constraints

    @api.constrains("dunning_hour")
    def _check_dunning_hour(self):
        for company in self:
            if not 0 <= company.dunning_hour < 24:
                raise ValidationError(
                    self.env._(
                        "The dunning run of %(company)s needs a time of day from "
                        "00:00 to 23:59.",
                        company=company.name,
                    )
                )

    @api.constrains(
        "dunning_amount_min",
        "dunning_gap_days",
        "dunning_contact_max",
        "dunning_contact_days",
        "dunning_bank_days",
    )
    def _check_dunning_numbers(self):
        for company in self:
            numbers = (
                company.dunning_amount_min,
                company.dunning_gap_days,
                company.dunning_contact_max,
                company.dunning_contact_days,
                company.dunning_bank_days,
            )
            if min(numbers) < 0:
                raise ValidationError(
                    self.env._(
                        "%(company)s: days and amounts that hold back reminders cannot "
                        "be negative. Enter 0 to switch one off.",
                        company=company.name,
                    )
                )
            if company.dunning_contact_max and not company.dunning_contact_days:
                raise ValidationError(
                    self.env._(
                        "%(company)s: say within how many days contacts are counted.",
                        company=company.name,
                    )
                )

    @api.constrains("dunning_keep_content_months", "dunning_keep_facts_months")
    def _check_dunning_keep(self):
        for company in self:
            content = company.dunning_keep_content_months
            facts = company.dunning_keep_facts_months
            if min(content, facts) < 0 or 0 < facts < 24:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the register is kept for 24 months at least, "
                        "because it keeps steps from being done twice. Enter 0 to "
                        "keep it for ever.",
                        company=company.name,
                    )
                )
            if facts and (not content or content > facts):
                raise ValidationError(
                    self.env._(
                        "%(company)s: texts cannot be kept longer than the register "
                        "that they belong to.",
                        company=company.name,
                    )
                )

    # -------------------------------------------------------------------- the clock

    def _is_dunning_due(self):
        """Whether today's scheduled run should have begun by now, in local time.

        The wall clock decides, so that the hour stays right when the clocks change.
        A run that somebody stopped is not begun again on the same day.
        """
        self.ensure_one()
        now = self._local_now()
        clock = timedelta(hours=now.hour, minutes=now.minute)
        if not self.dunning_enabled or clock < timedelta(hours=self.dunning_hour):
            return False
        return not self.env["arm.dunning.run"].search_count(
            [
                ("company_id", "=", self.id),
                ("date", "=", now.date()),
                ("origin", "=", "schedule"),
                ("state", "in", ("done", "stopped")),
            ],
            limit=1,
        )
