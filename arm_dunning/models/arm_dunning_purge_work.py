from odoo import api, fields, models
from odoo.fields import Domain

from .arm_dunning_purge import PURGE_BATCH


class ArmDunningPurge(models.Model):
    """Calls, charges and hand-overs go with the facts that led to them."""

    _name = "arm.dunning.purge"
    _inherit = ["arm.dunning.purge"]

    kind = fields.Selection(
        selection_add=[("work", "Calls, Charges and Hand-Overs")],
        ondelete={"work": "cascade"},
    )
    work_count = fields.Integer(
        string="Work", readonly=True, help="Calls, charges and hand-overs."
    )

    @api.model
    def _get_finished_work(self, before):
        """Hook: model -> domain of what ended before a day and no row names any more.

        What is open stays, and so do a charge that has become a claim, and a hand-over
        that was given up: with a judgement it can be enforced for many years.

        :param before: a day
        """
        unnamed = Domain("action_ids", "=", False)
        declined = Domain("state", "=", "declined") & Domain("date", "<", before)
        ended = Domain("result", "in", ("paid", "withdrawn"))
        return {
            "arm.dunning.call": unnamed
            & Domain("state", "!=", "open")
            & Domain("date", "<", before),
            "arm.collection.case": unnamed
            & (declined | ended & Domain("date_closed", "<", before)),
            "arm.dunning.charge": Domain("action_id", "=", False)
            & Domain("state", "in", ("replaced", "dropped"))
            & Domain("date", "<", before),
        }

    @api.model
    def _purge_facts(self, company, before):
        result = super()._purge_facts(company, before)
        count = sum(
            self._purge_work(model, Domain("company_id", "=", company.id) & domain)
            for model, domain in self._get_finished_work(before).items()
        )
        if count:
            values = self._prepare_log_values(company, "work", before)
            self.create({**values, "work_count": count})
            self.env["ir.cron"]._commit_progress()
        return result

    @api.model
    def _purge_work(self, model, domain):
        """Delete one kind of work, batch by batch; returns how much it was."""
        # As superuser: nobody else may delete them, whoever runs the action.
        records = self.env[model].sudo()
        count = 0
        while found := records.search(domain, limit=PURGE_BATCH):
            count += len(found)
            if "document_ids" in found._fields:
                found.document_ids.unlink()  # and what is stored of them
            found.unlink()
            self.env["ir.cron"]._commit_progress(len(found))
        return count
