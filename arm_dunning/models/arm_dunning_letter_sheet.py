from odoo import models


class ArmDunningLetter(models.Model):
    """Letters whose task claims interest or costs bring the calculation with them."""

    _name = "arm.dunning.letter"
    _inherit = ["arm.dunning.letter"]

    def _get_page_values(self):
        """Add the calculation sheet, in the customer's language."""
        values = super()._get_page_values()
        actions = self.message_id._get_actions()
        charges = actions.charge_ids.filtered(
            lambda charge: charge.amount and charge.state in ("proposed", "posted")
        )
        values["charges"] = charges.with_context(lang=self.message_id.lang)
        return values
