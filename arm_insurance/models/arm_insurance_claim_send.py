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
        return self._open_insurer_email(
            "arm_insurance.mail_template_claim", self.env._("Send the Claim")
        )

    def action_export(self):
        """Save the items of these claims in the insurer's layout."""
        return self._save_insurer_file("claim", self.env._("Claims"))

    def _on_sent_to_insurer(self):
        """That the claim left by e-mail is in the register."""
        self._record("claim_sent", "covered")
