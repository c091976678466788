"""Where things live: outside the source tree, shared by clones, safe to delete."""

import ast
import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from pathlib import Path

from .console import Problem, say

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that this file belongs to."""


def _xdg(variable, default):
    value = os.environ.get(variable, "")
    base = Path(value) if os.path.isabs(value) else Path.home() / default
    return base / "arm-odoo"


CACHE = _xdg("XDG_CACHE_HOME", ".cache")
"""What can be fetched again: Odoo, virtual environments."""

DATA = _xdg("XDG_DATA_HOME", ".local/share")
"""What was made here: database cluster, filestores, logs."""

CLONE = hashlib.sha1(str(ROOT).encode(), usedforsecurity=False).hexdigest()[:8]
"""A short name of this checkout, so that two clones never share a database."""

STATE = DATA / "clones" / CLONE
LOGS = STATE / "log"
FILESTORE = DATA / "odoo" / "filestore"

GIGABYTE = 1024**3


def digest(*parts):
    """A short key of what is given; it changes when any part changes."""
    text = "\n".join(str(part) for part in parts)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:10]


def addons():
    """The names of the add-ons of this checkout, those that others need first."""
    found = {path.parent.name for path in ROOT.glob("*/__manifest__.py")}
    order = ["arm_receivables", "arm_dunning", "arm_insurance"]
    return [name for name in order if name in found] + sorted(found - set(order))


def applications():
    """The add-ons that are shown and measured: without those that install themselves.

    A bridge belongs to other applications of Odoo (Inventory ...), which would come
    with it: the tests have it, the demonstration is about receivables.
    """
    return [name for name in addons() if not _manifest(name).get("auto_install")]


def _manifest(name):
    text = (ROOT / name / "__manifest__.py").read_text(encoding="utf-8")
    return ast.literal_eval(text)


def sources_digest():
    """A key of all files of the add-ons; a database with another key is updated."""
    parts = []
    for name in addons():
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and path.suffix not in {".pyc", ".pyo"}:
                parts.append(path.relative_to(ROOT))
                parts.append(hashlib.md5(path.read_bytes()).hexdigest())
    return digest(*parts)


def need_space(folder, gigabytes):
    """Raise a Problem where the disk of ``folder`` has less free space."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < gigabytes * GIGABYTE:
        raise Problem(
            f"The disk of {folder} has only {free / GIGABYTE:.1f} GB free, "
            f"and {gigabytes} GB are needed.",
            "Free some space, or set XDG_CACHE_HOME and XDG_DATA_HOME to a "
            "folder on a larger disk.",
        )


@contextlib.contextmanager
def lock(name, patience=1800):
    """Let one process at a time do what ``name`` stands for (in seconds).

    The lock ends with the process, however it ends.
    """
    DATA.mkdir(parents=True, exist_ok=True)
    with open(DATA / f"{name}.lock", "w", encoding="utf-8") as handle:
        started = time.monotonic()
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() - started > patience:
                    raise Problem(
                        f"Another set-up has held the lock '{name}' for "
                        f"{patience // 60} minutes.",
                        "Stop the other one and start again.",
                    ) from None
                if not told:
                    say(f"  waiting for another set-up on this machine ({name}) …")
                    told = True
                time.sleep(0.5)
        yield
