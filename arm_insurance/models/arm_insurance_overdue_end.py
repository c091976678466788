from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import limits

# What the insurer's answer to a notice makes of the limit.
KINDS = {"reduced": limits.REDUCE, "withdrawn": limits.WITHDRAW, "ban": limits.WITHDRAW}


class ArmInsuranceOverdue(models.Model):
    """How a notice ends: its items are paid, or a claim follows; and its answer.

    A notice that has ended does not stand for what is overdue later: the next item
    must be notified anew (credit-insurance.md, sections 2.3 and 4.5).
    """

    _name = "arm.insurance.overdue"
    _inherit = ["arm.insurance.overdue"]

    def action_enter_answer(self):
        """Enter the decision on the limit that the insurer's answer is."""
        self.ensure_one()
        if self.answer not in KINDS:
            raise UserError(
                self.env._("Enter first that the limit was reduced or withdrawn.")
            )
        action = self.limit_id.action_decide()
        action["context"] = {
            **action["context"],
            "default_kind": KINDS[self.answer],
            "default_reference": self.reference,
        }
        return action

    @api.model
    def _close_settled(self, buyers):
        """Close notices all of whose items are settled, by the insurer's ledger.

        :param buyers: arm.insurance.limit whose cover has just been stored
        """
        relation = self._fields["item_ids"]
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT notice.id FROM arm_insurance_overdue notice
                 WHERE notice.limit_id = ANY(%(limits)s)
                   AND notice.state IN ('sent', 'acknowledged')
                   AND EXISTS (
                       SELECT FROM %(items)s item WHERE item.%(notice)s = notice.id)
                   AND NOT EXISTS (
                       SELECT FROM %(items)s item
                         JOIN arm_insurance_coverage cover
                           ON cover.item_id = item.%(item)s
                          AND cover.limit_id = notice.limit_id
                          AND cover.snapshot_date IS NULL
                        WHERE item.%(notice)s = notice.id AND cover.amount_open > 0)
                """,
                limits=buyers.ids,
                items=SQL.identifier(relation.relation),
                notice=SQL.identifier(relation.column1),
                item=SQL.identifier(relation.column2),
            )
        )
        self.browse(row[0] for row in rows)._end("paid", system=True)

    def _end(self, cause, system=False):
        """Close these notices.

        :param cause: see ``close_cause``
        :param system: whether it came about by itself
        """
        if self:
            self.write({"state": "closed", "close_cause": cause})
            self._record("notice_closed", "amount", self._get_end_text, system=system)

    @api.model
    def _get_end_text(self, notice):
        """What it told, and why it is closed."""
        causes = dict(self._fields["close_cause"]._description_selection(self.env))
        return f"{notice._get_category()}: {causes[notice.close_cause]}"
