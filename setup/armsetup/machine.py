"""A machine made ready: Odoo, Python, PostgreSQL, and what runs on them."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import databases, odoo_source, postgres, python_env, system
from .console import Problem, last_lines, run_logged
from .places import (
    CLONE,
    DATA,
    LOGS,
    ROOT,
    addons,
    applications,
    digest,
    lock,
    need_space,
    sources_digest,
)

SCRIPTS = ROOT / "setup" / "scripts"

# The part of Odoo that the add-ons stand on; its database is made once and cloned.
CORE = [
    "account",
    "account_payment",
    "calendar",
    "payment_demo",
    "portal",
    "sale_management",
    "sms",
]
LANGUAGES = ["en_US", "de_DE", "fr_FR", "pl_PL"]
WARNING = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ", re.MULTILINE)


@dataclass(frozen=True)
class Machine:
    """Everything that is needed to run Odoo here."""

    odoo: odoo_source.OdooSource
    python: Path
    cluster: postgres.Cluster

    @property
    def environment(self):
        """The process environment in which Odoo finds database, data and add-ons."""
        env = dict(os.environ)
        env.update(self.variables)
        env["PATH"] = f"{self.python.parent}{os.pathsep}{env.get('PATH', '')}"
        return env

    @property
    def variables(self):
        """What is set beyond the caller's environment, by name."""
        folders = [str(ROOT), *(str(folder) for folder in self.odoo.addons)]
        return {
            **self.cluster.environment,
            "ODOO_RC": str(ROOT / ".odoo-config"),
            "ODOO_DATA_DIR": str(DATA / "odoo"),
            "ODOO_ADDONS_PATH": ",".join(folders),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def command(self, *arguments):
        """The command line of Odoo with these arguments."""
        quiet = ["-W", "ignore"]
        return [str(self.python), *quiet, "-m", "odoo", *map(str, arguments)]

    def odoo_run(self, label, log, *arguments, check=True):
        """Run Odoo to its end with a progress line; returns the exit code."""
        code = run_logged(
            self.command(*arguments), log, label, env=self.environment, cwd=ROOT
        )
        if code and check:
            raise Problem(
                f"{label} failed: {_reason(log)}", f"The whole log is in {log}."
            )
        return code

    def script(self, database, name, **variables):
        """Feed a script of ``setup/scripts`` to ``odoo shell``; returns its output."""
        env = {**self.environment, **{k: str(v) for k, v in variables.items()}}
        arguments = ["shell", "-d", database, "--no-http", "--log-level=warn"]
        with open(SCRIPTS / f"{name}.py", encoding="utf-8") as source:
            done = subprocess.run(
                self.command(*arguments),
                stdin=source,
                capture_output=True,
                text=True,
                errors="replace",
                env=env,
                cwd=ROOT,
            )
        log = LOGS / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode or "Traceback (most recent call last)" in done.stderr:
            reason = last_lines(log) or "no reason given"
            raise Problem(f"The step '{name}' failed: {reason}", f"Read {log}.")
        return done.stdout


def _reason(log):
    """The last error of an Odoo log, in one line."""
    text = log.read_text(encoding="utf-8", errors="replace")
    errors = re.findall(r"^(?:\w+\.)*\w*(?:Error|Exception|Warning): .+", text, re.M)
    return errors[-1] if errors else last_lines(log)


def ensure(checkout=None, browser=False):
    """Make the machine ready; each layer does only what is not there yet."""
    need_space(DATA, 1)
    system.ensure(browser=browser)
    odoo = odoo_source.ensure(checkout)
    python = python_env.ensure(odoo)
    return Machine(odoo, python, postgres.ensure())


def database_name(kind):
    """The name of this clone's database of a kind (demo, test ...)."""
    return f"arm_{kind}_{CLONE}"


def check_name(name):
    """Refuse database names that PostgreSQL or a web address would stumble over."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,45}", name):
        raise Problem(
            f"'{name}' is no good name for a database.",
            "Use lower-case letters, digits, - and _, at most 46, a letter first.",
        )
    return name


def ensure_core(machine, demo):
    """The template database: Odoo's own modules, shared by all clones."""
    script = (SCRIPTS / "prepare_core.py").read_text(encoding="utf-8")
    key = digest(machine.odoo.key, *CORE, *LANGUAGES, demo, script)
    name = f"arm_core_{'demo' if demo else 'plain'}_{key}"
    if databases.exists(machine.cluster, name):
        return name
    need_space(DATA, 2)
    with lock(name):
        if not databases.exists(machine.cluster, name):
            with databases.building(machine.cluster, name, key) as work:
                _install_core(machine, work, demo)
    return name


def _install_core(machine, database, demo):
    log = LOGS / "core.log"
    options = ["--no-http", "--stop-after-init", "--log-level=warn"]
    demo_option = ["--with-demo"] if demo else []
    machine.odoo_run(
        "Installing Odoo's own modules (about 2 minutes, once)",
        log,
        *["-d", database, "-i", ",".join(CORE), *demo_option, *options],
        *["--load-language", ",".join(LANGUAGES)],
    )
    machine.script(database, "prepare_core")


def ensure_addons(machine, name, demo, fresh=False):
    """A database with this clone's add-ons, up to date with the sources.

    Returns True when it was built or updated now.
    """
    with lock(f"database-{name}"):
        return _ensure_addons(machine, name, demo, fresh)


def _ensure_addons(machine, name, demo, fresh):
    cluster, sources = machine.cluster, sources_digest()
    core = ensure_core(machine, demo)
    names = ",".join(applications() if demo else addons())
    wanted = f"{core}:{demo}:{sources}"
    present = databases.exists(cluster, name) and not fresh
    found = databases.marked(cluster, name) if present else ""
    if found == wanted:
        return False
    if found.rpartition(":")[0] == wanted.rpartition(":")[0]:
        _install(machine, name, ["-i", names, "-u", names], "Updating the add-ons")
        databases.mark(cluster, name, wanted)
        return True
    need_space(DATA, 1)
    with databases.building(cluster, name, wanted, template=core) as work:
        arguments = ["-i", names, *(["--with-demo"] if demo else [])]
        label = "Installing the add-ons" + (" and demonstration data" if demo else "")
        _install(machine, work, arguments, label)
        if demo:
            _check_demonstration(LOGS / f"install-{work}.log")
    return True


def _check_demonstration(log):
    """Odoo goes on when demonstration data fail; who asked for them does not."""
    if any("demo data failed" in line for line in warnings_of(log)):
        raise Problem(
            "The demonstration data could not be loaded.",
            f"See {log}; with --no-demo it works without them.",
        )


def _install(machine, database, arguments, label):
    log = LOGS / f"install-{database}.log"
    log.unlink(missing_ok=True)
    options = ["--no-http", "--stop-after-init", "--log-level=warn"]
    machine.odoo_run(label, log, "-d", database, *arguments, *options)


def warnings_of(log):
    """The lines of an Odoo log that warn or report an error."""
    if not log.exists():
        return []
    text = log.read_text(encoding="utf-8", errors="replace")
    return [line for line in text.splitlines() if WARNING.match(line)]


def has_browser():
    return shutil.which("chromium") is not None
