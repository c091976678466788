from odoo import models


class ArmInsuranceRecorded(models.AbstractModel):
    """What is done about such a document is a row of the register."""

    _name = "arm.insurance.recorded"
    _description = "Document of Credit Insurance in the Register"

    def _get_register_facts(self):
        """Hook: company, partner, currency and number, as the register keeps them."""
        self.ensure_one()
        return {
            "company": self.company_id,
            "partner": self.partner_id,
            "currency": self.currency_id,
            "document": self._get_register_number(),
        }

    def _get_register_number(self):
        """Hook: what people call the document."""
        return self.display_name

    def _record(self, kind, amount=None, text=None, system=False):
        """Write down what was done; see ``arm.dunning.action._record_insurance``."""
        self.env["arm.dunning.action"]._record_insurance(
            kind, self, amount=amount, text=text, system=system
        )
