from odoo import api, fields, models
from odoo.tools import SQL, format_date


class ArmDunningMessage(models.Model):
    """What a message claims, and the calculation that goes along with it.

    The charges are noted when the text is made: what a letter that is printed later
    calculates is what its text says, whatever became of the charges meanwhile.
    """

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    charge_ids = fields.Many2many(
        "arm.dunning.charge",
        "arm_dunning_message_charge_rel",
        "message_id",
        "charge_id",
        string="Interest and Costs",
        readonly=True,
        help="As its text says.",
    )

    def _note_charges(self):
        """Note what the texts claim, in one statement for the whole batch."""
        pairs = [
            SQL("(%s, %s)", message.id, charge.id)
            for message, charges in self._get_charges().items()
            for charge in charges
        ]
        if not pairs:
            return
        self.flush_recordset()
        self.env["arm.dunning.charge"].flush_model(["state"])
        self.env.cr.execute(
            SQL(
                "INSERT INTO arm_dunning_message_charge_rel (message_id, charge_id) "
                "VALUES %s ON CONFLICT DO NOTHING",
                SQL(", ").join(pairs),
            )
        )
        self.invalidate_recordset(["charge_ids"])

    @api.model
    def _is_explained(self, charges):
        """Hook: whether charges need a calculation: interest does."""
        return "interest" in charges.mapped("kind")

    def _render_sheets(self):
        """The calculations of messages that claim interest, each in its language.

        :return: dict of message to markup, only where there is something to explain
        """
        wanted = self.filtered(
            lambda message: message.charge_ids
            and message._get_operation().attach_calculation
            and message._is_explained(message.charge_ids)
        )
        moves = wanted.charge_ids._get_sheet_moves()
        qweb = self.env["ir.qweb"]
        return {
            message: qweb.with_context(lang=message.lang)._render(
                "arm_dunning.charge_sheet_pages",
                {
                    "name": message.partner_id.name,
                    "tables": message.charge_ids._render_sheet(message.lang, moves),
                },
            )
            for message in wanted
        }

    # -------------------------------------------------------------------- the e-mail

    def _get_attachments(self):
        """E-mails have the calculation as a file; letters have it as pages."""
        found = super()._get_attachments()
        mails = self.filtered(lambda message: message.channel == "email")
        for message, sheet in mails._make_sheets().items():
            found[message] = found.get(message, sheet) | sheet
        return found

    def _make_sheets(self):
        """The calculations as PDF files, made by one process for a batch.

        Kept with the messages, so that they are purged with their texts.

        :return: dict of message to attachment
        """
        sheets = self._render_sheets()
        values = {}
        for company, group in (
            self.browse(m.id for m in sheets).grouped("company_id").items()
        ):
            papers = [
                message._prepare_sheet_paper(sheets[message]) for message in group
            ]
            files = self.env["arm.dunning.paper"]._print(company, papers)
            for message, content in zip(group, files, strict=True):
                localised = message.with_context(lang=message.lang)
                values[message] = localised._prepare_sheet_values(content)
        # As superuser: the files belong to messages, which the engine alone writes.
        made = self.env["ir.attachment"].sudo().create(list(values.values()))
        return dict(zip(values, made, strict=True))

    def _prepare_sheet_paper(self, sheet):
        """The paper of a calculation that stands for itself."""
        self.ensure_one()
        localised = self.with_context(lang=self.lang)
        address = self.recipient_id._get_letter_address(self.company_id)
        return self.env["arm.dunning.paper"]._prepare_paper(
            self.company_id,
            self.lang,
            "",
            sheet,
            address=[line for line in address.split("\n") if line.strip()],
            date=format_date(localised.env, self.run_id.date),
        )

    def _prepare_sheet_values(self, content):
        """Hook: the values of the file of a calculation."""
        self.ensure_one()
        day = self.run_id.date or self.company_id._local_today()
        return {
            "name": self.env._("Calculation of Interest %(day)s.pdf", day=str(day)),
            "raw": content,
            "mimetype": "application/pdf",
            "res_model": self._name,
            "res_id": self.id,
        }
