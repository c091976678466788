"""How things are measured: in turns, with fresh transactions, and taken back."""

import contextlib
import gc
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from odoo import SUPERUSER_ID, api

PROCESS = Path("/proc/self")


def clock():
    """Seconds that pass even while the tests' clock stands still."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@dataclass
class Samples:
    """What a contender took, round by round."""

    seconds: list = field(default_factory=list)
    queries: list = field(default_factory=list)

    @property
    def milliseconds(self):
        """The median duration in milliseconds."""
        return median(self.seconds) * 1000

    @property
    def query_count(self):
        """The median number of queries."""
        return round(median(self.queries))

    def ratio(self, other):
        """The median of how many times longer than the other each round took."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return median(mine / theirs for mine, theirs in pairs)

    def added_milliseconds(self, other):
        """What the least disturbed round took more than the other's.

        Whatever else runs on the machine only ever adds: the least is the truest.
        """
        return (min(self.seconds) - min(other.seconds)) * 1000

    def against(self, other):
        """Both durations in words, for the detail of a figure."""
        return (
            f"{self.milliseconds:,.1f} ms against {other.milliseconds:,.1f} ms, "
            f"{self.query_count} against {other.query_count} queries, "
            f"{len(self.seconds)} rounds"
        )


@dataclass(frozen=True)
class Contender:
    """What is measured, and what it runs in.

    :param prepare: gets an environment, prepares what it needs, and returns the
        function that is timed.
    :param within: makes the context manager in which the function runs.
    """

    prepare: Callable
    within: Callable = contextlib.nullcontext


class Lab:
    """A database with data, and the ways to measure on it."""

    def __init__(self, registry, size, clock_hand):
        """:param clock_hand: what moves the frozen clock (``freeze_time``)."""
        self.registry, self.size = registry, size
        self._clock_hand = clock_hand

    @contextlib.contextmanager
    def session(self, commit=False):
        """An environment of the data's company; its changes are taken back."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env = env(context={**env.user.context_get(), "tracking_disable": False})
            yield env
            if commit:
                env.flush_all()
                cr.commit()
            else:
                env.invalidate_all(flush=False)
                cr.rollback()

    @contextlib.contextmanager
    def on(self, day):
        """Let the clock stand at noon of a day (UTC), and at the old time after."""
        before = self._clock_hand()
        self._clock_hand.move_to(f"{day} 12:00:00")
        yield
        self._clock_hand.move_to(before)

    def in_turns(self, rounds: int, clean=(), **contenders: Callable | Contender):
        """Measure contenders in turns, each time in a transaction of its own.

        One more round goes before, to warm up, and does not count. At the smallest size
        one round is enough: it only shows that everything runs.

        :param clean: tables to vacuum before each measurement, because taken back
            rows would slow down who comes later.
        :param contenders: by name; a function stands for the contender that it prepares
        :return: the samples of each contender.
        """
        contenders = {
            name: what if isinstance(what, Contender) else Contender(what)
            for name, what in contenders.items()
        }
        samples = {name: Samples() for name in contenders}
        rounds = 1 if self.size.name == "tiny" else rounds
        for number in range(rounds + 1):
            for name, contender in contenders.items():
                self.vacuum(*clean)
                with self.session() as env:
                    function = contender.prepare(env)
                    with contender.within():
                        seconds, queries = self.time(env, function)
                if number:
                    samples[name].seconds.append(seconds)
                    samples[name].queries.append(queries)
        return samples

    def time(self, env, function):
        """(seconds, queries) of a function and of what it leaves for the commit."""
        _settle(env)
        gc.collect()
        gc.disable()
        try:
            queries, start = env.cr.sql_log_count, clock()
            function()
            _settle(env)
            return clock() - start, env.cr.sql_log_count - queries
        finally:
            gc.enable()

    def memory(self, env, function):
        """By how many megabytes the process grew at most while a function ran."""
        gc.collect()
        with contextlib.suppress(OSError):
            (PROCESS / "clear_refs").write_text("5")  # forget the old peak
        before = _status("VmRSS")
        function()
        _settle(env)
        return max(0, _status("VmHWM") - before) / 1024

    def vacuum(self, *tables):
        """Clear away what rolled back transactions left in tables."""
        if not tables:
            return
        with self.registry.cursor() as cr:
            cr._cnx.autocommit = True
            for table in tables:
                cr.execute(f'VACUUM ANALYZE "{table}"')


def _settle(env):
    """Write what is pending, and do what waits for the commit."""
    env.flush_all()
    env.cr.precommit.run()


def memory_peak():
    """The most megabytes that this process has had in memory."""
    return _status("VmHWM") / 1024


def _status(name):
    """A size in kB from the process's own status."""
    text = (PROCESS / "status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) if found else 0
