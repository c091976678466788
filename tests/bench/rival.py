"""The rival's part: ``python -m bench.rival DATABASE SIZE ITEMS CUSTOMERS``.

It says when its data are ready, how long each of its steps took as soon as that is
known, and how many messages it made. What could only slow it down is left out: no PDF
is attached, and nothing is sent at once.
"""

import contextlib
import sys

from odoo.fields import Command
from odoo.tests import freeze_time

from .__main__ import open_registry
from .crowd import crowd
from .lab import Lab, clock
from .sizes import DAY, SIZES

DAYS = 10


def make_policy(env):
    """One level: an e-mail to whoever is ten days late."""
    template = env.ref("account_credit_control.email_template_credit_control_base")
    template.report_template_ids = False
    policy = env["credit.control.policy"].create(
        {
            "name": "Reminder",
            "account_ids": [
                Command.set(
                    env["account.account"]
                    .search([("account_type", "=", "asset_receivable")])
                    .ids
                )
            ],
            "level_ids": [
                Command.create(
                    {
                        "name": "Reminder",
                        "level": 1,
                        "computation_mode": "net_days",
                        "delay_days": DAYS,
                        "email_template_id": template.id,
                        "channel": "email",
                        "custom_text": "Please pay.",
                        "custom_mail_text": "<p>Please pay.</p>",
                        "mail_show_invoice_detail": True,
                    }
                )
            ],
        }
    )
    env.company.credit_policy_id = policy
    return policy


def remind(env, policy):
    """Lines, communications and e-mails, as its buttons make them.

    :return: how many messages were made.
    """
    with step(env, "lines"):
        run = env["credit.control.run"].create(
            {
                "date": DAY,
                "company_id": env.company.id,
                "policy_ids": [Command.set(policy.ids)],
            }
        )
        run.generate_credit_lines()
        run.set_to_ready_lines()
    with step(env, "communications"):
        lines = run.line_ids.filtered(lambda line: line.channel == "email")
        communications = env["credit.control.communication"]
        made = communications._generate_comm_from_credit_lines(lines)
    with step(env, "mails"):
        made.with_context(mail_notify_force_send=False)._generate_emails()
    return len(made)


@contextlib.contextmanager
def step(env, name):
    """Tell how long something took, with what it leaves to be written."""
    start = clock()
    yield
    env.flush_all()
    say("STEP", name, clock() - start)


def say(*words):
    print(*words, flush=True)


def main(database, size, items, customers):
    with freeze_time(f"{DAY} 12:00:00") as clock_hand:
        lab = Lab(open_registry(database), SIZES[size], clock_hand)
        with crowd(lab, int(items), int(customers)), lab.session() as env:
            policy = make_policy(env)
            env.flush_all()
            say("READY")
            say("DONE", remind(env, policy))


if __name__ == "__main__":
    main(*sys.argv[1:])
