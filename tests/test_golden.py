"""Every golden case must pass, and the runner must tell the truth about them."""

import copy
import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden import compare, runner

HERE = Path(__file__).resolve().parent
LAUNCHER = HERE.parent / "setup" / "golden"
FILES = {
    name: runner.read_file(HERE / "golden" / f"{name}.json")
    for name in ("receivables", "insurance")
}
REGISTRY = runner.Registry.discover()


def head_of(name):
    return {key: value for key, value in FILES[name].items() if key != "cases"}


def all_cases():
    for name, content in FILES.items():
        for case in content["cases"]:
            yield pytest.param(name, case, id=case["id"])


@pytest.mark.parametrize("name, case", all_cases())
def test_case(name, case):
    """The functions give what the case expects."""
    outcome = runner.run_case(case, head_of(name), REGISTRY)
    assert outcome.passed, str(outcome)


def test_case_ids_are_unique():
    """An id names one case only, so that a FAIL line is clear."""
    for content in FILES.values():
        ids = [case["id"] for case in content["cases"]]
        assert len(set(ids)) == len(ids)


def at_path(structure, path):
    for step in path.split("/"):
        if isinstance(structure, list):
            structure = next(row for row in structure if row["id"] == step)
        else:
            structure = structure[step]
    return structure


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=c["id"]) for c in FILES["insurance"]["cases"] if "hand" in c],
)
def test_hand_worked_values_agree_with_expected(case):
    """The data itself is consistent: values worked by hand equal the expected ones."""
    for path, by_hand in case["hand"].items():
        expected = at_path(case["expected"], path)
        try:
            assert Decimal(expected) == Decimal(by_hand), path
        except (TypeError, ArithmeticError):
            assert expected == by_hand, path


# ---------------------------------------------------------------------------
# The runner as a program
# ---------------------------------------------------------------------------


def launch(*paths):
    return subprocess.run(
        [sys.executable, str(LAUNCHER), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def case_of(formula, inputs, expected, places=2, case_id="X-01"):
    return {
        "id": case_id,
        "formula": formula,
        "inputs": inputs,
        "expected": expected,
        "places": places,
    }


TURNOVER = {"current": "1", "total": "4"}


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="cases.json"):
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def test_runner_passes_the_receivables_file():
    """Exit 0, one PASS line per case and the count at the end."""
    result = launch(HERE / "golden" / "receivables.json")
    lines = result.stdout.splitlines()
    count = len(FILES["receivables"]["cases"])
    assert result.returncode == 0, result.stdout + result.stderr
    assert lines[-1] == f"{count} passed, 0 failed"
    assert lines[0] == "PASS DSO-01"
    assert len(lines) == count + 1


def test_launcher_is_executable_and_needs_no_odoo():
    """The file runs by itself with a bare Python (no site packages at all)."""
    assert LAUNCHER.stat().st_mode & 0o111
    result = subprocess.run(
        [sys.executable, "-S", "-E", LAUNCHER, HERE / "golden" / "receivables.json"],
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0


def test_wrong_expectation_fails(write):
    """One wrong figure makes one FAIL line that names it, and exit code 1."""
    good = case_of("percent_current", TURNOVER, {"percent": "25.00"}, case_id="G")
    wrong = case_of("percent_current", TURNOVER, {"percent": "25.01"}, case_id="W")
    result = launch(write({"cases": [wrong, good]}))
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "FAIL W percent expected 25.01 got 25.00",
        "PASS G",
        "1 passed, 1 failed",
    ]


@pytest.mark.parametrize(
    "expected",
    [
        {"percent": None},
        {"percent": "25.0"},
        {"percent": "25.000"},
        {"percent": "+25.00"},
        {"percent": 25},
        {"percent": True},
        {"percent": ["25.00"]},
        {"percent": {"a": "25.00"}},
        {"percent": "25.00", "more": "0.00"},
        {},
        [],
        "25.00",
        None,
    ],
)
def test_expectation_of_another_shape_fails(expected):
    """Compared as text and with the same shape, never nearly."""
    if expected == {"percent": 25}:
        case = case_of("percent_current", {"current": "1", "total": "3"}, expected)
    else:
        case = case_of("percent_current", TURNOVER, expected)
    assert not runner.run_case(case, {}, REGISTRY).passed


def test_any_changed_text_of_any_case_fails():
    """No comparison is blind: spoiling any expected value makes the case fail."""
    for name in ("receivables",):
        for case in FILES[name]["cases"]:
            for spoiled in spoil(case["expected"]):
                changed = {**case, "expected": spoiled}
                outcome = runner.run_case(changed, head_of(name), REGISTRY)
                assert not outcome.passed, (case["id"], spoiled)


def spoil(structure):
    """Yield copies of a structure with exactly one leaf changed."""
    for path in leaves(structure):
        changed = copy.deepcopy(structure)
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other_than(place[path[-1]])
        yield changed


def leaves(structure, path=()):
    if isinstance(structure, dict):
        for key, part in structure.items():
            yield from leaves(part, (*path, key))
    elif isinstance(structure, list):
        for index, part in enumerate(structure):
            yield from leaves(part, (*path, index))
    else:
        yield path


def other_than(leaf):
    if leaf is None:
        return "0.00"
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return leaf + 1
    last = leaf[-1]
    return leaf[:-1] + ("1" if last == "0" else "0")


def test_unknown_formula_and_kind_fail(write):
    """What cannot be computed is a failure that says so."""
    formula = case_of("no_such_formula", {}, {}, case_id="F")
    kind = {"id": "K", "kind": "no_such_kind", "inputs": {}, "expected": {}}
    result = launch(write({"cases": [formula, kind, {"id": "N"}]}))
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("FAIL F unknown formula 'no_such_formula'")
    assert lines[1].startswith("FAIL K unknown kind 'no_such_kind'")
    assert lines[2] == "FAIL N the case has no inputs"
    assert lines[3] == "0 passed, 3 failed"


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"current": "1"},
        {"current": "1", "total": None},
        {"current": "one", "total": "4"},
        {"current": "1", "total": "NaN"},
        {"current": True, "total": "4"},
        {"current": ["1"], "total": "4"},
        [],
        None,
    ],
)
def test_case_that_raises_fails_and_the_others_go_on(write, inputs):
    """Bad input is one FAIL line without a traceback."""
    bad = case_of("percent_current", inputs, {"percent": "25.00"}, case_id="B")
    good = case_of("percent_current", TURNOVER, {"percent": "25.00"}, case_id="G")
    outcomes = list(runner.run_file({"cases": [bad, 7, good]}, REGISTRY))
    assert str(outcomes[0]).startswith("FAIL B percent_current raised ")
    assert str(outcomes[1]) == "FAIL #2 the case is not an object"
    assert outcomes[2].passed


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"cases": 1}', '{"cases": [NaN]}', "7", "[" * 100000],
)
def test_malformed_file(write, content):
    """Exit 2 with one sentence, nothing on the standard output."""
    result = launch(write(content))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_unreadable_file_and_usage(tmp_path):
    """An absent file, a folder, binary data and no file at all: exit 2."""
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    for paths in ([tmp_path / "absent.json"], [tmp_path], [binary], []):
        result = launch(*paths)
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1


def test_thousand_cases_in_a_second(write):
    """A thousand cases take less than a second, start included."""
    content = copy.deepcopy(FILES["receivables"])
    cases = content["cases"] * (1000 // len(content["cases"]) + 1)
    path = write(json.dumps({**content, "cases": cases[:1000]}))
    started = time.perf_counter()
    result = launch(path)
    assert result.stdout.splitlines()[-1] == "1000 passed, 0 failed"
    # Twice the promise, for a machine that is busy with something else.
    assert time.perf_counter() - started < 2


def test_json_numbers_never_become_binary(write):
    """A number without quotes is read as a decimal, digit by digit."""
    content = '{"cases": [{"id": "D", "formula": "percent_current", "places": 20, '
    content += '"inputs": {"current": 0.1, "total": 1},'
    content += '"expected": {"percent": "10.00000000000000000000"}}]}'
    result = launch(write(content))
    assert result.returncode == 0, result.stdout


def test_extra_keys():
    """Keys that a case leaves out may only be empty, or declared as extras."""
    found = compare.differences
    assert not list(found({"a": "1.00"}, {"a": Decimal(1), "b": Decimal(0)}, 2))
    assert not list(found({}, {"b": None, "c": False, "d": [], "e": "0.00"}, 2))
    assert not list(found({}, {"b": Decimal(1)}, 2, {"b"}))
    assert [str(d) for d in found({}, {"b": Decimal(1)}, 2)] == [
        "b expected nothing got 1.00"
    ]
    assert [str(d) for d in found({"b": "0.00"}, {}, 2)] == [
        "b expected 0.00 got nothing"
    ]


def test_broken_adapters_do_not_hide_the_others(tmp_path, monkeypatch):
    """A module of adapters that cannot be imported fails its own cases only."""
    (tmp_path / "formulas_receivables.py").touch()
    (tmp_path / "formulas_absent.py").touch()
    registry = runner.Registry.discover(tmp_path)
    assert "dso_simple" in registry.formulas
    assert len(registry.broken) == 1
    case = {"id": "K", "kind": "x", "inputs": {}, "expected": {}}
    assert "formulas_absent cannot be loaded" in str(
        runner.run_case(case, {}, registry)
    )
