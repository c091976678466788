"""Run by ``odoo shell``: today's dunning run of every company that has it enabled.

Sends the mail queue to the SMTP server at SMTP_PORT and prints the result as JSON.
"""
# ruff: noqa: F821  (the shell provides ``env``)

import json
import os
import sys

env = env(context=dict(env.context, lang="en_US"))
server = env["ir.mail_server"].search([("name", "=", "Demonstration mailbox")], limit=1)
values = {
    "name": "Demonstration mailbox",
    "smtp_host": "127.0.0.1",
    "smtp_port": int(os.environ["SMTP_PORT"]),
    "smtp_encryption": "none",
    "smtp_authentication": "login",
    "sequence": 1,
}
if server:
    server.write(values)
else:
    server = env["ir.mail_server"].create(values)
env.cr.commit()

reasons = dict(env["arm.dunning.action"]._fields["reason"].selection)
result = []
for company in env["res.company"].search([("dunning_enabled", "=", True)]):
    run = env["arm.dunning.run"]._run_company(company)
    held = env["arm.dunning.action"]._read_group(
        [("run_id", "=", run.id), ("state", "=", "held")], ["reason"], ["__count"]
    )
    result.append(
        {
            "company": company.name,
            "date": str(run.date),
            "planned": run.done_count + run.held_count + run.failed_count,
            "done": run.done_count,
            "held": {reasons[reason]: count for reason, count in held},
            "failed": run.failed_count,
            "cancelled": run.cancelled_count,
            "messages": run.message_count,
            "customers": len(run.message_ids.partner_id),
            "activities": len(run.action_ids.activity_id),
        }
    )
env["mail.mail"].process_email_queue()
env.cr.commit()
unsent = env["arm.dunning.message"].search_count([("mail_id.state", "=", "exception")])
text = json.dumps({"companies": result, "unsent": unsent})
sys.stdout.write(f"\nRESULT {text}\n")
