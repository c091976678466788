from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    insurance_override_ids = fields.One2many("arm.insurance.override", "move_id")
    insurance_gate = fields.Selection(
        [("warn", "Warning"), ("block", "Blocked"), ("override", "Allowed")],
        compute="_compute_insurance_gate",
    )
    insurance_message = fields.Text(compute="_compute_insurance_gate")

    @api.depends(
        "partner_id",
        "invoice_date",
        "invoice_date_due",
        "delivery_date",
        "state",
        "insurance_override_ids",
    )
    def _compute_insurance_gate(self):
        """What the credit insurance says to draft invoices, for all at once.

        Goods that are gone are invoiced anyway: then it is a warning.
        """
        asked = self.filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        said = self.env["arm.insurance.gate"]._judge_invoices(asked)
        for move in self:
            found = said.get(move, ())
            move.insurance_message = "\n".join(text for _gate, text in found)
            move.insurance_gate = move._get_insurance_gate({gate for gate, _ in found})

    def _get_insurance_gate(self, gates):
        self.ensure_one()
        if not gates:
            return False
        if "block" not in gates:
            return "warn"
        if self.insurance_override_ids:
            return "override"
        today = self.company_id._local_today()
        gone = self.delivery_date and self.delivery_date <= today
        return "warn" if gone else "block"

    def _post(self, soft=True):
        """Invoices on uninsurable terms wait, where the policy says so."""
        blocked = self.filtered(lambda move: move.insurance_gate == "block")
        if blocked:
            raise UserError(
                self.env._(
                    "%(invoice)s would not be insured.\n%(why)s\nAgree on shorter "
                    "terms, or have someone of credit insurance allow it.",
                    invoice=blocked[0].display_name,
                    why=blocked[0].insurance_message,
                )
            )
        told = {
            move.id: move.insurance_message
            for move in self
            if move.insurance_gate in ("warn", "override")
        }
        posted = super()._post(soft)
        logged = posted.filtered(lambda move: move.id in told)
        if logged:
            logged._message_log_batch(bodies={m.id: told[m.id] for m in logged})
        return posted

    def action_insurance_override(self):
        """Let this invoice pass the insurance, with a reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Allow Without Insurance"),
            "res_model": "arm.insurance.override",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_move_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    def write(self, vals):
        """Another delivery or invoice date changes what is insured."""
        res = super().write(vals)
        if {"delivery_date", "invoice_date"} & vals.keys():
            posted = self.filtered(lambda move: move.state == "posted")
            # As superuser: cover follows the ledger, whoever changes it.
            self.env["arm.insurance.limit"].sudo()._mark_partners_stale(
                posted.company_id, posted.partner_id.commercial_partner_id
            )
        return res
