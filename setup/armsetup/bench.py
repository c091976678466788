"""Benchmarks: a database with data of a size, kept for reuse, and who measures on it.

What is measured, and the data, are in ``tests/bench``; it runs inside Odoo's virtual
environment. Here is what makes the machine ready for it.
"""

import argparse
import os
import re
import subprocess

from . import databases, machine
from .console import Problem, Progress, last_lines, run_logged, say
from .places import LOGS, ROOT, applications, digest, lock, need_space, sources_digest

FOLDER = ROOT / "tests" / "bench"
SIZES = {"tiny": 1, "small": 1, "full": 12}  # gigabytes of free disk that each needs
# What the data depends on; a database with other data is built anew.
GENERATOR = ("fastlane", "generate", "orders", "sizes", "specimen")
WRITER = ("books", "bulk", "ledger", "papers", "settlement", "sheets")
DATA_SOURCES = [
    *(FOLDER / f"{name}.py" for name in GENERATOR),
    *(ROOT / "arm_receivables" / "demo" / f"{name}.py" for name in WRITER),
]


def arguments(description):
    parser = argparse.ArgumentParser(
        prog="./setup/bench",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Benchmarks: {', '.join(known())}",
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 when a bar is not held"
    )
    parser.add_argument("--fresh", action="store_true", help="make the data anew")
    parser.add_argument(
        "--prepare", action="store_true", help="make the data, and measure nothing"
    )
    parser.add_argument("--odoo", metavar="PATH", help="an Odoo 19 source checkout")
    return parser.parse_args()


def known():
    """The names of all benchmarks, read from the sources: Odoo is not needed for it."""
    found = []
    for path in sorted(FOLDER.glob("bench_*.py")):
        text = path.read_text(encoding="utf-8")
        found += re.findall(r'^@benchmark\(\s*"([\w-]+)"', text, re.MULTILINE)
    return found


def run(options):
    """Make the data where it is not there yet, and run the benchmarks."""
    for name in options.names:
        if name not in known():
            raise Problem(
                f"There is no benchmark named {name}.", f"Known: {', '.join(known())}."
            )
    ready = machine.ensure(options.odoo)
    database = machine.database_name(f"bench_{options.size}")
    with lock("bench"):  # two at once would measure each other
        ensure_data(ready, database, options.size, options.fresh)
        if options.prepare:
            return 0
        command = _command(ready, "run", database, options.size, *options.names)
        command += ["--json", os.path.abspath(options.json)] if options.json else []
        command += ["--strict"] if options.strict else []
        say()
        return subprocess.run(command, cwd=ROOT, env=_environment(ready)).returncode


def ensure_data(ready, database, size, fresh=False):
    """A database with the add-ons as they are, and with data of a size.

    New sources of the add-ons update the database; only another kind of data, or
    another Odoo, makes it anew.
    """
    core = machine.ensure_core(ready, demo=False)
    data = digest(*(path.read_text(encoding="utf-8") for path in DATA_SOURCES))
    wanted = f"{core}:{size}:{data}:{sources_digest()}"
    present = databases.exists(ready.cluster, database) and not fresh
    found = databases.marked(ready.cluster, database) if present else ""
    if found == wanted:
        return
    if found.rpartition(":")[0] == wanted.rpartition(":")[0]:
        names = ",".join(applications())
        _install(ready, database, ["-i", names, "-u", names], "Updating the add-ons")
        databases.mark(ready.cluster, database, wanted)
        return
    need_space(FOLDER, SIZES[size])
    with databases.building(ready.cluster, database, wanted, template=core) as work:
        _install(
            ready, work, ["-i", ",".join(applications())], "Installing the add-ons"
        )
        _generate(ready, work, size)


def _install(ready, database, arguments, label):
    log = LOGS / f"install-{database}.log"
    log.unlink(missing_ok=True)
    options = ["--no-http", "--stop-after-init", "--log-level=warn"]
    ready.odoo_run(label, log, "-d", database, *arguments, *options)


def _generate(ready, database, size):
    log = LOGS / "bench-data.log"
    log.unlink(missing_ok=True)
    code = run_logged(
        _command(ready, "generate", database, size),
        log,
        f"Making the {size} company's data",
        env=_environment(ready),
        cwd=ROOT,
    )
    if code:
        raise Problem(f"The data could not be made: {last_lines(log)}", f"Read {log}.")
    with Progress("Collecting statistics"):
        ready.cluster.sql("VACUUM ANALYZE", database)


def _command(ready, step, database, size, *names):
    command = [ready.python, "-W", "ignore", "-m", "bench", step, *names]
    return [*map(str, command), "--database", database, "--size", size]


def _environment(ready):
    """The environment in which the ``bench`` package is found."""
    return {**ready.environment, "PYTHONPATH": str(FOLDER.parent)}
