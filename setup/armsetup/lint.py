"""Gates that read the sources: ruff, pylint-odoo, core's lint, translations."""

import os
import re
import tempfile
from pathlib import Path

from . import databases, machine
from .console import Progress, run_logged, run_quiet
from .places import LOGS, ROOT, addons

GOLDEN = ["tests/golden/receivables.json", "tests/golden/insurance.json"]

# Core's checks that read every add-on. Left out: those that test the checkers
# themselves, eslint (a node tool) and pylint over all of core (its checkers run on
# our add-ons alone, below).
CORE_LINT = ["/test_lint"] + [
    f"-/test_lint:{name}"
    for name in (
        "TestPyLint",
        "TestESLint",
        "TestPylintChecks",
        "TestGetTextLint",
        "TestSqlLint",
        "TestI18nChecks",
    )
]
CORE_CHECKERS = [
    "_odoo_checker_sql_injection",
    "_odoo_checker_gettext",
    "_odoo_checker_unlink_override",
]
CORE_MESSAGES = [
    "used-before-assignment",
    "undefined-variable",
    "eval-used",
    "unreachable",
    "function-redefined",
    "sql-injection",
    "missing-gettext",
    "gettext-variable",
    "gettext-placeholders",
    "gettext-repr",
    "raise-unlink-override",
]

# Warnings of Odoo's log that are not about our add-ons: pattern and why.
HARMLESS = {
    r"Running as user 'root' is a security risk": "how CI machines are",
    r"odoo\.addons\.base\.models\.ir_actions_report.* wkhtmltopdf": "unpatched Qt",
    r"odoo\.addons\.mail.*selfie_segmentation": "a file Debian's package leaves out",
    r"werkzeug: .*development server": "the test server is one",
}


def findings(ready):
    """Yield (gate, findings) for each gate that needs no database."""
    programs = ready.python.parent
    sources = [*addons(), "tests", "setup"]
    ruff = programs / "ruff"
    yield "ruff format", _output([ruff, "format", "--check", "--quiet", "."])
    yield "ruff lint", _output([ruff, "check", "--output-format=concise", "."])
    with Progress("pylint-odoo and core's checkers"):
        yield "pylint-odoo", _pylint_odoo(ready)
        yield "core's checkers", _core_checkers(ready)
    yield "golden cases", _golden()
    yield "nothing of this machine in the sources", list(_machine_words(sources))


def _output(command, env=None):
    """The output lines of a command that failed; nothing when it passed."""
    done = run_quiet(command, env=env, cwd=ROOT)
    if done.returncode == 0:
        return []
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines or [f"ended with code {done.returncode}"]


def _pylint_odoo(ready):
    command = [ready.python, "-m", "pylint", "--rcfile=.pylintrc-mandatory"]
    return _output([*command, *addons()], env=ready.environment)


def _core_checkers(ready):
    folder = ready.odoo.site / "odoo" / "addons" / "test_lint" / "tests"
    if not folder.is_dir():
        folder = ready.odoo.site / "addons" / "test_lint" / "tests"
    env = {**ready.environment, "PYTHONPATH": str(folder)}
    command = [ready.python, "-m", "pylint", f"--rcfile={os.devnull}", "-sn"]
    command += ["--disable=all", f"--enable={','.join(CORE_MESSAGES)}"]
    # Comments in the sources speak to pylint-odoo, which is not loaded here.
    command += ["--disable=unknown-option-value"]
    command += [f"--load-plugins={','.join(CORE_CHECKERS)}"]
    return _output([*command, *addons()], env=env)


def _golden():
    files = [name for name in GOLDEN if (ROOT / name).exists()]
    lines = _output([ROOT / "setup" / "golden", *files])
    return [line for line in lines if not line.startswith("PASS")]


def _machine_words(folders):
    """Lines that name a folder of one machine or the host of a package registry."""
    hosts = r"https?://\S*(?:debian\.org|pypi\.org|pythonhosted|npmjs)"
    pattern = re.compile(hosts + r"|(?<![\w.\-])/(?:work|home/\w+|root)/")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".py", ".xml", ".csv", ".md", ".js", ".toml", ""}:
                continue
            if not path.is_file():
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{path.relative_to(ROOT)}:{line}: names {match.group(0)!r}"


def export_template(ready, database, addon, target):
    """Export the translation template of an installed add-on into a file."""
    arguments = ["i18n", "export", "-d", database, "-o", target, "-l", "pot", "--"]
    ready.odoo_run(
        f"Reading the terms of {addon}", LOGS / "i18n.log", *arguments, addon
    )


def terms(path):
    """What a .pot file says, without dates and other head lines."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text.partition("\n\n")[2].strip()


def stale_templates(ready, database):
    """Add-ons whose .pot file is not what their sources say now."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for addon in addons():
            target = Path(folder) / f"{addon}.pot"
            export_template(ready, database, addon, target)
            kept = ROOT / addon / "i18n" / f"{addon}.pot"
            if terms(target) != terms(kept):
                found.append(f"{kept.relative_to(ROOT)}: run ./setup/translations")
    return found


def core_lint(ready):
    """Run core's ``test_lint`` in a copy of the test database."""
    name = machine.database_name("lint")
    log = LOGS / "core-lint.log"
    log.unlink(missing_ok=True)
    databases.drop(ready.cluster, name)
    databases.clone(ready.cluster, machine.database_name("test"), name)
    arguments = ["-d", name, "-i", "test_lint", "--test-tags", ",".join(CORE_LINT)]
    command = ready.command(*arguments, "--stop-after-init", "--no-http")
    label = "Running core's lint on the add-ons"
    code = run_logged(command, log, label, env=ready.environment, cwd=ROOT)
    databases.drop(ready.cluster, name)
    if code == 0:
        return []
    text = log.read_text(encoding="utf-8", errors="replace")
    failures = re.findall(r"(?:FAIL|ERROR): .+\n(?:(?!\d{4}-).*\n)*", text)
    return "".join(failures).splitlines() or [f"ended with code {code}, read {log}"]


def test_warnings(log):
    """Warnings in Odoo's log of a test run, but for those that are none of ours."""
    if not log.exists():
        return []
    harmless = re.compile("|".join(HARMLESS))
    pattern = re.compile(r"^(WARNING|ERROR|CRITICAL)\s")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [x for x in lines if pattern.match(x) and not harmless.search(x)]
    return list(dict.fromkeys(found))
