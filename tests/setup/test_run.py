"""The main job from the outside: real processes, a real mailbox, and kill -9."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "setup"))

from armsetup import databases, machine, mailbox, postgres  # noqa: E402

NAME = machine.database_name("e2e")
COMMAND = [str(ROOT / "setup" / "run"), "--no-serve", "--database", NAME]
ATTEMPTS = 4  # to kill a run
WORDS = {  # the head of a column in each language
    "de_DE": "Fällig am",
    "fr_FR": "Échéance",
    "pl_PL": "Termin płatności",
    "en_US": "Due date",
}


def run(*options, timeout=900):
    return subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=timeout
    )


def summary(output):
    """The (done, failed) counts that the command printed."""
    match = re.search(r"Summary: done = (\d+), failed = (\d+)", output)
    assert match, output
    return int(match[1]), int(match[2])


@pytest.fixture(scope="module")
def cluster():
    cluster = postgres.ensure()
    databases.drop(cluster, NAME)
    for path in mailbox.folder(NAME).glob("*.eml"):
        path.unlink()
    yield cluster
    databases.drop(cluster, NAME)


@pytest.fixture(scope="module")
def first(cluster):
    """The first start: everything is built and today's run is performed."""
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(cluster, statement):
    return [line.split("|") for line in cluster.sql(statement, NAME)]


def test_first_run_reports_its_work(first):
    done, failed = summary(first)
    assert done > 0
    assert failed == 0
    assert "held back" in first


def test_every_due_customer_got_one_message(first, cluster):
    """One mail for each customer and company: right amounts, right language."""
    wanted = rows(
        cluster,
        # Orders, which customers are thanked for, do not fall due.
        "SELECT m.email_to, m.lang, m.company_id, string_agg(a.document, ',') "
        "FILTER (WHERE a.subject_model = 'account.move.line') "
        "FROM arm_dunning_message m JOIN arm_dunning_action a ON a.message_id = m.id "
        "GROUP BY m.id ORDER BY m.id",
    )
    received = mailbox.reminders(NAME)
    sent = Counter(str(mail["To"]).split("<")[-1].strip(">") for mail in received)
    expected = Counter(address for address, *_rest in wanted)
    assert wanted
    assert {address: sent[address] for address in expected} == dict(expected)
    texts = [
        (str(mail["To"]), mail.get_body(("html", "plain")).get_content())
        for mail in received
    ]
    for address, lang, _company, documents in wanted:
        if not documents:
            continue
        found = [
            text
            for to, text in texts
            if address in to and all(doc in text for doc in documents.split(","))
        ]
        assert len(found) == 1, (address, documents)
        assert WORDS[lang] in found[0], (address, lang)


def test_amounts_are_those_of_the_ledger(first, cluster):
    """The register holds what is open on each item, to the cent."""
    wrong = rows(
        cluster,
        "SELECT a.id FROM arm_dunning_action a "
        "JOIN account_move_line l ON l.id = a.item_id "
        "WHERE a.state = 'done' AND (a.amount != l.amount_residual_currency "
        "OR a.amount_company != l.amount_residual)",
    )
    assert not wrong
    total = rows(
        cluster, "SELECT sum(amount_company) FROM arm_dunning_action WHERE state='done'"
    )
    assert Decimal(total[0][0]) > 0


def test_accounts_add_up_to_the_ledger(first, cluster):
    """What customers owe is what the ledger says, for each company."""
    difference = rows(
        cluster,
        "SELECT company, sum(amount) FROM ("
        "SELECT company_id AS company, amount_open AS amount FROM arm_customer_account "
        "UNION ALL SELECT l.company_id, -l.amount_residual FROM account_move_line l "
        "JOIN account_account a ON a.id = l.account_id WHERE l.parent_state = 'posted' "
        "AND a.account_type = 'asset_receivable' AND l.partner_id IS NOT NULL"
        ") x GROUP BY company HAVING sum(amount) != 0",
    )
    assert not difference


def test_second_start_is_quick_and_sends_nothing(first):
    before = len(mailbox.reminders(NAME))
    started = time.monotonic()
    again = run()
    seconds = time.monotonic() - started
    assert again.returncode == 0, again.stdout + again.stderr
    assert summary(again.stdout) == (0, 0)
    assert len(mailbox.reminders(NAME)) == before
    assert seconds < 60, "a start on a ready machine must not build anything"


def test_killed_at_any_point(first, cluster):
    """Kill the first run of a day at random moments: nothing twice, nothing lost."""
    expected = {tuple(row) for row in _result(cluster)}
    _forget_today(cluster)
    chance = random.Random(19)
    for _attempt in range(ATTEMPTS):
        _start_and_kill(chance.uniform(1.0, 7.0))
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert {tuple(row) for row in _result(cluster)} == expected
    # Each message arrived once, or it is on record that nobody knows.
    sent = Counter(str(mail["Message-Id"]) for mail in mailbox.reminders(NAME))
    assert max(sent.values()) == 1
    messages = rows(
        cluster,
        "SELECT note.message_id, mail.state, mail.failure_type "
        "FROM arm_dunning_message m JOIN mail_mail mail ON mail.id = m.mail_id "
        "JOIN mail_message note ON note.id = mail.mail_message_id",
    )
    assert set(sent) <= {name for name, *_rest in messages}
    missing = [rest for name, *rest in messages if name not in sent]
    assert all(rest == ["exception", "arm_unclear"] for rest in missing)
    assert len(missing) <= ATTEMPTS
    twice = rows(
        cluster,
        "SELECT partner_id FROM arm_dunning_message "
        "GROUP BY company_id, partner_id, channel HAVING count(*) > 1",
    )
    assert not twice


def _result(cluster):
    return rows(
        cluster,
        "SELECT task_id, subject_id, occurrence, state, reason, amount "
        "FROM arm_dunning_action WHERE run_id IS NOT NULL ORDER BY 1, 2, 3",
    )


def _forget_today(cluster):
    """Make the day as if no run had been: only tests may touch the register."""
    for statement in (
        "DELETE FROM mail_activity WHERE id IN "
        "(SELECT activity_id FROM arm_dunning_action WHERE activity_id IS NOT NULL)",
        "UPDATE arm_dunning_action SET message_id = NULL, covered_by_id = NULL",
        "DELETE FROM mail_mail WHERE id IN (SELECT mail_id FROM arm_dunning_message)",
        "DELETE FROM arm_dunning_message",
        "DELETE FROM arm_dunning_action WHERE run_id IS NOT NULL",
        "DELETE FROM arm_dunning_run",
    ):
        cluster.sql(statement, NAME)
    for path in mailbox.folder(NAME).glob("*.eml"):
        path.unlink()


def _start_and_kill(seconds):
    child = subprocess.Popen(
        COMMAND,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
