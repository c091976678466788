import base64
import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.arm_insurance_limit_decision import REASON_CODES
from ..tools import limits

# UN/EDIFACT 4507 to what it does here; approvals become a grant or what they change.
CODES = {
    "2": limits.GRANT,
    "3": limits.REFUSE,
    "4": limits.GRANT,
    "5": limits.GRANT,
    "8": limits.WITHDRAW,
    "9": limits.REDUCE,
    "11": limits.WITHDRAW,
}
REASONS = {code for code, _label in REASON_CODES}
COLUMNS = (
    "buyer",
    "code",
    "amount",
    "decided",
    "effective",
    "until",
    "reason",
    "reference",
    "conditions",
)


class ArmInsuranceImport(models.TransientModel):
    """Decisions of the insurer from a file, shown before they are entered.

    The file is a CSV with a heading line: buyer (the insurer's number, the VAT number
    or the exact name), code (UN/EDIFACT 4507), amount, decided, effective, until
    (as 2026-03-16), reason (4509), reference, conditions. Lines that are entered
    already, and lines with a mistake, are shown and left out.
    """

    _name = "arm.insurance.import"
    _description = "Import of Limit Decisions"

    policy_id = fields.Many2one("arm.insurance.policy", required=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    file = fields.Binary()
    file_name = fields.Char()
    line_ids = fields.One2many("arm.insurance.import.line", "import_id")
    new_count = fields.Integer(compute="_compute_counts")
    error_count = fields.Integer(compute="_compute_counts")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for wizard in self:
            states = wizard.line_ids.mapped("state")
            wizard.new_count = states.count("new")
            wizard.error_count = states.count("error")

    def action_preview(self):
        """Read the file and show what would change."""
        self.ensure_one()
        rows = self._read_rows()
        buyers = self._find_buyers({row["buyer"] for row in rows if row["buyer"]})
        lines = [self._read_line(row, buyers) for row in rows]
        self.line_ids = [
            Command.clear(),
            *(Command.create(values) for values in self._mark_known(lines)),
        ]
        return self._reopen()

    def action_import(self):
        """Enter the decisions that are new; the others stay out."""
        self.ensure_one()
        new = self.line_ids.filtered(lambda line: line.state == "new")
        if not new:
            raise UserError(
                self.env._("There is nothing new in the file. Choose another one.")
            )
        model = self.env["arm.insurance.limit"]
        known = {
            limit.partner_id: limit
            for limit in model.search(
                [
                    ("policy_id", "=", self.policy_id.id),
                    ("partner_id", "in", new.partner_id.ids),
                ]
            )
        }
        missing = new.partner_id.filtered(lambda partner: partner not in known)
        created = model.create(
            [
                {"policy_id": self.policy_id.id, "partner_id": partner.id}
                for partner in missing
            ]
        )
        known.update({limit.partner_id: limit for limit in created})
        decisions = self.env["arm.insurance.limit.decision"].create(
            [line._get_decision_values(known[line.partner_id]) for line in new]
        )
        new.write({"state": "done"})
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_insurance.arm_insurance_limit_decision_action"
        )
        action["domain"] = [("id", "in", decisions.ids)]
        return action

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # ---------------------------------------------------------------------- reading

    def _read_rows(self):
        """The lines of the file as dicts of text.

        :raise UserError: no file, no text, or without the columns that are needed
        """
        try:
            text = base64.b64decode(self.file or b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UserError(
                self.env._("The file is no text in UTF-8. Save it as CSV in UTF-8.")
            ) from None
        heading = text.partition("\n")[0]
        delimiter = max(";,\t", key=heading.count)
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
        lacking = [
            name
            for name in ("buyer", "code", "decided")
            if not rows or name not in rows[0]
        ]
        if lacking:
            raise UserError(
                self.env._(
                    "The file lacks lines, or these columns: %(names)s.",
                    names=", ".join(lacking),
                )
            )
        return [
            {name: (row.get(name) or "").strip() for name in COLUMNS} for row in rows
        ]

    def _read_line(self, row, buyers):
        """One line as values of the preview, with its mistake in words."""
        values = {
            "buyer": row["buyer"],
            "decision_code": row["code"] if row["code"] in CODES else False,
            "reason_code": row["reason"] if row["reason"] in REASONS else False,
            "reference": row["reference"] or False,
            "conditions": row["conditions"] or False,
            "state": "new",
        }
        try:
            values.update(self._read_figures(row))
        except (ValueError, InvalidOperation):
            text = self.env._("Dates are written as 2026-03-16, amounts as 1234.50.")
            return {**values, "state": "error", "message": text}
        partner_id = buyers.get(row["buyer"])
        if row["code"] not in CODES:
            text = self.env._("The code %(code)s decides nothing.", code=row["code"])
            return {**values, "state": "error", "message": text}
        if not partner_id:
            text = self.env._("There is no buyer %(name)s.", name=row["buyer"])
            return {**values, "state": "error", "message": text}
        return {**values, "partner_id": partner_id, "kind": CODES[row["code"]]}

    @api.model
    def _read_figures(self, row):
        amount = Decimal(row["amount"] or "0")
        if amount < 0 or not amount.is_finite():
            raise ValueError(row["amount"])
        return {
            "amount": float(amount),
            "decided_on": date.fromisoformat(row["decided"]),
            "effective_on": row["effective"] and date.fromisoformat(row["effective"]),
            "until": row["until"] and date.fromisoformat(row["until"]),
        }

    def _find_buyers(self, texts):
        """Buyers by the insurer's number, else the VAT number or the exact name.

        A name that two buyers have finds none of them.

        :param texts: set of what the file calls the buyers
        :return: dict of text to partner id
        """
        partners = self.env["res.partner"].search(
            ["|", ("vat", "in", list(texts)), ("name", "in", list(texts))]
        )
        found = {}
        for partner in partners:
            for text in {partner.vat, partner.name} & texts:
                found.setdefault(text, set()).add(partner.commercial_partner_id.id)
        single = {text: ids.pop() for text, ids in found.items() if len(ids) == 1}
        limits_ = self.env["arm.insurance.limit"].search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("insurer_reference", "in", list(texts)),
            ]
        )
        single.update({row.insurer_reference: row.partner_id.id for row in limits_})
        return single

    def _mark_known(self, lines):
        """Say which lines are entered already, and what each one changes."""
        partner_ids = [line["partner_id"] for line in lines if line.get("partner_id")]
        rows = self.env["arm.insurance.limit"].search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("partner_id", "in", partner_ids),
            ]
        )
        known = {row.partner_id.id: row for row in rows}
        for line in lines:
            limit = known.get(line.get("partner_id"))
            if line["state"] == "new" and limit:
                line = {**line, **self._compare(line, limit)}
            yield line

    @api.model
    def _compare(self, line, limit):
        """What a line changes of a limit that is there."""
        values = {"amount_before": limit.amount}
        if line["kind"] == limits.GRANT and limit.amount:
            more = line["amount"] >= limit.amount
            values["kind"] = limits.INCREASE if more else limits.REDUCE
        if any(
            line["reference"]
            and row.reference == line["reference"]
            and row.decided_on == line["decided_on"]
            for row in limit.decision_ids
        ):
            values["state"] = "known"
        return values
