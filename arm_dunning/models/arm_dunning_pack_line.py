import hashlib
import json

from odoo import fields, models
from odoo.fields import Command


class ArmDunningPackLine(models.Model):
    """A task of packs, as data: its condition and its operations.

    ``condition`` holds the values of the task, ``operations`` those of its operations.
    Records are named by their XML id, the task of the pack that another one follows by
    its code, and what the law decides as ``{"law": "name of its field"}``.
    """

    _name = "arm.dunning.pack.line"
    _description = "Task of a Dunning Pack"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Unique within a pack.")
    sequence = fields.Integer(default=10)
    needs = fields.Char(help="Left out where the law has nothing in this field.")
    condition = fields.Json(required=True)
    operations = fields.Json(required=True)
    pack_ids = fields.Many2many(
        "arm.dunning.pack", "arm_dunning_pack_line_rel", "line_id", "pack_id"
    )

    # ------------------------------------------------------------------- comparison

    def _get_state(self, task, law):
        """What loading would do with the line.

        :param task: the one that was made from it; may be empty.
        """
        if not task:
            return "new"
        if task.pack_digest == self._get_digest(law):
            return "current"
        return "update" if task.version == task.pack_rule_version else "kept"

    def _get_digest(self, law):
        """A short name of what the line says under a law."""
        operations = [self._resolve_law(values, law) for values in self.operations]
        values = [self._resolve_law(self.condition, law), operations]
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    # ---------------------------------------------------------------------- loading

    def _make_task(self, procedure, law, by_code, date_from=False):
        """A new task with the values of this line."""
        task = self.env["arm.dunning.task"].create(
            {
                "procedure_id": procedure.id,
                "company_id": procedure.company_id.id,
                "pack_line_id": self.id,
                "pack_procedure_id": procedure.id,
                "date_from": date_from,
                **self._get_task_values(law, by_code),
            }
        )
        self.env["arm.dunning.pack"]._copy_text(self, "name", task, "name")
        return task

    def _update_task(self, task, law, by_code):
        """Give a task that nobody has changed the values of this line anew."""
        task.operation_ids.unlink()
        task.write(self._get_task_values(law, by_code))

    def _mark_task(self, task, law):
        """Remember what the task was like when it was loaded."""
        task.write(
            {
                "pack_digest": self._get_digest(law),
                "pack_rule_version": task.version,
            }
        )

    def _get_task_values(self, law, by_code):
        """The values of a task: name, condition and operations.

        :param by_code: dict of code to task, of the lines before this one.
        """
        values = self._resolve_law(self.condition, law)
        after = values.get("after_task_id")
        if after:
            values["after_task_id"] = by_code[after].id
        operations = [
            Command.create(self._resolve_records(o, law)) for o in self.operations
        ]
        return {"name": self.name, **values, "operation_ids": operations}

    def _resolve_law(self, values, law):
        """Fill in what the law decides."""
        return {
            name: law[value["law"]] if isinstance(value, dict) else value
            for name, value in values.items()
        }

    def _resolve_records(self, values, law):
        """Fill in what the law decides, and the ids of records."""
        operation_fields = self.env["arm.dunning.operation"]._fields
        return {
            name: self.env.ref(value).id
            if operation_fields[name].type == "many2one"
            else value
            for name, value in self._resolve_law(values, law).items()
        }
