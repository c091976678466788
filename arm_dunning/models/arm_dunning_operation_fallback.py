from odoo import api, fields, models

LOST = {"no_address", "no_postal_address", "no_phone"}  # reasons that a person mends


class ArmDunningOperation(models.Model):
    """What happens where an e-mail cannot arrive: a letter instead, work for somebody.

    A customer without an address that works, or who wants no e-mail, gets the text of
    the letter that the operation names. Where nothing reaches the customer, whoever
    works on the customer is asked to find an address.
    """

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    fallback_template_id = fields.Many2one(
        "mail.template",
        string="Letter Instead",
        domain=[("model", "=", "arm.dunning.message")],
        ondelete="restrict",
        help="The text of a letter to customers who have no e-mail address that works, "
        "or who want no e-mail. Empty: they get nothing, and an employee is asked to "
        "find an address.",
    )

    def _get_letter_template(self):
        """The text on paper: of a letter, or of the letter instead of an e-mail."""
        self.ensure_one()
        if self.operation_type == "letter":
            return self.template_id
        return self.fallback_template_id

    def _find_fallback(self, actions):
        """The rows of these that get a letter instead of the e-mail.

        Not where the task sends a letter anyway.
        """
        operations = {
            operation.task_id: operation.fallback_template_id
            for operation in self.filtered("fallback_template_id")
            if "letter" not in operation.task_id.operation_ids.mapped("operation_type")
        }
        candidates = actions.filtered(lambda a: a.task_id in operations)
        if not candidates:
            return candidates
        recipients = candidates.account_id._get_dunning_recipients()
        return candidates.filtered(
            lambda a: (
                (
                    a.account_id.dunning_no_email
                    or not recipients[a.account_id]._get_dunning_addresses()
                )
                and next(iter(recipients[a.account_id]))._has_postal_address()
            )
        )

    def _guard_email(self, actions):
        """Who gets a letter instead is not held, unless there was one in this run."""
        held = super()._guard_email(actions)
        unreached = held["no_email"] | held["no_address"]
        instead = self._find_fallback(unreached) if unreached else unreached
        return {
            **held,
            "no_email": held["no_email"] - instead,
            "no_address": held["no_address"] - instead,
            "contact_gap": held["contact_gap"] | self._find_served(instead, "letter"),
        }

    def _execute_email(self, actions):
        """E-mails to those who can get one, letters to the others."""
        instead = self._find_fallback(actions)
        if instead:
            messages = self.env["arm.dunning.message"]
            messages = messages._create_from_actions(instead, "letter")
            messages._queue_letters(self._by_task())
        return super()._execute_email(actions - instead)

    # ----------------------------------------------------------------- nobody reached

    def _guard(self, actions):
        """Somebody is asked for the address of customers whom nothing reaches."""
        able = super()._guard(actions)
        lost = (actions - able).filtered(
            lambda action: action.state == "held" and action.reason in LOST
        )
        if lost:
            self._ask_for_addresses(lost.account_id)
        return able

    @api.model
    def _ask_for_addresses(self, accounts):
        """One activity for each customer, as long as nobody has done it."""
        self.env["arm.dunning.message"]._ask_somebody(
            accounts,
            "arm_dunning.mail_activity_type_address",
            self.env._("Find an address that works"),
            self.env._(
                "A reminder is due, and there is no address or number to send it to. "
                "Look the customer up, or call, and correct the contact."
            ),
        )
