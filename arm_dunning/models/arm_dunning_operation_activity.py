from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .formats import Formats


class ArmDunningOperation(models.Model):
    """Activity: work for an employee, one for each customer and task."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("activity", "Activity for an Employee")],
        ondelete={"activity": "cascade"},
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        default=lambda self: self._default_activity_type_id(),
        ondelete="restrict",
    )

    @api.model
    def _default_activity_type_id(self):
        return self.env.ref(
            "arm_dunning.mail_activity_type_follow_up", raise_if_not_found=False
        )

    @api.constrains("operation_type", "activity_type_id")
    def _check_activity_type(self):
        for operation in self._of_type("activity"):
            if not operation.activity_type_id:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the activity type.",
                        task=operation.task_id.name,
                    )
                )

    @api.model
    def _get_for_people(self):
        return super()._get_for_people() | {"activity"}

    def _describe_activity(self):
        return self.summary or self.activity_type_id.name

    def _execute_activity(self, actions):
        """One activity for each customer and task, made in one batch."""
        # Core asks for the name of every single record: have them at hand.
        actions.account_id.mapped("display_name")
        groups = self._group_by_person(actions)
        notes = self._get_items_notes(groups)
        values = [
            {"note": note, **operation._prepare_activity_values(account, rows, user)}
            for note, (operation, account, rows, user) in zip(
                notes, groups, strict=True
            )
        ]
        # Nobody is mailed for each activity: there may be hundreds in a run.
        quick = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        activities = quick.create(values)
        for (*_group, rows, _user), activity in zip(groups, activities, strict=True):
            rows.activity_id = activity

    def _group_by_person(self, actions):
        """The rows of each task and customer, with who does the work for them.

        :return: list of (operation, account, rows, user)
        """
        groups = []
        for operation, task_rows in self._split(actions):
            by_account = task_rows.grouped("account_id")
            accounts = self.env["arm.customer.account"].union(*by_account)
            people = operation._get_responsibles(accounts)
            groups += [
                (operation, account, rows, people[account])
                for account, rows in by_account.items()
            ]
        return groups

    def _prepare_activity_values(self, account, actions, user):
        """Hook: the values of the activity for a customer's items of this task.

        The items are its note, unless another one is among the values.

        :param user: who does it; texts are in this person's language.
        """
        self.ensure_one()
        localised = self.with_context(lang=user.lang or self.env.lang)
        return {
            "res_model_id": self.env["ir.model"]._get_id(account._name),
            "res_id": account.id,
            "activity_type_id": self.activity_type_id.id,
            "summary": localised.summary or localised.task_id.name,
            "date_deadline": self._get_deadline(actions),
            "user_id": user.id,
            "automated": True,
        }

    def _get_deadline(self, actions):
        """The day on which an employee is asked to do it."""
        return fields.Date.add(actions[0].run_id.date, days=self.delay_days)

    @api.model
    def _get_items_notes(self, groups):
        """The items of each group, as the person who does the work reads them.

        :param groups: see ``_group_by_person``
        :return: list of HTML, one for each group
        """
        localised, notes = {}, []
        for operation, _account, rows, user in groups:
            lang = user.lang or self.env.lang
            if lang not in localised:
                records = operation.with_context(lang=lang)
                localised[lang] = records, Formats(records.env)
            records, formats = localised[lang]
            notes.append(records._get_items_note(rows, formats))
        return notes

    @api.model
    def _get_items_note(self, actions, formats):
        """The items as a colleague reads them, one a line."""
        lines = [
            self.env._(
                "%(document)s: %(amount)s, due %(date)s",
                document=action.document or "",
                amount=formats.amount(action.amount, action.currency_id),
                date=formats.date(action.date_due),
            )
            for action in actions
        ]
        return Markup("<p>%s</p>") % Markup("<br/>").join(lines)
