from odoo import api, fields, models
from odoo.tools import html2plaintext


class ArmDunningLetter(models.Model):
    """Letters that a mailing service prints and posts: Snailmail, where installed.

    Snailmail is not required: everything about it asks first whether it is there.
    What the service refuses comes back into the print queue.
    """

    _name = "arm.dunning.letter"
    _inherit = ["arm.dunning.letter"]

    service_letter_id = fields.Many2oneReference(
        model_field="service_model", readonly=True
    )
    service_model = fields.Char(readonly=True)
    state = fields.Selection(
        selection_add=[("handed", "Handed Over"), ("printed",)],
        ondelete={"handed": "set default"},
    )

    _handed_idx = models.Index("(id) WHERE state = 'handed'")

    @api.model
    def _get_service(self):
        """Snailmail's letters, or None where it is not installed."""
        return self.env.get("snailmail.letter")

    def _dispatch(self):
        """Give letters with a PDF to the service, in the same transaction."""
        result = super()._dispatch()
        service = self._get_service()
        ready = self.filtered(
            lambda letter: letter.way == "snailmail"
            and letter.state == "queued"
            and letter.attachment_id
        )
        if service is None or not ready:
            return result
        handed = service.create([letter._prepare_service_values() for letter in ready])
        for letter, copy in zip(ready, handed, strict=True):
            copy.attachment_id = letter._copy_for_service(copy)
            letter.write(
                {
                    "state": "handed",
                    "service_model": copy._name,
                    "service_letter_id": copy.id,
                }
            )
        return result

    def _prepare_service_values(self):
        """Hook: the values of the letter in the queue of the service."""
        self.ensure_one()
        return {
            "model": self.account_id._name,
            "res_id": self.account_id.id,
            "partner_id": self.recipient_id.id,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
        }

    def _copy_for_service(self, copy):
        """The PDF with the margins, and the cover page, that the service asks for."""
        content = copy._overwrite_margins(self.attachment_id.raw)
        if copy.cover:
            content = copy._append_cover_page(content)
        return self.env["ir.attachment"].create(
            {
                "name": self.attachment_id.name,
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": copy._name,
                "res_id": copy.id,
            }
        )

    @api.model
    def _follow_up(self):
        """Take over what became of letters at the service."""
        service = self._get_service()
        handed = self.search([("state", "=", "handed")])
        if service is None or not handed:
            return
        copies = service.browse(handed.mapped("service_letter_id")).exists()
        by_id = {copy.id: copy for copy in copies}
        for letter in handed:
            copy = by_id.get(letter.service_letter_id)
            if not copy or copy.state == "canceled":
                letter._close_as("cancelled", "cancelled")
            elif copy.state == "sent":
                letter._close_as("printed", "sent")
            elif copy.state == "error" and copy.try_lock_for_update():
                # The service tries some errors again: it must not, when we print it.
                reason = html2plaintext(copy.info_msg or "").strip()
                copy.cancel()
                letter._take_back(reason or copy.error_code or "")

    def _take_back(self, reason):
        """What the service refuses is printed by a person, who reads why."""
        self.write({"state": "queued", "way": "print", "problem": reason[:500]})
