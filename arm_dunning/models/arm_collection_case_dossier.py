from odoo import models


class ArmCollectionCase(models.Model):
    """What the dossier of a case is made of."""

    _name = "arm.collection.case"
    _inherit = ["arm.collection.case"]

    def _make_dossier(self):
        """Make the dossier and keep it with the case; returns the attachment."""
        self.ensure_one()
        content = self.env["arm.collection.dossier"]._make(self)
        name = " ".join(filter(None, (self.name, self.partner_id.name)))
        return self.env["ir.attachment"].create(
            {
                "name": f"{name}.zip".replace("/", "-"),
                "raw": content,
                "mimetype": "application/zip",
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _get_steps(self):
        """The rows of the register about the items of the case."""
        self.ensure_one()
        return self.env["arm.dunning.action"].search(
            [("item_id", "in", self.item_ids.item_id.ids)], order="date_planned, id"
        )

    def _get_messages(self):
        """What was sent about the items of the case."""
        self.ensure_one()
        steps = self._get_steps()
        links = self.env["arm.dunning.message"]._get_links().values()
        messages = self.env["arm.dunning.message"].union(
            *(steps[link] for link, _inverse in links)
        )
        return messages.filtered(
            lambda message: message.delivery_state not in ("cancelled",)
        ).sorted("id")
