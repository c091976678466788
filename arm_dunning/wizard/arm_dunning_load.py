from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ArmDunningLoad(models.TransientModel):
    """Load a procedure from a pack: choose tone and country, read what it does."""

    _name = "arm.dunning.load"
    _description = "Load a Procedure"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self._default_company_id()
    )
    pack_id = fields.Many2one(
        "arm.dunning.pack",
        string="Tone",
        required=True,
        default=lambda self: self._default_pack_id(),
    )
    description = fields.Char(related="pack_id.description")
    law_id = fields.Many2one(
        "arm.dunning.law",
        string="Country",
        compute="_compute_law_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="Wording, interest and deadlines in notices follow its law.",
    )
    interest_reference = fields.Char(related="law_id.interest_reference")
    notice_days = fields.Integer(related="law_id.notice_days")
    procedure_id = fields.Many2one(
        "arm.dunning.procedure",
        compute="_compute_procedure_id",
        help="It was loaded before: what is missing or newer is brought up to date.",
    )
    name = fields.Char(
        string="Name of the Procedure",
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    automatic = fields.Boolean(
        string="Applies by Itself",
        compute="_compute_automatic",
        store=True,
        precompute=True,
        readonly=False,
        help="To all customers for whom no other procedure is chosen. Otherwise choose "
        "it on the customers.",
    )
    date_from = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: self._default_company_id()._local_today(),
        help="Nothing is made up for that would have been due before it, so old "
        "invoices bring no flood of reminders.",
    )
    plan_html = fields.Html(compute="_compute_plan_html", sanitize=False)
    new_count = fields.Integer(compute="_compute_plan_html")
    update_count = fields.Integer(compute="_compute_plan_html")
    common_count = fields.Integer(
        compute="_compute_common_count", help="Active tasks that are for everybody."
    )

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.model
    def _default_pack_id(self):
        return self.env.ref(
            "arm_dunning.arm_dunning_pack_standard", raise_if_not_found=False
        )

    @api.depends("company_id")
    def _compute_law_id(self):
        laws = self.env["arm.dunning.law"]
        for load in self:
            load.law_id = laws._for_company(load.company_id)

    @api.depends("company_id", "pack_id", "law_id")
    def _compute_procedure_id(self):
        for load in self:
            load.procedure_id = load.pack_id._find_procedure(
                load.company_id, load.law_id
            )

    @api.depends("pack_id", "law_id", "procedure_id")
    def _compute_name(self):
        for load in self:
            known = load.procedure_id.name
            load.name = known or load.pack_id._get_procedure_name(load.law_id)

    @api.depends("company_id", "procedure_id")
    def _compute_automatic(self):
        """The first procedure of a company applies by itself."""
        for load in self:
            others = self.env["arm.dunning.procedure"].search_count(
                [("company_id", "=", load.company_id.id), ("automatic", "=", True)],
                limit=1,
            )
            load.automatic = load.procedure_id.automatic or not others

    @api.depends("company_id")
    def _compute_common_count(self):
        for load in self:
            load.common_count = self.env["arm.dunning.task"].search_count(
                [("company_id", "=", load.company_id.id), ("procedure_id", "=", False)]
            )

    @api.depends("company_id", "pack_id", "law_id", "procedure_id")
    @api.depends_context("lang")
    def _compute_plan_html(self):
        for load in self:
            plan = load._get_plan()
            states = [step["state"] for step in plan]
            load.new_count = states.count("new")
            load.update_count = states.count("update")
            load.plan_html = self.env["ir.qweb"]._render(
                "arm_dunning.load_plan",
                {"plan": plan, "again": bool(load.procedure_id)},
            )

    @api.constrains("company_id")
    def _check_company_allowed(self):
        for load in self:
            if load.company_id not in self.env.companies:
                raise ValidationError(
                    self.env._("Choose one of the companies you are working in.")
                )

    # ------------------------------------------------------------------------- plan

    def _get_plan(self):
        """The tasks of the pack in words, in order.

        :return: list of dict: name, text, operations (list of text), statuses, state
        """
        self.ensure_one()
        by_code, plan = {}, []
        if not (self.pack_id and self.law_id and self.company_id):
            return plan
        for line, task, state in self.pack_id._compare(self.procedure_id, self.law_id):
            values = line._get_task_values(self.law_id, by_code)
            coming = self.env["arm.dunning.task"].new(
                {**values, "company_id": self.company_id.id}
            )
            by_code[line.code] = coming
            shown = coming if state in ("new", "update") else task
            plan.append({"state": state, **self._describe_task(shown)})
        return plan

    @api.model
    def _describe_task(self, task):
        """A task in words."""
        return {
            "name": task.name,
            "text": task.condition_text,
            "statuses": task._get_statuses(),
            "operations": [
                {"label": operation._get_label(), "text": operation.description}
                for operation in task.operation_ids
            ],
        }

    # ---------------------------------------------------------------------- actions

    def action_load(self):
        """Load the pack and open the procedure."""
        self.ensure_one()
        procedure = self.pack_id._load(
            self.company_id,
            self.law_id,
            name=self.name,
            automatic=self.automatic,
            date_from=self.date_from,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": procedure._name,
            "res_id": procedure.id,
            "view_mode": "form",
        }
