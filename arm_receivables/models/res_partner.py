from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .arm_customer_account import RELIABILITY_STATUSES

# What decides to which customer a contact belongs, and where to write.
ACCOUNT_FIELDS = {"parent_id", "is_company", "email", "type", "active"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_account_id = fields.Many2one(
        "arm.customer.account",
        compute="_compute_customer_account_id",
        search="_search_customer_account_id",
        groups="arm_receivables.group_receivables_reader",
        help="The customer account in the current company.",
    )
    # Read as superuser: the colour, and nothing else, is meant for every colleague.
    reliability_status = fields.Selection(
        RELIABILITY_STATUSES,
        compute="_compute_reliability_status",
        search="_search_reliability_status",
        compute_sudo=True,
        help="How reliably this customer pays the current company.",
    )

    @api.model
    def _get_account_fields(self):
        """Hook: the computed fields that show something of the customer account."""
        return ["customer_account_id", "reliability_status"]

    def _get_receivables_contacts(self):
        """To whom letters about each customer account go, in one query.

        :return: dict of commercial partner to contact (see ``arm.customer.position``)
        """
        self.flush_model(["commercial_partner_id", "email", "active", "type"])
        query = self.env["arm.customer.position"]._contacts_query(self)
        rows = self.env.execute_query(
            SQL("SELECT partner_id, contact_id FROM (%s) contact", query)
        )
        # Read together: the contacts of all customers share one prefetch.
        contacts = self.browse(contact for _partner, contact in rows)
        return {
            self.browse(partner): self.browse(contact).with_prefetch(contacts.ids)
            for partner, contact in rows
        }

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """A new contact may be the one to write to."""
        partners = super().create(vals_list)
        partners.filtered("parent_id")._note_customer_accounts()
        return partners

    def write(self, vals):
        """Who belongs to which customer, and where to write, is seen by the accounts.

        A contact that moves to another customer changes the accounts of both.
        """
        if not ACCOUNT_FIELDS & vals.keys():
            return super().write(vals)
        customers = self.commercial_partner_id
        res = super().write(vals)
        (customers | self)._note_customer_accounts()
        return res

    def _note_customer_accounts(self):
        """Have the accounts of these contacts' customers refreshed."""
        if not self:
            return
        # As superuser: the accounts follow, whoever changes an address.
        accounts = self.env["arm.customer.account"].sudo()
        customers = self | self.commercial_partner_id
        found = accounts.search([("partner_id", "in", customers.ids)])
        accounts._note_changes((company, customers) for company in found.company_id)

    # --------------------------------------------------------------------- accounts

    def _get_customer_accounts(self):
        """Accounts of the current company by commercial partner, in one query."""
        accounts = self.env["arm.customer.account"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("partner_id", "in", self.commercial_partner_id.ids),
            ]
        )
        return accounts.grouped("partner_id")

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_customer_account_id(self):
        accounts = self._get_customer_accounts()
        for partner in self:
            partner.customer_account_id = accounts.get(partner.commercial_partner_id)

    @api.model
    def _search_customer_account_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        accounts = self.env["arm.customer.account"].browse(v for v in value if v)
        return Domain("commercial_partner_id", "in", accounts.partner_id.ids)

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_reliability_status(self):
        accounts = self._get_customer_accounts()
        for partner in self:
            account = accounts.get(partner.commercial_partner_id)
            partner.reliability_status = (
                account.reliability_status if account else False
            )

    @api.model
    def _search_reliability_status(self, operator, value):
        """One sub-query; a customer without an account has no status."""
        if operator != "in":
            return NotImplemented
        # As superuser: the colours are for every colleague who sees the contact.
        found = (
            self.env["arm.customer.account"]
            # As superuser: the colours are for every colleague who sees the contact.
            .sudo()
            ._search(
                [
                    ("company_id", "=", self.env.company.id),
                    ("reliability_status", "in", [v for v in value if v]),
                ]
            )
        )
        domain = Domain("commercial_partner_id", "in", found.subselect("partner_id"))
        if False in value:
            known = (
                self.env["arm.customer.account"]
                .sudo()  # the same
                ._search([("company_id", "=", self.env.company.id)])
            )
            domain |= Domain(
                "commercial_partner_id", "not in", known.subselect("partner_id")
            )
        return domain

    def action_view_customer_account(self):
        """Open the customer account of the current company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_account_action"
        )
        action.update(
            res_id=self.customer_account_id.id,
            views=[(False, "form")],
            view_mode="form",
        )
        return action
