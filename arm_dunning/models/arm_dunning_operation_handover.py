from odoo import fields, models

from .arm_collection_case import OPEN


class ArmDunningOperation(models.Model):
    """Propose to hand customers over to a lawyer, an agency or a court."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("handover", "Propose Hand-Over")],
        ondelete={"handover": "cascade"},
    )

    def _describe_handover(self):
        return self.summary

    def _execute_handover(self, actions):
        """One proposal for each customer; an open one gets the new items."""
        # As superuser: nobody has the right to write cases directly.
        cases = self.env["arm.collection.case"].sudo()
        known = cases.search(
            [("account_id", "in", actions.account_id.ids), ("state", "in", OPEN)]
        )
        by_account = {case.account_id.id: case for case in known}
        new = {}
        for operation, rows in self._split(actions):
            for account, found in rows.grouped("account_id").items():
                if account.id not in by_account:
                    values = operation._prepare_case_values(account, found)
                    new.setdefault(account.id, values)
        created = cases.create(list(new.values()))
        by_account.update(zip(new, created, strict=True))
        for account, found in actions.grouped("account_id").items():
            found.case_id = by_account[account.id]

    def _prepare_case_values(self, account, actions):
        """Hook: the values of the proposal for a customer's items of this task."""
        self.ensure_one()
        return {
            "account_id": account.id,
            "company_id": account.company_id.id,
            "task_id": self.task_id.id,
            "reason": self.summary or self.task_id.name,
            "date": actions[0].run_id.date,
        }
