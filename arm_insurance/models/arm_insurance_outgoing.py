from odoo import models


class ArmInsuranceOutgoing(models.AbstractModel):
    """A document that goes to the insurer: by e-mail with PDF and file, or as a file.

    The e-mail is opened for the user, who reads it and sends it; when it leaves, the
    document is told (:meth:`_on_sent_to_insurer`).
    """

    _name = "arm.insurance.outgoing"
    _description = "Document That Goes to the Insurer"
    _inherit = ["arm.insurance.recorded", "mail.thread"]

    def _open_insurer_email(self, template_id, name):
        """The e-mail to the insurer, filled from a template.

        :param template_id: XML id of the mail template
        :param name: title of the dialog
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": self.env.ref(template_id).id,
                "default_composition_mode": "comment",
                "arm_to_insurer": True,
            },
        }

    def _save_insurer_file(self, kind, name):
        """Save these documents in the insurer's layout; the register keeps that.

        :param kind: see ``arm.insurance.layout``
        :param name: of the file, without its ending
        """
        self.check_access("read")
        export = self.env["arm.insurance.export"]
        files = export._make_files(kind, self, name)
        self._record("file_saved", text=lambda _record: ", ".join(dict(files)))
        return export._download(files)

    def message_post(self, **kwargs):
        """The e-mail that is sent from the document is what the insurer gets."""
        if self.env.context.get("arm_to_insurer"):
            self.with_context(arm_to_insurer=False)._on_sent_to_insurer()
        return super().message_post(**kwargs)

    def _on_sent_to_insurer(self):
        """Hook: the e-mail about these documents leaves now."""
