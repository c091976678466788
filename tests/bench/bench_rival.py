"""From open items to queued reminders, against OCA's ``account_credit_control``.

The rival is fetched from the package index and installed in a copy of the benchmark's
database, which is dropped afterwards. Both get the same open items and one rule: an
e-mail to whoever is ten days late. It runs against a deadline: what has not ended after
so many times our own duration is stopped, and the figure is the least that is proven.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

import psycopg2
from psycopg2 import sql

from odoo import Command
from odoo.sql_db import close_db, connection_info_for

from .bench_workers import WRITTEN, wait_for
from .crowd import crowd, taken_back
from .lab import clock
from .registry import Figure, benchmark

RIVAL = "odoo-addon-account_credit_control==19.0.*"
SOME = (10_000, 1_000)  # open items, customers
MANY = (100_000, 10_000)
DAYS = 10
TIMES = 30  # issue 4, at 100,000 invoices
MARGIN = 1.01  # the rival is stopped a little after the bar


@benchmark("rival", "plan to queued mail, against OCA account_credit_control")
def rival(lab):
    """A tenth of the size that counts, to the end."""
    if lab.size.name != "tiny":  # nothing is fetched for the smallest size
        yield compare(lab, "rival.whole", *SOME)


@benchmark("rival-many", "the same at 100,000 open items: up to an hour", long=True)
def rival_many(lab):
    """Issue 4: at least 30 times faster at 100,000 invoices."""
    if lab.size.name != "tiny":
        yield compare(lab, "rival-many.whole", *MANY, bar=TIMES)


def compare(lab, name, items, customers, bar=None):
    """The figure of how many times longer the rival takes."""
    with crowd(lab, items, customers):
        mine, messages = remind(lab)
    theirs = race(lab, items, customers, limit=mine * TIMES * MARGIN)
    times = theirs["whole"] / mine
    steps = ", ".join(f"{step} {took:.1f} s" for step, took in theirs["seconds"])
    ended = f"{theirs['messages']:,} messages" if "messages" in theirs else "no end"
    return Figure(
        *(name, times, "x faster" if "messages" in theirs else "x faster or more", bar),
        f"{items:,} items of {customers:,} customers; {messages:,} messages in "
        f"{mine:.2f} s against {ended} in {theirs['whole']:.1f} s ({steps})",
        at_least=True,
    )


def race(lab, items, customers, limit):
    """What the rival says of itself, in a process of its own.

    :param limit: seconds after which it is stopped; its data are made before.
    :return: dict of ``seconds`` (pairs of a step that ended and how long it took),
        ``whole`` (seconds until the end or the stop), and ``messages`` if it ended.
    """
    result = {"seconds": []}
    with rival_database(lab.registry.db_name) as (database, environment):
        command = [sys.executable, "-W", "ignore", "-m", "bench.rival", database]
        command += [lab.size.name, str(items), str(customers)]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            wait_for(process, "READY")
            start = clock()
            stop = threading.Timer(limit, process.kill)
            stop.start()
            for line in process.stdout:
                word, *values = line.split()
                if word == "STEP":
                    result["seconds"].append((values[0], float(values[1])))
                elif word == "DONE":
                    result["messages"] = int(values[0])
                    break
            result["whole"] = clock() - start
            stop.cancel()
            process.kill()  # what it would tidy up goes with its database
    if "messages" not in result and result["whole"] < limit:
        raise RuntimeError("The rival broke; its last words are above.")
    return result


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
def rival_database(database, packages=(RIVAL,), addon="account_credit_control"):
    """A copy of a database with a rival installed, and the environment to use it.

    :param packages: what is fetched from the package index.
    :param addon: which add-on of them is installed.
    """
    copy = f"{database}_rival"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ}
        path = [environment.get("ODOO_ADDONS_PATH"), fetch(Path(folder), packages)]
        environment["ODOO_ADDONS_PATH"] = ",".join(filter(None, path))
        close_db(database)
        admin("DROP DATABASE IF EXISTS {}", copy)
        admin("CREATE DATABASE {} TEMPLATE {}", copy, database)
        try:
            install = [sys.executable, "-W", "ignore", "-m", "odoo", "-d", copy]
            install += ["-i", addon, "--stop-after-init"]
            install += ["--no-http", "--log-level=warn"]
            subprocess.run(install, env=environment, check=True, capture_output=True)
            yield copy, environment
        finally:
            admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", copy)


def fetch(folder, packages):
    """Download add-ons; returns the folder that they are in."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*download, "--dest", folder, *packages], check=True)
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
