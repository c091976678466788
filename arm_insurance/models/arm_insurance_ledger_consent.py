from datetime import date

from odoo import api, models

from .arm_insurance_terms import decimal

# Notices whose answer may let deliveries go on; the others ask for more time.
TELLING = ("overdue", "insolvency", "adverse")


class ArmInsuranceLedger(models.AbstractModel):
    """Deliveries that the insurer agreed to in its answer to a notice.

    A stop of cover does not hold for them (credit-insurance.md, 2.2 and 4.2): from the
    day of the notice to the end of the consent, up to its amount.
    """

    _name = "arm.insurance.ledger"
    _inherit = ["arm.insurance.ledger"]

    @api.model
    def _apply_consents(self, policy, partners, rows, rates):
        """Mark the items that were delivered with the consent of the insurer.

        :param rows: dicts of :meth:`_items_query`, changed in place
        """
        consents = self._get_consents(policy, partners)
        if not consents:
            return
        mine = [row for row in rows if row["partner_id"] in consents]
        mine.sort(key=lambda row: (row["risk_date"] or row["invoiced"], row["id"]))
        for row in mine:
            day = row["risk_date"] or row["invoiced"]
            gross = self._get_gross(policy, row, rates)
            for consent in consents[row["partner_id"]]:
                left = consent["left"]
                fits = left is None or gross <= left
                if consent["first"] <= day <= consent["last"] and fits:
                    row["has_consent"] = True
                    consent["left"] = None if left is None else left - gross
                    break

    @api.model
    def _get_consents(self, policy, partners):
        """Periods and amounts (None: any) that the insurer agreed to, by buyer."""
        notices = self.env["arm.insurance.overdue"].search(
            [
                ("limit_id.policy_id", "=", policy.id),
                ("partner_id", "in", partners.ids),
                ("category", "in", TELLING),
                ("consent_until", "!=", False),
            ],
            order="consent_until, id",
        )
        found = {}
        for notice in notices:
            found.setdefault(notice.partner_id.id, []).append(
                {
                    "first": notice.sent_on or date.min,
                    "last": notice.consent_until,
                    "left": decimal(notice.consent_amount) or None,
                }
            )
        return found
