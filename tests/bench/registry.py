"""What a benchmark is, and where all of them are."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured number, and the bar that it must not pass."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    detail: str = ""
    at_least: bool = False  # the bar is a least value instead of a most

    @property
    def holds(self):
        """Whether the figure holds the bar; None where there is none."""
        if self.bar is None:
            return None
        if self.at_least:
            return self.value >= self.bar
        return self.value <= self.bar


@dataclass(frozen=True)
class Benchmark:
    """A function that measures something and yields figures."""

    name: str
    title: str
    function: Callable[..., Iterator[Figure]]
    long: bool = False  # runs only when it is asked for by name


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(name, title, long=False):
    """Decorate a function of a :class:`~.lab.Lab` that yields figures.

    :param name: one word, by which ``./setup/bench`` runs it.
    :param title: what is measured, in a few words.
    :param long: it takes so long that it only runs when it is asked for by name.
    """

    def register(function):
        if name in BENCHMARKS:
            raise ValueError(f"There are two benchmarks named {name}")
        BENCHMARKS[name] = Benchmark(name, title, function, long)
        return function

    return register


def load():
    """Import every ``bench_<topic>`` module; returns the benchmarks by name."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        importlib.import_module(f"{__package__}.{path.stem}")
    return BENCHMARKS
