from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from .arm_dunning_step import REASONS, STATES

__all__ = ["REASONS", "STATES", "ArmDunningAction"]

# What is said once and for all: no method changes it, whoever calls it.
FROZEN = {
    "company_id",
    "task_id",
    "task_version",
    "subject_model",
    "subject_id",
    "occurrence",
    "document",
    "currency_id",
    "date_planned",
}
# What was true when the step was done; nothing changes it afterwards.
FINAL = {
    "amount",
    "amount_company",
    "date_done",
    "date_due",
    "day_done",
    "days_late",
    "reliability_status",
    "run_id",
    "state",
}


class ArmDunningAction(models.Model):
    """The register: one row for each (task, subject, occurrence), for ever.

    What is done without a task is a row as well (``_record``).
    Rows are written by the engine alone (nobody has the right to change or delete
    them) and keep the figures as they were: which rule in which version, which
    amounts, what was done, or why not. Only the purge removes what is older than a
    company wants to keep (:class:`ArmDunningPurge`).
    """

    _name = "arm.dunning.action"
    _description = "Dunning Register"
    _inherit = ["arm.dunning.step"]
    _order = "id desc"
    _check_company_auto = True
    # Who and when is the run's and ``date_done``; two foreign keys fewer to check are a
    # fifth of the time that planning takes.
    _log_access = False

    run_id = fields.Many2one("arm.dunning.run", required=True, index=True)
    task_id = fields.Many2one(index=True)
    item_id = fields.Many2one(index="btree_not_null")
    account_id = fields.Many2one(index="btree_not_null")
    partner_id = fields.Many2one(index=True)
    date_done = fields.Datetime(string="Done On")
    message_id = fields.Many2one("arm.dunning.message", index="btree_not_null")
    covered_by_id = fields.Many2one(
        "arm.dunning.action",
        index="btree_not_null",
        help="The higher step whose message named this item too.",
    )
    activity_id = fields.Many2one("mail.activity", ondelete="set null")

    # A step can never happen twice. The subject comes first, because the planner asks
    # which other steps a subject has.
    _task_subject_occurrence_uniq = models.UniqueIndex(
        "(subject_id, task_id, occurrence, subject_model)",
        "This task is in the register for this subject already.",
    )
    # What the next day has to look at again.
    _waiting_idx = models.Index(
        "(company_id, run_id) WHERE state IN ('planned', 'held', 'failed')"
    )
    # What a run still has to do, customer by customer.
    _planned_idx = models.Index("(account_id, run_id) WHERE state = 'planned'")
    # Whom we contacted lately.
    _contact_idx = models.Index(
        "(company_id, day_done, account_id) WHERE is_contact AND state = 'done'"
    )

    # ------------------------------------------------------------------------ CRUD

    def write(self, vals):
        changed = vals.keys()
        if FROZEN & changed or (FINAL & changed and "done" in self.mapped("state")):
            self.check_access("write")
            raise UserError(
                self.env._("The register says what happened; it cannot be changed.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_register(self):
        """No row is deleted one by one; the purge does not come through here."""
        raise UserError(
            self.env._("The register says what happened; nothing is deleted from it.")
        )

    # ----------------------------------------------------------------- explanations

    @api.depends("message_id.delivery_state", "message_id.delivery_reason")
    def _compute_explanation(self):
        return super()._compute_explanation()

    def _get_explanation(self):
        """What was done is not all, where the message did not arrive."""
        text = super()._get_explanation()
        if self.state != "done":
            return text
        return " ".join(filter(None, (text, self._get_delivery_sentence())))

    def _get_delivery_sentence(self):
        """What became of the message, unless it is on its way as it should be."""
        self.ensure_one()
        message = self.message_id
        reason = message.delivery_reason or self.env._("no reason given")
        sentences = {
            "bounced": self.env._("The message came back: %(reason)s", reason=reason),
            "failed": self.env._(
                "The mail server did not take the message: %(reason)s", reason=reason
            ),
            "unclear": self.env._(
                "Nobody knows whether the message has left: %(reason)s", reason=reason
            ),
            "cancelled": self.env._("Somebody took the message out of the queue."),
        }
        return sentences.get(message.delivery_state, "")

    # ---------------------------------------------------------------------- results

    def _recheck(self):
        """Check these planned rows against the ledger as it is now.

        Returns those that are still to be done; the others have got their reason.
        """
        self.env["arm.dunning.planner"]._recheck(self)
        return self.filtered(lambda action: action.state == "planned")

    def _set_done(self):
        """Close these rows: everything that their tasks do has been done."""
        contacts = {task: task._is_contact() for task in self.task_id}
        for (company, contact), rows in self.grouped(
            lambda action: (action.company_id, contacts[action.task_id])
        ).items():
            rows.write(
                {
                    "state": "done",
                    "reason": False,
                    "reason_text": False,
                    "figures": False,
                    "date_done": fields.Datetime.now(),
                    "day_done": company._local_today(),
                    "is_contact": contact,
                }
            )

    def _set_failed(self, error):
        """Keep what went wrong in a sentence that a person can act on."""
        text = str(error).strip().splitlines() or [type(error).__name__]
        self.write(
            {"state": "failed", "reason": "error", "reason_text": text[-1][:500]}
        )

    def _format_amount(self):
        """The open amount in the item's currency, as a person reads it."""
        self.ensure_one()
        return format_amount(self.env, self.amount, self.currency_id)

    def action_view_subject(self):
        """Open what the step is about."""
        self.ensure_one()
        model, record_id = self.subject_model, self.subject_id
        if self.item_id:
            model, record_id = "account.move", self.item_id.move_id.id
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "view_mode": "form",
        }
