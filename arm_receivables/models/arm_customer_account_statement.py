from functools import partial

from odoo import fields, models

from ..tools.statement_sheet import ACTIVITY, OPEN, carried, paginate

# Millimetres of a row, and of what else is on the first page (head, address, title,
# foot) and on each further one.
ROW, FIRST_HEAD, NEXT_HEAD = 5.6, 110, 32


class ArmCustomerAccount(models.Model):
    """The documented way to a customer's statement, for pages, mails and dossiers."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    statement_schedule = fields.Selection(
        [
            ("none", "No Statements"),
            ("open", "Open Items"),
            ("activity", "Activity of the Month"),
        ],
        string="Monthly Statement",
        help="What the customer gets by e-mail on the first working day of each month. "
        "Empty: what the settings of the company say.",
    )
    statement_ids = fields.One2many("arm.statement", "account_id", readonly=True)
    statement_count = fields.Integer(compute="_compute_statement_count")

    def _compute_statement_count(self):
        counts = dict(
            self.env["arm.statement"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.statement_count = counts.get(account, 0)

    # ---------------------------------------------------------------------- actions

    def action_make_statement(self):
        """Open the dialog that prints, exports or sends their statements."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement of Account"),
            "res_model": "arm.statement.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_ids": self.ids},
        }

    def action_view_statements(self):
        """The statements that this customer got."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_statement_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

    # --------------------------------------------------------------------- business

    def _get_statement_recipients(self):
        """Hook: who gets a statement: the contact whom letters about the account go to.

        :return: dict of account to contacts with a working address, perhaps none
        """
        position = self.env["arm.customer.position"]
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(position._contacts_query(self.partner_id))
        contacts = {partner: contact for partner, contact, email in rows if email}
        found = self.env["res.partner"].browse(contacts.values())
        working = set(found.filtered("email_normalized").ids)
        return {
            account: found.browse(
                [c for c in [contacts.get(account.partner_id.id)] if c in working]
            )
            for account in self
        }

    def _statement_pdf(self, date=None, kind=OPEN, date_from=None, lang=None):
        """The statement of one customer as PDF.

        :param date: last day that counts; today if not given
        :param kind: ``open`` (open items) or ``activity`` (movements of a period)
        :param date_from: first day of the period; the first of the month by default
        :param lang: language code; the customer's if not given
        :return: bytes, or None when there is nothing to tell
        :raise AccessError: if the user may not read the account
        """
        self.ensure_one()
        engine = self.env["arm.statement.engine"]
        return engine._make_pdfs(self, date, kind, date_from, lang).get(self.id)

    def _statement_xlsx(self, date=None, kind=OPEN, date_from=None, lang=None):
        """The same as a spreadsheet, with numbers, dates and formulas.

        :return: bytes, or None when there is nothing to tell
        :raise AccessError: if the user may not read the account
        """
        self.ensure_one()
        engine = self.env["arm.statement.engine"]
        code = lang or engine._get_language(self)
        return engine.with_context(lang=code)._make_xlsx(self, date, kind, date_from)

    def _get_statement_filename(self, statement, ending):
        """Hook: the name of the file of a statement."""
        self.ensure_one()
        name = "".join(c for c in self.partner_id.name or "" if c not in '/\\:*?"<>|')
        return f"{name} {statement.date}.{ending}".strip()

    # ------------------------------------------------------------------------ layout

    def _prepare_statement_sheets(self, statements, lang):
        """What the template needs for the statements of accounts in one language."""
        localised = self.with_context(lang=lang)
        words = localised.env["arm.statement.format"]
        shared = {
            "formats": words._get_formats(),
            "describe": partial(words._describe, kinds=words._get_kind_labels()),
            "companies": {
                company: company._prepare_statement_head(words)
                for company in localised.company_id
            },
        }
        return [
            account._prepare_statement_sheet(statements[account.id], words, shared)
            for account in localised
        ]

    def _get_statement_address(self):
        """The rows of the address; the country only for letters abroad."""
        self.ensure_one()
        form, parts = self.partner_id._prepare_display_address()
        if self.partner_id.country_id == self.company_id.country_id:
            parts["country_name"] = ""
        return [row for row in (form % parts).split("\n") if row.strip()]

    def _prepare_statement_sheet(self, statement, words, shared):
        """Hook: one statement with its pages."""
        self.ensure_one()
        partner = self.partner_id
        lengths = [len(section.lines) for section in statement.sections]
        currencies = self.env["res.currency"].browse(
            [section.currency_id for section in statement.sections]
        )
        company = shared["companies"][self.company_id]
        return {
            "id": self.id,
            **shared,
            "company": company,
            "partner": partner,
            "address": self._get_statement_address(),
            "statement": statement,
            "is_activity": statement.kind == ACTIVITY,
            "title": words._get_title(statement.kind),
            "period": words._get_period(statement),
            "currencies": currencies.mapped("name"),
            "pages": paginate(
                lengths,
                int((company["height"] - FIRST_HEAD) / ROW),
                int((company["height"] - NEXT_HEAD) / ROW),
            ),
            "carried": partial(carried, statement),
        }
