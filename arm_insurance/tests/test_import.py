import base64
from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon

HEAD = "buyer;code;amount;decided;until;reason;reference"


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestImport(InsuranceCommon):
    """Decisions from a file with a preview; and what a failure would cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known = cls.make_customer("Known Ltd")
        cls.fresh = cls.make_customer("Fresh Ltd", vat="BE0477472701")
        cls.limit = cls.make_limit(cls.known, 1000, insurer_reference="N-1")

    def preview(self, *rows, head=HEAD):
        text = "\n".join((head, *rows))
        wizard = self.env["arm.insurance.import"].create(
            {
                "policy_id": self.policy.id,
                "file": base64.b64encode(text.encode()),
            }
        )
        wizard.action_preview()
        return wizard

    def test_preview_says_what_would_change_and_enters_nothing(self):
        before = self.env["arm.insurance.limit.decision"].search_count([])
        wizard = self.preview(
            "N-1;2;2500;2026-03-01;;;R1",
            "BE0477472701;5;800;2026-03-01;2026-12-31;14;R2",
            "Known Ltd;9;400;2026-03-02;;12;R3",
            "Nobody;2;1;2026-03-01;;;R4",
            "N-1;6;1;2026-03-01;;;R5",
            "N-1;2;much;2026-03-01;;;R6",
        )
        self.assertEqual(
            before, self.env["arm.insurance.limit.decision"].search_count([])
        )
        lines = wizard.line_ids
        self.assertEqual(
            lines.mapped("state"), ["new", "new", "new", "error", "error", "error"]
        )
        self.assertEqual(lines[:3].mapped("kind"), ["increase", "grant", "reduce"])
        self.assertEqual(lines[0].amount_before, 1000)
        self.assertEqual(lines[1].partner_id, self.fresh)
        self.assertIn("no buyer Nobody", lines[3].message)
        self.assertIn("decides nothing", lines[4].message)
        self.assertIn("written as", lines[5].message)
        self.assertEqual((wizard.new_count, wizard.error_count), (3, 3))

    def test_import_enters_each_decision_once(self):
        rows = ("N-1;2;2500;2026-03-01;;;R1", "Fresh Ltd;2;800;2026-03-01;;;R2")
        self.preview(*rows).action_import()
        self.assertEqual(self.limit.amount, 2500)
        fresh = self.policy.limit_ids.filtered(lambda row: row.partner_id == self.fresh)
        self.assertEqual((fresh.amount, fresh.decision_ids.decision_code), (800, "2"))
        again = self.preview(*rows)
        self.assertEqual(again.line_ids.mapped("state"), ["known", "known"])
        with self.refused("nothing new"):
            again.action_import()

    def test_bad_files_are_refused_in_words(self):
        with self.refused("lacks lines, or these columns: code"):
            self.preview("N-1;2026-03-01", head="buyer;decided")
        with self.refused("lacks lines"):
            self.preview()
        wizard = self.env["arm.insurance.import"].create(
            {"policy_id": self.policy.id, "file": base64.b64encode(b"\xff\xfe\x00")}
        )
        with self.refused("no text in UTF-8"):
            wizard.action_preview()

    # -------------------------------------------------------------------- simulator

    def test_if_the_buyer_failed_today(self):
        self.policy.action_draft()
        self.policy.year_ids.write({"eel": 100, "afl": 50})
        self.policy.action_activate()
        self.post_invoice(self.known, "2026-04-01", 1500, invoice_date="2026-03-01")
        self.limit._refresh()
        action = self.limit.action_simulate()
        wizard = self.env["arm.insurance.simulator"].browse(action["res_id"])
        self.assertEqual(wizard.day, date(2026, 3, 16))
        self.assertEqual((wizard.total_debt, wizard.covered), (1500, 1000))
        self.assertEqual((wizard.deductible, wizard.afl_absorbed), (100, 50))
        self.assertEqual((wizard.indemnity, wizard.own_loss), (750, 750))
        wizard.salvage = 300  # two thirds of it belong to the covered part
        self.assertEqual(wizard.insured_loss, 800)
        self.assertEqual((wizard.indemnity, wizard.own_loss), (570, 630))
        self.assertFalse(self.env["arm.insurance.claim"].search([]))
