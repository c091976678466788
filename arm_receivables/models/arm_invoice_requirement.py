import csv
import re
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import file_open, ormcache

from ..tools.invoice_rules import Rule

CHECKS = [
    ("seller_name", "Seller's name"),
    ("seller_address", "Seller's address"),
    ("seller_tax_id", "Seller's tax number"),
    ("seller_registry", "Seller's registration number"),
    ("buyer_name", "Buyer's name"),
    ("buyer_address", "Buyer's address"),
    ("buyer_country", "Buyer's country"),
    ("buyer_tax_id", "Buyer's tax number"),
    ("buyer_tax_id_form", "Form of the buyer's tax number"),
    ("buyer_tax_id_online", "Buyer's tax number in the register"),
    ("buyer_registry", "Buyer's registration number"),
    ("buyer_email", "Buyer's e-mail"),
    ("endpoint", "Buyer's address for e-invoices"),
    ("buyer_routing", "Buyer's routing code"),
    ("buyer_reference", "Buyer's order number"),
    ("number", "Invoice number"),
    ("delivery_date", "Delivery date"),
    ("due_date", "Due date"),
    ("term_days", "Length of the payment term"),
    ("bank_account", "Bank account"),
    ("origin", "Corrected invoice"),
    ("local_tax", "Tax in the own currency"),
    ("wording", "Wording"),
    ("exemption_wording", "Reason for charging no tax"),
    ("lines", "Invoice lines"),
    ("descriptions", "Descriptions"),
    ("quantities", "Quantities"),
    ("unit_prices", "Unit prices"),
    ("tax_rates", "Tax rates"),
]
AREAS = [
    ("domestic", "In the seller's country"),
    ("union", "In another country of the EU"),
    ("abroad", "Anywhere else"),
]
BUYER_KINDS = [
    ("business", "Business"),
    ("consumer", "Consumer"),
    ("public", "Public Body"),
]
DOCUMENT_KINDS = [
    ("invoice", "Invoice"),
    ("refund", "Credit Note"),
    ("receipt", "Receipt"),
]
CASES = [
    ("zero_rated", "No tax is charged"),
    ("reverse_charge", "The buyer owes the tax"),
    ("across_union", "Untaxed to a business in another EU country"),
    ("intra_supply", "Goods, untaxed, to a business in another EU country"),
    ("unclear_union", "Untaxed to another EU country, goods or services unknown"),
    ("export", "Goods, untaxed, to a country outside the EU"),
    ("foreign_currency", "In a foreign currency"),
]
SHIPPED = "arm_receivables/data/invoice_requirements.csv"
# What the law says is brought up to date; what it leads to is the user's.
OWN_CHOICE = ("stage", "severity", "confirmed", "active")
# In which languages a country's authorities read the wording of their own law.
LAW_LANGUAGES = {"BE": ("nl", "fr")}


class ArmInvoiceRequirement(models.Model):
    """What an invoice must show, by whose law, and what happens if it does not.

    Requirements about the same topic replace each other: the most specific one for
    the seller decides (own company, country, group of countries, everybody).
    """

    _name = "arm.invoice.requirement"
    _description = "Invoice Requirement"
    _order = "seller_country_id, seller_group_id, topic, id"

    name = fields.Char(translate=True, help="Empty: the name of the check.")
    active = fields.Boolean(default=True)
    check = fields.Selection(CHECKS, required=True, index=True)
    topic = fields.Char(
        required=True,
        compute="_compute_topic",
        store=True,
        readonly=False,
        precompute=True,
        help="Requirements about the same topic replace each other.",
    )
    pattern = fields.Char(help="What must be found, as a regular expression.")
    number = fields.Integer(
        help="Days at most, letters at most, or 1 to ask for an order number always."
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")
    seller_country_id = fields.Many2one("res.country")
    seller_group_id = fields.Many2one("res.country.group", string="Seller's Countries")
    buyer_where = fields.Selection(AREAS, string="Buyer Is")
    buyer_country_id = fields.Many2one("res.country")
    buyer_kind = fields.Selection(BUYER_KINDS)
    document_kind = fields.Selection(DOCUMENT_KINDS)
    situation = fields.Selection(CASES)
    amount_over = fields.Monetary(help="Only for documents with a total above this.")
    currency_id = fields.Many2one("res.currency")
    date_from = fields.Date(string="In Force From")
    date_to = fields.Date(string="In Force Until")
    stage = fields.Selection(
        [("post", "Posting"), ("send", "Sending")], required=True, default="post"
    )
    severity = fields.Selection(
        [("warn", "Warn"), ("block", "Block")], required=True, default="warn"
    )
    source = fields.Char(help="The law and its article.")
    confirmed = fields.Boolean(
        string="Checked",
        help="Somebody has compared this requirement with the text of the law.",
    )
    wording = fields.Text(
        translate=True, help="What can be put on the invoice to meet this requirement."
    )
    wording_local = fields.Text(
        string="Local Wording",
        help="The same in the words of the law of the seller's country. A buyer who "
        "reads another language finds both on the invoice.",
    )
    fault_count = fields.Integer(compute="_compute_fault_count")

    # ------------------------------------------------------------------- computes

    @api.depends("check")
    def _compute_topic(self):
        for requirement in self:
            requirement.topic = requirement.topic or requirement.check

    @api.depends("name", "check")
    def _compute_display_name(self):
        checks = dict(self._fields["check"]._description_selection(self.env))
        for requirement in self:
            label = checks.get(requirement.check, "")
            requirement.display_name = requirement.name or label

    def _compute_fault_count(self):
        groups = self.env["arm.invoice.fault"]._read_group(
            [("requirement_id", "in", self.ids)], ["requirement_id"], ["__count"]
        )
        counts = dict(groups)
        for requirement in self:
            requirement.fault_count = counts.get(requirement, 0)

    # ----------------------------------------------------------------- constrains

    @api.constrains("pattern")
    def _check_pattern(self):
        for requirement in self:
            try:
                re.compile(requirement.pattern or "")
            except re.error as error:
                raise ValidationError(
                    self.env._(
                        "The pattern of “%(name)s” is no regular expression: "
                        "%(error)s.",
                        name=requirement.display_name,
                        error=str(error),
                    )
                ) from error

    @api.constrains("amount_over", "currency_id", "date_from", "date_to")
    def _check_limits(self):
        for requirement in self:
            if requirement.amount_over and not requirement.currency_id:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” has an amount without a currency: choose one.",
                        name=requirement.display_name,
                    )
                )
            start, end = requirement.date_from, requirement.date_to
            if start and end and start > end:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” ends before it begins: exchange the two days.",
                        name=requirement.display_name,
                    )
                )

    # ------------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        requirements = super().create(vals_list)
        self.env.registry.clear_cache()
        return requirements

    def write(self, vals):
        res = super().write(vals)
        self.env.registry.clear_cache()
        return res

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # --------------------------------------------------------------------- actions

    def action_view_faults(self):
        """Open the invoices on which these requirements were not met."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_invoice_fault_action"
        )
        action["domain"] = [("requirement_id", "in", self.ids)]
        return action

    # -------------------------------------------------------------------- business

    @api.model
    @ormcache()
    def _get_rules(self):
        """All active requirements, as the pure functions want them."""
        # As superuser: the law holds for whoever posts an invoice.
        active = self.sudo().search([("active", "=", True)], order="id")
        return tuple(requirement._get_rule() for requirement in active)

    def _get_rule(self):
        """This requirement as a :class:`~..tools.invoice_rules.Rule`."""
        self.ensure_one()
        sellers = self.seller_country_id or self.seller_group_id.country_ids
        return Rule(
            id=self.id,
            topic=self.topic,
            check=self.check,
            pattern=self.pattern or "",
            number=self.number,
            company_id=self.company_id.id or 0,
            sellers=frozenset(sellers.mapped("code")),
            buyers=frozenset(filter(None, [self.buyer_country_id.code])),
            where=self.buyer_where or "",
            buyer_kind=self.buyer_kind or "",
            document_kind=self.document_kind or "",
            case=self.situation or "",
            amount_over=Decimal(str(self.amount_over)),
            currency=self.currency_id.name or "",
            date_from=self.date_from or None,
            date_to=self.date_to or None,
            blocks=self.severity == "block",
            stage=self.stage,
        )

    def _get_wording(self, lang):
        """The wording for a buyer: in the words of the law, and in their language.

        Who reads the law's own language is told once.

        :param lang: code of the buyer's language, as ``de_CH``
        :return: one or two lines; empty if nothing can be said automatically
        """
        self.ensure_one()
        country = self.seller_country_id.code or ""
        known = LAW_LANGUAGES.get(country, (country.lower(),))
        if self.wording_local and (lang or "")[:2] in known:
            return self.wording_local
        translated = self.with_context(lang=lang or "en_US").wording
        return "\n".join(filter(None, (translated, self.wording_local)))

    # --------------------------------------------------------------------- shipped

    @api.model
    def _load_shipped(self):
        """Bring the shipped requirements up to date.

        The law is taken from the file; whether a requirement warns or blocks, and when,
        stays as it was set, and what was archived stays archived.
        """
        # Among the archived ones too: the identifier keeps them from coming back.
        requirements = self.sudo().with_context(active_test=False, lang="en_US")
        with file_open(SHIPPED, "r") as shipped:
            rows = list(csv.DictReader(shipped))
        records = []
        for row in rows:
            xml_id = f"arm_receivables.invoice_requirement_{row['id']}"
            values = self._prepare_shipped_values(row)
            if self.env.ref(xml_id, raise_if_not_found=False):
                for name in OWN_CHOICE:
                    values.pop(name, None)
            records.append({"xml_id": xml_id, "values": values, "noupdate": True})
        requirements._load_records(records)

    @api.model
    def _prepare_shipped_values(self, row):
        """The values of one line of the shipped file."""
        currencies = self.env["res.currency"].with_context(active_test=False)
        return {
            "check": row["check"],
            "topic": row["topic"],
            "name": row["name"] or False,
            "pattern": row["pattern"] or False,
            "number": int(row["number"] or 0),
            "seller_country_id": self._find_country(row["seller"]).id,
            "seller_group_id": row["seller"] == "EU" and self.env.ref("base.europe").id,
            "buyer_country_id": self._find_country(row["buyer"]).id,
            "buyer_where": row["where"] or False,
            "buyer_kind": row["buyer_kind"] or False,
            "document_kind": row["document"] or False,
            "situation": row["case"] or False,
            "amount_over": float(row["over"] or 0),
            "currency_id": row["currency"]
            and currencies.search([("name", "=", row["currency"])], limit=1).id,
            "date_from": row["date_from"] or False,
            "date_to": row["date_to"] or False,
            "stage": row["stage"],
            "severity": "block" if row["block"] == "1" else "warn",
            "active": row["active"] != "0",
            "source": row["source"],
            "wording": row["wording"] or False,
            "wording_local": row["wording_local"] or False,
        }

    @api.model
    def _find_country(self, code):
        """A country by its code; empty for a group of countries or none."""
        countries = self.env["res.country"]
        if not code or code == "EU":
            return countries
        return countries.search([("code", "=", code)], limit=1)
