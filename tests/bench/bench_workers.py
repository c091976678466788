"""Two workers on one run, against one: real processes on committed data."""

import subprocess
import sys
from statistics import median

from .bench_dunning import make_tasks
from .crowd import crowd, taken_back
from .lab import clock
from .registry import Figure, benchmark

# Customers with one due item each; a batch has 200.
CUSTOMERS = {"tiny": 40, "small": 2_000, "full": 4_000}
ROUNDS = 3
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


def execute(lab, count):
    """Let processes execute a run together; returns (seconds, customers)."""
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
        for worker in workers:
            wait_for(worker, "DONE")
        seconds = clock() - start
        for worker in workers:
            worker.communicate()
        with lab.session() as env:
            run = env["arm.dunning.run"].browse(run_id)
            run._update_counts()
            assert not run.planned_count and not run.failed_count
            return seconds, run.message_count


def wait_for(worker, word):
    for line in worker.stdout:
        if line.strip() == word:
            return
    raise RuntimeError(f"A worker ended before it was {word.lower()}.")


@benchmark("workers", "executing a run with two workers, against one")
def workers(lab):
    """Issue 4: at least 1.6 times faster on two cores."""
    customers = CUSTOMERS[lab.size.name]
    tables = ("arm_dunning_task", "arm_dunning_operation")
    samples = {1: [], 2: []}
    with crowd(lab, 20 * customers, customers), taken_back(lab, tables):
        with lab.session(commit=True) as env:
            active = env["arm.dunning.task"].search([])
            make_tasks(env)
        for _number in range(1 if lab.size.name == "tiny" else ROUNDS):
            for count, seconds in samples.items():
                took, messages = execute(lab, count)
                seconds.append(took)
        with lab.session(commit=True) as env:
            active.with_env(env).active = True
    one, two = median(samples[1]), median(samples[2])
    yield Figure(
        *("workers.two", one / two, "x one", 1.6),
        f"{messages:,} mails: {two:.1f} s with two, {one:.1f} s with one worker, "
        f"{len(samples[1])} rounds",
        at_least=True,
    )
