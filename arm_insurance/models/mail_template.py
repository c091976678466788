from odoo import models

# Model to the kind of file that goes out with its e-mails.
KINDS = {
    "arm.insurance.overdue": "notice",
    "arm.insurance.limit": "request",
    "arm.insurance.claim": "claim",
}


class MailTemplate(models.Model):
    """E-mails to insurers carry the figures as a file that machines can read."""

    _inherit = "mail.template"

    def _generate_template_attachments(
        self, res_ids, render_fields, render_results=None
    ):
        """Add the file in the insurer's layout, and the papers of a claim."""
        results = super()._generate_template_attachments(
            res_ids, render_fields, render_results=render_results
        )
        if self.model in KINDS and "report_template_ids" in render_fields:
            for record in self.env[self.model].browse(res_ids):
                values = results.setdefault(record.id, {})
                values.setdefault("attachments", []).extend(self._get_sheet(record))
                if self.model == "arm.insurance.claim":
                    papers = record.document_ids.attachment_ids.ids
                    values["attachment_ids"] = [
                        *values.get("attachment_ids", ()), *papers
                    ]  # fmt: skip
        return results

    def _get_sheet(self, record):
        """The file about one record, as (name, base64)."""
        kind = KINDS[self.model]
        export = self.env["arm.insurance.export"]
        name = record.display_name or self.name
        return export._encode(export._make_files(kind, record, name))
