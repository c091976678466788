import base64
import io
import zipfile

from odoo import api, fields, models


class ArmInsuranceFile(models.TransientModel):
    """A file that was made for somebody to save; gone by itself after a while."""

    _name = "arm.insurance.file"
    _description = "File to Save"

    name = fields.Char(required=True, readonly=True)
    content = fields.Binary(required=True, readonly=True, attachment=False)

    @api.model
    def _open(self, files):
        """Let the browser save a file; several are put into one archive.

        :param files: list of (file name, bytes)
        """
        name, content = files[0] if len(files) == 1 else self._pack(files)
        row = self.create({"name": name, "content": base64.b64encode(content)})
        url = f"/web/content/{self._name}/{row.id}/content"
        return {
            "type": "ir.actions.act_url",
            "url": f"{url}?filename_field=name&download=true",
            "target": "download",
        }

    @api.model
    def _pack(self, files):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files:
                archive.writestr(name, content)
        return "insurance.zip", stream.getvalue()
