from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

COLLECTOR = "arm_receivables.group_receivables_collector"


class ArmHoldSource(models.AbstractModel):
    """What disputes, promises, plans and extensions have in common.

    Each is about open items of one customer, in one company and currency. Collectors
    enter it; its outcome is written by its own methods only (:meth:`_get_protected`).
    Whatever changes is seen at once by the holds and the customer's figures.
    """

    _name = "arm.hold.source"
    _description = "What Holds Open Items"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _mail_post_access = "read"

    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="account_id.partner_id", string="Company Name", store=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def default_get(self, fields):
        """Prepare what the chosen items say: the customer, the currency, the amount."""
        values = super().default_get(fields)
        items = self._get_chosen_items()
        if items:
            prepared = self._prepare_from_items(items)
            values.update({k: v for k, v in prepared.items() if k in fields})
        return values

    @api.model
    def _get_chosen_items(self):
        """The open items that the person chose in the list."""
        chosen = self.env.context.get("chosen_item_ids") or []
        return self.env["account.move.line"].browse(chosen).exists()

    @api.model
    def _prepare_from_items(self, items):
        """Hook: the values of a new record about these items.

        :raise UserError: if they are not open items of one customer and currency
        """
        items._check_same_customer()
        return {
            "account_id": items._get_customer_account().id,
            "currency_id": items.currency_id.id,
        }

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse outcomes: who enters something cannot say how it ended."""
        for vals in vals_list:
            self._check_protected(vals, self._get_protected())
        accounts = self.env["arm.customer.account"].browse(
            vals["account_id"] for vals in vals_list if vals.get("account_id")
        )
        # As superuser: one entry at a time for each customer, so that two people
        # cannot promise the same item at once; rights are checked by create.
        accounts.sudo().lock_for_update(allow_referencing=True)
        records = super().create(vals_list)
        records._check_items()
        records._note_holds()
        return records

    def write(self, vals):
        """Refuse what only the methods of the record may write."""
        self._check_protected(vals, self._get_fixed() | self._get_protected())
        return super().write(vals)

    def unlink(self):
        """The items are free again."""
        changes = [(record.company_id, record.partner_id) for record in self]
        # As superuser: nobody may write holds but their methods.
        holds = self.env["arm.hold"].sudo()
        holds.search(
            [("source_model", "=", self._name), ("source_id", "in", self.ids)]
        ).unlink()
        res = super().unlink()
        self.env["arm.customer.account"]._note_changes(changes)
        return res

    def _check_protected(self, vals, names):
        wrong = names & vals.keys()
        if wrong and not self.env.su:
            labels = sorted(self._fields[name].string for name in wrong)
            raise AccessError(
                self.env._(
                    "This cannot be written directly: %(fields)s. Use the buttons of "
                    "the form, or end the record and enter a new one.",
                    fields=", ".join(labels),
                )
            )

    @api.model
    def _get_protected(self):
        """Hook: names of fields that tell the outcome; nobody may enter them."""
        return {"state"}

    @api.model
    def _get_fixed(self):
        """Hook: names of fields that stay as they were entered."""
        return {"account_id", "company_id", "partner_id", "currency_id"}

    # --------------------------------------------------------------------- business

    def _get_items(self):
        """Hook: the open items that these records are about."""
        return self.item_ids

    @api.model
    def _get_running_domain(self):
        """Hook: which records hold something, or may yet."""
        return [("state", "=", "open")]

    def _check_items(self):
        """The items are open items of the customer, in the record's currency.

        :raise UserError: if one of them is not
        """
        for record in self:
            # As superuser: whoever sees the customer may see what is owed.
            items = record.sudo()._get_items()
            items._check_same_customer()
            same = (
                items._get_customer_account() == record.sudo().account_id  # the same
                and items.currency_id == record.currency_id
            )
            if not same:
                raise UserError(
                    self.env._(
                        "The items of %(record)s are not open items of this customer "
                        "in this currency. Choose others.",
                        record=record.display_name,
                    )
                )

    def _check_collector(self):
        """Refuse who may not decide about these records.

        :raise AccessError: without the collector's group, or for other customers
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(COLLECTOR):
            raise AccessError(
                self.env._("Only collectors and credit managers may do this.")
            )

    def _note_holds(self):
        """Have the holds and the figures of the customers brought in step."""
        self.env["arm.customer.account"]._note_changes(
            [(record.company_id, record.partner_id) for record in self],
            frozenset(("position", "promises")),
        )
