"""Statements of account of 3,000 customers, against OCA's ``partner_statement``.

The rival is fetched from the package index and installed in a copy of the benchmark's
database, which is dropped afterwards. Both see the same customers: with ten open items
each, and with two years of invoices that were paid, as customers have. The same without
any history, which no company has for long, is told beside it.
"""

import json
import subprocess
import sys
from datetime import timedelta

from .bench_rival import rival_database
from .crowd import crowd
from .registry import Figure, benchmark
from .sizes import DAY

RIVAL = (
    "odoo-addon-partner_statement==19.0.*",
    "odoo-addon-report_xlsx==19.0.*",
    "odoo-addon-report_xlsx_helper==19.0.*",
)
# (open items, customers); nothing is fetched for the smallest size.
COUNTS = {"tiny": (300, 30), "small": (30_000, 3_000), "full": (30_000, 3_000)}
PAID = 2  # settled invoices for each open item
PAPER, MAILS = 100, 50  # of them on paper and by mail: both are linear
FEW = {"pdf": PAPER, "mail": MAILS}
TIMES = 10  # issue 5
PAST_MILLISECONDS = 100
ROUNDS = {"data": 5, "xlsx": 2}
EVERYTHING = ("data", "xlsx", "pdf", "mail")


@benchmark("statement", "statements of account: data, workbook, papers, mails")
def statement(lab):
    """Ours alone, which is quick."""
    items, customers = COUNTS[lab.size.name]
    with crowd(lab, items, customers, items * PAID):
        mine = measure(lab, customers, EVERYTHING)
    for name, seconds in mine.items():
        count = min(FEW.get(name, customers), customers)
        text = f"{count:,} customers, {items:,} open items, {items * PAID:,} paid ones"
        each = seconds * 1000 / count
        yield Figure(f"statement.{name}", each, "ms", None, text)


@benchmark("statement-rival", "the same, against OCA partner_statement", long=True)
def statement_rival(lab):
    """Issue 5: data at a tenth of its time; PDF, XLSX and mail each faster."""
    if lab.size.name == "tiny":  # nothing is fetched for the smallest size
        return
    with rival_database(lab.registry.db_name, RIVAL, "partner_statement") as rival:
        yield from compare(lab, rival, 0, {"data": None})
        bars = dict.fromkeys(EVERYTHING, 1) | {"data": TIMES}
        yield from compare(lab, rival, PAID, bars)


def compare(lab, rival, paid, bars):
    """Figures of how many times longer the rival takes.

    :param paid: settled invoices for each open item
    :param bars: what is measured, with the bar of each
    """
    items, customers = COUNTS[lab.size.name]
    with crowd(lab, items, customers, items * paid):
        mine = measure(lab, customers, bars)
    theirs = ask_rival(lab, rival, (items, customers, items * paid), bars)
    for name, bar in bars.items():
        yield Figure(
            f"statement-rival.{name}" if paid else f"statement-rival.{name}-bare",
            theirs[name] / mine[name],
            "x faster",
            bar,
            f"{FEW.get(name, customers):,} customers, {items:,} open items and "
            f"{items * paid:,} paid ones: {mine[name]:.3f} s against "
            f"{theirs[name]:.3f} s",
            at_least=True,
        )


@benchmark("statement-past", "the statement of a customer as at a day long ago")
def statement_past(lab):
    """What was matched since by all other customers costs nothing."""
    with lab.session() as env:
        account = env["arm.customer.account"].search([], limit=1)

    def collect(day):
        def prepare(env):
            engine = env["arm.statement.engine"]
            return lambda: engine._collect(account.with_env(env), day)

        return prepare

    samples = lab.in_turns(5, now=collect(DAY), past=collect(DAY - timedelta(365)))
    for name, sample in samples.items():
        yield Figure(
            f"statement-past.{name}",
            sample.milliseconds,
            "ms",
            PAST_MILLISECONDS,
            f"{lab.size.invoices:,} invoices in all, {sample.query_count} queries",
        )


def crowd_accounts(env, customers):
    """The accounts of the crowd, the newest ones."""
    accounts = env["arm.customer.account"].search([], order="id desc", limit=customers)
    return accounts.sorted("id")


def measure(lab, customers, names):
    """Seconds of our data, workbook, papers and queued mails."""
    with lab.session() as env:
        accounts = crowd_accounts(env, customers)
        engine = env["arm.statement.engine"]
        engine._make_pdfs(accounts[:1])  # what is compiled once
        ways = {
            "data": lambda: engine._collect(accounts),
            "xlsx": lambda: engine._make_xlsx(accounts),
            "pdf": lambda: engine._make_pdfs(accounts[:PAPER]),
            "mail": lambda: send(env, accounts[:MAILS]),
        }
        return take_times(lab, env, {name: ways[name] for name in names})


def take_times(lab, env, ways):
    """The least seconds of each function; papers and mails are made once."""
    return {
        name: min(lab.time(env, way)[0] for _round in range(ROUNDS.get(name, 1)))
        for name, way in ways.items()
    }


def send(env, accounts):
    queued = env["arm.statement"]._queue(accounts, "open").sudo()
    for start in range(0, len(queued), 50):
        queued[start : start + 50]._send()
    assert set(queued.mapped("state")) == {"sent"}


def ask_rival(lab, rival, counts, names):
    """The same of the rival, in a process of its own.

    :param rival: pair of its database and of the environment to use it
    """
    database, environment = rival
    command = [sys.executable, "-W", "ignore", "-m", "bench.rival_statement"]
    command += [database, lab.size.name, *map(str, counts), *names]
    answer = subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(answer.stdout.splitlines()[-1])
