from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

MANAGER = "arm_receivables.group_receivables_manager"


class ArmDunningCharge(models.Model):
    """What becomes of a proposal: claimed with an invoice or an entry, or waived."""

    _name = "arm.dunning.charge"
    _inherit = ["arm.dunning.charge"]

    regime_id = fields.Many2one(
        "arm.interest.regime",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The law or contract that it follows.",
    )
    segment_ids = fields.One2many("arm.dunning.charge.segment", "charge_id")
    is_unconfirmed = fields.Boolean(
        string="Rate Not Confirmed",
        readonly=True,
        help="A reference rate of these days was not compared with its publication.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Claimed With",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    waive_reason = fields.Char(string="Waived Because", readonly=True)
    state = fields.Selection(
        selection_add=[
            ("missing", "Rate Missing"),
            ("posted", "Claimed"),
            ("replaced",),
        ],
        ondelete={"missing": "cascade", "posted": "cascade"},
    )

    # ---------------------------------------------------------------------- actions

    def action_post(self):
        """Claim these charges: one invoice or entry for each customer and currency.

        :raise AccessError: for everybody but credit managers
        :raise UserError: when a rate is not confirmed or the settings are missing
        """
        self._check_manager()
        # As superuser: the entry is what the settings of the company say, and nobody
        # has the right to write charges directly.
        charges = self.sudo().filtered(lambda charge: charge.state == "proposed")
        if not charges:
            raise UserError(self.env._("None of these charges is proposed any more."))
        charges.lock_for_update()
        charges._check_postable()
        moves = self.env["account.move"].sudo()  # the same
        groups = charges.grouped(lambda c: (c.company_id, c.account_id, c.currency_id))
        for (company, account, currency), group in groups.items():
            move = moves.with_company(company).create(
                company._prepare_interest_move(account, currency, group)
            )
            move.action_post()
            group.write({"state": "posted", "move_id": move.id})
            moves |= move
        return self._show_moves(moves)

    def action_waive(self):
        """Open the dialog that asks for the reason."""
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive Charges"),
            "res_model": "arm.dunning.waive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids},
        }

    def action_drop(self, reason):
        """Waive these charges; credit managers only.

        :param reason: why, in words
        :raise UserError: without a reason
        """
        self._check_manager()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the charge is waived."))
        # As superuser: nobody has the right to write charges directly.
        self.sudo().filtered(lambda charge: charge.state == "proposed").write(
            {
                "state": "dropped",
                "user_id": self.env.user.id,
                "waive_reason": reason.strip(),
            }
        )

    def action_print_sheet(self):
        """The calculation sheets of these charges as PDF."""
        self.check_access("read")
        return self.env.ref("arm_dunning.arm_dunning_charge_report").report_action(self)

    def _check_manager(self):
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only credit managers claim charges or waive them.")
            )

    def _check_postable(self):
        unsure = self.filtered("is_unconfirmed")
        if unsure:
            raise UserError(
                self.env._(
                    "%(document)s: a reference rate of these days is not confirmed "
                    "yet. Compare it with its publication under Configuration, "
                    "Reference Rates, and have the charge worked out again.",
                    document=unsure[0].document or unsure[0].account_id.display_name,
                )
            )

    @api.model
    def _show_moves(self, moves):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_journal_line"
        )
        action["domain"] = [("id", "in", moves.ids)]
        action["context"] = {}
        if len(moves) == 1:
            action.update(views=[(False, "form")], res_id=moves.id)
        return action

    # --------------------------------------------------------------------- the sheet

    @api.model
    def _prepare_segments(self, segments):
        """The values of the rows of a calculation sheet."""
        return [
            Command.create(
                {
                    "date_from": segment.date_from,
                    "date_to": segment.date_to,
                    "days": segment.days,
                    "principal": float(segment.principal),
                    "percent": float(segment.percent),
                    "amount": float(segment.amount),
                }
            )
            for segment in segments
        ]

    @api.model
    def _get_claimed(self, items, kind):
        """What was claimed already of items, by item; in the currency of the charge."""
        return {
            item: amount
            for item, amount in self._read_group(
                [
                    ("item_id", "in", items.ids),
                    ("kind", "=", kind),
                    ("state", "=", "posted"),
                ],
                ["item_id"],
                ["amount:sum"],
            )
        }

    def _get_line_label(self):
        """Hook: the text of the line that claims the charge, for the customer."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        parts = [kinds[self.kind], self.document, self.calculation]
        return " · ".join(part for part in parts if part)
