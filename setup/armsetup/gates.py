"""The gates of ``./setup/test``: each one either passes or says what to mend."""

import argparse
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from . import databases, lint, machine
from .console import Problem, say
from .places import LOGS, ROOT, STATE, addons

# Tests of the set-up itself start whole machines; they run after the others.
SETUP_TESTS = "tests/setup"


@dataclass
class Tally:
    """What the gates found, added up for the last line."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list = field(default_factory=list)

    def gate(self, name, findings):
        """Count one gate; its findings are printed and fail it."""
        if not findings:
            self.passed += 1
            return
        self.failed += 1
        self.failures.append(name)
        say(f"\nFAILED gate {name}:")
        for finding in findings[:40]:
            say(f"  {finding}")
        if len(findings) > 40:
            say(f"  … and {len(findings) - 40} more")

    def line(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def arguments(description):
    parser = argparse.ArgumentParser(
        prog="./setup/test",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("-k", metavar="WORD", help="as pytest's -k")
    parser.add_argument("-x", action="store_true", help="stop at the first failure")
    parser.add_argument("--odoo", metavar="PATH", help="an Odoo 19 source checkout")
    parser.add_argument("--fresh", action="store_true", help="build the database anew")
    return parser.parse_args()


def run(options):
    """Run all gates, or only the tests that were asked for."""
    for path in options.paths:
        if not (ROOT / path.split("::")[0]).exists():
            raise Problem(f"There is no {path} here.", "Give a path of this checkout.")
    ready = machine.ensure(options.odoo, browser=True)
    tally = Tally()
    if options.k or options.paths:
        _quick(ready, tally, options)
    else:
        _everything(ready, tally, options)
    for name in tally.failures:
        say(f"failed: {name}")
    say(tally.line())
    return 1 if tally.failed else 0


def _quick(ready, tally, options):
    """The inner loop: one pytest run on a database that is only updated."""
    name = machine.database_name("test")
    machine.ensure_addons(ready, name, demo=False, fresh=options.fresh)
    extra = [*(["-k", options.k] if options.k else []), *(["-x"] if options.x else [])]
    _pytest(ready, tally, name, "tests", [*options.paths, *extra], check_log=False)


def _everything(ready, tally, options):
    """Every gate, cheap ones first; all of them run, whatever fails."""
    for name, findings in lint.findings(ready):
        tally.gate(name, findings)
    name = machine.database_name("test")
    machine.ensure_addons(ready, name, demo=False, fresh=True)
    log = LOGS / f"install-{name}{databases.BUILDING}.log"
    tally.gate("no warning while installing", machine.warnings_of(log))
    tally.gate("translation templates are current", lint.stale_templates(ready, name))
    paths = [*addons(), "tests"]
    _pytest(ready, tally, name, "tests", [*paths, f"--ignore={SETUP_TESTS}"])
    tally.gate("core's own lint", lint.core_lint(ready))
    if (ROOT / SETUP_TESTS).is_dir():
        _pytest(ready, tally, None, "tests of the set-up", [SETUP_TESTS])


def _pytest(ready, tally, database, label, arguments, check_log=True):
    """Run pytest with its own output, and add its counts to the tally."""
    report = STATE / "pytest.xml"
    log = LOGS / "pytest-odoo.log"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    odoo = []
    if database:
        odoo = [f"--odoo-database={database}", "--odoo-http"]
        odoo += ["--odoo-config=.odoo-config", "--odoo-log-level=warn"]
        odoo += [f"--log-file={log}", "--log-file-level=WARNING"]
    else:
        odoo = ["-p", "no:odoo"]
    say(f"\n— {label}")
    command = [ready.python, "-W", "ignore", "-m", "pytest", "-q", "-p"]
    command += ["no:cacheprovider", f"--junitxml={report}", *odoo, *arguments]
    env = ready.environment
    if not database:
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    code = subprocess.run([str(c) for c in command], cwd=ROOT, env=env).returncode
    _count(tally, report, label, code)
    if database and check_log:
        tally.gate("no warning in Odoo's log during tests", lint.test_warnings(log))


def _count(tally, report, label, code):
    """Read the counts of a pytest run from its report."""
    if not report.exists():
        tally.gate(label, [f"pytest ended with code {code} and wrote no report"])
        return
    suite = ElementTree.parse(report).getroot().find("testsuite")
    numbers = {key: int(suite.get(key)) for key in ("tests", "failures", "errors")}
    skipped = int(suite.get("skipped"))
    bad = numbers["failures"] + numbers["errors"]
    tally.passed += numbers["tests"] - bad - skipped
    tally.failed += bad
    tally.skipped += skipped
    if bad:
        tally.failures.append(f"{label}: {bad} of {numbers['tests']}")
    elif code not in (0, 5):
        tally.gate(label, [f"pytest ended with code {code}"])
