"""The virtual environment: pinned packages, and Odoo linked in by a .pth file."""

import os
import re
import shutil
import sys
from pathlib import Path

from .console import Problem, last_lines, run_logged, run_quiet
from .places import CACHE, LOGS, ROOT, digest, lock, need_space

OLDEST, NEWEST = (3, 10), (3, 13)


def _base_python():
    """A Python that Odoo 19 supports: this one, or another one on PATH."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return Path(getattr(sys, "_base_executable", None) or sys.executable)
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return Path(found)
    raise Problem(
        f"Odoo 19 needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this machine has "
        f"{sys.version_info.major}.{sys.version_info.minor}.",
        "Install one of them (for example Debian's python3 and python3-venv).",
    )


def _version(python):
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return run_quiet([python, "-c", code]).stdout.strip()


def ensure(odoo):
    """Make the virtual environment for this ``requirements.txt``, once.

    Returns the path of its Python.
    """
    requirements = ROOT / "requirements.txt"
    base = _base_python()
    version = _version(base)
    key = digest(requirements.read_text(encoding="utf-8"), version, odoo.key)
    folder = CACHE / "venv" / f"py{version}-{key}"
    python = folder / "bin" / "python"
    if (folder / ".ready").exists() and python.exists():
        return python
    with lock(f"venv-{key}"):
        if not (folder / ".ready").exists():
            _build(folder, base, version, requirements, odoo)
    return python


def _build(folder, base, version, requirements, odoo):
    need_space(CACHE, 2)
    shutil.rmtree(folder, ignore_errors=True)
    log = LOGS / "python.log"
    if run_logged([base, "-m", "venv", folder], log, "Making a virtual environment"):
        raise Problem(
            f"The virtual environment could not be made: {last_lines(log)}",
            f"On Debian: apt-get install python{version}-venv, then start again.",
        )
    pip = [folder / "bin" / "pip", "install", "--disable-pip-version-check"]
    if run_logged([*pip, "-r", requirements], log, "Installing Python packages"):
        wrong = re.findall(r"^ERROR: (.+)", log.read_text(errors="replace"), re.M)
        raise Problem(
            "The Python packages could not be installed: "
            + (wrong[-1] if wrong else last_lines(log)),
            f"Check the network and start again; the details are in {log}.",
        )
    link = folder / "lib" / f"python{version}" / "site-packages" / "odoo-19.pth"
    link.write_text(f"{odoo.site}\n", encoding="utf-8")
    check = run_quiet([folder / "bin" / "python", "-c", "import odoo, psycopg2"])
    if check.returncode:
        reason = check.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Problem(
            f"Odoo cannot be imported in the new environment: {reason[0]}",
            f"Delete {folder} and start again.",
        )
    (folder / "bin" / "odoo").write_text(
        f"#!{folder}/bin/python\nfrom odoo.cli import main\nmain()\n", encoding="utf-8"
    )
    os.chmod(folder / "bin" / "odoo", 0o755)
    (folder / ".ready").touch()
