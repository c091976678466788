"""Fed to ``odoo shell``: customers with an overdue item or two each, and two tasks."""
# ruff: noqa: F821  (the shell provides ``env``)

import os
from datetime import timedelta

from odoo import Command

from odoo.addons.arm_receivables.demo.books import Books
from odoo.addons.arm_receivables.demo.ledger import Invoice, LedgerWriter, Line

company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading(
        "generic_coa", company=company, install_demo=False
    )
company.write(
    {
        "dunning_enabled": True,
        "dunning_hour": 0.0,
        "receivables_timezone": "UTC",
        "email": "accounts@example.com",
    }
)
env["ir.cron"].search([]).active = False
for name in (
    "arm_dunning.ir_cron_dunning_run",
    "arm_dunning.ir_cron_dunning_help",
    "mail.ir_cron_mail_scheduler_action",
):
    env.ref(name).active = True
env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create(
    {
        "name": "Stage",
        "smtp_host": "127.0.0.1",
        "smtp_port": int(os.environ["SMTP_PORT"]),
        "smtp_encryption": "none",
        "smtp_authentication": "login",
    }
)
env["arm.dunning.task"].search([]).active = False
env["arm.dunning.task"].create(
    {
        "name": "First",
        "company_id": company.id,
        "offset_days": 3,
        "operation_ids": [
            Command.create(
                {
                    "operation_type": "email",
                    "template_id": env.ref("arm_dunning.mail_template_overdue").id,
                }
            )
        ],
    }
)
env["arm.dunning.task"].create(
    {
        "name": "Call",
        "company_id": company.id,
        "offset_days": 4,
        "operation_ids": [
            Command.create({"operation_type": "activity", "summary": "Call"})
        ],
    }
)
partners = env["res.partner"].create(
    [
        {"name": f"C{number}", "email": f"c{number}@example.com", "is_company": True}
        for number in range(int(os.environ["CUSTOMERS"]))
    ]
)
today = company._local_today()
books = Books(env, company)
invoices = [
    Invoice(
        party,
        today - timedelta(days=40),
        [Line("Goods", 1.0, 100.0)],
        books.currency,
        due=today - timedelta(days=4),
        sent=True,
    )
    for number, party in enumerate(books.parties(partners).values())
    for _item in range(1 + number % 2)
]
LedgerWriter(books).write_batch(invoices)
env.cr.commit()
