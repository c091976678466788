"""Real processes execute a run: two against one, and how much memory they take."""

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from .bench_dunning import make_tasks
from .bench_plan import CROWDS
from .crowd import crowd, taken_back
from .lab import clock
from .registry import Figure, benchmark

# Customers with one due item each; a batch has 200.
CUSTOMERS = {"tiny": 40, "small": 2_000, "full": 4_000}
ROUNDS = 3
MEGABYTES = 600
WRITTEN = (
    "mail_mail",
    "mail_message",
    "arm_dunning_message",
    "arm_dunning_action",
    "arm_dunning_run",
)


def plan_run(lab):
    """A committed run of which everything is planned; returns its id."""
    with lab.session(commit=True) as env:
        run = env["arm.dunning.run"]._open_run(env.company, "manual")
        run._plan_locked()
        return run.id


@dataclass(frozen=True)
class Work:
    """What processes did together."""

    seconds: float
    messages: int
    first: float  # megabytes at most, until after the first batch of a process
    peak: float  # megabytes at most


def execute(lab, count):
    """Let processes execute a run together; returns what they did."""
    with taken_back(lab, WRITTEN):
        run_id = plan_run(lab)
        command = [sys.executable, "-W", "ignore", "-m", "bench.worker"]
        command += [lab.registry.db_name, str(run_id)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        workers = [subprocess.Popen(command, **pipes) for _number in range(count)]
        for worker in workers:
            wait_for(worker, "READY")
        start = clock()
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        sizes = [wait_for(worker, "DONE") for worker in workers]
        seconds = clock() - start
        for worker in workers:
            worker.communicate()
        with lab.session() as env:
            run = env["arm.dunning.run"].browse(run_id)
            run._update_counts()
            assert not run.planned_count and not run.failed_count
            firsts, peaks = zip(*sizes, strict=True)
            return Work(seconds, run.message_count, max(firsts), max(peaks))


def wait_for(worker, word):
    """Wait until a process says a word; returns the numbers after it."""
    for line in worker.stdout:
        first, *rest = line.split() or [""]
        if first == word:
            return [float(number) for number in rest]
    raise RuntimeError(f"A worker ended before it was {word.lower()}.")


@contextlib.contextmanager
def debtors(lab, items, customers):
    """A crowd with six tasks about it, the only ones that are active."""
    tables = ("arm_dunning_task", "arm_dunning_operation")
    with crowd(lab, items, customers), taken_back(lab, tables):
        with lab.session(commit=True) as env:
            active = env["arm.dunning.task"].search([])
            make_tasks(env)
        yield
        with lab.session(commit=True) as env:
            active.with_env(env).active = True


@benchmark("workers", "executing a run with two workers, against one")
def workers(lab):
    """Issue 4: at least 1.6 times faster on two cores."""
    customers = CUSTOMERS[lab.size.name]
    done = {1: [], 2: []}
    with debtors(lab, 20 * customers, customers):
        for _number in range(1 if lab.size.name == "tiny" else ROUNDS):
            for count, works in done.items():
                works.append(execute(lab, count))
    one, two = (median(work.seconds for work in works) for works in done.values())
    yield Figure(
        *("workers.two", one / two, "x one", 1.6),
        f"{done[1][0].messages:,} mails: {two:.1f} s with two, {one:.1f} s with one "
        f"worker, {len(done[1])} rounds",
        at_least=True,
    )


@benchmark("memory", "memory of a process that executes a run of 100,000 open items")
def memory(lab):
    """Issue 4: flat, under 600 MB: the whole process, with Odoo in it."""
    items, customers = CROWDS[lab.size.name]
    with debtors(lab, items, customers):
        work = execute(lab, 1)
    yield Figure(
        *("memory.peak", work.peak, "MB", MEGABYTES),
        f"{work.messages:,} mails about {items:,} open items of {customers:,} "
        f"customers in {work.seconds:.1f} s; {work.first:.0f} MB after the first batch",
    )
