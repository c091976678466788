"""Programs from the machine's own Debian packages."""

import os
import re
import shutil
import sys
from pathlib import Path

from .console import Problem, last_lines, run_logged, run_quiet, say
from .places import LOGS


def is_root():
    return os.geteuid() == 0


def postgres_bin():
    """The folder of the newest PostgreSQL server (13 or newer), or None."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    found = [
        (int(folder.parent.name), folder)
        for folder in folders
        if folder.parent.name.isdigit() and (folder / "initdb").exists()
    ]
    if not found and shutil.which("initdb"):
        folder = Path(shutil.which("initdb")).resolve().parent
        version = re.search(r"\d+", run_quiet([folder / "initdb", "-V"]).stdout)
        found = [(int(version.group()), folder)] if version else []
    found = [pair for pair in found if pair[0] >= 13]
    return max(found)[1] if found else None


def has_venv():
    """Whether this Python can make virtual environments (Debian splits it off)."""
    return run_quiet([sys.executable, "-c", "import ensurepip, venv"]).returncode == 0


# What has to be there: (is it there, Debian packages, what it is for, mandatory)
def _needs(browser):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    needs = [
        (bool(postgres_bin()), ["postgresql", "postgresql-contrib"], True),
        (has_venv(), [f"python{version}-venv"], True),
        (bool(shutil.which("wkhtmltopdf")), ["wkhtmltopdf"], False),
    ]
    if browser:
        needs += [
            (bool(shutil.which("chromium")), ["chromium"], True),
            (bool(shutil.which("pdftotext")), ["poppler-utils"], False),
        ]
    return needs


def _apt(arguments, label):
    prefix = [] if is_root() else ["sudo"]
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    return run_logged(command, LOGS / "apt.log", label)


def _available(package):
    return "Candidate: (none)" not in (
        out := run_quiet(["apt-cache", "policy", package]).stdout
    ) and bool(out)


def ensure(browser=False):
    """Install the Debian packages that are missing; with a browser for tests."""
    missing = [(names, must) for there, names, must in _needs(browser) if not there]
    if not missing:
        return
    wanted = [name for names, _must in missing for name in names]
    by_hand = "apt-get install -y --no-install-recommends " + " ".join(wanted)
    if not shutil.which("apt-get"):
        raise Problem(
            f"Programs are missing, and there is no apt-get: {', '.join(wanted)}.",
            "Install them with the package manager of your system and start again.",
        )
    if not is_root() and not shutil.which("sudo"):
        raise Problem(
            f"Installing {', '.join(wanted)} needs root, and there is no sudo.",
            f"As root: {by_hand}",
        )
    if _apt(["update"], "Reading Debian's package lists"):
        raise Problem(
            "Debian's package lists cannot be read: "
            + (last_lines(LOGS / "apt.log") or "no network?"),
            "Check the network (and sudo), or run as root: " + by_hand,
        )
    for names, must in missing:
        _install(names, must)


def _install(names, must):
    known = [name for name in names if _available(name)]
    if known and not _apt(
        ["install", "-y", "--no-install-recommends", *known],
        f"Installing {', '.join(known)}",
    ):
        return
    if must:
        raise Problem(
            f"Debian's package {', '.join(names)} could not be installed: "
            + last_lines(LOGS / "apt.log"),
            "Install it by hand as root and start again.",
        )
    say(f"  note: {', '.join(names)} is not to be had here; going on without it")
