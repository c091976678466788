from odoo import api, models


class ArmDunningRun(models.Model):
    """The first half of a run: fresh accounts, then the plan, one transaction each."""

    _name = "arm.dunning.run"
    _inherit = ["arm.dunning.run"]

    def _lock_planning(self):
        """Whether this worker is the one that prepares and plans the run."""
        self.ensure_one()
        if self.state != "planning" or not self.try_lock_for_update():
            return False
        self.invalidate_recordset(["state"])
        return self.state == "planning"

    def _freshen_locked(self):
        """Refresh the accounts where the night did not, before anything is planned.

        In a transaction of its own: it need not be repeated when planning is, and
        what others enter meanwhile does not have to wait for the plan.
        """
        if not self._lock_planning():
            return
        company = self.company_id
        self.env["arm.dunning.planner"]._freshen_accounts(company, self.date)
        if company._local_today() == self.date != company.receivables_refreshed_on:
            company.receivables_refreshed_on = self.date

    def _plan_locked(self):
        """Plan, unless another worker is planning this run; returns whether it did."""
        if not self._lock_planning():
            return False
        self._plan()
        self.state = "executing"
        self._update_counts()
        return True

    def _plan(self):
        """Fill the register: one statement for each task, and two to tidy up."""
        planner = self.env["arm.dunning.planner"]
        planner._freshen_accounts(self.company_id, self.date)
        plan, tasks = planner._get_plan(self), self._get_tasks()
        planner._fill_accounts(plan)
        broken = planner._enter_steps(plan, tasks)
        self.problem = "\n".join(broken.values()) or False
        self.env.cr.execute(
            planner._close_statement(plan, tasks.browse(t.id for t in broken))
        )
        self.env.invalidate_all()

    def _get_tasks(self):
        """The tasks of the run."""
        return self._get_company_tasks(self.company_id)

    @api.model
    def _get_company_tasks(self, company):
        """A company's active tasks that do something, in order."""
        return self.env["arm.dunning.task"].search(
            [
                ("company_id", "=", company.id),
                ("operation_ids", "!=", False),
                "|",
                ("procedure_id", "=", False),
                ("procedure_id.active", "=", True),
            ]
        )
