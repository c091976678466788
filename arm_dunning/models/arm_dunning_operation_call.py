from odoo import api, fields, models


class ArmDunningOperation(models.Model):
    """Call: an entry of the call list, one for each customer."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("call", "Call List")], ondelete={"call": "cascade"}
    )

    @api.model
    def _get_for_people(self):
        return super()._get_for_people() | {"call"}

    def _describe_call(self):
        return self.summary

    def _execute_call(self, actions):
        """Put the customers on the list; rows of other tasks join the open entry."""
        groups = self._group_by_person(actions)
        # As superuser: nobody has the right to write the list directly.
        calls = self.env["arm.dunning.call"].sudo()
        values = [
            operation._prepare_call_values(account, rows, user)
            for operation, account, rows, user in groups
        ]
        merged = {}
        for vals in values:
            merged.setdefault(vals["account_id"], vals)
        entries = {
            call.account_id.id: call for call in calls._enter(list(merged.values()))
        }
        for _operation, account, rows, _user in groups:
            rows.call_id = entries[account.id]

    def _prepare_call_values(self, account, actions, user):
        """Hook: the values of the entry for a customer's items of this task."""
        self.ensure_one()
        return {
            "account_id": account.id,
            "company_id": account.company_id.id,
            "task_id": self.task_id.id,
            "reason": self.summary or self.task_id.name,
            "date": self._get_deadline(actions),
            "user_id": user.id,
        }
