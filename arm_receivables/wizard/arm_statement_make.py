import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.pdf import merge_pdf

from ..models.arm_statement import STATEMENT_KINDS
from ..tools.statement_sheet import ACTIVITY


class ArmStatementMake(models.TransientModel):
    """Statements of one or many customers: as PDF, as spreadsheet, or by e-mail."""

    _name = "arm.statement.make"
    _description = "Statement of Account"

    account_ids = fields.Many2many(
        "arm.customer.account", string="Customers", required=True
    )
    account_count = fields.Integer(compute="_compute_account_count")
    kind = fields.Selection(STATEMENT_KINDS, required=True, default="open")
    date = fields.Date(
        string="As At",
        required=True,
        default=lambda self: self.env.company._local_today(),
        help="The last day that counts: what was entered later is left out.",
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        help="The first day of the period; what was before is the opening balance.",
    )
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)
    told = fields.Char(string="Result", readonly=True)

    @api.depends("account_ids")
    def _compute_account_count(self):
        for wizard in self:
            wizard.account_count = len(wizard.account_ids)

    @api.depends("kind", "date")
    def _compute_date_from(self):
        for wizard in self:
            if wizard.kind == ACTIVITY and wizard.date and not wizard.date_from:
                wizard.date_from = wizard.date.replace(day=1)

    @api.constrains("date", "date_from", "kind")
    def _check_period(self):
        for wizard in self:
            if wizard.kind == ACTIVITY and not wizard.date_from:
                raise ValidationError(
                    self.env._("Enter the first day of the period of the statement.")
                )
            if wizard.kind == ACTIVITY and wizard.date_from > wizard.date:
                raise ValidationError(
                    self.env._(
                        "The period of the statement ends before it starts. Choose a "
                        "first day on or before the last one."
                    )
                )

    # ---------------------------------------------------------------------- actions

    def action_pdf(self):
        """One PDF file with the statements of all these customers."""
        self.ensure_one()
        engine = self.env["arm.statement.engine"]
        files = engine._make_pdfs(self.account_ids, *self._get_options())
        ordered = [files[id_] for id_ in self.account_ids.ids if id_ in files]
        if len(ordered) > 1:
            ordered = [merge_pdf(ordered)]
        return self._show(ordered and ordered[0], "pdf", len(files))

    def action_xlsx(self):
        """One workbook with a summary and all rows."""
        self.ensure_one()
        engine = self.env["arm.statement.engine"]
        content = engine._make_xlsx(self.account_ids, *self._get_options())
        return self._show(content, "xlsx", len(self.account_ids))

    def action_send(self):
        """Queue one e-mail for each customer, with the PDF in their language."""
        self.ensure_one()
        queued = self.env["arm.statement"]._queue(
            self.account_ids, self.kind, self.date, self.date_from
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_statement_action"
        )
        action["domain"] = [("id", "in", queued.ids)]
        action["context"] = {}
        return action

    def _get_options(self):
        return self.date, self.kind, self.date_from or None

    def _show(self, content, ending, count):
        """Offer the file, and say how many customers are in it.

        :raise UserError: when nobody has anything to tell
        """
        if not content:
            raise UserError(
                self.env._(
                    "There is nothing to tell: nothing is open on that day, and "
                    "nothing moved in the period."
                )
            )
        name = self.env._("Statements %(date)s", date=str(self.date))
        if len(self.account_ids) == 1:
            name = f"{self.account_ids.partner_id.name or ''} {self.date}".strip()
        self.write(
            {
                "file": base64.b64encode(content),
                "file_name": f"{name}.{ending}",
                "told": self.env._(
                    "%(count)s of %(all)s customers",
                    count=count,
                    all=len(self.account_ids),
                ),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement of Account"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
