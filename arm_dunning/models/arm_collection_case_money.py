from odoo import api, fields, models
from odoo.exceptions import UserError


class ArmCollectionCase(models.Model):
    """What a case is about, what came in since, and what it cost."""

    _name = "arm.collection.case"
    _inherit = ["arm.collection.case"]

    cost_ids = fields.One2many("arm.collection.cost", "case_id", string="Costs")
    amount_handed = fields.Monetary(
        string="Handed Over", compute="_compute_amounts", help="In company currency."
    )
    amount_left = fields.Monetary(
        string="Still Open", compute="_compute_amounts", help="In company currency."
    )
    amount_recovered = fields.Monetary(
        string="Recovered",
        compute="_compute_amounts",
        help="Payments since the hand-over, whoever passed them on; no credit notes.",
    )
    amount_costs = fields.Monetary(string="Costs So Far", compute="_compute_amounts")
    recovered_share = fields.Float(string="Recovered (%)", compute="_compute_amounts")
    is_settled = fields.Boolean(
        compute="_compute_amounts", help="None of the items is open any more."
    )

    @api.depends("item_ids.amount_company", "item_ids.amount_left", "cost_ids.amount")
    def _compute_amounts(self):
        recovered = self._get_recovered()
        for case in self:
            lines = case.item_ids.item_id
            case.amount_handed = sum(case.item_ids.mapped("amount_company"))
            case.amount_left = sum(lines.mapped("amount_residual"))
            case.amount_recovered = recovered.get(case.id, 0.0)
            case.amount_costs = sum(case.cost_ids.mapped("amount"))
            whole = case.amount_handed or 1.0
            case.recovered_share = round(100 * case.amount_recovered / whole, 1)
            case.is_settled = bool(lines) and all(lines.mapped("reconciled"))

    def _get_recovered(self):
        """What was paid on the items since the hand-over: case id -> amount."""
        handed = self.filtered("date_handed")
        parts = self.env["account.partial.reconcile"].search(
            [
                ("debit_move_id", "in", handed.item_ids.item_id.ids),
                ("credit_move_id.move_id.move_type", "=", "entry"),
                ("max_date", ">=", min(handed.mapped("date_handed"), default=False)),
            ]
        )
        by_item = parts.grouped("debit_move_id")
        return {
            case.id: sum(
                part.amount
                for item in case.item_ids.item_id
                for part in by_item.get(item, parts.browse())
                if part.max_date >= case.date_handed
            )
            for case in handed
        }

    def _list_items(self):
        """The overdue claims of the customers, less what is disputed in full."""
        claims = self._find_claims()
        self.env["arm.collection.case.item"].create(
            [
                {
                    "case_id": case.id,
                    "item_id": line.id,
                    "amount": line.amount_residual_currency,
                    "amount_company": line.amount_residual,
                }
                for case in self
                for line in claims.get(case._get_debtor(), ())
                if line not in case.item_ids.item_id
            ]
        )

    def _get_debtor(self):
        self.ensure_one()
        return self.company_id, self.partner_id

    def _find_claims(self):
        """What these customers owe and are late with: one search a company.

        :return: dict of company and customer to lines, the oldest first
        """
        claims = self.env["account.move.line"]
        for company, cases in self.grouped("company_id").items():
            claims |= claims.search(
                [
                    ("company_id", "=", company.id),
                    ("partner_id.commercial_partner_id", "in", cases.partner_id.ids),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("date_maturity", "<", company._local_today()),
                    ("amount_residual", ">", 0),
                ],
                order="date_maturity, id",
            )
        return (claims - self._get_disputed_in_full(claims)).grouped(
            lambda line: (line.company_id, line.partner_id.commercial_partner_id)
        )

    def _get_disputed_in_full(self, claims):
        """Those of these claims whose whole open amount is disputed."""
        disputed = self.env["arm.dispute.item"]._read_group(
            [("item_id", "in", claims.ids), ("state", "=", "open")],
            ["item_id"],
            ["amount:sum"],
        )
        return claims.browse(
            line.id
            for line, amount in disputed
            if line.currency_id.compare_amounts(amount, line.amount_residual_currency)
            >= 0
        )

    def action_register_payment(self):
        """Enter what came in, from the customer or passed on by the agency.

        Core's dialog: the invoices and the customer's account know it at once.

        :raise UserError: when nothing is open any more
        """
        self.ensure_one()
        self._check_collector()
        lines = self.item_ids.item_id.filtered(lambda line: not line.reconciled)
        if not lines:
            raise UserError(
                self.env._("%(case)s: everything is paid.", case=self.display_name)
            )
        return lines.action_register_payment()

    def action_view_items(self):
        """Open the invoices of the case."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.item_ids.move_id.ids)],
        }
