from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError

NAMED = 10  # customers in a message of a channel; the others are counted


class ArmDunningOperation(models.Model):
    """Tell a Discuss channel: one message for each channel and batch of a run."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("channel", "Tell a Channel")], ondelete={"channel": "cascade"}
    )
    channel_id = fields.Many2one(
        "discuss.channel",
        domain=[("channel_type", "in", ("channel", "group"))],
        ondelete="restrict",
        help="Its members read the names of customers and what they owe.",
    )

    @api.model
    def _get_gathered_types(self):
        return super()._get_gathered_types() | {"channel"}

    @api.constrains("operation_type", "channel_id")
    def _check_channel(self):
        for operation in self._of_type("channel"):
            if not operation.channel_id:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the channel.",
                        task=operation.task_id.name,
                    )
                )

    def _describe_channel(self):
        # As superuser: a name only; who reads the rule need not be a member.
        return self.channel_id.sudo().name

    def _execute_channel(self, actions):
        """Post what the tasks of each channel found, all in one message."""
        for channel, operations in self.grouped("channel_id").items():
            parts = [
                operation._get_channel_text(rows)
                for operation, rows in operations._split(actions)
            ]
            # As superuser: the run is nobody's, and a member of no channel.
            channel.sudo().message_post(
                body=Markup("<br/>").join(parts),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.env.ref("base.partner_root").id,
            )

    def _get_channel_text(self, actions):
        """The task, who owes most of its customers, and how many more there are."""
        self.ensure_one()
        by_account = sorted(
            actions.grouped("account_id").items(),
            key=lambda part: (-sum(part[1].mapped("amount_company")), part[0].id),
        )
        lines = [
            Markup("<li>%s: %s</li>")
            % (account.partner_id.name, rows._get_totals_text())
            for account, rows in by_account[:NAMED]
        ]
        more = len(by_account) - NAMED
        if more > 0:
            rest = self.env._("and %(count)s more customers", count=more)
            lines.append(Markup("<li>%s</li>") % rest)
        title = escape(self.summary or self.task_id.name)
        return Markup("<b>%s</b><ul>%s</ul>") % (title, Markup("").join(lines))
