"""The chapters of the demonstration: each makes its records and stands for itself.

A chapter is a function of the environment. It finds what earlier chapters made by its
external identifier (:func:`demo_ref`), so that later chapters, also those of other
add-ons, need nothing else. The identifiers belong to no module: who uninstalls the
add-on keeps companies and ledgers whole.
"""

from odoo import Command

from . import deliveries as delivered
from . import drafts as unfinished
from . import orders as paperwork
from . import people
from . import statements as sent
from .agreements import Agreements
from .books import Books, Tax, Term, currency_of
from .ledger import LedgerWriter
from .portal import PortalRequests
from .story import TERMS, Rates, Stage, Story

MODULE = "arm_receivables"
NAMESPACE = "__arm_demo__"


def demo_ref(env, kind, key):
    """A record of an earlier chapter."""
    return env.ref(f"{NAMESPACE}.{kind}_{key}")


def name_records(env, kind, records):
    """Give records their external identifiers: key -> record."""
    env["ir.model.data"]._update_xmlids(
        [
            {"xml_id": f"{NAMESPACE}.{kind}_{key}", "record": rec, "noupdate": True}
            for key, rec in records.items()
        ]
    )


def firms(env):
    """The companies by key."""
    return {firm.key: demo_ref(env, "company", firm.key) for firm in people.FIRMS}


def _country(env, code):
    return env.ref(f"base.{'uk' if code == 'GB' else code.lower()}")


# --------------------------------------------------------------------- the companies


def companies(env):
    """Two companies with charts of accounts, taxes, banks, rates; the admin in both."""
    for code in ("EUR", "PLN", "USD"):
        env.ref(f"base.{code}").active = True
    made = {firm.key: _found(env, firm) for firm in people.FIRMS}
    name_records(env, "company", made)
    for firm in people.FIRMS:
        _set_up_accounting(env, firm, made[firm.key])
        _quote_rates(env, made[firm.key])
    terms = env["account.payment.term"].create(
        [
            {
                "name": name,
                "line_ids": [
                    Command.create({"value_amount": percent, "nb_days": days})
                    for percent, days in parts
                ],
            }
            for name, parts in TERMS.values()
        ]
    )
    name_records(env, "term", dict(zip(TERMS, terms, strict=True)))
    admin = env.ref("base.user_admin", raise_if_not_found=False)
    if admin:
        admin.company_ids += made["de"] + made["pl"]
        admin.company_id = made["de"]


def _found(env, firm):
    """A company with the generic chart, in its own country and currency.

    The chart is loaded without the country's own packages: they are not part of what
    is shown, and installing them would take minutes.
    """
    silent = env["res.company"].with_context(chart_template_load=True)
    country = _country(env, firm.country)
    company = silent.create(
        {
            "name": firm.name,
            "country_id": country.id,
            "street": firm.street,
            "zip": firm.zip,
            "city": firm.city,
            "vat": firm.vat,
            "phone": firm.phone,
            "currency_id": env.ref(f"base.{firm.currency}").id,
        }
    )
    env["account.chart.template"]._load("generic_coa", company, False)
    company.write(
        {
            # The generic chart takes every company for an American one.
            "account_fiscal_country_id": country.id,
            "currency_id": env.ref(f"base.{firm.currency}").id,
            "receivables_timezone": firm.timezone,
            # Not earlier: with a web address, Odoo asks a service about the company.
            "email": f"office@nordlicht-{firm.key}.example",
            "website": f"https://www.nordlicht-{firm.key}.example",
        }
    )
    company.partner_id.write({"tz": firm.timezone, "lang": "en_US"})
    if "iap_enrich_auto_done" in company._fields:
        company.iap_enrich_auto_done = True
    positions = env["account.fiscal.position"].search([("company_id", "=", company.id)])
    domestic = positions.filtered("country_id")
    domestic.country_id = country
    return company.with_env(env)


def _set_up_accounting(env, firm, company):
    """The country's tax on sales, and a bank account for each currency."""
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    name, percent = firm.tax
    taxes = env["account.tax"].search([("company_id", "=", company.id)])
    sale = company.account_sale_tax_id
    group = env["account.tax.group"].create(
        {
            "name": name,
            "country_id": company.account_fiscal_country_id.id,
            "company_id": company.id,
        }
    )
    account = sale.invoice_repartition_line_ids.account_id
    company.account_sale_tax_id = env["account.tax"].create(
        {
            "name": name,
            "amount": percent,
            "type_tax_use": "sale",
            "tax_group_id": group.id,
            "country_id": company.account_fiscal_country_id.id,
            "company_id": company.id,
            "invoice_repartition_line_ids": _repartition(account),
            "refund_repartition_line_ids": _repartition(account),
        }
    )
    company.account_purchase_tax_id = False
    taxes.active = False
    _open_banks(env, firm, company)


def _repartition(account):
    return [
        Command.create({"repartition_type": "base"}),
        Command.create({"repartition_type": "tax", "account_id": account.id}),
    ]


def _open_banks(env, firm, company):
    """One bank journal a currency; payments go to the bank account directly.

    Without a bank reconciliation tool, that is how the community edition keeps the
    balance of the bank true.
    """
    bank = env["res.bank"].create({"name": firm.bank})
    journals = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
    )
    for number, code in enumerate(firm.accounts):
        if number == 0:
            continue
        journals += env["account.journal"].create(
            {
                "name": code,
                "type": "bank",
                "code": f"BNK{number + 1}",
                "company_id": company.id,
                "currency_id": env.ref(f"base.{code}").id,
            }
        )
    for journal, (code, iban) in zip(journals, firm.accounts.items(), strict=True):
        journal.name = f"Bank {code}"
        journal.bank_account_id = env["res.partner.bank"].create(
            {
                "acc_number": iban,
                "partner_id": company.partner_id.id,
                "bank_id": bank.id,
                "currency_id": env.ref(f"base.{code}").id,
            }
        )
        methods = journal.inbound_payment_method_line_ids
        methods.payment_account_id = journal.default_account_id


def _quote_rates(env, company):
    """Weekly rates over the whole story, for this company alone."""
    rates = Rates(company._local_today())
    base = company.currency_id.name
    env["res.currency.rate"].create(
        [
            {
                "company_id": company.id,
                "currency_id": env.ref(f"base.{code}").id,
                "name": day,
                "rate": rates.get(base, code, day),
            }
            for code in ("EUR", "PLN", "USD")
            for day in (rates.days if code != base else rates.days[-1:])
        ]
    )


# ------------------------------------------------------------------ users, customers


def users(env):
    """A collector, a credit manager and an auditor, at home in both companies.

    A login that somebody has already is left alone.
    """
    logins = [login for login, _name, _group in people.USERS]
    taken = env["res.users"].with_context(active_test=False)
    taken = taken.search([("login", "in", logins)]).mapped("login")
    model = env["res.users"].with_context(no_reset_password=True)
    made = {
        login: model.create(_user_values(env, login, name, group))
        for login, name, group in people.USERS
        if login not in taken
    }
    name_records(env, "user", made)


def _user_values(env, login, name, group):
    companies_ = env["res.company"].union(*firms(env).values())
    groups = env.ref("base.group_user") + env.ref(f"{MODULE}.{group}")
    return {
        "name": name,
        "login": login,
        "password": login,
        "email": f"{login}@nordlicht-de.example",
        "tz": "Europe/Berlin",
        "company_id": companies_[0].id,
        "company_ids": [Command.set(companies_.ids)],
        "group_ids": [Command.set(groups.ids)],
    }


def customers(env):
    """The customers with their contacts, in their own languages."""
    cast = people.customers()
    for lang in sorted({customer.lang for customer in cast}):
        env["res.lang"]._activate_lang(lang)
    partners = env["res.partner"].with_context(
        tracking_disable=True, mail_create_nosubscribe=True
    )
    records = partners.create([_partner_values(env, customer) for customer in cast])
    made = dict(zip((customer.key for customer in cast), records, strict=True))
    name_records(env, "customer", made)
    contacts = {
        customer.key: _contact_values(env, customer, made[customer.key])
        for customer in cast
        if customer.contact
    }
    children = partners.create(list(contacts.values()))
    name_records(env, "contact", dict(zip(contacts, children, strict=True)))
    partners.create(
        [
            {"name": name, "type": "contact", "parent_id": made[customer.key].id}
            for customer in cast
            for name in customer.more
        ]
    )
    _agree_terms(env, made)


def _partner_values(env, customer):
    return {
        "name": customer.name,
        "is_company": "person" not in customer.flags,
        "vat": customer.vat or False,
        "email": customer.email,
        **_address_values(env, customer),
    }


def _contact_values(env, customer, partner):
    """Who gets the invoices; such a contact has an address of its own."""
    return {
        "name": customer.contact,
        "type": "invoice",
        "parent_id": partner.id,
        "email": f"invoices@{customer.key}.example",
        **_address_values(env, customer),
    }


def _address_values(env, customer):
    return {
        "lang": customer.lang,
        "country_id": _country(env, customer.country).id,
        "zip": customer.zip,
        "city": customer.city,
        "street": customer.street,
    }


def _agree_terms(env, partners):
    """Each company's terms of payment with its customers."""
    agreed = {}
    for sale in people.sales():
        key = sale.firm, sale.term
        agreed.setdefault(key, env["res.partner"])
        agreed[key] |= partners[sale.customer]
    companies_ = firms(env)
    for (firm, term), group in agreed.items():
        group = group.with_company(companies_[firm])
        group.property_payment_term_id = demo_ref(env, "term", term)


# ------------------------------------------------------------------------ the ledger


def ledger(env):
    """18 months of invoices, payments and credit notes in both companies."""
    for firm, company in firms(env).items():
        stage = _stage(env, firm, company)
        story = Story(stage)
        writer = LedgerWriter(stage.books)
        writer.write_batch(*story.tell(people.sales()))
        moves = env["account.move"]
        marked = {key: moves.browse(paper.id) for key, paper in story.marked.items()}
        name_records(env, "invoice", marked)
    writer.analyze()
    cast = people.customers()
    archived = [c.key for c in cast if "archived" in c.flags]
    for key in archived:
        demo_ref(env, "customer", key).active = False


def _stage(env, firm, company):
    """What the story needs to know of a company."""
    books = Books(env, company, user=env.ref("base.user_admin", False))
    cast = people.customers()
    heads = {c.key: demo_ref(env, "customer", c.key) for c in cast}
    boxes = {c.key: demo_ref(env, "contact", c.key) for c in cast if c.contact}
    parties = books.parties(env["res.partner"].union(*heads.values(), *boxes.values()))
    return Stage(
        firm=firm,
        base=company.currency_id.name,
        today=company._local_today(),
        books=books,
        rates=Rates(company._local_today()),
        currencies={
            code: currency_of(env.ref(f"base.{code}")) for code in ("EUR", "PLN", "USD")
        },
        parties={
            key: (parties[boxes.get(key, head).id], parties[head.id])
            for key, head in heads.items()
        },
        terms={key: Term.of(demo_ref(env, "term", key)) for key in TERMS},
        tax=Tax.of(company.account_sale_tax_id),
        domestic=frozenset(c.key for c in cast if c.country == company.country_id.code),
    )


def accounts(env):
    """The customer accounts, and a patient policy that gives them their status."""
    companies_ = env["res.company"].union(*firms(env).values())
    policies = env["arm.reliability.policy"].create(
        [{"name": "Patient", "company_id": company.id} for company in companies_]
    )
    for policy in policies:
        policy.action_preset_soft()
    model = env["arm.customer.account"].with_context(tracking_disable=True)
    model._refresh(companies_)


def portfolios(env):
    """Who works on which customer, by rule: the Polish ones have a collector of their
    own. Both have customers in both companies.
    """
    companies_ = env["res.company"].union(*firms(env).values())
    rules = env["arm.collector.rule"]
    for login, country in (("manager", env.ref("base.pl")), ("collector", None)):
        user = env.ref(f"{NAMESPACE}.user_{login}", raise_if_not_found=False)
        if user:
            rules.create(
                [
                    {
                        "company_id": company.id,
                        "sequence": 10 if country else 20,
                        "country_ids": [Command.set(country.ids if country else [])],
                        "collector_id": user.id,
                    }
                    for company in companies_
                ]
            )
    rules._apply(companies_)


def orders(env):
    """What the German company's customers have ordered, and what finance holds."""
    company = firms(env)["de"]
    customers_ = {
        customer.key: demo_ref(env, "customer", customer.key)
        for customer in people.customers()
    }
    paperwork.credit_limits(company, customers_)
    paperwork.block_rules(env, company)
    approver = env.ref(f"{NAMESPACE}.user_manager", raise_if_not_found=False)
    made = paperwork.write_orders(
        env,
        company,
        customers_,
        seller=env.ref("base.user_admin", False) or env.user,
        approver=approver or env["res.users"],
    )
    name_records(env, "order", made)
    env["arm.customer.account"].with_context(tracking_disable=True)._refresh(company)


def drafts(env):
    """Invoices of the German company that are not posted yet, some of them wrong."""
    made = unfinished.write_drafts(
        env,
        firms(env)["de"],
        {
            customer.key: demo_ref(env, "customer", customer.key)
            for customer in people.customers()
        },
        seller=env.ref("base.user_admin", False) or env.user,
    )
    name_records(env, "draft", made)


def deliveries(env):
    """Which of the German company's newest invoices have arrived, and which not."""
    delivered.write_deliveries(env, firms(env)["de"])


def agreements(env):
    """Disputes, promises, a payment plan and extensions of the German company."""
    company, customers_ = firms(env)["de"], _customers_by_key(env)
    collector = env.ref(f"{NAMESPACE}.user_collector", raise_if_not_found=False)
    if collector:
        Agreements(env, company, customers_, collector).enter()


def portal(env):
    """What customers of the German company ask for on their own page."""
    PortalRequests(env, firms(env)["de"], _customers_by_key(env)).enter()


def statements(env):
    """Monthly statements of account of both companies."""
    for company in firms(env).values():
        sent.statements(env, company)


def _customers_by_key(env):
    return {
        customer.key: demo_ref(env, "customer", customer.key)
        for customer in people.customers()
    }
