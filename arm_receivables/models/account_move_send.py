from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html


class AccountMoveSend(models.AbstractModel):
    """Does not let invoices out that would be wrong, however they are sent."""

    _inherit = "account.move.send"

    @api.model
    def _generate_and_send_invoices(
        self,
        moves,
        from_cron=False,
        allow_raising=True,
        allow_fallback_pdf=False,
        **custom_settings,
    ):
        """Keep back what does not meet a requirement that blocks sending.

        :raise UserError: when somebody waits for the answer. The scheduled job goes on
            with the others, and tells the fault on the invoice.
        """
        blocked = self._get_blocked(moves)
        if blocked and allow_raising and not from_cron:
            raise UserError(self._get_refusal(blocked))
        for move, readiness in blocked.items():
            move.sending_data = False
            text = self._get_refusal({move: readiness})
            move._message_log(body=plaintext2html(text))
        kept = self.env["account.move"].concat(*blocked)
        return super()._generate_and_send_invoices(
            moves - kept,
            from_cron=from_cron,
            allow_raising=allow_raising,
            allow_fallback_pdf=allow_fallback_pdf,
            **custom_settings,
        )

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        """Write down when, by whom and which way each invoice was sent."""
        res = super()._hook_if_success(moves_data, from_cron=from_cron)
        self.env["arm.invoice.delivery"]._record(moves_data)
        return res

    @api.model
    def _get_alerts(self, moves, moves_data):
        """Show in the dialog what is missing; one invoice alone cannot be sent."""
        alerts = super()._get_alerts(moves, moves_data)
        blocked = self._get_blocked(moves)
        if blocked:
            several = len(moves) > 1
            kept = self.env["account.move"].concat(*blocked)
            alerts["arm_requirements"] = {
                "level": "warning" if several else "danger",
                "message": self._get_refusal(blocked),
                "action_text": several and self.env._("View Invoices"),
                "action": several and kept._get_records_action(),
            }
        return alerts

    @api.model
    def _get_blocked(self, moves):
        """The invoices that may not be sent: move to readiness."""
        enforced = moves.filtered(lambda move: move._get_check_mode() == "enforce")
        checked = enforced.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        )._evaluate_requirements()
        found = {move: readiness.at("send") for move, readiness in checked.items()}
        return {move: ready for move, ready in found.items() if ready.is_blocked}

    @api.model
    def _get_refusal(self, blocked):
        return self.env._(
            "Not sent, because it would not be correct:\n%(faults)s",
            faults=self.env["arm.invoice.texts"]._get_sentences(blocked),
        )
