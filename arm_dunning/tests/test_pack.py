from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, DunningCommon

LANGUAGES = ("en_US", "de_DE", "fr_FR", "pl_PL")
# A word of every reminder in a language that is in none of the others.
MARKS = {
    "en_US": "With kind regards",
    "de_DE": "Mit freundlichen Grüßen",
    "fr_FR": "Bien cordialement",
    "pl_PL": "Z poważaniem",
}
GREEN, YELLOW, RED = "green", "yellow", "red"
# What every pack has to have: about, counted from, days, a status, operation.
EXAMPLES = {
    "thanks on the day of issue": ("item", "invoice_date", 0, GREEN, "email"),
    "thanks for an order": ("order", "order_date", 0, GREEN, "email"),
    "note two days before": ("item", "due_date", -2, GREEN, "email"),
    "mail two days late, green": ("item", "due_date", 2, GREEN, "email"),
    "call a day before, yellow": ("item", "due_date", -1, YELLOW, "call"),
    "work three days late": ("item", "due_date", 3, YELLOW, "activity"),
}


class PackCommon(DunningCommon):
    """Four languages, and a credit manager who loads procedures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in LANGUAGES[1:]:
            cls.env["res.lang"]._activate_lang(code)
        cls.env["ir.module.module"].search(
            [("name", "in", ("arm_dunning", "arm_receivables"))]
        )._update_translations(list(LANGUAGES[1:]))
        # As superuser, because nobody may change packs.
        cls.packs = cls.env["arm.dunning.pack"].sudo().search([])
        cls.laws = cls.env["arm.dunning.law"].search([])
        cls.germany = cls.env.ref("arm_dunning.arm_dunning_law_de")
        cls.standard = cls.env.ref("arm_dunning.arm_dunning_pack_standard").sudo()
        cls.manager = new_test_user(
            cls.env,
            "pack.manager",
            groups="arm_receivables.group_receivables_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )


@tagged("post_install", "-at_install", "arm")
class TestPack(PackCommon):
    """Procedures ready to be loaded: complete, in every language, loaded once."""

    def test_every_pack_under_every_law(self):
        """It loads, has every example, blocks orders and ends with a notice."""
        self.assertGreaterEqual(len(self.laws), 9)
        for pack in self.packs:
            for law in self.laws:
                procedure = pack._load(self.company, law)
                tasks = procedure.task_ids
                case = f"{pack.name}, {law.name}"
                self.assertEqual(len(tasks), len(pack._get_lines(law)), case)
                for example, wanted in EXAMPLES.items():
                    self.assertTrue(
                        tasks.filtered(lambda t, w=wanted: self._is_like(t, *w)),
                        f"{case}: {example}",
                    )
                block = self._with_operation(tasks, "block_orders")
                self.assertGreater(block.offset_days, 7, case)
                notice = self._with_operation(tasks, "letter")
                self.assertEqual(notice._get_statuses(), [RED], case)
                handover = self._with_operation(tasks, "handover")
                self.assertEqual(handover.after_task_id, notice)
                self.assertGreater(handover.offset_days, law.notice_days, case)
        strict = self.packs.filtered(lambda p: p.name == "Strict")
        for law in self.laws:
            procedure = strict._find_procedure(self.company, law)
            charged = self._with_operation(procedure.task_ids, "charge")
            self.assertEqual(bool(charged), bool(law.compensation), law.name)
            self.assertEqual(charged.operation_ids.charge_regime, law.compensation)

    @staticmethod
    def _is_like(task, subject, anchor, days, status, operation):
        return (
            (task.subject_type, task.anchor, task.offset_days)
            == (subject, anchor, days)
            and status in task._get_statuses()
            and operation in task.operation_ids.mapped("operation_type")
        )

    @staticmethod
    def _with_operation(tasks, kind):
        return tasks.filtered(
            lambda t: kind in t.operation_ids.mapped("operation_type")
        )

    def test_names_in_every_language(self):
        procedure = self.standard._load(self.company, self.germany)
        for record, name in [
            *((task, "name") for task in procedure.task_ids),
            (procedure, "note"),
        ]:
            texts = {record.with_context(lang=lang)[name] for lang in LANGUAGES}
            self.assertEqual(len(texts), len(LANGUAGES), texts)

    def test_procedure_named_in_the_reader_s_language(self):
        loader = self.env["arm.dunning.load"].with_context(lang="de_DE")
        form = Form(loader.with_user(self.manager))
        form.law_id = self.germany
        self.assertEqual(form.name, "Standard, Deutschland")
        self.assertIn("2 Tage vor Fälligkeit", form.plan_html)
        self.assertIn("für gelbe Kunden", form.plan_html)

    def test_loader(self):
        """A manager reads what would happen, loads it, and finds it there."""
        self.company.country_id = self.env.ref("base.at")
        form = Form(self.env["arm.dunning.load"].with_user(self.manager))
        self.assertEqual(form.pack_id, self.standard)
        self.assertEqual(form.law_id.country_id.code, "AT")
        self.assertTrue(form.automatic)
        self.assertIn("2 days before the due date", form.plan_html)
        self.assertIn("for yellow customers", form.plan_html)
        form.date_from = "2026-03-10"
        load = form.save()
        procedure = self.env["arm.dunning.procedure"].browse(
            load.action_load()["res_id"]
        )
        self.assertEqual(procedure.name, "Standard, Austria")
        self.assertEqual(
            set(procedure.task_ids.mapped("date_from")),
            {fields.Date.to_date("2026-03-10")},
        )
        again = Form(self.env["arm.dunning.load"].with_user(self.manager))
        self.assertEqual(again.procedure_id, procedure)
        self.assertEqual((again.new_count, again.update_count), (0, 0))
        again.pack_id = self.packs.filtered(lambda p: p.name == "Soft")
        self.assertFalse(again.procedure_id)
        self.assertFalse(again.automatic, "one procedure applies by itself already")

    def test_loading_twice(self):
        """Nothing twice, and nothing that a person changed."""
        procedure = self.standard._load(self.company, self.germany)
        tasks = procedure.task_ids
        changed, gone = tasks[2], tasks[-1]
        changed.write({"offset_days": -4, "name": "Our own note"})
        gone.active = False
        tasks[0].procedure_id = False
        self.assertEqual(self.standard._load(self.company, self.germany), procedure)
        everything = self.env["arm.dunning.task"].with_context(active_test=False)
        loaded = everything.search([("pack_procedure_id", "=", procedure.id)])
        self.assertEqual(loaded, tasks)
        self.assertEqual((changed.offset_days, gone.active), (-4, False))
        self.assertEqual(changed.name, "Our own note")
        other = self.env["res.company"].create({"name": "Second Seller"})
        self.assertNotEqual(self.standard._load(other, self.germany), procedure)

    def test_new_version(self):
        """It is told, and reaches only what nobody has changed."""
        procedure = self.standard._load(self.company, self.germany)
        second = self.env.ref("arm_dunning.arm_dunning_pack_line_second").sudo()
        note = self.env.ref("arm_dunning.arm_dunning_pack_line_before_due").sudo()
        by_line = {task.pack_line_id: task for task in procedure.task_ids}
        by_line[note].operation_ids.sequence = 5
        self.assertFalse(procedure.pack_news)
        second.condition = {**second.condition, "offset_days": 12}
        note.condition = {**note.condition, "offset_days": -3}
        self.standard.version += 1
        self.assertTrue(procedure.pack_news)
        states = {
            line: state
            for line, _task, state in self.standard._compare(procedure, self.germany)
        }
        self.assertEqual((states[second], states[note]), ("update", "kept"))
        self.assertEqual(set(states.values()), {"update", "kept", "current"})
        self.standard._load(self.company, self.germany)
        self.assertEqual(by_line[second].offset_days, 12)
        self.assertEqual(len(by_line[second].operation_ids), 1)
        self.assertEqual(by_line[note].offset_days, -2)
        self.assertFalse(procedure.pack_news)
        states = [s for *_x, s in self.standard._compare(procedure, self.germany)]
        self.assertEqual(states.count("update"), 0)

    def test_dry_run(self):
        """Thirty days of each pack: all can be planned, and each task has its turn."""
        accounts = self.env["arm.customer.account"]
        for status, dues in {
            GREEN: ["2026-03-21"],
            YELLOW: ["2026-03-21"],
            RED: ["2026-03-06", "2026-02-04"],
        }.items():
            customer = self.make_customer(f"{status} Ltd", lang="fr_FR")
            for due in dues:
                issued = TODAY if due > TODAY else "2026-01-15"
                self.post_invoice(customer, due, invoice_date=issued)
            accounts._refresh(self.company)
            account = accounts.search([("partner_id", "=", customer.id)])
            account._set_status(status, note="For the dry run")
        everybody = {"thanks_invoice", "before_due", "remind_green", "call_before"}
        late = {"remind", "work", "call_late", "second", "block", "final"}
        for pack in self.packs:
            procedure = pack._load(self.company, self.germany, automatic=True)
            with freeze_time(f"{TODAY} 08:00:00"):
                preview = self.env["arm.dunning.preview"].create(
                    {"company_id": self.company.id, "span": "days"}
                )
                preview.action_preview()
            self.assertFalse(preview.problem)
            done = preview.line_ids.filtered(lambda line: line.state == "done")
            codes = set(done.task_id.pack_line_id.mapped("code"))
            self.assertEqual((everybody | late) - codes, set(), pack.name)
            final = done.filtered(lambda x: x.task_id.pack_line_id.code == "final")
            self.assertEqual(final.partner_id.mapped("name"), ["red Ltd"])
            procedure.active = False

    def test_rights(self):
        """Only a credit manager loads, and only for companies at hand."""
        clerk = new_test_user(
            self.env, "pack.clerk", groups="arm_receivables.group_receivables_collector"
        )
        with (
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(AccessError),
        ):
            self.env["arm.dunning.load"].with_user(clerk).create({})
        other = self.env["res.company"].create({"name": "Second Seller"})
        with self.assertRaisesRegex(ValidationError, "you are working in"):
            self.env["arm.dunning.load"].with_user(self.manager).create(
                {"company_id": other.id, "law_id": self.germany.id}
            ).action_load()

    def test_law_of_a_company(self):
        laws = self.env["arm.dunning.law"]
        for country, name in [
            ("de", "Germany"),
            ("it", "European Union"),
            ("jp", "Other Countries"),
        ]:
            self.company.country_id = self.env.ref(f"base.{country}")
            self.assertEqual(laws._for_company(self.company).name, name)
        self.company.country_id = False
        self.assertEqual(laws._for_company(self.company).name, "Other Countries")
        with self.assertRaisesRegex(ValidationError, "at least one day"):
            self.germany.notice_days = 0


@tagged("post_install", "-at_install", "arm")
class TestPackTexts(PackCommon):
    """What customers read: each text in each language, and nothing of another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = (
            cls.env["arm.dunning.run"]
            .sudo()
            .create({"company_id": cls.company.id, "date": TODAY})
        )
        cls.customers = {
            lang: cls.make_customer(f"{lang[:2].upper()} Ltd", lang=lang)
            for lang in LANGUAGES
        }
        cls.env["arm.customer.account"]._refresh(cls.company)

    def _make_message(self, task, lang, channel="email"):
        customer = self.customers[lang]
        messages = self.env["arm.dunning.message"].sudo()
        return messages.create(
            {
                "run_id": self.day.id,
                "company_id": self.company.id,
                "partner_id": customer.id,
                "recipient_id": customer.id,
                "email_to": customer.email,
                "lang": lang,
                "task_id": task.id,
                "channel": channel,
            }
        )

    def test_every_text_in_every_language(self):
        templates = self.env["mail.template"].search(
            [("model", "=", "arm.dunning.message")]
        )
        self.assertGreaterEqual(len(templates), 11)
        procedure = self.standard._load(self.company, self.germany)
        task = procedure.task_ids[0]
        messages = {lang: self._make_message(task, lang) for lang in LANGUAGES}
        for template in templates:
            subjects = set()
            for lang, message in messages.items():
                text = message._render_template(template)[message]
                subjects.add(text["subject"])
                found = {code for code in MARKS if MARKS[code] in text["body_html"]}
                self.assertEqual(found, {lang}, f"{template.name} in {lang}")
            self.assertEqual(len(subjects), len(LANGUAGES), subjects)

    def test_law_in_every_language(self):
        """The notice names law and deadline, in the language of the customer."""
        final = self.env.ref("arm_dunning.mail_template_final")
        for law in self.laws:
            procedure = self.standard._load(self.company, law)
            notes = set()
            for lang in LANGUAGES:
                message = self._make_message(procedure.task_ids[0], lang)
                text = message._render_template(final)[message]["body_html"]
                localised = law.with_context(lang=lang)
                self.assertIn(localised.final_note[:60], text)
                self.assertIn(localised.interest_note[-30:], text)
                self.assertIn(message.deadline, text)
                notes |= {localised.final_note, localised.interest_note}
                message.unlink()
            self.assertEqual(len(notes), 2 * len(LANGUAGES), law.name)

    def test_person(self):
        """A private person gets the longer deadline, and no law of businesses."""
        law = self.env.ref("arm_dunning.arm_dunning_law_gb")
        procedure = self.standard._load(self.company, law)
        message = self._make_message(procedure.task_ids[0], "en_US")
        self.assertEqual(message.deadline, "03/30/2026")
        self.assertIn("Late Payment", message.interest_note)
        self.customers["en_US"].is_company = False
        message.invalidate_recordset()
        self.assertEqual(message.deadline, "04/15/2026")
        self.assertFalse(message.interest_note)
        self.assertIn("letter before action", message.final_note)

    def test_rendering_grows_with_batches_only(self):
        """The law costs no query for each message."""
        final = self.env.ref("arm_dunning.mail_template_final")
        task = self.make_task("Final", 30, template="final")
        counts = []
        for number in (2, 20):
            for name in range(number):
                self.customers["de_DE"] = self.make_customer(f"Firm {number} {name}")
                self._make_message(task, "de_DE")
            messages = self.env["arm.dunning.message"].search(
                [("task_id", "=", task.id)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            messages._render_template(final)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 5, counts)
