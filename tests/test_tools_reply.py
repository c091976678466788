"""What customers write, and what it means: plain phrase rules in four languages."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden import tools  # noqa: F401  (makes the add-ons' tools importable)

from odoo.addons.arm_dunning.tools import reply
from odoo.addons.arm_dunning.tools.payment import epc_code, is_iban, remittance

TODAY = date(2026, 3, 16)  # a Monday

PROMISES = [
    ("We will pay the invoice on 20 March.", date(2026, 3, 20)),
    ("Sorry for the delay! We'll transfer the amount next Friday.", date(2026, 3, 20)),
    ("The invoice will be paid by 2026-04-02.", date(2026, 4, 2)),
    ("Payment is scheduled for March 31st, 2026.", date(2026, 3, 31)),
    ("We shall settle it at the end of the month.", date(2026, 3, 31)),
    ("I will pay tomorrow.", date(2026, 3, 17)),
    ("We will pay soon.", None),
    ("Wir werden den Betrag am 27.03. überweisen.", date(2026, 3, 27)),
    ("Die Zahlung erfolgt bis Freitag.", date(2026, 3, 20)),
    ("Den offenen Betrag überweisen wir am 2. April 2026.", date(2026, 4, 2)),
    ("Die Rechnung wird Ende des Monats bezahlt.", date(2026, 3, 31)),
    ("Wir zahlen nächste Woche.", date(2026, 3, 27)),
    ("Die Rechnung wird morgen beglichen.", date(2026, 3, 17)),
    ("Nous allons régler la facture le 25 mars.", date(2026, 3, 25)),
    ("La facture sera payée vendredi.", date(2026, 3, 20)),
    ("Nous paierons à la fin du mois.", date(2026, 3, 31)),
    ("Le virement ? Nous réglerons le 03/04/2026.", date(2026, 4, 3)),
    ("Zapłacimy fakturę do 27 marca.", date(2026, 3, 27)),
    ("Faktura zostanie opłacona w piątek.", date(2026, 3, 20)),
    ("Przelejemy kwotę jutro.", date(2026, 3, 17)),
    ("Wir werden am 5.1. zahlen.", date(2027, 1, 5)),
]
DISPUTES = [
    "The price on the invoice is wrong.",
    "Two of the boxes arrived damaged.",
    "We never received the goods.",
    "We did not order this.",
    "Please send us a credit note first, then we will pay on Friday.",
    "Der Preis auf der Rechnung ist falsch.",
    "Die Ware ist beschädigt angekommen.",
    "Wir haben die Lieferung nicht erhalten.",
    "Die Menge stimmt nicht, es fehlen drei Stück.",
    "Hiermit widersprechen wir der Rechnung.",
    "Le montant est erroné.",
    "Nous n'avons jamais reçu la marchandise.",
    "La marchandise était endommagée.",
    "Nous contestons cette facture.",
    "Kwota na fakturze jest błędna.",
    "Towar dotarł uszkodzony.",
    "Nie otrzymaliśmy towaru.",
    "Składamy reklamację.",
]
PAID = [
    "The invoice has already been paid on Monday.",
    "We paid this last week.",
    "Die Rechnung haben wir bereits überwiesen.",
    "Das wurde letzte Woche bezahlt.",
    "Nous avons déjà payé cette facture.",
    "Le montant a été réglé hier.",
    "Faktura została już opłacona.",
    "Zapłaciliśmy w piątek.",
]
ABSENCES = [
    "I am out of the office until 30 March.",
    "Ich bin bis zum 30.03. nicht im Büro.",
    "Je suis absente du bureau.",
    "Jestem poza biurem do piątku.",
]
NOTHING = [
    "",
    "Thank you for the information.",
    "Wer ist bei Ihnen dafür zuständig?",
    "Merci, bien reçu.",
    "Dziękuję za wiadomość.",
    "Could you send us a copy of the invoice dated 12.01.2026?",
]


@pytest.mark.parametrize(("text", "day"), PROMISES)
def test_promises(text, day):
    found = reply.read_reply(text, TODAY)
    assert (found.kind, found.day) == (reply.PROMISE, day)
    assert found.sentence in text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((reply.DISPUTE, text) for text in DISPUTES),
        *((reply.PAID, text) for text in PAID),
        *((reply.ABSENCE, text) for text in ABSENCES),
    ],
)
def test_other_answers(kind, text):
    assert reply.read_reply(text, TODAY).kind == kind


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_guessed(text):
    assert reply.read_reply(text, TODAY) is None


QUOTES = [
    "On Mon, 16 Mar 2026 at 08:00, Seller <a@b.example> wrote:",
    "Am 16.03.2026 um 08:00 schrieb Seller:",
    "Le lun. 16 mars 2026 à 08:00, Seller a écrit :",
    "W dniu 16.03.2026 o 08:00, Seller napisał(a):",
    "-----Original Message-----",
    "Von: Seller <a@b.example>",
]


@pytest.mark.parametrize("line", QUOTES)
def test_what_is_answered_does_not_count(line):
    """Our own words are below the answer: "we will pay" there is nobody's promise."""
    text = f"Good morning,\n\nthank you.\n\n{line}\n\nYou said: we will pay on Friday."
    assert reply.read_reply(text, TODAY) is None
    assert reply.new_text(text) == "Good morning,\n\nthank you."


def test_between_the_lines():
    text = "> Please pay\nWe will pay on Friday.\n> With kind regards"
    assert reply.read_reply(text, TODAY).day == date(2026, 3, 20)


def test_the_sentence_that_led_to_it():
    text = "Dear Ms Smith,\n\nthank you. The goods arrived\ndamaged on Friday. Regards"
    found = reply.read_reply(text, TODAY)
    assert found.sentence == "The goods arrived damaged on Friday."


def test_absence_in_the_subject():
    found = reply.read_reply("Back soon.", TODAY, subject="Automatische Antwort: x")
    assert found.kind == reply.ABSENCE


@pytest.mark.parametrize(
    "sentence",
    ["we will pay on 31.02.", "we will pay on 2020-01-01", "we will pay 1.500,00 euro"],
)
def test_days_that_are_none(sentence):
    assert reply.find_day(sentence, TODAY) is None


@pytest.mark.parametrize(
    ("sentence", "day_first", "month_first"),
    [
        ("we will pay on 4/5/2026", date(2026, 5, 4), date(2026, 4, 5)),
        ("we will pay on 04/05", date(2026, 5, 4), date(2026, 4, 5)),
        ("we will pay on 4/5/26", date(2026, 5, 4), date(2026, 4, 5)),
        # Only one of the orders is a day: then that one is meant, whoever writes.
        ("we will pay on 03/25/2026", date(2026, 3, 25), date(2026, 3, 25)),
        ("we will pay on 25/03/2026", date(2026, 3, 25), date(2026, 3, 25)),
        # With dots the day comes first wherever they are used, ISO is ISO everywhere.
        ("we will pay on 4.5.2026", date(2026, 5, 4), date(2026, 5, 4)),
        ("we will pay on 2026-04-05", date(2026, 4, 5), date(2026, 4, 5)),
        # Past in the order of the language: nobody guesses the other one.
        ("we will pay on 03/12/2026", date(2026, 12, 3), None),
        ("we will pay on 12/03/2026", None, date(2026, 12, 3)),
        ("we will pay on 13/13/2026", None, None),
    ],
)
def test_order_of_day_and_month(sentence, day_first, month_first):
    assert reply.find_day(sentence, TODAY) == day_first
    assert reply.find_day(sentence, TODAY, month_first=True) == month_first
    assert reply.read_reply(sentence, TODAY, month_first=True).day == month_first


@pytest.mark.parametrize(
    ("date_format", "expected"),
    [
        ("%m/%d/%Y", True),  # United States
        ("%b %d, %Y", True),
        ("%d/%m/%Y", False),
        ("%d.%m.%Y", False),
        ("%Y-%m-%d", False),  # Canada, Sweden: the year tells
        ("", False),
        (None, False),
    ],
)
def test_languages_with_the_month_first(date_format, expected):
    assert reply.is_month_first(date_format) is expected


def test_a_long_answer_is_read_fast():
    assert reply.read_reply("wird " * 20_000, TODAY) is None


# ------------------------------------------------------------------- text of a transfer


def test_remittance():
    assert remittance(["R1", "R2", "R1", ""]) == "R1, R2"
    many = [f"INV/2026/{n:05}" for n in range(20)]
    text = remittance(many, "C-100")
    assert len(text) <= 140
    assert text.startswith("C-100: INV/2026/00000, ")
    assert text.endswith("(+12)")
    assert remittance(["x" * 200], "C-100") == "C-100"
    assert remittance([]) == ""


IBAN = "DE89370400440532013000"


def test_iban():
    assert is_iban(IBAN)
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("DE88370400440532013000")
    assert not is_iban("12345678")


def test_epc_code():
    code = epc_code(
        "Seller GmbH", "DE89 3704 0044 0532 0130 00", "", Decimal("1"), "R1"
    )
    lines = ["BCD", "002", "1", "SCT", "", "Seller GmbH", IBAN, "EUR1.00", "", "", "R1"]
    assert code.split("\n") == lines
    creditor = epc_code("S", IBAN, "COBADEFFXXX", Decimal("1.5"), "RF18539007547034")
    assert creditor.split("\n")[9:] == ["RF18539007547034", ""]
    assert not epc_code("S", "US123", "", Decimal("1"), "")
    assert not epc_code("S", IBAN, "", Decimal("0"), "")
