"""The benchmarks' tools: figures, medians, and what is taken away for a comparison."""

import sys
from pathlib import Path

from odoo import Command
from odoo.tests import TransactionCase, tagged

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import registry, report
from bench.core_only import core_only
from bench.lab import Samples
from bench.registry import Figure


def test_a_bar_is_a_most_or_a_least():
    assert Figure("a", 2.0, "x", 2.0).holds
    assert not Figure("a", 2.1, "x", 2.0).holds
    assert Figure("a", 30.0, "x", 30.0, at_least=True).holds
    assert not Figure("a", 29.9, "x", 30.0, at_least=True).holds
    assert Figure("a", 29.9, "x").holds is None


def test_ratio_is_the_median_of_the_rounds():
    """One disturbed round does not spoil it, nor does a machine that slows down."""
    mine = Samples([2.0, 4.0, 90.0, 8.0, 16.0], [3, 3, 9, 3, 3])
    base = Samples([1.0, 2.0, 3.0, 4.0, 8.0], [1] * 5)
    assert mine.ratio(base) == 2.0
    assert mine.added_milliseconds(base) == 1000.0
    assert mine.query_count == 3


def test_table_tells_what_falls_short():
    figures = [
        Figure("quick", 1.234, "x floor", 2.0, "why"),
        Figure("slow", 1234.5, "x floor", 2.0),
        Figure("plain", 0, "MB"),
    ]
    lines = list(report.table(figures))
    assert lines[2].split() == ["quick", "1.23", "x", "floor", "≤", "2", "holds"]
    assert lines[3].endswith("falls short") and "1,234" in lines[3]
    assert lines[4].split() == ["plain", "0", "MB"]
    assert report.verdict(figures) == "1 of 2 bars hold"
    assert list(report.details(figures)) == ["  quick: why"]


def test_a_name_stands_for_one_benchmark():
    known = registry.load()
    assert {"refresh", "posting", "orders", "plan", "mails"} <= known.keys()
    try:
        registry.benchmark("refresh", "another")(lambda lab: ())
    except ValueError as error:
        assert "refresh" in str(error)
    else:
        raise AssertionError("a second benchmark of that name was accepted")


@tagged("post_install", "-at_install", "arm")
class TestCoreOnly(TransactionCase):
    """The comparison with core takes our overrides away, and brings them back."""

    def exposure_after_confirmation(self):
        customer = self.env["res.partner"].create({"name": "Customer"})
        product = self.env["product.product"].create({"name": "Goods"})
        line = {
            "product_id": product.id,
            "price_unit": 70,
            "tax_ids": [Command.clear()],
        }
        order = self.env["sale.order"].create(
            {"partner_id": customer.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        return self.env["arm.customer.account"].search(
            [("partner_id", "=", customer.id)]
        )

    def test_overrides_go_and_come_back(self):
        with core_only(self.env.registry):
            self.assertFalse(self.exposure_after_confirmation())
        self.assertEqual(self.exposure_after_confirmation().exposure, 70)
