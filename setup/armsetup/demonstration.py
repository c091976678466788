"""The main job: a database to look at, today's dunning run, and the web client."""

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from . import machine, mailbox
from .console import Problem, Progress, last_lines, say
from .places import LOGS

FIRST_PORT = 8069


def run(options):
    """Do what ``./setup/run`` promises; ``options`` are its parsed arguments."""
    demo = not options.no_demo
    kind = "demo" if demo else "plain"
    name = machine.check_name(options.database or machine.database_name(kind))
    port = None if options.no_serve else _choose_port(options.port)
    ready = machine.ensure(options.odoo)
    machine.ensure_addons(ready, name, demo=demo, fresh=options.fresh)
    if options.fresh:
        mailbox.clear(name)
    with mailbox.served(ready, name) as smtp_port:
        with Progress("Performing today's dunning run"):
            result = _perform(ready, name, smtp_port)
        _tell(result, name)
        if not options.no_serve:
            _serve(ready, name, port)
    return 1 if any(row["failed"] for row in result["companies"]) else 0


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _choose_port(wanted):
    """The port that was asked for, or the first free one from Odoo's own on."""
    if wanted is not None:
        if not 0 < wanted < 65536:
            raise Problem(f"{wanted} is no port.", "Use a number from 1 to 65535.")
        if not _is_free(wanted):
            raise Problem(
                f"Port {wanted} is taken or not allowed.",
                "Choose another one with --port, or leave --port out.",
            )
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        if _is_free(port):
            return port
    raise Problem("No free port was found.", "Choose one with --port.")


def _perform(ready, name, smtp_port):
    output = ready.script(name, "dunning_today", SMTP_PORT=smtp_port)
    for line in output.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise Problem(
        "The dunning run did not report a result.",
        f"Read {LOGS / 'dunning_today.log'}, or start again with --fresh.",
    )


def _tell(result, name):
    """Print what the run did, company by company, and what the mailbox received."""
    for row in result["companies"]:
        say(f"\nDunning run of {row['company']}, {row['date']}")
        say(f"  planned    {row['planned']:5d}")
        say(f"  done       {row['done']:5d}   {_work(row)}")
        held = sum(row["held"].values())
        say(f"  held back  {held:5d}")
        for reason, count in sorted(row["held"].items(), key=lambda item: -item[1]):
            say(f"             {count:5d}   {reason}")
        if row["cancelled"]:
            say(f"  not needed {row['cancelled']:5d}   paid, or its days are over")
        say(f"  failed     {row['failed']:5d}")
    if not result["companies"]:
        say("\nNo company has its daily run switched on: see Receivables, Settings.")
    done = sum(row["done"] for row in result["companies"])
    failed = sum(row["failed"] for row in result["companies"])
    say(f"\nSummary: done = {done}, failed = {failed}")
    received = mailbox.reminders(name)
    say(
        f"Mailbox: {len(received)} reminders received so far, in {mailbox.folder(name)}"
    )
    if result["unsent"]:
        say(f"Mailbox: {result['unsent']} messages could not be sent")


def _work(row):
    return (
        f"{row['messages']} e-mails to {row['customers']} customers, "
        f"{row['activities']} activities"
    )


def _wait(url, child, log):
    """Wait until the web client answers."""
    for _attempt in range(240):
        if child.poll() is not None:
            raise Problem(
                f"The server ended at once: {last_lines(log)}", f"Read {log}."
            )
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise Problem(f"The server does not answer at {url}.", f"Read {log}.")


def _serve(ready, name, port):
    """Serve the web client until it is stopped."""
    log = LOGS / f"server-{name}.log"
    address = f"http://127.0.0.1:{port}"
    options = ["-d", name, "--http-port", port, "--db-filter", f"^{name}$"]
    with open(log, "w", encoding="utf-8") as out:
        child = subprocess.Popen(
            ready.command(*options),
            stdout=out,
            stderr=subprocess.STDOUT,
            env=ready.environment,
        )
        signal.signal(signal.SIGTERM, lambda *_args: child.terminate())
        try:
            with Progress("Starting the web client"):
                _wait(f"{address}/web/login", child, log)
            _invite(address, name)
            return child.wait()
        except KeyboardInterrupt:
            say("\nStopping …")
        finally:
            child.terminate()
            child.wait()


def _invite(address, name):
    say(f"""
Open   {address}/odoo
Login  admin      Password  admin

Look at first:
  Receivables > Customers          who owes what, how late, how reliable
  Receivables > Dunning > Register what today's run did, and what it held back and why
  Receivables > Dunning > Messages the reminders, as each customer got them
  Receivables > Configuration > Tasks   the rules behind it

Mails go to a mailbox on this machine, never outside: {mailbox.folder(name)}
Stop with Ctrl+C.""")
