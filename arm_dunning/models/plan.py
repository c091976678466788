"""What every statement of one plan has to know: no model, only values."""

from dataclasses import dataclass, field
from datetime import date

from odoo import models
from odoo.tools import SQL

REGISTER = "arm_dunning_action"
ACCOUNTS = "arm_dunning_plan_account"  # a temporary table of the transaction


@dataclass(frozen=True)
class Plan:
    """What every statement of one plan has to know.

    :param company: record of the company
    :param today: its local day, or the day that is previewed
    :param table: where the steps are entered: the register, or a preview's table
    :param owner: columns (name -> SQL) that say to which run or preview a step belongs
    :param accounts: SQL of the relation with the facts of each customer
    :param quiet_days: consecutive days without work just before the day
    :param is_quiet: whether the day itself is one
    :param is_live: whether steps that were planned today are looked at again
    :param preview: id of the preview that the rows belong to, or None
    :param extra: further columns of its table (name -> SQL), kept from the first day
    """

    company: models.Model
    today: date
    table: SQL = SQL.identifier(REGISTER)
    owner: dict = field(default_factory=dict)
    accounts: SQL = SQL.identifier(ACCOUNTS)
    quiet_days: int = 0
    is_quiet: bool = False
    is_live: bool = False
    preview: int | None = None
    extra: dict = field(default_factory=dict)

    def owner_sql(self, alias):
        """The condition that a row belongs to this run or preview."""
        terms = [
            SQL("%s = %s", SQL.identifier(alias, name), value)
            for name, value in self.owner.items()
        ]
        return SQL("(%s)", SQL(" AND ").join(terms))

    def preview_sql(self, alias):
        """The condition that a row belongs to the preview, if it is one."""
        if self.preview is None:
            return SQL("TRUE")
        return SQL("%s = %s", SQL.identifier(alias, "preview_id"), self.preview)

    def steps_sql(self):
        """The relation of all steps so far; a preview adds what it imagines."""
        if self.preview is None:
            return SQL.identifier(REGISTER)
        names = (
            "id, company_id, account_id, subject_model, subject_id, task_id, state, "
            "is_contact, day_done, date_planned"
        )
        return SQL(
            "(SELECT %(names)s FROM %(register)s UNION ALL "
            "SELECT %(names)s FROM %(table)s WHERE preview_id = %(preview)s)",
            names=SQL(names),
            register=SQL.identifier(REGISTER),
            table=self.table,
            preview=self.preview,
        )

    def local_day_sql(self, moment):
        """The company's local day of a moment that is stored in UTC."""
        zone = self.company.receivables_timezone or "UTC"
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)
