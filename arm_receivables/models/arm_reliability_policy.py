from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..tools import reliability as rules


@dataclass(frozen=True)
class ActivePolicy:
    """What the evaluation needs to know of a company's policy."""

    policy_id: int
    version: int
    grace_days: int
    rules: rules.Policy


class ArmReliabilityPolicy(models.Model):
    """When a customer of a company is green, yellow or red.

    A company has one policy at most; without one the statuses are only set by hand.
    The version goes up with every change of a number, and each change of a status
    keeps the version and the numbers that decided.
    """

    _name = "arm.reliability.policy"
    _description = "Reliability Policy"
    _inherit = ["arm.reliability.thresholds", "mail.thread"]
    _order = "company_id, id"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self._default_name())
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(default=lambda self: self.env.company)
    version = fields.Integer(default=1, readonly=True, copy=False)
    change_count = fields.Integer(compute="_compute_change_count")

    _one_per_company_uniq = models.UniqueIndex(
        "(company_id) WHERE active",
        "A company has one reliability policy: change it, or archive it first.",
    )

    @api.model
    def _default_name(self):
        return self.env._("Reliability policy")

    def _compute_change_count(self):
        groups = self.env["arm.reliability.change"]._read_group(
            [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
        )
        counts = dict(groups)
        for policy in self:
            policy.change_count = counts.get(policy, 0)

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self.env.registry.clear_cache()
        return policies

    def write(self, vals):
        """Changed numbers make a new version, and are told in the chatter."""
        watched = [name for name in self._get_threshold_fields() if name in vals]
        before = {policy: policy.read(watched)[0] for policy in self if watched}
        res = super().write(vals)
        for policy, old in before.items():
            new = policy.read(watched)[0]
            changed = [name for name in watched if old[name] != new[name]]
            if changed:
                super(ArmReliabilityPolicy, policy).write(
                    {"version": policy.version + 1}
                )
                policy._log_numbers(old, new, changed)
        self.env.registry.clear_cache()
        return res

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _log_numbers(self, old, new, names):
        """Tell in the chatter which numbers changed, from what to what."""
        self.ensure_one()
        lines = [
            f"{self._fields[name].string}: {old[name]} → {new[name]}" for name in names
        ]
        self._message_log(
            body=self.env._(
                "Version %(version)s. %(changes)s",
                version=self.version,
                changes="; ".join(lines),
            )
        )

    # --------------------------------------------------------------------- business

    @api.model
    def _get_active(self, company):
        """The policy in force in a company (:class:`ActivePolicy`), or None."""
        return self._get_active_cached(company.id)

    @api.model
    @ormcache("company_id")
    def _get_active_cached(self, company_id):
        # As superuser: a policy holds for whoever posts an invoice.
        policy = self.sudo().search([("company_id", "=", company_id)], limit=1)
        if not policy:
            return None
        return ActivePolicy(
            policy.id, policy.version, policy.grace_days, policy._get_policy()
        )

    # ---------------------------------------------------------------------- actions

    def action_preset_soft(self):
        """Take the numbers of the ready-made soft policy."""
        self._apply_preset("soft")

    def action_preset_standard(self):
        """Take the numbers of the ready-made standard policy."""
        self._apply_preset("standard")

    def action_preset_strict(self):
        """Take the numbers of the ready-made strict policy."""
        self._apply_preset("strict")

    def action_try(self):
        """Open the what-if with the numbers of this policy; nothing is changed."""
        self.ensure_one()
        values = {name: self[name] for name in self._get_threshold_fields()}
        wizard = self.env["arm.reliability.try"].create(
            {**values, "company_id": self.company_id.id, "policy_id": self.id}
        )
        return wizard.action_try()

    def action_apply(self):
        """Evaluate every customer of the company now, not only tonight."""
        self.ensure_one()
        self.check_access("write")
        self.env["arm.customer.account"]._refresh(self.company_id)
        return self.action_view_changes()

    def action_restart(self):
        """Judge every customer by today's figures alone, as if all were new.

        For the day on which a policy is exchanged, or a history was imported. Statuses
        set by hand stay.
        """
        self.ensure_one()
        self.check_access("write")
        accounts = self.env["arm.customer.account"]
        accounts.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE arm_customer_account SET reliability_since = NULL "
                "WHERE company_id = %s AND reliability_manual IS NOT TRUE",
                self.company_id.id,
            )
        )
        accounts._refresh(self.company_id)
        return self.action_view_changes()

    def action_view_changes(self):
        """Open the changes of status that this policy has made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_reliability_change_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        return action
