"""The rival's part: ``python -m bench.rival_statement DATABASE SIZE ITEMS CUSTOMERS
SETTLED WHAT...``, with what is measured (``data``, ``xlsx``, ``pdf``, ``mail``).

It says in JSON how long data, workbook, papers and mails took. It has no mail of its
own: a mail with the statement attached is what core's template makes of its report.
"""

import json
import sys

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time

from .__main__ import open_registry
from .bench_statement import MAILS, PAPER, crowd_accounts, take_times
from .crowd import crowd
from .lab import Lab
from .sizes import DAY, SIZES

REPORT = "partner_statement.outstanding_statement"
WORKBOOK = "p_s.report_outstanding_statement_xlsx"


def options(env, partners):
    """What its own dialog passes on, with its defaults."""
    dialog = env["outstanding.statement.wizard"].with_context(active_ids=partners.ids)
    return dialog.create({})._prepare_statement()


def measure(lab, env, partners, names):
    reports = env["ir.actions.report"].with_context(force_report_rendering=True)
    values = env[f"report.{REPORT}"]
    data = options(env, partners)
    template = make_template(env)
    ways = {
        "data": lambda: values._get_report_values(partners.ids, dict(data)),
        "xlsx": lambda: reports._render_xlsx(WORKBOOK, partners.ids, dict(data)),
        "pdf": lambda: print_in_batches(env, reports, partners[:PAPER]),
        "mail": lambda: send(env, template, partners[:MAILS]),
    }
    return take_times(lab, env, {name: ways[name] for name in names})


def print_in_batches(env, reports, partners):
    """As many in one process of the PDF engine as we have, where the engine does that.

    Builds of the engine without Qt's patches take one document at a time from core.
    """
    for start in range(0, len(partners), 50):
        batch = partners[start : start + 50]
        try:
            reports._render_qweb_pdf(REPORT, batch.ids, options(env, batch))
        except UserError:
            for partner in batch:
                reports._render_qweb_pdf(REPORT, partner.ids, options(env, partner))


def make_template(env):
    return env["mail.template"].create(
        {
            "name": "Statement",
            "model_id": env["ir.model"]._get_id("res.partner"),
            "subject": "Statement of account",
            "body_html": "<p>Dear <t t-out='object.name'/>, see the statement.</p>",
            "use_default_to": True,
            "report_template_ids": [Command.clear()],
        }
    )


def send(env, template, partners):
    """One after the other: its report wants the options of each customer."""
    reports = env["ir.actions.report"].with_context(force_report_rendering=True)
    for partner in partners:
        content, _kind = reports._render_qweb_pdf(
            REPORT, partner.ids, options(env, partner)
        )
        attachment = env["ir.attachment"].create(
            {"name": "statement.pdf", "raw": content}
        )
        template.send_mail(partner.id, email_values={"attachment_ids": [attachment.id]})


def main(database, size, *rest):
    items, customers, settled = map(int, rest[:3])
    with freeze_time(f"{DAY} 12:00:00") as clock_hand:
        lab = Lab(open_registry(database), SIZES[size], clock_hand)
        with crowd(lab, items, customers, settled), lab.session() as env:
            partners = crowd_accounts(env, customers).partner_id
            # The wait of core's engine for its child, which is not the rival's fault.
            env["ir.config_parameter"].set_param("report.print_delay", "10")
            print(json.dumps(measure(lab, env, partners, rest[3:])), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
