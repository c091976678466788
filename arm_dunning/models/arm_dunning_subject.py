from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubject(models.AbstractModel):
    """What tasks are about: one model for each value of a task's ``subject_type``.

    A new kind is one ``selection_add`` on the task and one abstract model
    ``arm.dunning.subject.<value>`` that inherits this one and says, in SQL, where its
    subjects are, which of them are alive, which dates they have, and which figures the
    register keeps of them. Every query has the alias ``account``: a row of
    :meth:`ArmDunningGuard._accounts_query`.
    """

    _name = "arm.dunning.subject"
    _description = "Subject of Dunning Tasks"
    _subject_model = None  # the model of the subjects, also of the item domain
    _subject_anchors = ()  # the dates that a subject has
    _comes_again = False  # whether every anchor comes again and again
    _claims = True  # whether its tasks ask for money, unless they are courtesies

    @api.model
    def _get_anchors(self):
        """Hook: the anchors that a task about this kind of subject can have."""
        return self._subject_anchors

    @api.model
    def _is_recurrent(self, task):
        """Whether the anchor of a task comes again for the same subject."""
        return self._comes_again or task.anchor == "contact_date"

    @api.model
    def _from_sql(self, plan):
        """Hook: the FROM clause, with the alias ``account``."""
        raise NotImplementedError

    @api.model
    def _id_sql(self):
        """Hook: the id of the subject."""
        raise NotImplementedError

    @api.model
    def _alive_sql(self, plan):
        """Hook: which subjects are still to be done something about."""
        raise NotImplementedError

    @api.model
    def _anchor_sql(self, plan, task):
        """The day that a task is counted from."""
        return getattr(self, f"_anchor_{task.anchor}_sql")(plan)

    @api.model
    def _anchor_span_sql(self, plan, task, oldest, newest):
        """Hook: a condition that an index can serve, besides the exact one."""
        return SQL("%s BETWEEN %s AND %s", self._anchor_sql(plan, task), oldest, newest)

    @api.model
    def _get_columns(self, plan, anchor):
        """Hook: the figures of the register that depend on the kind of subject.

        ``item_id``, ``document``, ``currency_id``, ``amount``, ``amount_company``,
        ``date_due``.
        """
        raise NotImplementedError

    @api.model
    def _amount_sql(self):
        """Hook: the amount that a task's minimum is compared with, company currency."""
        raise NotImplementedError

    @api.model
    def _currency_sql(self, plan):
        """Hook: the currency of the subject."""
        return SQL("%s", plan.company.currency_id.id)

    @api.model
    def _days_late_sql(self, plan):
        """Hook: days past the due date on the day of the plan."""
        return SQL("%s::date - account.oldest_overdue_date", plan.today)

    @api.model
    def _insured_sql(self):
        """Hook: whether the subject is insured."""
        return SQL("FALSE")

    @api.model
    def _get_subject_guards(self, plan):
        """Hook: the guards that look at the subject itself."""
        return {}

    @api.model
    def _is_gone_sql(self):
        """Hook: whether a waiting row ``action`` has lost its subject.

        The aliases are ``action``, its item ``line`` and its ``account`` (both of them
        may be missing). Only rows of this kind of subject are asked about.
        """
        return SQL("FALSE")

    # ------------------------------------------------------------- previous contact

    @api.model
    def _subject_key_sql(self):
        """The column of the register that names the subject."""
        return SQL("subject_id")

    @api.model
    def _contact_join(self, plan, task, oldest=None):
        """Join ``previous.day``: when the subject was last contacted about.

        By any other task, or by the one task that the condition names. What is older
        than the span of days cannot be the anchor, so it need not be looked at.
        """
        rows = SQL("task_id != %s AND is_contact", task.id)
        if task.after_task_id:
            rows = SQL("task_id = %s", task.after_task_id.id)
        if oldest:
            rows = SQL("%s AND day_done >= %s", rows, oldest)
        return SQL(
            """
            JOIN (
                SELECT %(key)s AS subject_id, MAX(day_done) AS day
                  FROM %(steps)s step
                 WHERE company_id = %(company)s AND state = 'done' AND %(rows)s
                   AND %(model)s
                 GROUP BY %(key)s
            ) previous ON previous.subject_id = %(id)s
            """,
            key=self._subject_key_sql(),
            steps=plan.steps_sql(),
            company=plan.company.id,
            rows=rows,
            model=self._contact_model_sql(),
            id=self._id_sql(),
        )

    @api.model
    def _contact_model_sql(self):
        """Which rows of the register are about this kind of subject."""
        return SQL("subject_model = %s", self._subject_model)

    @api.model
    def _anchor_contact_date_sql(self, plan):
        return SQL("previous.day")
