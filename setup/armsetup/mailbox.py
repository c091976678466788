"""The demonstration mailbox: a real SMTP server, and what it received."""

import contextlib
import email
import email.policy
import subprocess

from .console import Problem
from .machine import SCRIPTS
from .places import STATE


def folder(database):
    """Where the messages that a database sent are kept, one file each."""
    return STATE / "mail" / database


def clear(database):
    """Throw away what an earlier database of this name has sent."""
    for path in folder(database).glob("*.eml"):
        path.unlink()


@contextlib.contextmanager
def served(machine, database):
    """Serve the mailbox of a database; yields the port."""
    child = subprocess.Popen(
        [str(machine.python), str(SCRIPTS / "smtp_sink.py"), str(folder(database))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = child.stdout.readline().strip()
        if not port.isdigit():
            raise Problem(
                "The demonstration mailbox did not start.",
                f"Try it by hand: {machine.python} {SCRIPTS / 'smtp_sink.py'} FOLDER",
            )
        yield int(port)
    finally:
        child.terminate()
        child.wait()


def messages(database):
    """The messages received so far, oldest first, parsed."""
    paths = sorted(folder(database).glob("*.eml"))
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in paths
    ]


def reminders(database):
    """Those of the messages that are about a customer account."""
    return [
        mail
        for mail in messages(database)
        if "arm.customer.account" in str(mail["Message-Id"])
    ]
