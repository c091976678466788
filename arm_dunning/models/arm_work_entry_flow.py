from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

ITEMS, EVENTS = 40, 8  # of each on the form


class ArmWorkEntry(models.Model):
    """One customer after the other: open, call, outcome, next."""

    _name = "arm.work.entry"
    _inherit = ["arm.work.entry"]

    phone = fields.Char(compute="_compute_phone")
    contact = fields.Char(compute="_compute_phone", help="Whom to ask for.")
    email = fields.Char(related="account_id.email")
    next_step = fields.Char(related="account_id.next_step")
    todo_ids = fields.Many2many(
        "arm.work.todo", string="To Do", compute="_compute_todo_ids"
    )
    item_ids = fields.Many2many(
        "account.move.line", string="Open Items", compute="_compute_item_ids"
    )
    event_ids = fields.Many2many(
        "arm.customer.event", string="What Happened", compute="_compute_event_ids"
    )
    result_id = fields.Many2one(
        "arm.dunning.call.result",
        string="Outcome of Today",
        compute="_compute_result_id",
    )

    @api.depends("account_id")
    def _compute_phone(self):
        recipients = self.account_id._get_dunning_recipients()
        for entry in self:
            contacts = recipients[entry.account_id]
            entry.phone = entry.account_id._get_dunning_phone(contacts)
            entry.contact = next(iter(contacts)).name

    def _compute_todo_ids(self):
        todos = self.env["arm.work.todo"].search([("account_id", "in", self.ids)])
        found = todos.grouped("account_id")
        for entry in self:
            entry.todo_ids = found.get(entry.account_id, todos.browse())

    def _compute_item_ids(self):
        """The oldest open items; the form shows one customer at a time."""
        for entry in self:
            entry.item_ids = self.env["account.move.line"].search(
                entry.account_id._get_open_items_domain(),
                order="date_maturity, id",
                limit=ITEMS,
            )

    def _compute_event_ids(self):
        """The newest events; the form shows one customer at a time."""
        for entry in self:
            entry.event_ids = self.env["arm.customer.event"].search(
                [("account_id", "=", entry.id)], limit=EVENTS
            )

    def _compute_result_id(self):
        """What today's last call brought."""
        for entry in self:
            entry.result_id = self.env["arm.dunning.call.result"].search(
                [
                    ("account_id", "=", entry.id),
                    ("day", "=", entry.company_id._local_today()),
                ],
                order="id desc",
                limit=1,
            )

    # -------------------------------------------------------------- going through it

    def action_work(self):
        """Open the customer with everything that is needed for a call."""
        self.ensure_one()
        return self._get_form()

    def action_start(self):
        """Open the first customer of my day, whatever is selected."""
        first = self.search(self._get_day_domain(), limit=1)
        if not first:
            raise UserError(
                self.env._(
                    "There is nothing to do for you today. Look at Leave Alone to see "
                    "who is overdue and why nobody has to call."
                )
            )
        return first._get_form()

    def action_next(self):
        """Leave this customer as it is and open the next one."""
        self.ensure_one()
        return self._get_next(self._get_place())

    def action_view_account(self):
        """Open the customer's page."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.customer.account",
            "res_id": self.account_id.id,
            "views": [(False, "form")],
        }

    def action_telephone(self):
        """Dial the number with the program that the browser has for it."""
        self.ensure_one()
        if not self.phone:
            raise UserError(
                self.env._(
                    "%(customer)s has no telephone number. Enter one at the contact, "
                    "or use Wrong Number to have somebody find it.",
                    customer=self.account_id.display_name,
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "arm_dunning.telephone",
            "params": {"number": self.phone},
        }

    @api.model
    def _get_day_domain(self):
        """What is mine and to be done today, the most pressing first."""
        return [("is_mine", "=", True), ("drawer", "in", ("act", "easy"))]

    def _get_form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("My Day"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def _get_place(self):
        """Where this customer stands in the order, before anything changes."""
        self.ensure_one()
        return [self.rank, self.score, self.id]

    @api.model
    def _get_next(self, place):
        """Open who comes after a place in the order, or the list when nobody does.

        :param place: see :meth:`_get_place`
        """
        rank, score, entry_id = place
        later = Domain("rank", ">", rank)
        lower = Domain("score", "<", score)
        lower |= Domain("score", "=", score) & Domain("id", ">", entry_id)
        after = later | (Domain("rank", "=", rank) & lower)
        following = self.search(Domain(self._get_day_domain()) & after, limit=1)
        if following:
            action = following._get_form()
        else:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "arm_dunning.arm_work_entry_action"
            )
        return {
            "type": "ir.actions.client",
            "tag": "arm_dunning.go_on",
            "params": {"action": action, "is_list": not following},
        }

    # ---------------------------------------------------------------------- outcomes

    def action_no_answer(self):
        """Nobody answered: the call comes again the next working day."""
        return self._conclude("action_no_answer")

    def action_call_back(self):
        """Call again on a day that was agreed."""
        return self._conclude("action_call_back")

    def action_promise(self):
        """Enter the promise that the customer gave."""
        return self._conclude("action_promise")

    def action_pays_today(self):
        """The customer pays today: a promise for today, in one step."""
        return self._conclude("action_pays_today")

    def action_dispute(self):
        """Enter what the customer objects to."""
        return self._conclude("action_dispute")

    def action_plan(self):
        """Agree on instalments."""
        return self._conclude("action_plan")

    def action_refuses(self):
        """The customer refuses to pay."""
        return self._conclude("action_refuses")

    def action_wrong_number(self):
        """The number is wrong: somebody finds the right one."""
        return self._conclude("action_wrong_number")

    def action_insolvent(self):
        """The customer is insolvent: stop everything and tell the manager."""
        return self._conclude("action_insolvent")

    def action_other(self):
        """Something else was said."""
        return self._conclude("action_other")

    def action_reached(self):
        """The customer was reached and nothing was agreed."""
        return self._conclude("action_set_done")

    def _conclude(self, outcome):
        """Have the customer's call end in an outcome, and go on with the next one.

        :param outcome: the method of ``arm.dunning.call``
        """
        self.ensure_one()
        place = self._get_place()
        call = self._get_call().with_context(work_place=place)
        result = getattr(call, outcome)()
        return result if isinstance(result, dict) else self._get_next(place)

    def _get_call(self):
        """The customer's open call; entered now where nobody had asked for it.

        :raise AccessError: for who is no collector of this customer
        """
        self.ensure_one()
        self.check_access("read")
        calls = self.env["arm.dunning.call"]
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors and credit managers handle the call list.")
            )
        # As superuser: nobody has the right to write the list directly.
        calls = calls.sudo()
        call = calls.search(
            [("account_id", "=", self.account_id.id), ("state", "=", "open")]
        )
        if not call:
            call = calls.create(
                {
                    "account_id": self.account_id.id,
                    "company_id": self.company_id.id,
                    "reason": self.what or self.score_text,
                    "date": self.company_id._local_today(),
                    "user_id": self.env.uid,
                }
            )
        return call.with_env(self.env)
