from odoo import api, fields, models


class ArmDunningPack(models.Model):
    """A procedure ready to be loaded: its tasks, for a tone; the law comes with it.

    Packs come with the add-on and are read only. What is loaded from them belongs to
    the company, and is only brought up to date where nobody has changed it.
    """

    _name = "arm.dunning.pack"
    _description = "Dunning Pack"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    description = fields.Char(translate=True)
    version = fields.Integer(required=True, default=1)
    line_ids = fields.Many2many(
        "arm.dunning.pack.line",
        "arm_dunning_pack_line_rel",
        "pack_id",
        "line_id",
        string="Tasks",
    )

    def _find_procedure(self, company, law):
        """The company's procedure that was loaded from this pack and law, if any."""
        procedures = self.env["arm.dunning.procedure"].with_context(active_test=False)
        return procedures.search(
            [
                ("company_id", "=", company.id),
                ("pack_id", "=", self.id),
                ("law_id", "=", law.id),
            ],
            limit=1,
        )

    def _get_lines(self, law):
        """The lines that make sense under a law."""
        self.ensure_one()
        return self.line_ids.sorted().filtered(lambda o: not o.needs or law[o.needs])

    def _compare(self, procedure, law):
        """What loading would do with each line.

        :param procedure: what was loaded before; may be empty.
        :return: list of (line, task, state); the states are ``new`` (would be made),
            ``current`` (nothing to do), ``update`` (newer, and nobody has changed the
            task) and ``kept`` (newer, but somebody has changed the task)
        """
        tasks = self.env["arm.dunning.task"].with_context(active_test=False)
        loaded = tasks.search([("pack_procedure_id", "in", procedure.ids)])
        known = {task.pack_line_id: task for task in loaded}
        return [
            (line, known.get(line, tasks), line._get_state(known.get(line), law))
            for line in self._get_lines(law)
        ]

    def _load(self, company, law, **values):
        """Make the procedure of a company, or bring it up to date.

        :param values: of a new procedure (name, automatic) and date_from, the first
            day of its tasks; what is there already keeps its own.
        :return: the procedure
        """
        self.ensure_one()
        date_from = values.pop("date_from", False)
        procedure = self._find_procedure(company, law)
        if not procedure:
            procedure = self._make_procedure(company, law, values)
        by_code = {}
        for line, task, state in self._compare(procedure, law):
            if state == "new":
                task = line._make_task(procedure, law, by_code, date_from)
            elif state == "update":
                line._update_task(task, law, by_code)
            if state in ("new", "update"):
                line._mark_task(task, law)
            by_code[line.code] = task
        procedure.pack_version = self.version
        return procedure

    def _make_procedure(self, company, law, values):
        """A new procedure without tasks."""
        procedure = self.env["arm.dunning.procedure"].create(
            {
                "name": self._get_procedure_name(law),
                "company_id": company.id,
                "pack_id": self.id,
                "law_id": law.id,
                **values,
            }
        )
        self._copy_text(self, "description", procedure, "note")
        return procedure

    def _get_procedure_name(self, law):
        """The tone and the country, in the language of the context."""
        return self.env._("%(tone)s, %(country)s", tone=self.name, country=law.name)

    @api.model
    def _copy_text(self, source, name, target, target_name):
        """Copy a translated field to another record, in all installed languages."""
        texts = {
            code: source.with_context(lang=code)[name]
            for code, _label in self.env["res.lang"].get_installed()
        }
        target.with_context(lang="en_US")[target_name] = source.with_context(
            lang="en_US"
        )[name]
        target.update_field_translations(target_name, texts)
