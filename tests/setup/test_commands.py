"""What the commands say when something is wrong: one sentence and a next step."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "setup"))

from armsetup import console, databases, machine, odoo_source, places  # noqa: E402


def setup_run(*options, env=None):
    return subprocess.run(
        [str(ROOT / "setup" / "run"), *options],
        capture_output=True,
        text=True,
        timeout=300,
        env=env,
    )


def refused(done, word):
    """Assert that a command ended with a sentence and a next step, no traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Problem: " in done.stderr
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert word in done.stderr


def test_help_names_every_option():
    text = setup_run("--help").stdout
    for option in (
        "--odoo",
        "--no-serve",
        "--port",
        "--database",
        "--fresh",
        "--no-demo",
    ):
        assert option in text


def test_port_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(setup_run("--port", str(port)), str(port))


def test_wrong_checkout(tmp_path):
    refused(setup_run("--no-serve", "--odoo", str(tmp_path)), "no Odoo")


def test_old_checkout(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text(
        "version_info = (17, 0, 0, 'final')\n"
    )
    refused(setup_run("--no-serve", "--odoo", str(tmp_path)), "Odoo 17.0")


def test_wrong_database_name():
    refused(setup_run("--no-serve", "--database", "No Good"), "No Good")


def test_too_little_disk(tmp_path):
    with pytest.raises(console.Problem) as caught:
        places.need_space(tmp_path, 10**9)
    assert "free" in caught.value.message
    assert "XDG_CACHE_HOME" in caught.value.hint


def test_unexpected_error_is_kept_in_a_file(tmp_path, capsys):
    def fail():
        raise RuntimeError("something odd")

    assert console.main(fail, tmp_path) == 1
    text = capsys.readouterr().err
    assert "something odd" in text
    assert "Traceback" not in text
    assert "Traceback" in (tmp_path / "unexpected.log").read_text()


def test_disk_full_is_a_sentence(tmp_path, capsys):
    def fail():
        raise OSError(28, "No space left on device")

    assert console.main(fail, tmp_path) == 1
    assert "disk is full" in capsys.readouterr().err


def test_version_of_a_checkout(tmp_path):
    package = tmp_path / "odoo"
    package.mkdir()
    (package / "release.py").write_text("version_info = (19, 0, 0, 'final', 0, '')\n")
    (tmp_path / "addons" / "account").mkdir(parents=True)
    source = odoo_source.ensure(str(tmp_path))
    assert source.site == tmp_path.resolve()
    assert source.addons == (tmp_path.resolve() / "addons",)


def test_interrupted_build_heals():
    """A half-built database is dropped; the name appears only when all is done."""
    cluster = machine.postgres.ensure()
    name = machine.database_name("heal")
    databases.drop(cluster, name)
    with pytest.raises(RuntimeError):
        with databases.building(cluster, name, "key") as work:
            assert databases.exists(cluster, work)
            raise RuntimeError("killed here")
    assert not databases.exists(cluster, name)
    with databases.building(cluster, name, "key"):
        pass
    assert databases.marked(cluster, name) == "key"
    databases.drop(cluster, name)
    assert not databases.exists(cluster, name + databases.BUILDING)


def test_lock_ends_with_its_process():
    """A set-up that was killed never keeps the next one waiting."""
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT / 'setup')!r})\n"
        "from armsetup import places\n"
        "with places.lock('test-lock'):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout.readline().strip() == b"held"
    with pytest.raises(console.Problem):
        with places.lock("test-lock", patience=1):
            pass
    child.kill()
    child.wait()
    with places.lock("test-lock", patience=5):
        pass
