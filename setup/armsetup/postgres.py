"""A private PostgreSQL cluster on a Unix socket, shared by all clones of a user."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .console import Problem, Progress, last_lines, run_quiet
from .places import DATA, digest, lock, need_space
from .system import is_root, postgres_bin

ROLE = "arm"
SERVER_USER = "postgres"  # PostgreSQL refuses to run as root
SOCKET_PATH_LIMIT = 100  # the kernel allows 107 bytes

# Commits are written at once (a killed server loses none); only a crash of the
# whole machine could hurt, and what is here can be made again.
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "120",
    "jit": "off",
    "timezone": "'UTC'",
}


@dataclass(frozen=True)
class Cluster:
    """A cluster: its programs, its data folder and the folder of its socket."""

    bin: Path
    folder: Path
    socket: Path

    @property
    def environment(self):
        return {"PGHOST": str(self.socket), "PGUSER": ROLE, "PGPORT": "5432"}

    def sql(self, statement, database="postgres"):
        """Run one statement with psql and return its rows as text lines."""
        done = run_quiet(
            [
                *[self.bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1"],
                *["-h", self.socket, "-U", ROLE, "-d", database, "-c", statement],
            ]
        )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise Problem(
                f"PostgreSQL refused a statement: {reason[0]}",
                "Start again; if it stays so, use --fresh.",
            )
        return done.stdout.splitlines()


def _as_server(command):
    """The command as the user that may run the server."""
    if not is_root():
        return command
    program = shutil.which("runuser", path=f"/usr/sbin:/sbin:{os.environ['PATH']}")
    return [program or "runuser", "-u", SERVER_USER, "--", *command]


def _run(command, timeout=120):
    """Run a server command; its output goes to a file, as a daemon may keep it open."""
    with tempfile.TemporaryFile() as out:
        code = subprocess.run(
            [str(part) for part in _as_server(command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            timeout=timeout,
        ).returncode
        out.seek(0)
        return code, out.read().decode(errors="replace")


def _base_folder():
    """The data folder, or for root one that the server's user can reach."""
    if not is_root():
        return DATA
    DATA.mkdir(parents=True, exist_ok=True)
    reached = run_quiet(_as_server(["test", "-x", str(DATA)]), cwd="/").returncode == 0
    return DATA if reached else Path("/var/lib/arm-odoo") / digest(DATA)


def locate():
    """The cluster of this user, whether it exists already or not."""
    programs = postgres_bin()
    if programs is None:
        raise Problem(
            "There is no PostgreSQL server (13 or newer) on this machine.",
            "On Debian: apt-get install postgresql, then start again.",
        )
    major = run_quiet([programs / "postgres", "-V"]).stdout.split()[-1].split(".")[0]
    if not major.isdigit():
        major = "".join(c for c in programs.parent.name if c.isdigit()) or "x"
    folder = _base_folder() / f"postgresql-{major}"
    socket = folder.parent / f"socket-{major}"
    if len(str(socket)) > SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432"):
        socket = Path(tempfile.gettempdir()) / f"arm-pg-{digest(folder)}"
    return Cluster(programs, folder, socket)


def _own(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if is_root():
        shutil.chown(folder, SERVER_USER, SERVER_USER)
    os.chmod(folder, 0o700)


def _initialise(cluster):
    """Make the cluster; one that an interrupted start left half made goes first."""
    need_space(cluster.folder.parent, 3)
    shutil.rmtree(cluster.folder, ignore_errors=True)
    _own(cluster.folder)
    command = [cluster.bin / "initdb", "-D", cluster.folder, "-U", ROLE]
    options = ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    code, output = _run([*command, *options])
    if code:
        raise Problem(
            f"PostgreSQL's cluster could not be made: {output.strip()[-200:]}",
            f"Check the folder {cluster.folder.parent} and start again.",
        )
    conf = cluster.folder / "postgresql.conf"
    with open(conf, "a", encoding="utf-8") as handle:
        for name, value in SETTINGS.items():
            handle.write(f"{name} = {value}\n")
        handle.write(f"unix_socket_directories = '{cluster.socket}'\n")
    (cluster.folder / ".ready").touch()


def is_running(cluster):
    ready = run_quiet([cluster.bin / "pg_isready", "-q", "-h", cluster.socket])
    return ready.returncode == 0


def _start(cluster):
    _own(cluster.socket)
    log = cluster.folder / "server.log"
    command = [cluster.bin / "pg_ctl", "-D", cluster.folder, "-l", log]
    code, _output = _run([*command, "-w", "-t", "90", "start"])
    if code and not is_running(cluster):
        raise Problem(
            f"PostgreSQL does not start: {last_lines(log) or 'no reason in its log'}",
            f"Read {log}; deleting {cluster.folder} makes a new cluster.",
        )


def ensure():
    """The running cluster; made, mended and started as needed."""
    cluster = locate()
    if (cluster.folder / ".ready").exists() and is_running(cluster):
        return cluster
    with lock("postgresql"):
        if not (cluster.folder / ".ready").exists():
            with Progress("Making a private PostgreSQL cluster"):
                _initialise(cluster)
        if not is_running(cluster):
            with Progress("Starting PostgreSQL"):
                _start(cluster)
    return cluster


def stop():
    """Stop the cluster of this user, if it runs."""
    cluster = locate()
    if cluster.folder.exists() and is_running(cluster):
        _run([cluster.bin / "pg_ctl", "-D", cluster.folder, "-m", "fast", "stop"])
