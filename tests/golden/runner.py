"""Run files of golden cases: one line per case, a count at the end.

Exit code 0: all cases passed; 1: at least one failed; 2: a file cannot be read.
"""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from .compare import differences

HERE = Path(__file__).resolve().parent
USAGE = "Usage: setup/golden FILE.json [FILE.json ...]"


class UnreadableFile(Exception):
    """A file of cases that cannot be run at all; the text is one plain sentence."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case; no differences means that it passed."""

    case_id: str
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether the result is the expected one."""
        return not self.problems

    def __str__(self):
        if self.passed:
            return f"PASS {self.case_id}"
        return " ".join(f"FAIL {self.case_id} {'; '.join(self.problems)}".split())


@dataclass
class Registry:
    """All adapters by name of the formula or kind, from the formulas_*.py files."""

    formulas: dict[str, Callable] = field(default_factory=dict)
    kinds: dict[str, Callable] = field(default_factory=dict)
    extras: dict[str, frozenset[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @classmethod
    def discover(cls, folder: Path = HERE) -> "Registry":
        """Import every formulas_*.py of this package; a broken one is remembered."""
        registry = cls()
        for path in sorted(folder.glob("formulas_*.py")):
            registry._add(path.stem)
        return registry

    def _add(self, name: str) -> None:
        try:
            module = importlib.import_module(f"{__package__}.{name}")
        except Exception as error:
            self.broken.append(f"{name} cannot be loaded: {_one_line(error)}")
            return
        self.formulas.update(getattr(module, "FORMULAS", {}))
        self.kinds.update(getattr(module, "KINDS", {}))
        self.extras.update(getattr(module, "EXTRAS", {}))


def read_file(path: str | Path) -> dict:
    """Return a file of cases, numbers as Decimal.

    :raise UnreadableFile: if it is absent, not JSON or has no list of cases
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        content = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{path} is not JSON: {_one_line(error)}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("cases"), list):
        raise UnreadableFile(f"{path} is not a file of golden cases: no cases.")
    return content


def run_file(content: Mapping, registry: Registry) -> Iterator[Outcome]:
    """Run all cases of a file; a case that cannot be run fails, the others go on."""
    head = {key: value for key, value in content.items() if key != "cases"}
    for position, case in enumerate(content["cases"], start=1):
        yield run_case(case, head, registry, f"#{position}")


def run_case(
    case: Any, head: Mapping, registry: Registry, fallback_id: str = "#1"
) -> Outcome:
    """Compute one case, then compare.

    :param case: one element of the list of cases
    :param head: everything else in the file (conventions, rate tables, defaults)
    :param registry: the adapters
    :param fallback_id: name of a case without an id
    """
    if not isinstance(case, dict):
        return Outcome(fallback_id, ("the case is not an object",))
    case_id = str(case.get("id") or fallback_id)
    try:
        return Outcome(case_id, tuple(_problems(case, head, registry)))
    except Exception as error:
        name = case.get("formula") or case.get("kind")
        kind = type(error).__name__
        return Outcome(case_id, (f"{name} raised {kind}: {_one_line(error)}",))


def main(arguments: list[str]) -> int:
    """Run the files named on the command line; return the exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        files = [read_file(path) for path in arguments]
    except UnreadableFile as error:
        print(error, file=sys.stderr)
        return 2
    registry = Registry.discover()
    outcomes = []
    for outcome in (o for content in files for o in run_file(content, registry)):
        outcomes.append(outcome)
        print(outcome)
    passed = sum(outcome.passed for outcome in outcomes)
    print(f"{passed} passed, {len(outcomes) - passed} failed")
    return 0 if passed == len(outcomes) else 1


def _problems(case: dict, head: Mapping, registry: Registry) -> Iterator[str]:
    for key in ("inputs", "expected"):
        if key not in case:
            yield f"the case has no {key}"
            return
    places = case.get("places")
    if places is not None and (type(places) is not int or places < 0):
        yield "places must be a whole number, zero or more"
        return
    if "formula" in case:
        adapter = registry.formulas.get(case["formula"])
        arguments = (case["inputs"], {**head, "places": places})
    else:
        adapter = registry.kinds.get(case.get("kind"))
        arguments = (case, head)
    if adapter is None:
        yield _unknown(case, registry)
        return
    extras = registry.extras.get(case.get("formula", case.get("kind")), ())
    for difference in differences(
        case["expected"], adapter(*arguments), places, extras
    ):
        yield str(difference)


def _unknown(case: dict, registry: Registry) -> str:
    key = "formula" if "formula" in case else "kind"
    reasons = "".join(f" ({reason})" for reason in registry.broken)
    return f"unknown {key} {case.get(key)!r}{reasons}"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
