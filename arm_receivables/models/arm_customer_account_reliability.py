from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools import reliability as rules
from ..tools.behaviour import MINIMUM_EXPERIENCES
from .arm_customer_account import EVERYTHING, ORDERS, RELIABILITY_STATUSES

# Written by the engine alone, together with the status.
BOOKKEEPING = {
    "reliability_since",
    "reliability_before",
    "reliability_before_since",
    "reliability_pending",
    "reliability_manual",
    "reliability_until",
    "reliability_note",
    "reliability_user_id",
}


class ArmCustomerAccount(models.Model):
    """How reliable the customer is: by the company's policy, or set by hand.

    The policy moves the status whenever the figures of the customer are refreshed. A
    status set by hand has a reason and a person, and is left alone until its end date,
    or until somebody gives it back to the policy. Every change is a row of
    ``arm.reliability.change``.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    reliability_since = fields.Date(
        string="Status Since",
        readonly=True,
        help="Empty until the status is decided for the first time.",
    )
    # What a change of today is judged from: see arm.reliability.evaluator.
    reliability_before = fields.Selection(
        RELIABILITY_STATUSES, string="Status Before", readonly=True
    )
    reliability_before_since = fields.Date(string="Status Before Since", readonly=True)
    reliability_pending = fields.Selection(
        RELIABILITY_STATUSES,
        string="Status to Confirm",
        readonly=True,
        index="btree_not_null",
        help="The policy gives this person a worse status; it waits for somebody to "
        "confirm or decline it.",
    )
    reliability_manual = fields.Boolean(string="Status Set by Hand", readonly=True)
    reliability_until = fields.Date(
        string="Status Until",
        readonly=True,
        help="The last day of the status set by hand; without it, it stays.",
    )
    reliability_note = fields.Char(string="Reason Given", readonly=True)
    reliability_user_id = fields.Many2one(
        "res.users", string="Status Set By", readonly=True
    )
    reliability_reason = fields.Char(
        string="Why", compute="_compute_reliability_reason"
    )
    reliability_outlook = fields.Char(
        string="For a Better Status",
        compute="_compute_reliability_reason",
        help="What would have to be different.",
    )
    reliability_change_ids = fields.One2many(
        "arm.reliability.change", "account_id", string="Status History", readonly=True
    )

    # ---------------------------------------------------------------------- computes

    @api.depends(*sorted(BOOKKEEPING), "reliability_status", "reliability_change_ids")
    @api.depends_context("lang")
    def _compute_reliability_reason(self):
        for account in self:
            verdict = account._get_verdict()
            texts = account._get_recorded_texts()
            if verdict and account.reliability_pending:
                texts = account._get_proposal_texts(verdict)
            elif verdict and account._is_shown(verdict):
                texts = account._get_verdict_texts(verdict)
            account.reliability_reason, account.reliability_outlook = texts

    def _is_shown(self, verdict):
        """Whether the status is what the policy says today, with today's figures."""
        self.ensure_one()
        is_decided = self.reliability_since and not self.reliability_manual
        return is_decided and verdict.status == self.reliability_status

    def _get_recorded_texts(self):
        """Reason and outlook as the last change of the status has kept them."""
        self.ensure_one()
        last = self.reliability_change_ids.sorted("id")[-1:]
        if last.to_status != self.reliability_status:
            return False, False
        return last.reason, last.outlook

    def _get_proposal_texts(self, verdict):
        """Why a worse status is proposed, and what the present one would take."""
        reason, outlook = self._get_verdict_texts(verdict)
        label = self.env["arm.reliability.explainer"]._get_status_label(verdict.status)
        proposal = self.env._(
            "%(status)s is proposed: %(reason)s", status=label, reason=reason
        )
        return proposal, outlook

    def _get_verdict(self):
        """What the policy says today of this customer, or None without a policy."""
        self.ensure_one()
        active = self.env["arm.reliability.policy"]._get_active(self.company_id)
        if not active:
            return None
        present = self._get_present_status()
        return rules.evaluate(self._get_facts(), active.rules, present)

    def _get_present_status(self):
        """The status that counts so far (see the evaluator), or None."""
        self.ensure_one()
        if not self.reliability_since or self.reliability_manual:
            return None
        if self.reliability_since == self.company_id._local_today():
            return self.reliability_before or None
        return self.reliability_status

    def _get_verdict_texts(self, verdict):
        self.ensure_one()
        explainer = self.env["arm.reliability.explainer"]
        active = self.env["arm.reliability.policy"]._get_active(self.company_id)
        return (
            explainer._get_reason(
                verdict, self._get_facts(), active.rules, self.currency_id
            ),
            explainer._get_outlook(verdict, self.currency_id),
        )

    def _get_facts(self):
        """The stored figures as the pure rules want them."""
        self.ensure_one()
        known = self.experience_count > 0
        indexed = self.experience_count >= MINIMUM_EXPERIENCES
        return rules.Facts(
            payment_index=self._exact("payment_index") if indexed else None,
            days_late=self._exact("days_late") if known else None,
            experience_count=self.experience_count,
            oldest_overdue_days=self.days_overdue,
            amount_overdue=self._exact("amount_overdue"),
            overdue_share=self._exact("overdue_share"),
            promises_broken=self.promises_broken,
            payments_returned=self.payments_returned,
            paid_in_terms=self.paid_in_terms,
        )

    def _exact(self, name):
        return Decimal(str(self[name]))

    # ------------------------------------------------------------------------- CRUD

    def write(self, vals):
        """A status that somebody writes is set by hand, and is recorded as such.

        The bookkeeping comes along where the suite itself writes; users may not.
        """
        if "reliability_status" not in vals or "reliability_manual" in vals:
            return super().write(vals)
        self._set_status(vals["reliability_status"])
        rest = {k: v for k, v in vals.items() if k != "reliability_status"}
        return super().write(rest) if rest else True

    @api.model
    def _get_protected_fields(self):
        return super()._get_protected_fields() | BOOKKEEPING

    # --------------------------------------------------------------------- business

    @api.model
    def _after_refresh(self, company, partners=None, parts=EVERYTHING):
        res = super()._after_refresh(company, partners, parts)
        if not parts <= ORDERS:  # orders are no experience of payment
            self.env["arm.reliability.evaluator"]._evaluate(company, partners)
        return res

    @api.model
    def _get_grace_days(self, company):
        active = self.env["arm.reliability.policy"]._get_active(company)
        return active.grace_days if active else 0

    def _set_status(self, status, note=None, until=None):
        """Set the status by hand; the policy leaves it alone until its end.

        :param status: green, yellow or red
        :param note: the person's reason
        :param until: last day of the status; None: until somebody changes it
        """
        self.check_access("write")
        if status not in rules.LEVELS:
            raise UserError(self.env._("A reliability status is green, yellow or red."))
        self._log_status(status, "manual", note=note, until=until)
        values = {
            "reliability_status": status,
            "reliability_pending": False,
            "reliability_before": False,
            "reliability_before_since": False,
            "reliability_manual": True,
            "reliability_until": until,
            "reliability_note": note,
            "reliability_user_id": self.env.uid,
        }
        for company, accounts in self.grouped("company_id").items():
            since = {"reliability_since": company._local_today()}
            # As superuser: users may not write the bookkeeping; rights are checked.
            accounts.sudo().write({**values, **since})
        self._sync_trust()
        self._follow_status()

    def _follow_status(self):
        """Let what depends on the status follow it, such as order blocks."""
        self.flush_model()
        for company, accounts in self.grouped("company_id").items():
            self._after_refresh(company, accounts.partner_id)
        self._invalidate_accounts()

    def _merge_accounts(self, others):
        """The worst status remains; one set by hand goes before the policy's."""
        res = super()._merge_accounts(others)
        decisive = max(
            self | others,
            key=lambda a: (a.reliability_manual, rules.LEVELS[a.reliability_status]),
        )
        if decisive != self:
            status = decisive.reliability_status
            if status != self.reliability_status:
                names = ", ".join(others.mapped("display_name"))
                note = self.env._("merged with %(names)s", names=names)
                self._log_status(status, "merge", note=note)
            values = {name: decisive[name] for name in BOOKKEEPING}
            values["reliability_user_id"] = decisive.reliability_user_id.id
            # As superuser: users may not write the bookkeeping.
            self.sudo().write({**values, "reliability_status": status})
        return res

    def _log_status(self, status, origin, **values):
        """Enter a change made by a person into the history."""
        # As superuser: nobody may write the history; the caller checked the rights.
        self.env["arm.reliability.change"].sudo().create(
            [
                {
                    "account_id": account.id,
                    "company_id": account.company_id.id,
                    "date": fields.Datetime.now(),
                    "from_status": account.reliability_status,
                    "to_status": status,
                    "origin": origin,
                    "user_id": self.env.uid,
                    "rule": "manual",
                    **values,
                }
                for account in self
            ]
        )

    def _sync_trust(self):
        """Bring core's degree of trust in step with the status of these accounts."""
        self.flush_model(["reliability_status"])
        self.env["res.partner"].flush_model(["trust", "commercial_partner_id"])
        evaluator = self.env["arm.reliability.evaluator"]
        for company, accounts in self.grouped("company_id").items():
            stored = SQL(
                "(SELECT partner_id, reliability_status AS status "
                "FROM arm_customer_account WHERE id IN %s) stored",
                tuple(accounts.ids),
            )
            self.env.cr.execute(evaluator._trust_sql(company, stored))
        self.env["res.partner"].invalidate_model(["trust"], flush=False)

    # ---------------------------------------------------------------------- actions

    def action_set_status(self):
        """Open the wizard that sets the status by hand, with a reason."""
        return self._get_set_status_action()

    def action_decline_status(self):
        """Keep the status and say why: it becomes one set by hand."""
        self.ensure_one()
        return self._get_set_status_action(default_status=self.reliability_status)

    def _get_set_status_action(self, **context):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_reliability_set_action"
        )
        action["context"] = {**context, "default_account_ids": self.ids}
        return action

    def action_confirm_status(self):
        """Let the worse status of these persons come into force."""
        self._check_status_right()
        waiting = self.filtered("reliability_pending")
        self._flush_ledger()
        evaluator = self.env["arm.reliability.evaluator"]
        for company, accounts in waiting.grouped("company_id").items():
            evaluator._evaluate(company, accounts.partner_id, confirmed=True)
        self._follow_status()
        self.env["arm.reliability.change"].invalidate_model(flush=False)

    def action_automatic_status(self):
        """Give the status back to the policy, which decides at once."""
        self._check_status_right()
        for company, accounts in self.grouped("company_id").items():
            if not self.env["arm.reliability.policy"]._get_active(company):
                raise UserError(
                    self.env._(
                        "%(company)s has no reliability policy: make one under "
                        "Configuration, or set the status by hand.",
                        company=company.name,
                    )
                )
            manual = accounts.filtered("reliability_manual")
            # As superuser: users may not write the bookkeeping; rights are checked.
            manual.sudo().write(
                {
                    "reliability_until": fields.Date.subtract(
                        company._local_today(), days=1
                    )
                }
            )
            self._refresh(company, manual.partner_id)

    def _check_status_right(self):
        """Who may change accounts may decide about statuses."""
        if not self.has_access("write"):
            raise AccessError(
                self.env._("You may not change the status of these customers.")
            )
