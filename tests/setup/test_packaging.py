"""Each add-on is a package of its own, as any other of the community."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "setup"))

from armsetup import places  # noqa: E402


@pytest.mark.parametrize("addon", places.addons())
def test_wheel(addon, tmp_path):
    """``pip`` builds a wheel with the manifest's metadata and all files."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"]
    done = subprocess.run(
        [*pip, "--no-build-isolation", "-w", str(tmp_path), str(ROOT / addon)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith("/METADATA")))
    assert b"License: LGPL-3" in metadata
    assert b"odoo==19.0" in metadata
    for part in ("__manifest__.py", "static/description/icon.png", f"i18n/{addon}.pot"):
        assert f"odoo/addons/{addon}/{part}" in names


def test_repository_has_its_papers():
    for name in ("README.md", "LICENSE", "CONTRIBUTING.md", "requirements.txt"):
        assert (ROOT / name).stat().st_size > 500
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text()
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            assert "==" in line, f"{line} is not pinned"
