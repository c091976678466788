from odoo import api, models
from odoo.tools import format_date

from ..tools.dossier import Part


class ArmCollectionDossier(models.AbstractModel):
    """The calculation sheet of each invoice: days, rates and amounts of interest."""

    _name = "arm.collection.dossier"
    _inherit = ["arm.collection.dossier"]

    @api.model
    def _get_parts(self, case):
        return [*super()._get_parts(case), *self._sheet_parts(case)]

    @api.model
    def _sheet_parts(self, case):
        """One file for each document, made by one process of the PDF engine."""
        proposed = self._get_case_charges(case)
        charges = [*proposed, *self._work_out_unclaimed(case, proposed)]
        moves = proposed.concat(*charges)._get_sheet_moves()
        lang, papers, parts = self.env.lang or "en_US", [], []
        by_document = {}
        for charge in charges:
            by_document.setdefault(charge.document or case.name, []).append(charge)
        for document, group in by_document.items():
            group = proposed.concat(*group)
            papers.append(self._prepare_sheet(case, group, lang, moves))
            title = self.env._(
                "Calculation of interest %(document)s", document=document
            )
            day = max(group.mapped("date"))
            parts.append((f"{title}.pdf", title, day))
        files = self.env["arm.dunning.paper"]._print(case.company_id, papers)
        return [
            Part("interest", name, content, title, day)
            for (name, title, day), content in zip(parts, files, strict=True)
        ]

    @api.model
    def _prepare_sheet(self, case, charges, lang, moves):
        """The paper of one document."""
        sheet = self.env["ir.qweb"]._render(
            "arm_dunning.charge_sheet_pages",
            {
                "name": case.partner_id.name,
                "tables": charges._render_sheet(lang, moves),
            },
        )
        today = format_date(self.env, case.company_id._local_today())
        return self.env["arm.dunning.paper"]._prepare_paper(
            case.company_id, lang, "", sheet, date=today
        )

    @api.model
    def _work_out_unclaimed(self, case, charges):
        """What the law gives up to today for items whose interest nobody proposed.

        Nothing is entered: whoever takes the case over claims it.

        :return: new records, not in the database
        """
        claimed = charges.filtered(lambda charge: charge.kind == "interest").item_id
        items = case.item_ids.item_id - claimed
        today = case.company_id._local_today()
        found = self.env["arm.interest.engine"]._work_out(items, today)
        operations = self.env["arm.dunning.operation"]
        charges = self.env["arm.dunning.charge"]
        for item, claim in found.items():
            legal = not claim.problem and operations._prepare_legal_interest(claim, {})
            if legal:
                amount, currency, text, values = legal
                charges += charges.new(
                    {
                        "account_id": case.account_id.id,
                        "company_id": case.company_id.id,
                        "item_id": item.id,
                        "document": item.move_id.name,
                        "kind": "interest",
                        "currency_id": currency.id,
                        "amount": float(amount),
                        "date": today,
                        "calculation": text,
                        **values,
                    }
                )
        return charges
