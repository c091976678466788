from odoo import api, fields, models


class ArmDunningOperation(models.Model):
    """Meeting: a day in an employee's calendar, one for each customer and task."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("meeting", "Meeting in the Calendar")],
        ondelete={"meeting": "cascade"},
    )

    @api.model
    def _get_for_people(self):
        return super()._get_for_people() | {"meeting"}

    def _describe_meeting(self):
        return self.summary

    def _execute_meeting(self, actions):
        """One meeting for each customer and task, made in one batch.

        Only the employee is in it: whether and how the customer is invited, a person
        decides. So nobody gets an invitation.
        """
        groups = self._group_by_person(actions)
        created = self._get_quiet_calendar().create(
            [
                {
                    "description": note,
                    **operation._prepare_meeting_values(account, rows, user),
                }
                for note, (operation, account, rows, user) in zip(
                    self._get_items_notes(groups), groups, strict=True
                )
            ]
        )
        for (*_group, rows, _user), event in zip(groups, created, strict=True):
            rows.event_id = event

    @api.model
    def _get_quiet_calendar(self):
        """The calendar, in which nobody is written to about a new event."""
        return self.env["calendar.event"].with_context(
            no_mail_to_attendees=True,
            dont_notify=True,
            skip_contact_description=True,
            mail_activity_quick_update=True,
            mail_create_nosubscribe=True,
        )

    def _prepare_meeting_values(self, account, actions, user):
        """Hook: the values of the meeting about a customer's items of this task."""
        self.ensure_one()
        localised = self.with_context(lang=user.lang or self.env.lang)
        day = self._get_deadline(actions)
        summary = localised.summary or localised.task_id.name
        return {
            "name": f"{account.partner_id.name}: {summary}",
            "allday": True,
            "start": day,
            "stop": day,
            "start_date": day,
            "stop_date": day,
            "user_id": user.id,
            "partner_ids": [(6, 0, user.partner_id.ids)],
            "res_model_id": self.env["ir.model"]._get_id(account._name),
            "res_id": account.id,
        }
