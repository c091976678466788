"""``./setup/bench``: data is made once, every benchmark runs, figures are told."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "setup"))

from armsetup import bench  # noqa: E402


def setup_bench(*options):
    return subprocess.run(
        [str(ROOT / "setup" / "bench"), *options],
        capture_output=True,
        text=True,
        timeout=1800,
    )


def test_help_names_the_benchmarks():
    text = setup_bench("--help").stdout
    for word in ("refresh", "posting", "orders", "plan", "mails", "--size", "--json"):
        assert word in text


def test_unknown_benchmark():
    done = setup_bench("no-such")
    assert done.returncode == 1
    assert "no-such" in done.stderr and "refresh" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_benchmark_runs(tmp_path):
    """At the smallest size; the second time the data is there already."""
    target = tmp_path / "figures.json"
    done = setup_bench("--size", "tiny", "--json", str(target))
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads(target.read_text(encoding="utf-8"))
    assert content["size"]["invoices"] == 400
    names = {figure["name"].partition(".")[0] for figure in content["figures"]}
    for name in set(bench.known()) - {
        "rival-many",
        "statement-rival",
    }:  # only when named
        assert re.search(rf"^— {name}: ", done.stdout, re.MULTILINE)
    assert {"refresh", "posting", "orders", "collectors"} <= names
    wrong = [f for f in content["figures"] if f["name"] == "refresh.wrong"]
    assert [figure["value"] for figure in wrong] == [0]
    again = setup_bench("refresh", "--size", "tiny")
    assert "Making" not in again.stdout and "bars hold" in again.stdout
