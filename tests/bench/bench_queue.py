"""The mail queue: reminders that stay, against core's mails that are deleted."""

import contextlib
import smtplib
from unittest.mock import patch

from .bench_send import core_mails, next_rows, open_mail_run, ours, planned
from .crowd import taken_back
from .lab import Samples
from .registry import Figure, benchmark

ROUNDS = 3
TABLES = (
    *("mail_message", "mail_mail", "arm_dunning_message", "arm_dunning_action"),
    *("arm_dunning_run", "ir_cron_trigger"),
)


class Sink:
    """A mail server that takes everything, and keeps nothing."""

    def send_message(self, message, *_addresses):
        message.as_bytes()

    def set_debuglevel(self, _level):
        """Nothing is told."""

    def ehlo_or_helo_if_needed(self):
        """Nobody has to be greeted."""

    def quit(self):
        """Nothing is open."""


@contextlib.contextmanager
def mail_server():
    with patch.object(smtplib, "SMTP", lambda *_args, **_options: Sink()):
        yield


def our_mails(env, run_id):
    """The mails of a run's first batch, as they wait in the queue."""
    ours(run_id)(env)()
    return env["arm.dunning.message"].search([("run_id", "=", run_id)]).mail_id


def their_mails(env, run_id):
    """The same mails by core's batch, deleted after sending as its templates say."""
    run = env["arm.dunning.run"].browse(run_id)
    next_rows(run).task_id.operation_ids.template_id.auto_delete = True
    last = env["mail.mail"].search([], order="id desc", limit=1).id or 0
    core_mails(env, run_id)()
    return env["mail.mail"].search([("id", ">", last)])


def send(lab, write):
    """(seconds, queries, mails, those that are kept) of sending one batch.

    Committed as in a real queue, and removed afterwards.
    """
    with planned(lab, open_mail_run) as run_id, taken_back(lab, TABLES):
        with lab.session() as env, mail_server():
            templates = env["mail.template"].search([("auto_delete", "=", False)])
            mails = write(env, run_id)
            env.flush_all()
            env.cr.commit()
            result = lab.time(env, lambda: mails.send(auto_commit=True))
            kept = mails.exists()
            unsent = kept.filtered(lambda mail: mail.state != "sent")
            templates.auto_delete = False
            env.flush_all()
            env.cr.commit()
            if unsent:
                raise ValueError(f"Not sent: {unsent[:1].failure_reason}")
            return *result, len(mails), len(kept)


@benchmark("queue", "the mail queue, against core's mails that are deleted when sent")
def queue(lab):
    """Issue 5: the queue empties without deleting mails one by one.

    The time is the price of being exact: every mail is marked before it leaves, its
    items are locked and looked at once more, and each is a transaction of its own.
    """
    samples = {our_mails: Samples(), their_mails: Samples()}
    counts = {}
    rounds = 1 if lab.size.name == "tiny" else ROUNDS
    for number in range(rounds + 1):
        for write, sample in samples.items():
            seconds, queries, *counts[write] = send(lab, write)
            if number:
                sample.seconds.append(seconds)
                sample.queries.append(queries)
    mine, core = samples.values()
    count, kept = counts[our_mails]
    theirs, left = counts[their_mails]
    each = f"{mine.milliseconds / count:.1f} against {core.milliseconds / theirs:.1f}"
    yield Figure(
        *("queue.deleted", count - kept, "mails", 0),
        f"of {count} mails; core deletes {theirs - left} of {theirs}",
    )
    yield Figure(
        *("queue.mail", mine.ratio(core), "x core", 3.0),
        f"{count} mails, {each} ms a mail; {mine.against(core)}",
    )
