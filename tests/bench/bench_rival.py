"""From open items to queued reminders, against OCA's ``account_credit_control``.

The rival is fetched from the package index and installed in a copy of the benchmark's
database, which is dropped afterwards. Both get the same open items and one rule: an
e-mail to whoever is ten days late.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import psycopg2
from psycopg2 import sql

from odoo import Command
from odoo.sql_db import close_db, connection_info_for

from .bench_workers import WRITTEN
from .crowd import crowd, taken_back
from .lab import clock
from .registry import Figure, benchmark

RIVAL = "odoo-addon-account_credit_control==19.0.*"
# (open items, customers); nothing is fetched for the smallest size.
COUNTS = {"small": (10_000, 1_000), "full": (100_000, 10_000)}
DAYS = 10
TIMES = 30  # issue 4, at 100,000 invoices


@benchmark("rival", "plan to queued mail, against OCA account_credit_control")
def rival(lab):
    """Issue 4: at least 30 times faster at 100,000 invoices."""
    if lab.size.name not in COUNTS:
        return
    items, customers = COUNTS[lab.size.name]
    with crowd(lab, items, customers):
        mine, messages = remind(lab)
    with rival_database(lab.registry.db_name) as (database, environment):
        command = [sys.executable, "-W", "ignore", "-m", "bench.rival", database]
        command += [lab.size.name, str(items), str(customers)]
        answer = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        theirs = json.loads(answer.stdout.splitlines()[-1])
    seconds = sum(theirs["seconds"].values())
    parts = ", ".join(
        f"{name} {took:.1f} s" for name, took in theirs["seconds"].items()
    )
    yield Figure(
        *("rival.whole", seconds / mine, "x faster", TIMES),
        f"{items:,} items of {customers:,} customers; {messages:,} messages in "
        f"{mine:.2f} s against {theirs['messages']:,} in {seconds:.1f} s ({parts})",
        at_least=True,
    )


def remind(lab):
    """(seconds, messages) of planning and executing our run; it is removed again."""
    with taken_back(lab, (*WRITTEN, "arm_dunning_task", "arm_dunning_operation")):
        with lab.session(commit=True) as env:
            others = env["arm.dunning.task"].search([])
            others.active = False
            template = env.ref("arm_dunning.mail_template_overdue")
            operation = {"operation_type": "email", "template_id": template.id}
            env["arm.dunning.task"].create(
                {
                    "name": "Reminder",
                    "company_id": env.company.id,
                    "offset_days": DAYS,
                    "catch_up_days": 366,
                    "operation_ids": [Command.create(operation)],
                }
            )
        with lab.session(commit=True) as env:
            start = clock()
            run = env["arm.dunning.run"]._open_run(env.company, "manual")
            run._plan_locked()
            env.cr.commit()
            run._work()
            seconds = clock() - start
            run._update_counts()
            assert not run.planned_count and not run.failed_count
            messages = run.message_count
        with lab.session(commit=True) as env:
            env["arm.dunning.task"].browse(others.ids).active = True
    return seconds, messages


@contextlib.contextmanager
def rival_database(database):
    """A copy of a database with the rival installed, and the environment to use it."""
    copy = f"{database}_rival"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ}
        path = [environment.get("ODOO_ADDONS_PATH"), fetch(Path(folder))]
        environment["ODOO_ADDONS_PATH"] = ",".join(filter(None, path))
        close_db(database)
        admin("DROP DATABASE IF EXISTS {}", copy)
        admin("CREATE DATABASE {} TEMPLATE {}", copy, database)
        try:
            install = [sys.executable, "-W", "ignore", "-m", "odoo", "-d", copy]
            install += ["-i", "account_credit_control", "--stop-after-init"]
            install += ["--no-http", "--log-level=warn"]
            subprocess.run(install, env=environment, check=True, capture_output=True)
            yield copy, environment
        finally:
            admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", copy)


def fetch(folder):
    """Download the rival; returns the folder that it is in."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*download, "--dest", folder, RIVAL], check=True)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return str(folder / "odoo" / "addons")


def admin(statement, *names):
    """Do something to databases, outside of all of them."""
    _name, info = connection_info_for("postgres")
    with contextlib.closing(psycopg2.connect(**info)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
