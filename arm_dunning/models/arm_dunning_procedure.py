from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.arm_receivables.tools.reliability import STATUSES


class ArmDunningProcedure(models.Model):
    """A way of treating customers: a number of tasks that belong together.

    A customer is in one procedure at a time: the one chosen on the customer account,
    else the first that applies by itself to customers of this status and kind. Tasks
    without a procedure are for everybody, whatever the procedure.
    """

    _name = "arm.dunning.procedure"
    _description = "Dunning Procedure"
    _inherit = ["mail.thread"]
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(
        default=10, help="Of those that apply by themselves, the first one that fits."
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    note = fields.Text(
        string="Purpose", translate=True, help="For colleagues: when to choose it."
    )
    automatic = fields.Boolean(
        string="Applies by Itself",
        default=True,
        tracking=True,
        help="Otherwise only customers for whom it is chosen are in it.",
    )
    for_green = fields.Boolean(string="Green", default=True, tracking=True)
    for_yellow = fields.Boolean(string="Yellow", default=True, tracking=True)
    for_red = fields.Boolean(string="Red", default=True, tracking=True)
    partner_domain = fields.Char(
        string="Customers",
        tracking=True,
        help="Only these customers (companies as a whole, not their contacts).",
    )
    task_ids = fields.One2many("arm.dunning.task", "procedure_id")
    task_count = fields.Integer(compute="_compute_task_count")
    account_ids = fields.One2many(
        "arm.customer.account", "dunning_procedure_id", string="Chosen For"
    )
    account_count = fields.Integer(compute="_compute_account_count")
    customer_count = fields.Integer(
        string="Customers Now",
        compute="_compute_customer_count",
        help="Customers who are in it now: chosen, or because it applies by itself.",
    )

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.depends("task_ids")
    def _compute_task_count(self):
        for procedure in self:
            procedure.task_count = len(procedure.task_ids)

    def _compute_account_count(self):
        counts = dict(
            self.env["arm.customer.account"]._read_group(
                [("dunning_procedure_id", "in", self.ids)],
                ["dunning_procedure_id"],
                ["__count"],
            )
        )
        for procedure in self:
            procedure.account_count = counts.get(procedure, 0)

    def _compute_customer_count(self):
        """One query for each company, by the planner's own expression."""
        accounts = self.env["arm.customer.account"]
        counts = {}
        for company in self.company_id:
            query = accounts._get_procedures_query(company)
            counts.update(
                self.env.execute_query(
                    SQL(
                        "SELECT procedure_id, COUNT(*) FROM (%s) account "
                        "WHERE id IN %s GROUP BY procedure_id",
                        query,
                        accounts._search([("company_id", "=", company.id)]).subselect(),
                    )
                )
            )
        for procedure in self:
            procedure.customer_count = counts.get(procedure._origin.id, 0)

    @api.constrains("automatic", "for_green", "for_yellow", "for_red")
    def _check_statuses(self):
        for procedure in self:
            if procedure.automatic and not procedure._get_statuses():
                raise ValidationError(
                    self.env._(
                        "Procedure %(procedure)s is meant for no status. Choose at "
                        "least one of green, yellow and red.",
                        procedure=procedure.name,
                    )
                )

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for procedure in self:
            self.env["arm.dunning.task"]._check_domain(
                "res.partner", procedure.partner_domain, procedure.name
            )

    def _get_statuses(self):
        """The reliability statuses that the procedure applies to by itself."""
        self.ensure_one()
        return [status for status in STATUSES if self[f"for_{status}"]]

    def action_view_tasks(self):
        """Open the tasks of the procedure."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_task_action"
        )
        action["domain"] = [("procedure_id", "=", self.id)]
        action["context"] = {
            "default_procedure_id": self.id,
            "default_company_id": self.company_id.id,
        }
        return action

    def action_view_accounts(self):
        """Open the customers for whom the procedure was chosen."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_account_action"
        )
        action["domain"] = [("dunning_procedure_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_customers(self):
        """Open the customers who are in the procedure now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_account_action"
        )
        action["domain"] = [("dunning_procedure_current_id", "=", self.id)]
        action["context"] = {}
        return action
