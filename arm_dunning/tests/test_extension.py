import re
from pathlib import Path

from odoo.fields import Command
from odoo.tests import tagged

from .common import DunningCommon

GUIDE = Path(__file__).parents[1] / "readme" / "DEVELOP.md"
MODEL = "arm.dunning.operation"


@tagged("post_install", "-at_install", "arm")
class TestExtension(DunningCommon):
    """The extension guide's example works as it is printed."""

    def setUp(self):
        super().setUp()
        # As core's tests of models do it: there is no way through odoo.models.
        from odoo.orm.model_classes import add_to_registry

        code = re.search(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
        names = {"__name__": "odoo.addons.arm_dunning.example"}
        exec(code.group(1), names)
        example = names["ArmDunningOperation"]
        # What is loaded with the add-on stays as it is.
        type(example)._module_to_models__["arm_dunning"].remove(example)
        registered = self.registry[MODEL]
        before = registered._base_classes__
        add_to_registry(self.registry, example)
        self.registry._setup_models__(self.env.cr, [MODEL])
        self.addCleanup(self._take_away, before)

    def _take_away(self, before):
        self.registry[MODEL]._base_classes__ = before
        self.registry._setup_models__(self.env.cr, [MODEL])

    def _make_note_task(self, days, **values):
        operation = {"operation_type": "note", "summary": "Be nice to them"}
        return self.make_task(
            "Note", days, operation_ids=[Command.create(operation)], **values
        )

    def test_new_type_of_operation(self):
        """It is offered, described, done in a batch, and held back by its guard."""
        task = self._make_note_task(3)
        self.assertEqual(task.operation_ids.display_name, "Note on the Customer")
        self.assertEqual(task.operation_ids.description, "Be nice to them")
        person = self.make_customer("Petra Person", is_company=False)
        other = self.make_customer("Other Ltd")
        invoices = [
            self.post_invoice(partner, "2026-03-13")
            for partner in (self.customer, other, person)
        ]
        run = self.dun()
        done, also_done, held = (self.actions_of(invoice) for invoice in invoices)
        self.assertEqual((run.done_count, run.held_count), (2, 1))
        self.assertEqual((held.state, held.reason), ("held", "no_address"))
        for action in (done, also_done):
            note = action.account_id.message_ids[0]
            self.assertIn("Be nice to them", note.body)
        self.dun()
        self.assertEqual(len(self.actions_of(invoices[0])), 1, "never twice")

    def test_taken_away_again(self):
        """The example is in this test only."""
        self.doCleanups()
        kinds = dict(self.env[MODEL]._fields["operation_type"].selection)
        self.assertNotIn("note", kinds)
        self.assertIn("email", kinds)
