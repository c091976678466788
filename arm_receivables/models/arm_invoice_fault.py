from odoo import api, fields, models
from odoo.tools import SQL


class ArmInvoiceFault(models.Model):
    """A requirement that an invoice did not meet when it was checked.

    One row per invoice and requirement, so that what blocks invoices again and again
    can be counted: by requirement, country and person.
    """

    _name = "arm.invoice.fault"
    _description = "Fault of an Invoice"
    _order = "seen_on desc, id desc"
    _rec_name = "requirement_id"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade"
    )
    requirement_id = fields.Many2one(
        "arm.invoice.requirement",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True, string="Customer")
    country_id = fields.Many2one("res.country", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, string="Made By")
    severity = fields.Selection(
        [("warn", "Warning"), ("block", "Blocked")], required=True, readonly=True
    )
    state = fields.Selection(
        [("open", "Open"), ("fixed", "Corrected"), ("passed", "Posted With It")],
        required=True,
        readonly=True,
    )
    seen_on = fields.Date(readonly=True, string="First Seen")

    _once_uniq = models.UniqueIndex("(move_id, requirement_id)")
    _company_idx = models.Index("(company_id, seen_on)")

    @api.model
    def _record(self, found, state="open"):
        """Write down what checks found, in three statements.

        A fault that was there before stays the same row; one that is gone is corrected.

        :param found: dict of saved move to ``Readiness``
        :param state: ``open`` for drafts, ``passed`` for what is posted all the same
        """
        moves = self.env["account.move"].browse(move.id for move in found)
        rows = [
            SQL("(%s, %s, %s)", move.id, finding.rule.id, self._severity(finding))
            for move, readiness in found.items()
            for finding in readiness.findings
        ]
        moves.flush_recordset()
        if moves:
            self._close(moves, rows)
        if rows:
            self._insert(rows, state)
        self.invalidate_model()

    @api.model
    def _severity(self, finding):
        return "block" if finding.rule.blocks else "warn"

    @api.model
    def _close(self, moves, rows):
        """What is not found any more is corrected."""
        still = SQL("SELECT NULL::int, NULL::int WHERE FALSE")
        if rows:
            still = SQL(
                "SELECT found.move_id, found.requirement_id FROM (VALUES %s) "
                "AS found (move_id, requirement_id, severity)",
                SQL(", ").join(rows),
            )
        self.env.cr.execute(
            SQL(
                "UPDATE arm_invoice_fault SET state = 'fixed' WHERE move_id IN %s "
                "AND state = 'open' AND (move_id, requirement_id) NOT IN (%s)",
                tuple(moves.ids),
                still,
            )
        )

    @api.model
    def _insert(self, rows, state):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO arm_invoice_fault (
                    move_id, requirement_id, company_id, partner_id, country_id,
                    user_id, severity, state, seen_on,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT move.id, found.requirement_id, move.company_id,
                       move.commercial_partner_id, partner.country_id,
                       COALESCE(move.invoice_user_id, move.create_uid),
                       found.severity, %(state)s, %(today)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (VALUES %(rows)s) AS found (move_id, requirement_id, severity)
                  JOIN account_move move ON move.id = found.move_id
                  LEFT JOIN res_partner partner ON partner.id = move.partner_id
                ON CONFLICT (move_id, requirement_id) DO UPDATE
                   SET state = excluded.state, severity = excluded.severity,
                       write_date = excluded.write_date
                """,
                state=state,
                today=fields.Date.today(),
                now=fields.Datetime.now(),
                uid=self.env.uid,
                rows=SQL(", ").join(rows),
            )
        )

    def action_view_invoice(self):
        """Open the invoice."""
        self.ensure_one()
        return self.move_id._get_records_action()
