"""Requirements of invoices: each shipped one meets a right and a wrong document."""

import csv
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polib
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_receivables.tools import invoice_rules as rules
from odoo.addons.arm_receivables.tools.invoice_checks import CHECKS, compiled
from odoo.addons.arm_receivables.tools.invoice_facts import Document, Line, Party, Tax
from odoo.addons.arm_receivables.tools.postal import Address

D = Decimal
ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "arm_receivables" / "i18n"
SHIPPED = ROOT / "arm_receivables" / "data" / "invoice_requirements.csv"
EU = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "PL", "AT"})
DAY = date(2028, 3, 16)  # everything shipped is in force
CURRENCIES = {"PL": "PLN", "GB": "GBP", "CH": "CHF", "US": "USD"}
COUNTRIES = ("AT", "DE", "FR", "IT", "ES", "NL", "BE", "PL", "GB", "CH", "US")
# country: address, tax number as the country writes it, number in a register
PLACES = {
    "AT": (("Graben 1", "1010", "Wien"), "ATU13585627", "FN 123456a"),
    "DE": (("Kaistr. 5", "20457", "Hamburg"), "DE136695976", "HRB 12345"),
    "FR": (("12 rue de la Paix", "75002", "Paris"), "FR40303265045", "303 265 045"),
    "IT": (("Via Roma 1", "20121", "Milano"), "IT00743110157", "MI-123456"),
    "ES": (("Calle Mayor 3", "28013", "Madrid"), "ESB58378431", "M-12345"),
    "NL": (("Damrak 1", "1012 LG", "Amsterdam"), "NL004495445B01", "12345678"),
    "BE": (("Rue Neuve 4", "1000", "Bruxelles"), "BE0428759497", "0428.759.497"),
    "PL": (("ul. Prosta 2", "00-838", "Warszawa"), "PL8567346215", "0000123456"),
    "GB": (("1 High Street", "SW1A 1AA", "London"), "GB980780684", "01234567"),
    "CH": (("Bahnhofstr. 1", "8001", "Zürich"), "CHE-107.787.577 MWST", "CH-020"),
    "US": (("5 Main St", "10001", "New York"), "94-3177549", "C1234"),
}
ENDPOINTS = {"IT": "ABC1234"}
ROUTINGS = {"DE": "04011000-1234512345-06", "ES": "L01280796"}
TEXT = (
    "Late-payment penalties. Compensation 40 EUR. No discount. You are in default "
    "after 30 days. Split payment. Reverse charge. Intra-Community supply. Export. "
    "Interest is due."
)


def party(code, kind="business", **values):
    (street, postcode, city), tax_id, registry = PLACES[code]
    public_italian = code == "IT" and kind == "public"
    address = Address(street, "", postcode, city, "NY" if code == "US" else "", code)
    facts = {
        "name": f"Müller & Søn {code}",
        "address": address,
        "kind": kind,
        "tax_id": tax_id,
        "tax_id_valid": True,
        "registry": registry,
        "in_union": code in EU,
        "routing": ROUTINGS.get(code, "SERVICE-1"),
        "endpoint": "UF1234" if public_italian else ENDPOINTS.get(code, "0208:1"),
        "email": "ap@example.com",
    }
    return Party(**{**facts, **values})


def document(seller="DE", buyer=None, kind="business", **values):
    """A document on which nothing is missing."""
    currency = CURRENCIES.get(seller, "EUR")
    facts = {
        "kind": "invoice",
        "day": DAY,
        "seller": party(seller),
        "buyer": party(buyer or seller, kind),
        "lines": (Line("Carbide end mill", D(2), D("49.90"), (Tax(D(19)),)),),
        "totals": dict.fromkeys(("EUR", "PLN", "GBP", "CHF", currency), D(5000)),
        "company_id": 1,
        "number": "INV/2028/0001",
        "delivery_date": DAY,
        "due_date": date(2028, 4, 10),
        "currency": currency,
        "local_currency": currency,
        "shows_local_tax": True,
        "bank_account": "DE02120300000000202051",
        "reference": "PO-4711",
        "origin": "INV/2028/0000",
        "text": TEXT,
    }
    return Document(**{**facts, **values})


def with_line(doc, **values):
    return replace(doc, lines=(*doc.lines, replace(doc.lines[0], **values)))


def with_buyer(doc, **values):
    return replace(doc, buyer=replace(doc.buyer, **values))


def with_seller(doc, **values):
    return replace(doc, seller=replace(doc.seller, **values))


def with_address(doc, role, **values):
    who = getattr(doc, role)
    return replace(doc, **{role: replace(who, address=replace(who.address, **values))})


def spoil_address(role):
    def spoil(doc):
        for part in ("street", "city"):
            yield with_address(doc, role, **{part: ""})
        yield with_address(doc, role, city="\x07Bell")
        yield with_address(doc, role, street="x" * 200)
        yield with_address(doc, role, zip="?")

    return spoil


def spoil_tax_id(with_party, may_be_empty=False):
    def spoil(doc):
        if not may_be_empty:
            yield with_party(doc, tax_id="", tax_id_valid=None)
        yield with_party(doc, tax_id="XX123", tax_id_valid=False)

    return spoil


# check -> documents on which it must find something, made of one that is right
SPOILED = {
    "seller_name": lambda d: [with_seller(d, name=" "), with_seller(d, name="?!")],
    "seller_address": spoil_address("seller"),
    "seller_tax_id": spoil_tax_id(with_seller),
    "seller_registry": lambda d: [with_seller(d, registry="")],
    "buyer_name": lambda d: [
        with_buyer(d, name=""),
        with_buyer(d, name="Fran\ufffdois"),
        with_buyer(d, name="x" * 300),
    ],
    "buyer_address": spoil_address("buyer"),
    "buyer_country": lambda d: [with_address(d, "buyer", country="")],
    "buyer_tax_id": spoil_tax_id(with_buyer),
    "buyer_tax_id_form": spoil_tax_id(with_buyer, may_be_empty=True),
    "buyer_tax_id_online": lambda d: [with_buyer(d, tax_id_online=False)],
    "buyer_registry": lambda d: [with_buyer(d, registry="", tax_id="")],
    "buyer_email": lambda d: [with_buyer(d, email="")],
    "endpoint": lambda d: [with_buyer(d, endpoint="")],
    "buyer_routing": lambda d: [
        replace(with_buyer(d, routing=""), reference=""),
    ],
    "buyer_reference": lambda d: [
        with_buyer(replace(d, reference=""), reference_required=True)
    ],
    "number": lambda d: [replace(d, number=""), replace(d, number="/")],
    "delivery_date": lambda d: [replace(d, delivery_date=None)],
    "due_date": lambda d: [
        replace(d, due_date=None),
        replace(d, due_date=date(2028, 3, 15)),
    ],
    "term_days": lambda d: [replace(d, due_date=date(2028, 5, 16))],
    "bank_account": lambda d: [replace(d, bank_account="")],
    "origin": lambda d: [replace(d, origin="", reference="")],
    "local_tax": lambda d: [replace(d, shows_local_tax=False)],
    "wording": lambda d: [replace(d, text="Thank you.", note="")],
    "exemption_wording": lambda d: [
        replace(with_line(d, taxes=(Tax(D(0)),)), text=""),
        replace(with_line(d, taxes=(Tax(D(0)), Tax(D(0)))), text="Thank you."),
    ],
    "lines": lambda d: [replace(d, lines=())],
    "descriptions": lambda d: [
        with_line(d, description=""),
        with_line(d, description="*"),
    ],
    "quantities": lambda d: [with_line(d, quantity=D(0))],
    "unit_prices": lambda d: [
        replace(d, lines=(replace(d.lines[0], unit_price=D(0)),))
    ],
    "tax_rates": lambda d: [with_line(d, taxes=())],
}


def shipped():
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sellers(row):
    if row["seller"] == "EU":
        return EU
    return frozenset(filter(None, [row["seller"]]))


def rule(row, number=1):
    """A line of the file as the models give it to the rules."""
    day = row["date_from"] and date.fromisoformat(row["date_from"])
    return rules.Rule(
        id=number,
        topic=row["topic"],
        check=row["check"],
        pattern=row["pattern"],
        number=int(row["number"] or 0),
        sellers=sellers(row),
        where=row["where"],
        buyer_kind=row["buyer_kind"],
        document_kind=row["document"],
        case=row["case"],
        amount_over=D(row["over"] or 0),
        currency=row["currency"],
        date_from=day or None,
        blocks=row["block"] == "1",
        stage=row["stage"],
    )


ROWS = shipped()
RULES = [rule(row, number) for number, row in enumerate(ROWS, 1)]
ACTIVE = [rule for rule, row in zip(RULES, ROWS, strict=True) if row["active"] != "0"]
ZERO = Tax(D(0), wording="Exempt")
# case -> what is sold on a line without tax
UNTAXED = {
    "across_union": None,
    "unclear_union": None,
    "reverse_charge": False,
    "intra_supply": True,
    "export": True,
    "zero_rated": None,
}


def fitting(row):
    """A right document that the requirement of a line is about."""
    case = row["case"]
    seller = "AT" if row["seller"] in ("", "EU") else row["seller"]
    buyer = seller
    if case == "export":
        buyer = "US"
    elif case in UNTAXED and case != "zero_rated" and seller in EU:
        buyer = "DE" if seller == "PL" else "PL"
    doc = document(seller, buyer, row["buyer_kind"] or "business")
    doc = replace(doc, kind=row["document"] or "invoice")
    if row["over"]:
        doc = replace(doc, totals={row["currency"]: D(row["over"]) + 1})
    if case == "reverse_charge" and buyer == seller:
        doc = with_line(doc, taxes=(replace(ZERO, reverse=True),))
    elif case in UNTAXED:
        doc = with_line(doc, taxes=(ZERO,), goods=UNTAXED[case])
    if row["case"] == "foreign_currency":
        doc = replace(doc, currency="JPY")
    return doc


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_each_requirement(row):
    """It is law for its seller, passes the right document, and finds each wrong one."""
    only, right = rule(row), fitting(row)
    assert only.is_for_seller(right.seller, 1, DAY) and only.is_for(right)
    assert rules.evaluate(right, [only]) == rules.Readiness()
    wrong = list(SPOILED[row["check"]](right))
    assert wrong
    for doc in wrong:
        found = rules.evaluate(doc, [only])
        assert [finding.rule for finding in found.findings] == [only]
        assert found.score == 0
        assert found.state == ("blocked" if only.blocks else "warning")


@pytest.mark.parametrize("kind", ["business", "consumer", "public"])
@pytest.mark.parametrize("seller", COUNTRIES)
@pytest.mark.parametrize("buyer", COUNTRIES)
def test_right_documents_are_ready(seller, buyer, kind):
    """Whoever sells to whomever: nothing is found where nothing is missing."""
    doc = document(seller, buyer, kind)
    for some in (ACTIVE, RULES):
        (found,) = rules.evaluate_all([doc], some)
        assert not found.findings and found.score == 100


def test_shipped_file():
    """Every line has a source, an id of its own, a check that exists."""
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row["source"] and row["check"] in CHECKS and row["check"] in SPOILED
        assert bool(row["over"]) == bool(row["currency"])
        assert row["stage"] in ("post", "send") and row["topic"]
    assert {row["seller"] for row in ROWS} == {"EU", "", *COUNTRIES} - {"AT"}


def test_every_check_is_used():
    assert set(CHECKS) == {row["check"] for row in ROWS} == set(SPOILED)


def test_shipped_wording_meets_its_own_requirement():
    worded = [row for row in ROWS if row["wording"]]
    for row in worded:
        for text in filter(None, (row["wording"], row["wording_local"])):
            assert compiled(row["pattern"]).search(text), row["id"]
    assert {row["seller"] for row in worded} >= {"EU", *COUNTRIES} - {"AT"}


@pytest.mark.parametrize("lang", ["de", "es", "fr", "it", "nl", "pl"])
def test_translated_wording_meets_its_own_requirement(lang):
    """Every wording is there in the language, and the check knows its words."""
    catalogue = polib.pofile(str(CATALOGUES / f"{lang}.po"))
    texts = {entry.msgid: entry.msgstr for entry in catalogue}
    for row in ROWS:
        if row["wording"]:
            text = texts.get(row["wording"])
            assert text, (row["id"], row["wording"])
            assert compiled(row["pattern"]).search(text), (row["id"], text)


def test_reason_in_the_text_is_enough():
    """Whatever is put on the invoice automatically is a reason for charging no tax."""
    reasons = {r["seller"]: r for r in ROWS if r["check"] == "exemption_wording"}
    topics = ("reverse_charge", "intra_supply", "export")
    for row in ROWS:
        if row["topic"] in topics:
            seller = "AT" if row["seller"] == "EU" else row["seller"]
            text = row["wording_local"] or row["wording"]
            doc = with_line(document(seller, text=text), taxes=(Tax(D(0)),))
            assert not CHECKS["exemption_wording"](doc, rule(reasons[row["seller"]]))


# ----------------------------------------------------------------- which rules hold


def topic(number, **values):
    return rules.Rule(number, "buyer_name", "buyer_name", **values)


def chosen(some, seller="DE", company=1, day=DAY):
    found = rules.rules_of_seller(some, party(seller), company, day)
    return [rule.id for rule in found]


def test_the_most_specific_requirement_stands_in_for_the_others():
    everybody, union = topic(1), topic(2, sellers=EU)
    german, own = topic(3, sellers=frozenset({"DE"})), topic(4, company_id=1)
    both = [everybody, union, german, own]
    assert chosen(both) == [4] and chosen(reversed(both)) == [4]
    assert chosen(both, company=2) == [3]
    assert chosen(both, seller="AT", company=2) == [2]
    assert chosen(both, seller="US", company=2) == [1]
    other = rules.Rule(5, "lines", "lines")
    assert chosen([*both, other]) == [4, 5]


def test_requirements_of_the_same_rank_hold_together():
    business = topic(1, sellers=frozenset({"DE"}), buyer_kind="business")
    public = topic(2, sellers=frozenset({"DE"}), buyer_kind="public")
    assert chosen([topic(3), business, public]) == [1, 2]


def test_a_national_threshold_replaces_the_union_rule():
    """A German invoice of 250 EUR needs no buyer, though the directive says 100."""
    doc = with_address(document(), "buyer", street="", city="")
    small = replace(doc, totals={"EUR": D("250.00")})
    large = replace(doc, totals={"EUR": D("250.01")})
    codes = [
        {f.rule.topic for f in found.findings}
        for found in rules.evaluate_all([small, large], RULES)
    ]
    assert "buyer_address" not in codes[0] and "buyer_address" in codes[1]


def test_validity():
    from_day = topic(1, date_from=date(2027, 1, 1))
    to_day = topic(2, date_to=date(2027, 12, 31))
    assert chosen([from_day, to_day], day=date(2026, 12, 31)) == [2]
    assert chosen([from_day, to_day], day=date(2027, 1, 1)) == [1, 2]
    assert chosen([from_day, to_day], day=date(2027, 12, 31)) == [1, 2]
    assert chosen([from_day, to_day], day=date(2028, 1, 1)) == [1]


@pytest.mark.parametrize(
    ("where", "buyers"),
    [("domestic", {"DE"}), ("union", {"FR"}), ("abroad", {"CH", "US"})],
)
def test_where_the_buyer_is(where, buyers):
    some = topic(1, where=where)
    found = {c for c in ("DE", "FR", "CH", "US") if some.is_for(document("DE", c))}
    assert found == buyers
    assert not some.is_for(with_address(document(), "buyer", country=""))


def test_where_for_a_seller_outside_the_union():
    abroad = topic(1, where="abroad")
    assert abroad.is_for(document("CH", "DE")) and not abroad.is_for(document("CH"))


def test_reverse_charge_is_told_from_exempt_sales():
    zero = (ZERO,)
    for other in (
        with_line(document("DE", "FR", "consumer"), taxes=zero),
        with_line(document("DE", "CH"), taxes=zero),
        with_line(document("DE", "DE"), taxes=zero),
        document("DE", "FR"),
    ):
        assert not other.is_across_union and not other.is_reverse_charge
        assert not other.is_intra_supply and not other.is_unclear_union


@pytest.mark.parametrize(
    ("buyer", "goods", "cases"),
    [
        ("FR", True, {"across_union", "intra_supply"}),
        ("FR", False, {"across_union", "reverse_charge"}),
        ("FR", None, {"across_union", "unclear_union"}),
        ("CH", True, {"export"}),
        ("CH", False, set()),
        ("CH", None, set()),
        ("DE", True, set()),
    ],
)
def test_goods_are_told_from_services(buyer, goods, cases):
    """Untaxed goods go within the Union or out of it; of services the buyer owes."""
    doc = with_line(document("DE", buyer), taxes=(ZERO,), goods=goods)
    known = "across_union reverse_charge intra_supply unclear_union export".split()
    assert {case for case in known if getattr(doc, f"is_{case}")} == cases


def test_export_from_outside_the_union():
    swiss = with_line(document("CH", "DE"), taxes=(ZERO,), goods=True)
    assert swiss.is_export and not swiss.is_across_union
    assert not with_address(swiss, "buyer", country="").is_export


# ------------------------------------------------------------------------- bad data


def test_score_and_state():
    """What blocks weighs three times what warns; warnings come last."""
    warn = rules.Rule(1, "a", "delivery_date")
    block = rules.Rule(2, "b", "bank_account", blocks=True, stage="send")
    doc = document(delivery_date=None)
    assert rules.evaluate(doc, [warn, block]).score == 75
    both = rules.evaluate(replace(doc, bank_account=""), [warn, block])
    assert [f.rule.id for f in both.findings] == [2, 1]
    assert both.score == 0 and both.state == "blocked"
    assert both.at("post").state == "warning" and both.at("send").is_blocked
    assert rules.evaluate(doc, []).score == 100


def test_nothing_known_at_all():
    """An empty document is refused piece by piece, and nothing breaks."""
    doc = Document("invoice", DAY, Party(), Party(kind="consumer"))
    (found,) = rules.evaluate_all([doc], RULES)
    topics = {finding.rule.topic for finding in found.findings}
    assert {"seller_name", "buyer_name", "buyer_country", "lines"} <= topics


@pytest.mark.parametrize("name", ["\x00", "\ufffd\ufffd", "x" * 5000, "  ", "—"])
def test_odd_names(name):
    assert CHECKS["buyer_name"](with_buyer(document(), name=name), topic(1))


@pytest.mark.parametrize("name", ["李明", "O'Néill & Co.", "Ξένια ΑΕ", "3M", "Łódź"])
def test_good_names(name):
    assert not CHECKS["buyer_name"](with_buyer(document(), name=name), topic(1))


def test_each_line_of_no_tax_needs_a_reason():
    silent = with_line(document(), taxes=(Tax(D(0)),))
    assert CHECKS["exemption_wording"](silent, topic(1))
    assert not CHECKS["exemption_wording"](replace(silent, note="§ 4 Nr. 1"), topic(1))
    told = with_line(document(), taxes=(ZERO,))
    assert not CHECKS["exemption_wording"](told, topic(1))
