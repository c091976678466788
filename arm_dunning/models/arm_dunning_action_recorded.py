from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

# What is said of such a row once and for all.
FROZEN = {"action_kind", "user_id"}


class ArmDunningAction(models.Model):
    """What was done without a task: by a person, or by a scheduled action of its own.

    An add-on names its actions with a ``selection_add`` on ``action_kind`` and calls
    :meth:`_record` where they happen, in the same transaction: what is undone with it
    was never done. Such rows have neither task nor run, are done from the beginning,
    and are no reminders.
    """

    _name = "arm.dunning.action"
    _inherit = ["arm.dunning.action"]

    run_id = fields.Many2one(required=False)
    task_id = fields.Many2one(required=False)
    task_version = fields.Integer(required=False)
    action_kind = fields.Selection(
        [],
        string="Action Without Task",
        help="What a person, or the system by itself, did without a task.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Done By",
        help="Who did it without a task; nobody: the system did it by itself.",
    )
    what = fields.Char(string="Action", compute="_compute_what")

    _origin_check = models.Constraint(
        "CHECK(action_kind IS NOT NULL OR num_nulls(run_id, task_id) = 0)",
        "A row of the register needs a task and its run, or what was done otherwise.",
    )
    # How often something was done about a document, asked before it is done again.
    _kind_occurrence_uniq = models.UniqueIndex(
        "(subject_id, action_kind, occurrence, subject_model) "
        "WHERE action_kind IS NOT NULL",
        "This action is in the register already.",
    )

    @api.depends("task_id.name", "action_kind")
    @api.depends_context("lang")
    def _compute_what(self):
        """The task, or what was done without one."""
        labels = dict(self._fields["action_kind"]._description_selection(self.env))
        for action in self:
            action.what = labels.get(action.action_kind) or action.task_id.name

    # ------------------------------------------------------------------------ CRUD

    def write(self, vals):
        if FROZEN & vals.keys():
            self.check_access("write")
            raise UserError(
                self.env._("The register says what happened; it cannot be changed.")
            )
        return super().write(vals)

    # ----------------------------------------------------------------- explanations

    @api.depends("action_kind", "user_id")
    def _compute_explanation(self):
        return super()._compute_explanation()

    def _get_explanation(self):
        """Who did it and what is known of it, where no task did."""
        if not self.action_kind:
            return super()._get_explanation()
        day = self._day(self.day_done)
        if self.user_id:
            # As superuser: the name only, also of a colleague of another company.
            name = self.user_id.sudo().name
            text = self.env._("Done by %(user)s on %(date)s.", user=name, date=day)
        else:
            text = self.env._("Done by the system on %(date)s.", date=day)
        return f"{text} {self.reason_text}" if self.reason_text else text

    # ---------------------------------------------------------------------- records

    @api.model
    def _record(self, kind, deeds, by_system=False):
        """Write down what has just been done without a task, all at once.

        :param kind: value of ``action_kind``
        :param deeds: list of dict: ``subject`` (record it is about), ``company``,
            ``partner``; optional ``amount`` in ``currency`` (the company's when not
            given), ``document`` (number, as it is now), ``date_due`` and ``text``
        :param by_system: it came about by itself, whoever is logged in
        :return: the rows
        """
        if not deeds:
            return self.browse()
        # As superuser: nobody has the right to write the register; what was done is
        # written by the method that did it.
        register = self.sudo()
        accounts = register._get_recorded_accounts(deeds)
        counts = register._count_recorded(kind, deeds)
        by_system = by_system or self.env.uid == SUPERUSER_ID
        user_id = False if by_system else self.env.uid
        values = []
        for deed in deeds:
            key = (deed["subject"]._name, deed["subject"].id)
            counts[key] = counts.get(key, 0) + 1
            account = accounts.get((deed["company"], deed["partner"]))
            values.append(
                {
                    **register._prepare_recorded(deed, account),
                    "action_kind": kind,
                    "occurrence": counts[key],
                    "user_id": user_id,
                }
            )
        return register.create(values)

    @api.model
    def _get_recorded_accounts(self, deeds):
        """The customer accounts that deeds are about, by company and partner."""
        partners = {deed["partner"].id for deed in deeds}
        companies = {deed["company"].id for deed in deeds}
        rows = self.env["arm.customer.account"].search(
            [
                ("partner_id", "in", list(partners)),
                ("company_id", "in", list(companies)),
            ]
        )
        return rows.grouped(lambda row: (row.company_id, row.partner_id))

    @api.model
    def _count_recorded(self, kind, deeds):
        """How often the same was done about the same documents."""
        ids = {}
        for deed in deeds:
            ids.setdefault(deed["subject"]._name, []).append(deed["subject"].id)
        return {
            (model, subject_id): count
            for model, found in ids.items()
            for subject_id, count in self._read_group(
                [
                    ("action_kind", "=", kind),
                    ("subject_model", "=", model),
                    ("subject_id", "in", found),
                ],
                ["subject_id"],
                ["__count"],
            )
        }

    @api.model
    def _prepare_recorded(self, deed, account):
        """The columns of one row that do not depend on what was done before."""
        company, today = deed["company"], deed["company"]._local_today()
        currency = deed.get("currency") or company.currency_id
        amount = deed.get("amount") or 0
        own = company.currency_id
        same = currency == own or not amount
        return {
            "company_id": company.id,
            "subject_model": deed["subject"]._name,
            "subject_id": deed["subject"].id,
            "document": deed.get("document") or False,
            "account_id": account.id if account else False,
            "partner_id": deed["partner"].id,
            "reliability_status": account.reliability_status if account else False,
            "currency_id": currency.id,
            "amount": amount,
            "amount_company": amount
            if same
            else currency._convert(amount, own, company, today),
            "date_due": deed.get("date_due") or False,
            "date_planned": today,
            "date_done": fields.Datetime.now(),
            "day_done": today,
            "reason_text": (deed.get("text") or "")[:500] or False,
            "state": "done",
        }
