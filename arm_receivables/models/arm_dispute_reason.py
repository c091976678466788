from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ArmDisputeReason(models.Model):
    """Why invoices are disputed, and who in the company settles such disputes."""

    _name = "arm.dispute.reason"
    _description = "Reason of Disputes"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    user_ids = fields.Many2many(
        "res.users",
        "arm_dispute_reason_user_rel",
        "reason_id",
        "user_id",
        string="Owner Team",
        domain=lambda self: self._domain_owners(),
        help="Who settles disputes for this reason; a new one goes to the member with "
        "the fewest open disputes.",
    )
    days = fields.Integer(
        string="Days to Settle",
        default=14,
        required=True,
        help="Calendar days until a new dispute should be settled.",
    )

    @api.model
    def _domain_owners(self):
        group = self.env.ref("arm_receivables.group_receivables_reader")
        return [("all_group_ids", "in", group.ids)]

    @api.constrains("days")
    def _check_days(self):
        for reason in self:
            if not 0 <= reason.days <= 365:
                raise ValidationError(
                    self.env._(
                        "%(reason)s needs 0 to 365 days to settle.", reason=reason.name
                    )
                )

    def _pick_owner(self, company):
        """The member of the team with the fewest open disputes in this company.

        :return: a user, or none when nobody of the team works there
        """
        self.ensure_one()
        # As superuser: members may be no administrators, and only one is returned.
        team = self.sudo().user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )
        if not team:
            return team.sudo(False)
        counts = dict(
            self.env["arm.dispute"]
            .sudo()  # the same: all that they have to do counts
            ._read_group(
                [("user_id", "in", team.ids), ("state", "=", "open")],
                ["user_id"],
                ["__count"],
            )
        )
        return min(team, key=lambda user: (counts.get(user, 0), user.id)).sudo(False)
