from odoo import api, models
from odoo.tools import SQL

AGREED = ("dispute", "promise", "plan")  # holds that the customer knows of


class ArmDunningMessage(models.Model):
    """What a message says besides its items: what is held, what being late costs.

    Looked up for a whole batch of messages. Only messages about something overdue say
    it: a thank-you or a note before the due date does not remind of disputes.
    """

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _is_reminder(self):
        """Whether one of the items is overdue."""
        self.ensure_one()
        return any(action.days_late > 0 for action in self._get_actions())

    def _get_operation(self):
        """The operation that decided the text of this message."""
        self.ensure_one()
        operations = self.task_id.operation_ids
        same = operations.filtered(lambda o: o.operation_type == self.channel)[:1]
        # A letter instead of an e-mail has what the e-mail would have.
        return same or operations.filtered("fallback_template_id")[:1]

    # --------------------------------------------------------------------------- held

    def _get_held(self):
        """Disputed and promised items of these messages' customers, in one query.

        :return: dict of account id to dicts of document, dates, currency and amount
        """
        held = {}
        reminders = self.filtered(lambda message: message._is_reminder())
        for company, messages in reminders.grouped("company_id").items():
            accounts = tuple(messages.account_id._origin.ids)
            if not accounts:
                continue
            self.env["arm.customer.account"]._flush_ledger()
            rows = self.env.execute_query_dict(self._held_query(company, accounts))
            for row in rows:
                held.setdefault(row["account_id"], []).append(row)
        return held

    @api.model
    def _held_query(self, company, accounts):
        """What of the items is disputed or promised: the held part, in its currency."""
        return SQL(
            """
            SELECT account.id AS account_id, hold.reason, hold.until,
                   COALESCE(line.move_name, line.name, '/') AS document,
                   COALESCE(line.date_maturity, line.date) AS date_due,
                   line.currency_id,
                   COALESCE(NULLIF(hold.amount, 0), line.amount_residual_currency)
                   AS amount
              FROM arm_hold hold
              JOIN account_move_line line ON line.id = hold.item_id
              JOIN res_partner partner ON partner.id = line.partner_id
              JOIN arm_customer_account account
                ON account.partner_id = partner.commercial_partner_id
               AND account.company_id = hold.company_id
             WHERE hold.company_id = %s AND account.id IN %s AND hold.reason IN %s
               AND (hold.until IS NULL OR hold.until >= %s)
               AND line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
               AND line.amount_residual_currency > 0
             ORDER BY date_due, document, line.id
            """,
            company.id,
            accounts,
            AGREED,
            company._local_today(),
        )

    def _format_held(self, rows, formats):
        """The held items as the customer reads them."""
        currencies = self.env["res.currency"]
        return [
            {
                "document": row["document"],
                "date_due": formats.date(row["date_due"]),
                "reason": row["reason"],
                "until": formats.date(row["until"]) if row["until"] else "",
                "amount": formats.amount(
                    float(row["amount"]), currencies.browse(row["currency_id"])
                ),
            }
            for row in rows
        ]

    # ------------------------------------------------------------------------ charges

    def _get_charges(self):
        """Proposed charges on the items of each message that wants them, in one query.

        :return: dict of message to charges
        """
        wanted = self.filtered(
            lambda message: message._get_operation().list_charges
            and message._is_reminder()
        )
        accounts = wanted.account_id._origin
        if not accounts:
            return {}
        # As superuser: who may write to the customer may tell what is claimed.
        found = self.env["arm.dunning.charge"].sudo()
        found = found.search(
            [("account_id", "in", accounts.ids), ("state", "=", "proposed")],
            order="document, item_id, kind, id",
        )
        by_account = found.grouped("account_id")
        charges = {}
        for message in wanted:
            items = message._get_actions().item_id._origin
            mine = by_account.get(message.account_id._origin, found.browse())
            charges[message] = mine.filtered(
                lambda charge, items=items: not charge.item_id
                or charge.item_id in items
            )
        return charges

    def _format_charges(self, charges, formats):
        """Interest, compensation and fees as the customer reads them, and sums."""
        self.ensure_one()
        kinds = dict(charges._fields["kind"]._description_selection(self.env))
        rows = [
            {
                "document": charge.document or "",
                "kind": kinds.get(charge.kind, ""),
                "amount": formats.amount(charge.amount, charge.currency_id),
            }
            for charge in charges
        ]
        totals = [
            formats.amount(sum(part.mapped("amount")), currency)
            for currency, part in charges.grouped("currency_id").items()
        ]
        explained = self._get_operation().attach_calculation
        return {
            "rows": rows,
            "totals": totals if len(rows) > 1 else [],
            "explained": explained and self._is_explained(charges),
        }
