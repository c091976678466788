"""Whether a customer can be reached: every colour and reason."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_receivables.tools import reachability as reach
from odoo.addons.arm_receivables.tools.postal import Address

TODAY = date(2026, 3, 16)
HOME = Address("Kaistr. 5", "", "20457", "Hamburg", "", "DE")


def seen(value, expires=None):
    return reach.Verification(value, expires)


@pytest.mark.parametrize(
    ("address", "verification", "color", "reasons"),
    [
        (Address(), None, "red", ("street", "city", "country")),
        (replace(HOME, zip="1"), seen("x"), "red", ("zip_form",)),
        (HOME, None, "yellow", ("unverified",)),
        (HOME, seen("elsewhere"), "yellow", ("changed",)),
        (HOME, seen(reach.fingerprint(HOME), TODAY), "green", ("verified",)),
        (HOME, seen(reach.fingerprint(HOME)), "green", ("verified",)),
        (
            *(HOME, seen(reach.fingerprint(HOME), date(2026, 3, 15))),
            *("yellow", ("expired",)),
        ),
    ],
)
def test_postal(address, verification, color, reasons):
    verdict = reach.judge_postal(address, verification, TODAY)
    assert verdict == reach.Verdict(color, reasons)
    assert verdict.can_be_verified == (color != "red")


def test_blanks_and_capitals_are_no_change():
    loose = replace(HOME, street=" KAISTR.  5", city="hamburg")
    assert reach.fingerprint(loose) == reach.fingerprint(HOME)
    assert reach.fingerprint(replace(HOME, street2="c/o X")) != reach.fingerprint(HOME)


@pytest.mark.parametrize(
    "email",
    ["a@b.de", "first.last+tag@sub.example.co.uk", "ü@müller.de", "o'n@x-y.museum"],
)
def test_good_emails(email):
    assert reach.judge_email(email, None, TODAY).reasons == ("unverified",)
    verdict = reach.judge_email(f" {email.upper()} ", seen(email.casefold()), TODAY)
    assert verdict.color == "green"


@pytest.mark.parametrize(
    "email",
    ["a", "a@b", "@b.de", "a@", "a b@c.de", "a@b..de", "a@b.de, c@d.de", "a@1.2.3.4"]
    + ["x" * 250 + "@b.de", "<a@b.de>", "a@@b.de", "a@b.de."],
)
def test_malformed_emails(email):
    assert reach.judge_email(email, None, TODAY) == reach.Verdict("red", ("form",))


def test_emails_that_do_not_arrive():
    good = seen("a@b.de")
    assert reach.judge_email("", good, TODAY).reasons == ("missing",)
    assert reach.judge_email("a@b.de", good, TODAY, bounced=True).color == "red"
    blocked = reach.judge_email("a@b.de", good, TODAY, blocked=True)
    assert blocked == reach.Verdict("red", ("blocked",))


@pytest.mark.parametrize(
    ("endpoint", "valid", "verification", "color"),
    [
        ("", None, None, "red"),
        ("0208:1", False, seen("0208:1"), "red"),
        ("0208:1", True, None, "green"),
        ("0208:1", None, None, "yellow"),
        ("0208:1", None, seen("0208:1"), "green"),
        ("0208:2", None, seen("0208:1"), "yellow"),
    ],
)
def test_endpoint(endpoint, valid, verification, color):
    assert (
        reach.judge_endpoint(endpoint, verification, TODAY, valid=valid).color == color
    )


def test_worst():
    assert reach.worst(["green", "red", "yellow"]) == "red"
    assert reach.worst(["green", "yellow"]) == "yellow"
    assert reach.worst([]) == "green"
