"""Accidents with real processes: nothing is sent twice, and nothing is lost.

``ARM_FAULT_ROUNDS`` sets how many accidents there are, ``ARM_FAULT_CUSTOMERS`` how
many customers are dunned, ``ARM_FAULT_SEED`` which moments are hit.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "setup"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from armsetup import machine  # noqa: E402
from stage import Stage  # noqa: E402

CUSTOMERS = int(os.environ.get("ARM_FAULT_CUSTOMERS", "2000"))
ROUNDS = int(os.environ.get("ARM_FAULT_ROUNDS", "20"))
SEED = int(os.environ.get("ARM_FAULT_SEED", "19"))
FEW = 300  # customers, where the number does not matter

ROWS = "arm_dunning_action"
SENT = "SELECT count(*) FROM mail_mail WHERE state = 'sent'"
# In the queue, or left by a process that was killed and found by nobody yet.
QUEUED = (
    "SELECT count(*) FROM mail_mail "
    "WHERE state = 'outgoing' OR failure_type = 'arm_leaving'"
)
UNCLEAR = "SELECT count(*) FROM mail_mail WHERE failure_type = 'arm_unclear'"
PLANNED = f"SELECT count(*) FROM {ROWS} WHERE state = 'planned'"
DONE = f"SELECT count(*) FROM {ROWS} WHERE state = 'done'"


@pytest.fixture(scope="module")
def stage():
    if datetime.now(timezone.utc).hour == 23:
        pytest.skip("The day would end during the test; it is repeated tomorrow.")
    ready, source = machine.ensure(), machine.database_name("test")
    machine.ensure_addons(ready, source, demo=False)
    stage = Stage(source)
    try:
        stage.build(CUSTOMERS)
        stage.customers = CUSTOMERS
        yield stage
    finally:
        stage.close()


@pytest.fixture(autouse=True)
def fresh_day(stage):
    """Each test begins as if no run had been; only tests may touch the register."""
    yield
    for host in list(stage.servers):
        stage.kill(host)
    for statement in (
        "DELETE FROM mail_activity WHERE res_model = 'arm.customer.account'",
        f"UPDATE {ROWS} SET message_id = NULL, covered_by_id = NULL",
        "DELETE FROM arm_statement",
        "DELETE FROM mail_mail",
        "DELETE FROM arm_dunning_message",
        f"DELETE FROM {ROWS}",
        "DELETE FROM arm_dunning_run",
        "DELETE FROM ir_cron_progress",
        "UPDATE ir_cron SET failure_count = 0, first_failure_date = NULL",
    ):
        stage.sql(statement)
    stage.mail.forget()


@pytest.fixture
def few(stage):
    """A day on which only some customers have something due."""
    others = (
        "UPDATE account_move_line SET date_maturity = date_maturity {} 365 "
        "WHERE date_maturity IS NOT NULL AND partner_id NOT IN ("
        "SELECT id FROM res_partner WHERE email ~ '^c[0-9]+@example.com$' "
        f"ORDER BY id LIMIT {FEW})"
    )
    stage.sql(others.format("+"))
    stage.customers = FEW
    yield
    stage.sql(others.format("-"))
    stage.customers = CUSTOMERS


def is_finished(stage):
    """The run is done, and the mail queue is empty."""
    states = [row[0] for row in stage.sql("SELECT state FROM arm_dunning_run")]
    return states == ["done"] and stage.value(QUEUED) == "0"


def check_everything_once(stage):
    """One result a due step, one message a customer, one mail or a recorded failure."""
    customers = stage.customers
    items = customers + customers // 2
    assert stage.sql("SELECT state FROM arm_dunning_run") == [["done"]]
    assert stage.sql(
        f"SELECT task.name->>'en_US', state, count(*), count(DISTINCT item_id), "
        f"count(DISTINCT (task_id, subject_id, occurrence)), count(message_id), "
        f"count(activity_id), count(DISTINCT activity_id) FROM {ROWS} "
        "JOIN arm_dunning_task task ON task.id = task_id GROUP BY 1, 2 ORDER BY 1 DESC"
    ) == [
        ["First", "done", *[str(items)] * 4, "0", "0"],
        ["Call", "done", *[str(items)] * 3, "0", str(items), str(customers)],
    ]
    calls = "SELECT count(*) FROM mail_activity WHERE summary = 'Call'"
    assert stage.value(calls) == str(customers)
    counts = stage.sql(
        "SELECT count(*), count(DISTINCT partner_id), count(DISTINCT mail_id) "
        "FROM arm_dunning_message"
    )
    assert counts == [[str(customers)] * 3]
    mails = dict(
        stage.sql(
            "SELECT m.message_id, q.state FROM mail_mail q "
            "JOIN mail_message m ON m.id = q.mail_message_id"
        )
    )
    assert len(mails) == customers
    accepted = Counter(stage.mail.accepted)
    assert [name for name, count in accepted.items() if count > 1] == []
    assert set(accepted) <= set(mails)
    lost = [
        name
        for name, state in mails.items()
        if name not in accepted and state != "exception"
    ]
    assert lost == []
    return Counter(mails.values())


def test_killed_at_random_moments(stage):
    """Two servers, killed again and again; once the database crashes under them."""
    chance = random.Random(SEED)
    accidents = ["a", "b", "both"] * ROUNDS
    accidents = chance.sample(accidents, ROUNDS)
    accidents[ROUNDS // 2] = "database"
    # The moment in which nobody knows should be hit, too.
    stage.mail.delay = 0.005
    for host in "ab":
        stage.start(host)
    for number, accident in enumerate(accidents):
        moment = chance.uniform(0.2, 0.9)
        goal = int(CUSTOMERS * (number + moment) / (ROUNDS + 1))
        stage.wait(lambda goal=goal: progress(stage) >= goal or is_finished(stage))
        time.sleep(chance.uniform(0, 0.3))
        if accident == "database":
            stage.restart_cluster()
            time.sleep(1)
        # A server without workers loses its cron threads when they find no database,
        # and lives on without them: who watches over it starts it again.
        for host in {"both": "ab", "database": "ab"}.get(accident, accident):
            stage.kill(host)
            stage.start(host)
    stage.wait(lambda: is_finished(stage), 240)
    states = check_everything_once(stage)
    # What was on its way to the mail server when the process was killed: one mail a
    # process at most, and somebody is asked to find out about each.
    unclear = stage.value(UNCLEAR)
    assert states["exception"] == int(unclear) <= 2 * ROUNDS
    asked = "SELECT count(*) FROM mail_activity WHERE summary LIKE 'Did the message%'"
    assert stage.value(asked) == unclear


def progress(stage):
    """How far it is: half for what is done, half for what is sent, in customers."""
    done, sent = int(stage.value(DONE)), int(stage.value(SENT))
    return (done / 3 + sent) / 2


@pytest.fixture
def statements(stage, few):
    """Some customers' statements in the queue; nobody is dunned meanwhile."""
    switch = (
        "UPDATE ir_cron SET active = {} WHERE id IN (SELECT res_id FROM ir_model_data "
        "WHERE model = 'ir.cron' AND name IN ({}))"
    )
    dunning = "'ir_cron_dunning_run', 'ir_cron_dunning_help'"
    stage.sql(switch.format("FALSE", dunning))
    stage.sql(switch.format("TRUE", "'ir_cron_statements'"))
    stage.script(
        "env['arm.customer.account']._refresh(env.company)\n"
        "partners = env['res.partner'].search([('email', '=like', 'c%@example.com')],"
        f" order='id', limit={FEW})\n"
        "accounts = env['arm.customer.account'].search("
        "[('partner_id', 'in', partners.ids)])\n"
        "env['arm.statement']._queue(accounts, 'open')\n"
        "env.cr.commit()\n"
    )
    yield
    stage.sql(switch.format("FALSE", "'ir_cron_statements'"))
    stage.sql(switch.format("TRUE", dunning))


STATEMENTS_LEFT = "SELECT count(*) FROM arm_statement WHERE state = 'queued'"


def test_statements_killed_at_random_moments(stage, statements):
    """While they are printed, queued and sent: nobody twice, nobody missed."""
    chance = random.Random(SEED)
    stage.mail.delay = 0.02  # the moment in which nobody knows should be hit, too
    done = "SELECT count(*) FROM arm_statement WHERE state = 'sent'"
    for host in "ab":
        stage.start(host)

    def progress():
        return (int(stage.value(done)) + int(stage.value(SENT))) / 2

    def is_finished():
        return stage.value(STATEMENTS_LEFT) == "0" == stage.value(QUEUED)

    kills = max(ROUNDS // 2, 4)
    for number in range(kills):
        goal = FEW * (number + chance.uniform(0.1, 0.9)) / (kills + 1)
        stage.wait(lambda goal=goal: progress() >= goal or is_finished())
        time.sleep(chance.uniform(0, 0.3))
        host = chance.choice("ab")
        stage.kill(host)
        stage.start(host)
    stage.wait(is_finished, 240)
    check_statements_once(stage)


def check_statements_once(stage):
    """One statement, one mail and one file a customer, and each arrived once.

    Who was on the way when the process was killed waits for a person, in words.
    """
    assert stage.sql(
        "SELECT count(*), count(DISTINCT account_id), count(DISTINCT mail_id), "
        "count(DISTINCT attachment_id) FROM arm_statement"
    ) == [[str(FEW)] * 4]
    assert stage.value("SELECT count(*) FROM mail_mail") == str(FEW)
    mails = {
        name: state
        for name, state in stage.sql(
            "SELECT note.message_id, statement.state FROM arm_statement statement "
            "JOIN mail_mail mail ON mail.id = statement.mail_id "
            "JOIN mail_message note ON note.id = mail.mail_message_id"
        )
    }
    accepted = Counter(stage.mail.accepted)
    assert [name for name, count in accepted.items() if count > 1] == []
    assert set(accepted) <= set(mails)
    sent = {name for name, state in mails.items() if state == "sent"}
    assert sent <= set(accepted)
    assert set(mails.values()) <= {"sent", "failed"}
    assert stage.value(UNCLEAR) == str(len(mails) - len(sent))


def test_mail_server_refuses_every_third(stage, few):
    """Refused is recorded, the others arrive, and nothing is tried twice."""
    stage.mail.refuse_every = 3
    stage.start("a")
    stage.wait(lambda: is_finished(stage))
    states = check_everything_once(stage)
    assert len(stage.mail.refused) == FEW // 3
    assert states["exception"] == len(stage.mail.refused)


def test_two_servers_share_the_work(stage, few):
    """Both take part, and each customer is worked on by one of them."""
    for host in "ab":
        stage.start(host, threads=1)
    stage.wait(lambda: is_finished(stage))
    check_everything_once(stage)


def test_a_payment_that_is_being_entered(stage, few):
    """Who is paying right now is left alone until the payment is entered, or not."""
    paying, abandoned = (
        row[0]
        for row in stage.sql(
            "SELECT line.id FROM account_move_line line "
            "JOIN account_account ledger ON ledger.id = line.account_id "
            "WHERE ledger.account_type = 'asset_receivable' "
            "AND line.parent_state = 'posted' AND NOT line.reconciled "
            "ORDER BY line.partner_id LIMIT 2"
        )
    )
    payments = [
        subprocess.Popen(
            [stage.cluster.bin / "psql", "-XqAt", "-d", stage.name],
            env=stage.environment,
            stdin=subprocess.PIPE,
            text=True,
        )
        for _number in range(2)
    ]
    # What reconciling writes, in transactions that are still open.
    for line, payment in zip((paying, abandoned), payments, strict=True):
        payment.stdin.write(
            "BEGIN; UPDATE account_move_line SET amount_residual = 0, "
            f"amount_residual_currency = 0, reconciled = TRUE WHERE id = {line};\n"
        )
        payment.stdin.flush()
    time.sleep(0.5)
    stage.start("a")
    stage.wait(
        lambda: int(stage.value(PLANNED)) in range(4, 9) and int(stage.value(DONE))
    )
    time.sleep(2)
    assert stage.value("SELECT state FROM arm_dunning_run") == "executing"
    for end, payment in zip(("COMMIT;", "ROLLBACK;"), payments, strict=True):
        payment.communicate(end + "\n")
    stage.wait(lambda: is_finished(stage))
    results = dict(
        stage.sql(
            f"SELECT item_id, state || ' ' || coalesce(reason, '') FROM {ROWS} "
            f"WHERE item_id IN ({paying}, {abandoned})"
        )
    )
    assert results == {paying: "cancelled settled", abandoned: "done "}
    assert max(Counter(stage.mail.accepted).values()) == 1
    stage.sql(
        "UPDATE account_move_line SET amount_residual = 100, reconciled = FALSE, "
        f"amount_residual_currency = 100 WHERE id = {paying}"
    )
