from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .res_users import MANAGER

# What a change of makes the work of the stand-in begin anew.
TERMS = {"user_id", "stand_in_id", "company_id", "date_from", "date_to", "active"}


class ArmCollectorAbsence(models.Model):
    """A period in which a colleague stands in for a collector.

    From its first to its last day (the company's local days) the stand-in sees the
    customers of the absent collector and gets their new work. It ends by itself; what
    the stand-in has not done by then goes back to the collector.
    """

    _name = "arm.collector.absence"
    _description = "Absence of a Collector"
    _order = "date_from desc, id desc"
    _rec_name = "user_id"
    _check_company_auto = True

    active = fields.Boolean(
        default=True, help="Archive an absence to cancel it, or to end it at once."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Absent",
        required=True,
        index=True,
        domain=lambda self: self.env["res.users"]._domain_collectors(),
        default=lambda self: self._default_user_id(),
        check_company=True,
    )
    stand_in_id = fields.Many2one(
        "res.users",
        string="Stand-in",
        required=True,
        index=True,
        domain=lambda self: self.env["res.users"]._domain_collectors(),
        check_company=True,
        help="Sees the customers of the absent collector and gets their new work.",
    )
    company_id = fields.Many2one(
        "res.company", help="Leave empty when it holds for every company."
    )
    date_from = fields.Date(
        string="First Day", required=True, default=lambda self: fields.Date.today()
    )
    date_to = fields.Date(
        string="Last Day", required=True, default=lambda self: fields.Date.today()
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("running", "Now"),
            ("over", "Over"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
    )
    handed_back = fields.Boolean(
        readonly=True,
        copy=False,
        help="What the stand-in had not done went back to the collector.",
    )

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)",
        "An absence cannot end before it begins: correct its first or last day.",
    )
    _self_check = models.Constraint(
        "CHECK (user_id != stand_in_id)",
        "Nobody stands in for themselves: choose another stand-in.",
    )

    @api.model
    def _default_user_id(self):
        user = self.env.user
        return user if user._is_collector() else False

    @api.depends("user_id", "stand_in_id", "date_from", "date_to")
    def _compute_display_name(self):
        for absence in self:
            if not (absence.user_id and absence.stand_in_id):
                absence.display_name = self.env._("New Absence")
                continue
            absence.display_name = self.env._(
                "%(absent)s, represented by %(stand_in)s",
                absent=absence.user_id.name,
                stand_in=absence.stand_in_id.name,
            )

    @api.depends("date_from", "date_to", "active", "company_id", "user_id")
    def _compute_state(self):
        for absence in self:
            today = absence._get_today()
            if not absence.active:
                absence.state = "cancelled"
            elif not absence.date_to or not absence.date_from:
                absence.state = "planned"
            elif absence.date_to < today:
                absence.state = "over"
            else:
                running = absence.date_from <= today
                absence.state = "running" if running else "planned"

    def _get_today(self):
        """The local day that counts for the absence."""
        self.ensure_one()
        company = self.company_id or self.user_id.company_id or self.env.company
        # As superuser: the time zone of a company is no secret.
        return company.sudo()._local_today()

    # ------------------------------------------------------------------ constraints

    @api.constrains("user_id", "stand_in_id", "company_id", "active")
    def _check_stand_in(self):
        """The stand-in can do the work, wherever the collector has any."""
        for absence in self.filtered("active"):
            person = absence.stand_in_id
            # As superuser: users read no other users; only companies are compared.
            companies = absence.company_id or absence.user_id.sudo().company_ids
            missing = companies - person.sudo().company_ids  # the same
            if missing:
                raise ValidationError(
                    self.env._(
                        "%(stand_in)s has no access to %(company)s. Choose another "
                        "stand-in, or enter an absence for each company.",
                        stand_in=person.name,
                        company=missing[0].name,
                    )
                )
            if not person._filter_collectors(companies):
                raise ValidationError(
                    self.env._(
                        "%(stand_in)s is no collector and cannot stand in for one. "
                        "Choose another stand-in.",
                        stand_in=person.name,
                    )
                )

    @api.constrains(*sorted(TERMS))
    def _check_overlaps(self):
        """No two absences of a person at once, and no stand-in who is absent."""
        active = self.filtered("active")
        active._touch_people()
        for absence in active:
            if other := absence._find_overlap("user_id", absence.user_id):
                message = self.env._(
                    "%(absent)s is absent from %(first)s to %(last)s already. Change "
                    "that absence instead of entering a second one.",
                    **other._get_words(),
                )
            elif other := absence._find_overlap("user_id", absence.stand_in_id):
                message = self.env._(
                    "%(absent)s cannot stand in: %(absent)s is absent from %(first)s "
                    "to %(last)s. Choose another stand-in.",
                    **other._get_words(),
                )
            elif other := absence._find_overlap("stand_in_id", absence.user_id):
                message = self.env._(
                    "%(stand_in)s stands in for %(absent)s from %(first)s to %(last)s. "
                    "Choose another stand-in for %(absent)s first.",
                    **other._get_words(),
                )
            else:
                continue
            raise ValidationError(message)

    def _touch_people(self):
        """Let nobody else enter an absence of the same people in the meantime.

        A transaction cannot see what another one has not committed. Both write the
        people's rows (without a change), so that the later one fails with a
        serialization error: Odoo repeats it, and then it finds the other's absence.
        """
        people = self.user_id | self.stand_in_id
        if people:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE res_users SET write_date = write_date
                      FROM (SELECT id FROM res_users WHERE id IN %s
                             ORDER BY id FOR NO KEY UPDATE) person
                     WHERE res_users.id = person.id
                    """,
                    tuple(people.ids),
                )
            )

    def _find_overlap(self, field, user):
        """Another absence in these days and companies, with a user in a field."""
        self.ensure_one()
        domain = [
            ("id", "!=", self.id),
            ("active", "=", True),
            (field, "=", user.id),
            ("date_from", "<=", self.date_to),
            ("date_to", ">=", self.date_from),
        ]
        if self.company_id:
            domain.append(("company_id", "in", [self.company_id.id, False]))
        # As superuser: absences in companies that the user cannot see count too.
        return self.sudo().search(domain, limit=1)

    def _get_words(self):
        """The absence in words, for messages."""
        self.ensure_one()
        return {
            "absent": self.user_id.name,
            "stand_in": self.stand_in_id.name,
            "first": format_date(self.env, self.date_from),
            "last": format_date(self.env, self.date_to),
        }

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        absences = super().create(vals_list)
        absences._check_may_enter()
        self._forget_stand_ins()
        return absences

    def write(self, vals):
        if vals.keys() & {"user_id", "stand_in_id", "company_id"} or (
            not vals.get("active", True)
        ):
            self._hand_back()
        if TERMS & vals.keys():
            vals = {**vals, "handed_back": False}
        result = super().write(vals)
        self._check_may_enter()
        self._forget_stand_ins()
        return result

    def _check_may_enter(self):
        """An absence lets the stand-in see customers: nobody enters that of another.

        Record rules look at an absence before it is changed, and this after it was.
        """
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        if self.user_id - self.env.user:
            raise AccessError(
                self.env._(
                    "You can enter your own absences only. Ask a credit manager to "
                    "enter those of others."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for absence in self.filtered("active"):
            if absence.state != "planned":
                raise ValidationError(
                    self.env._(
                        "The absence of %(absent)s from %(first)s to %(last)s has "
                        "begun and shows who could see which customers. Archive it to "
                        "end it.",
                        **absence._get_words(),
                    )
                )

    def unlink(self):
        result = super().unlink()
        self._forget_stand_ins()
        return result

    @api.model
    def _forget_stand_ins(self):
        """Who stands in for whom changed: have accounts look it up again."""
        self.env["arm.customer.account"].invalidate_model(["stand_in_id", "is_mine"])

    # ------------------------------------------------------------------- the engine

    @api.model
    def _get_domain_about_now(self):
        """Absences that are running somewhere on earth; the local day decides then.

        ``active`` is named because access rights are checked with archived records.
        """
        today = fields.Date.today()
        return Domain(
            [
                ("active", "=", True),
                ("date_from", "<=", today + timedelta(days=1)),
                ("date_to", ">=", today - timedelta(days=1)),
            ]
        )

    def _filter_running(self, company):
        """Those that hold in a company on its local day, with an active stand-in."""
        today = company._local_today()
        return self.filtered(
            lambda absence: absence.date_from <= today <= absence.date_to
            and absence.company_id in (company, absence.company_id.browse())
            and absence.stand_in_id.active
        )

    @api.model
    def _get_represented(self, user):
        """For whom a user stands in today: dict of company to users, in few queries."""
        absences = self.search(
            self._get_domain_about_now() & Domain("stand_in_id", "=", user.id)
        )
        if not absences:
            return {}
        # As superuser: a user may not read the companies of another one.
        companies = user.sudo().company_ids
        # As superuser: a user may not read the companies of another one.
        running = {company: absences._filter_running(company) for company in companies}
        return {company: found.user_id for company, found in running.items() if found}

    @api.model
    def _get_stand_ins(self, accounts):
        """Who stands in for the collectors of accounts: dict of account to user."""
        absences = self.search(
            self._get_domain_about_now()
            & Domain("user_id", "in", accounts.collector_id.ids)
        )
        if not absences:
            return {}
        by_company = {
            company: absences._filter_running(company).grouped("user_id")
            for company in accounts.company_id
        }
        return {
            account: found.stand_in_id[:1]
            for account in accounts
            if (found := by_company[account.company_id].get(account.collector_id))
        }

    @api.model
    def _get_standing_in(self, users, companies):
        """The users who stand in for some of these users today."""
        absences = self.search(
            self._get_domain_about_now() & Domain("user_id", "in", users.ids)
        )
        people = self.env["res.users"]
        for company in companies:
            people |= absences._filter_running(company).stand_in_id
        return people

    @api.model
    def _cron_hand_back(self):
        """Give unfinished work back where an absence is over or was cancelled."""
        ended = self.with_context(active_test=False).search(
            [
                ("handed_back", "=", False),
                "|",
                ("date_to", "<", "today +1d"),
                ("active", "=", False),
            ],
            order="id",
        )
        ended = ended.filtered(lambda absence: absence.state in ("over", "cancelled"))
        self.env["ir.cron"]._commit_progress(remaining=len(ended))
        for absence in ended:
            absence = absence.try_lock_for_update()
            absence._hand_back()
            absence.handed_back = True
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _hand_back(self):
        """Give what came to the stand-ins since the first day back to the collectors.

        What the stand-in did before, or for other customers, is left alone.
        """
        for absence in self:
            # As superuser: it is the work of two other people.
            accounts = self.env["arm.customer.account"].sudo()
            domain = Domain("collector_id", "=", absence.user_id.id)
            if absence.company_id:
                domain &= Domain("company_id", "=", absence.company_id.id)
            accounts = accounts.search(domain)
            for model, user_field, open_domain in accounts._get_transfer_fields():
                records = (
                    self.env[model]
                    .sudo()  # the same
                    .search(
                        Domain(open_domain)
                        & Domain(user_field, "=", absence.stand_in_id.id)
                        & Domain("create_date", ">=", absence.date_from)
                    )
                )
                records.with_context(mail_activity_quick_update=True).write(
                    {user_field: absence.user_id.id}
                )
            accounts._stop_following(absence.stand_in_id.ids)
