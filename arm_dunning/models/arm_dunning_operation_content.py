from odoo import fields, models


class ArmDunningOperation(models.Model):
    """What e-mails and letters have beside their text."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    list_charges = fields.Boolean(
        string="List Interest and Costs",
        default=True,
        help="Proposed interest, compensation and fees of the items are listed, and "
        "are part of the amount to pay.",
    )
    attach_calculation = fields.Boolean(
        default=True,
        help="How the interest that is claimed comes about: days, rates and amounts of "
        "each invoice. A letter has it as its last pages, an e-mail as a PDF.",
    )
    attach_invoices = fields.Boolean(
        help="The PDF of each invoice as it was sent; those that were never made into "
        "one are left out. A letter has them as its last pages.",
    )
    attach_statement = fields.Boolean(
        help="The statement of account: all open items of the day.",
    )
