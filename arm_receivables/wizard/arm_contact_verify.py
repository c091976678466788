from odoo import api, fields, models


class ArmContactVerify(models.TransientModel):
    """Verify the addresses of many contacts at once."""

    _name = "arm.contact.verify"
    _description = "Verify Addresses"

    partner_ids = fields.Many2many("res.partner", required=True, string="Contacts")
    postal = fields.Boolean(string="Postal Addresses", default=True)
    email = fields.Boolean(string="E-Mail Addresses", default=True)
    endpoint = fields.Boolean(string="E-Invoice Addresses")
    tidy = fields.Boolean(
        string="Tidy Up",
        default=True,
        help="Remove needless blanks and write postal codes as their country does.",
    )
    wrong_ids = fields.Many2many(
        "res.partner",
        compute="_compute_wrong_ids",
        string="Left Out",
        help="Nothing can arrive at these: complete them first.",
    )
    good_count = fields.Integer(compute="_compute_wrong_ids", string="To Be Verified")

    @api.depends("partner_ids", "postal", "email", "endpoint")
    def _compute_wrong_ids(self):
        for wizard in self:
            wrong = wizard._get_wrong()
            wizard.wrong_ids = wrong
            wizard.good_count = len(wizard.partner_ids._origin - wrong)

    def _get_wrong(self):
        """The contacts with a chosen address at which nothing can arrive."""
        names = [f"{channel}_state" for channel in self._get_channels()]
        return self.partner_ids._origin.filtered(
            lambda partner: any(partner[name] == "red" for name in names)
        )

    def _get_channels(self):
        return [name for name in ("postal", "email", "endpoint") if self[name]]

    def action_verify(self):
        """Verify what can be verified; the rest stays as it is."""
        self.ensure_one()
        partners = self.partner_ids
        if self.tidy and self.postal:
            partners.check_access("write")
            partners._tidy_addresses()
        done = partners._verify_addresses(self._get_channels())
        count = len(partners.union(*done.values()) if done else partners.browse())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Contacts verified: %(count)s", count=count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
