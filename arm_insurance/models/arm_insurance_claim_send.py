from odoo import models


class ArmInsuranceClaim(models.Model):
    """How a claim goes to the insurer: by e-mail with its papers, or as a file."""

    _name = "arm.insurance.claim"
    _inherit = ["arm.insurance.claim"]

    def action_send_email(self):
        """Open the e-mail with the claim, its papers and a file of its items.

        A claim that is not submitted yet is submitted first: documents that are
        missing are told then.
        """
        self.ensure_one()
        if self.state == "draft":
            self.action_submit()
        self._check_state("submitted", "waiting", "under_review")
        template = self.env.ref("arm_insurance.mail_template_claim")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the Claim"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
            },
        }

    def action_export(self):
        """Save the items of these claims in the insurer's layout."""
        self.check_access("read")
        export = self.env["arm.insurance.export"]
        return export._download(export._make_files("claim", self, self.env._("Claims")))
