from odoo import api, fields, models


class ArmDunningProcedure(models.Model):
    """Which pack and law a procedure comes from."""

    _name = "arm.dunning.procedure"
    _inherit = ["arm.dunning.procedure"]

    law_id = fields.Many2one(
        "arm.dunning.law",
        tracking=True,
        ondelete="restrict",
        help="Wording and deadlines in notices. Empty: by the country of the company.",
    )
    pack_id = fields.Many2one(
        "arm.dunning.pack",
        string="Loaded From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    pack_version = fields.Integer(readonly=True, copy=False)
    pack_news = fields.Boolean(
        string="New Version",
        compute="_compute_pack_news",
        help="The pack has changed since it was loaded.",
    )

    @api.depends("pack_id.version", "pack_version")
    def _compute_pack_news(self):
        for procedure in self:
            pack = procedure.pack_id
            procedure.pack_news = pack and pack.version > procedure.pack_version

    def action_load_news(self):
        """Open the loader, which tells what a newer version would change."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_load_action"
        )
        action["context"] = {
            "default_company_id": self.company_id.id,
            "default_pack_id": self.pack_id.id,
            "default_law_id": self.law_id.id,
        }
        return action
