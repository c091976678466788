"""Progress on the terminal, commands with a log, and errors in one sentence."""

import contextlib
import errno
import subprocess
import sys
import threading
import time
import traceback


class Problem(Exception):
    """What went wrong, in one sentence, and what the user can do next."""

    def __init__(self, message, hint=""):
        super().__init__(message)
        self.message = message
        self.hint = hint


class Progress:
    """One line for a long step: a live clock on a terminal, else a tick."""

    TICK = 20  # seconds between signs of life where there is no terminal

    def __init__(self, label):
        self.label = label
        self.detail = ""
        self.started = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def _tell(self):
        live = sys.stdout.isatty()
        while not self._stop.wait(0.5 if live else self.TICK):
            seconds = time.monotonic() - self.started
            if live:
                text = f"  {self.label} … {seconds:.0f} s  {self.detail}"
                sys.stdout.write("\r\033[K" + text[:110])
            else:
                sys.stdout.write(f"  {self.label} … {seconds:.0f} s\n")
            sys.stdout.flush()

    def __enter__(self):
        if sys.stdout.isatty():
            sys.stdout.write(f"  {self.label} …")
            sys.stdout.flush()
        self._thread.start()
        return self

    def __exit__(self, exc_type, exc, tb):
        self._stop.set()
        self._thread.join()
        seconds = time.monotonic() - self.started
        mark = "ok" if exc_type is None else "--"
        start = "\r\033[K" if sys.stdout.isatty() else ""
        sys.stdout.write(f"{start}{mark} {self.label} ({seconds:.1f} s)\n")
        sys.stdout.flush()


def say(text=""):
    """Print a line at once, so that it keeps its place among children's output."""
    print(text, flush=True)


def last_lines(path, count=1):
    """The last non-empty lines of a log file, for an error message."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:])


def run_logged(command, log, label, env=None, cwd=None, stdin=None):
    """Run a long command with a progress line; its output goes to the file ``log``.

    Returns the exit code; a command that does not exist counts as 127.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a", encoding="utf-8") as out, Progress(label) as progress:
        out.write(f"\n$ {' '.join(str(part) for part in command)}\n")
        out.flush()
        try:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=stdin or subprocess.DEVNULL,
                env=env,
                cwd=cwd,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            return 127
        with child:
            try:
                for line in child.stdout:
                    out.write(line)
                    progress.detail = line.strip()[:60]
            except BaseException:
                child.terminate()
                raise
        return child.returncode


def run_quiet(command, env=None, cwd=None):
    """Run a short command and return the finished process with its output."""
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        errors="replace",
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )


def _tell_problem(problem):
    print(f"\nProblem: {problem.message}", file=sys.stderr)
    if problem.hint:
        print(f"Next:    {problem.hint}", file=sys.stderr)
    return 1


def main(function, log_folder):
    """Run ``function`` and turn what goes wrong into a sentence and an exit code."""
    try:
        with contextlib.suppress(BrokenPipeError):
            return function() or 0
        return 0
    except Problem as problem:
        return _tell_problem(problem)
    except KeyboardInterrupt:
        print("\nStopped. Start again to go on from here.", file=sys.stderr)
        return 130
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return _tell_problem(
                Problem("The disk is full.", "Free some space and start again.")
            )
        where = log_folder / "unexpected.log"
        with contextlib.suppress(OSError):
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_text(traceback.format_exc(), encoding="utf-8")
        return _tell_problem(
            Problem(
                f"Something unexpected: {type(error).__name__}: {error}",
                f"Start again with --fresh; the details are in {where}.",
            )
        )
