"""A stage for accidents: a PostgreSQL cluster, Odoo servers and a mail server that may
be killed, restarted and made to refuse, without anybody else noticing."""

import contextlib
import os
import re
import shutil
import signal
import socketserver
import subprocess
import threading
import time
from pathlib import Path

from armsetup import databases, machine, postgres
from armsetup.places import CLONE, STATE

SCRIPT = Path(__file__).with_name("fault_data.py")
CRONS = (
    "arm_dunning.ir_cron_dunning_run",
    "arm_dunning.ir_cron_dunning_help",
    "mail.ir_cron_mail_scheduler_action",
    "arm_receivables.ir_cron_statements",
)


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP to be sent to; remembers what it took and what it refused.

    :ivar accepted: message ids that it has promised to deliver, in their order
    :ivar refuse_every: refuse each n-th mail for good; 0 refuses none
    :ivar delay: seconds between taking a mail and saying so
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.forget()
        self.lock = threading.Lock()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, text):
        """Whether the server takes a mail; it is on record before the answer goes."""
        found = re.search(rb"^Message-Id:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
        name = found[1].decode()
        with self.lock:
            number = len(self.accepted) + len(self.refused) + 1
            refuse = self.refuse_every and number % self.refuse_every == 0
            (self.refused if refuse else self.accepted).append(name)
        return not refuse

    def forget(self):
        self.accepted, self.refused = [], []
        self.refuse_every, self.delay = 0, 0


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 stage")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self._say("250 stage")
            elif verb == b"DATA":
                self._take_data()
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take_data(self):
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            return  # the sender died before the mail was complete
        taken = self.server.take(b"".join(lines))
        time.sleep(self.server.delay)
        self._say("250 taken" if taken else "554 we do not want this")

    def _say(self, text):
        with contextlib.suppress(OSError):
            self.wfile.write(f"{text}\r\n".encode())


class Stage:
    """One database on a cluster of its own, with any number of Odoo servers."""

    def __init__(self, source, name=f"faults_{CLONE}"):
        """:param source: a database of the common cluster that has the add-ons."""
        self.machine = machine.ensure()
        common = self.machine.cluster
        folder = common.folder.parent / f"faults-{CLONE}"
        socket = common.socket.parent / f"socket-faults-{CLONE}"
        self.cluster = postgres.Cluster(common.bin, folder, socket)
        self.name, self.source = name, source
        self.mail = MailServer()
        self.servers = {}
        self.logs = STATE / "faults"

    # -------------------------------------------------------------------- database

    def build(self, customers):
        """Make the cluster, copy the database, and write customers with due items."""
        self.stop_cluster()
        postgres._initialise(self.cluster)
        postgres._start(self.cluster)
        databases.create(self.cluster, self.name)
        programs, common = self.cluster.bin, self.machine.cluster
        dump = subprocess.Popen(
            [programs / "pg_dump", "-h", common.socket, "-U", "arm", "-Fc", "-Z0"]
            + [self.source],
            stdout=subprocess.PIPE,
        )
        restore = [programs / "pg_restore", "-h", self.cluster.socket, "-U", "arm"]
        subprocess.run(
            [*restore, "-d", self.name, "--no-owner"], stdin=dump.stdout, check=True
        )
        assert dump.wait() == 0
        databases._copy_filestore(self.source, self.name)
        self.script(SCRIPT.read_text(), CUSTOMERS=customers, SMTP_PORT=self.mail.port)

    def script(self, text, **variables):
        """Run a script in an Odoo shell."""
        env = {**self.environment, **{k: str(v) for k, v in variables.items()}}
        command = ["shell", "-d", self.name, "--no-http", "--log-level=warn"]
        done = subprocess.run(
            self.machine.command(*command),
            input=text,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
        return done.stdout

    @property
    def environment(self):
        return {**self.machine.environment, **self.cluster.environment}

    def sql(self, statement):
        """Rows of a statement, each a list of texts."""
        return [line.split("|") for line in self.cluster.sql(statement, self.name)]

    def value(self, statement):
        return self.sql(statement)[0][0]

    def restart_cluster(self):
        """Crash PostgreSQL, as a power cut of its host would, and start it again."""
        command = [self.cluster.bin / "pg_ctl", "-D", self.cluster.folder]
        postgres._run([*command, "-m", "immediate", "stop"])
        postgres._start(self.cluster)

    def stop_cluster(self):
        if postgres.is_running(self.cluster):
            command = [self.cluster.bin / "pg_ctl", "-D", self.cluster.folder]
            postgres._run([*command, "-m", "immediate", "stop"])

    def close(self):
        for host in list(self.servers):
            self.kill(host)
        self.stop_cluster()
        shutil.rmtree(self.cluster.folder, ignore_errors=True)
        shutil.rmtree(self.cluster.socket, ignore_errors=True)
        shutil.rmtree(databases.FILESTORE / self.name, ignore_errors=True)
        self.mail.shutdown()

    # --------------------------------------------------------------------- servers

    def start(self, host, threads=2):
        """Start a real Odoo server with its cron workers."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with open(self.logs / f"{host}.log", "ab") as log:
            self.servers[host] = subprocess.Popen(
                self.machine.command(
                    *["-d", self.name, "--no-http", "--log-level=info"],
                    f"--max-cron-threads={threads}",
                ),
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, host):
        """kill -9: no clean-up of any kind."""
        child = self.servers.pop(host)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def revive(self, threads=2):
        """Start again what has ended by itself, as a service manager would."""
        for host, child in list(self.servers.items()):
            if child.poll() is not None:
                self.start(host, threads)

    def tick(self):
        """Let time pass: everything that is scheduled is due now."""
        names = ", ".join(f"'{name}'" for name in CRONS)
        self.sql(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id IN ("
            "SELECT id FROM ir_cron WHERE id IN (SELECT res_id FROM ir_model_data "
            f"WHERE model = 'ir.cron' AND module || '.' || name IN ({names})) "
            "FOR UPDATE SKIP LOCKED)"
        )
        self.cluster.sql(f"NOTIFY cron_trigger, '{self.name}'")

    def wait(self, done, seconds=120):
        """Let the servers work until a condition holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.revive()
            self.tick()
            if done():
                return
            time.sleep(0.5)
        logs = [path.read_text()[-1500:] for path in self.logs.glob("*.log")]
        raise AssertionError("\n".join(["The servers did not finish.", *logs]))
