"""Odoo 19: a checkout that the user names, an importable one, or Debian's package."""

import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .console import Problem, Progress, last_lines, run_logged, run_quiet
from .places import CACHE, LOGS, digest, lock, need_space

PACKAGE = "odoo-19"
SUITE = "sid"  # Debian's stable suites have no Odoo package
# The package links to files of these; the first from the suite of Odoo, the
# others from the machine's own Debian (a newer Font Awesome has other files).
FONTS_OF_SUITE = ["fonts-montserrat"]
COMPANIONS = [
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class OdooSource:
    """Where Odoo is: the folder to import from, and further add-on folders."""

    site: Path
    addons: tuple = field(default=())

    @property
    def key(self):
        return digest(self.site, *self.addons)


def _version(package):
    """The (major, minor) version of an ``odoo`` package folder, or None."""
    try:
        text = (package / "release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"^version_info\s*=\s*\(\s*(\d+)\s*,\s*(\d+)", text, re.MULTILINE)
    return (int(match[1]), int(match[2])) if match else None


def _from_checkout(path):
    site = Path(path).expanduser().resolve()
    version = _version(site / "odoo")
    if version != (19, 0):
        what = f"Odoo {version[0]}.{version[1]}" if version else "no Odoo"
        raise Problem(
            f"There is {what} in {site}.",
            "Give --odoo the top folder of an Odoo 19.0 source checkout.",
        )
    # A checkout keeps most add-ons beside the package, an installed Odoo inside it.
    inside = (site / "odoo" / "addons" / "account").is_dir()
    return OdooSource(site, () if inside else (site / "addons",))


def _importable():
    code = "import odoo, os; print(os.path.dirname(os.path.abspath(odoo.__path__[0])))"
    found = run_quiet([sys.executable, "-c", code], cwd="/").stdout.strip()
    if found and _version(Path(found) / "odoo") == (19, 0):
        return _from_checkout(found)
    return None


def _cached():
    ready = sorted((CACHE / "odoo").glob("19*/.ready"), key=lambda p: p.stat().st_mtime)
    if not ready:
        return None
    return OdooSource(ready[-1].parent / "usr/lib/python3/dist-packages")


def _mirror():
    """The Debian mirror that this machine already uses."""
    form = "$(REPO_URI) $(LABEL)"
    lines = run_quiet(["apt-get", "indextargets", "--format", form]).stdout.split("\n")
    for line in sorted(set(lines)):
        uri, _space, label = line.partition(" ")
        if (
            uri
            and "security" not in uri.lower()
            and label in {"Debian", "", "$(LABEL)"}
        ):
            return uri
    raise Problem(
        "This machine's package sources name no Debian mirror, so Odoo 19 cannot be "
        "fetched.",
        "Give an Odoo 19 source checkout: ./setup/run --odoo PATH",
    )


def _apt_options(work):
    """Options that point apt at a sources file and folders of our own."""
    for folder in ("lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    sources = work / "suite.list"
    sources.write_text(f"deb {signed}{_mirror()} {SUITE} main\n", encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work,
        "APT::Sandbox::User": "root",
    }
    return [f"-o{name}={value}" for name, value in settings.items()]


def _apt(arguments, label, folder):
    if run_logged(["apt-get", *arguments], LOGS / "odoo.log", label, cwd=folder):
        raise Problem(
            f"{label} failed: {last_lines(LOGS / 'odoo.log')}",
            "Check the network and start again, or give an Odoo 19 source checkout: "
            "./setup/run --odoo PATH",
        )


def _fetch():
    """Download Debian's package and its companions and unpack them into the cache."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Problem(
            "Odoo 19 is not here, and without Debian's apt it cannot be fetched.",
            "Give an Odoo 19 source checkout: ./setup/run --odoo PATH",
        )
    need_space(CACHE, 4)
    work = CACHE / "fetch"
    shutil.rmtree(work, ignore_errors=True)
    debs = work / "debs"
    debs.mkdir(parents=True)
    options = _apt_options(work)
    own = ["-oAPT::Sandbox::User=root"]
    _apt([*options, "update"], f"Reading the package list of Debian {SUITE}", debs)
    names = [PACKAGE, *FONTS_OF_SUITE]
    _apt([*options, "download", *names], "Downloading Odoo 19 (130 MB)", debs)
    _apt([*own, "download", *COMPANIONS], "Downloading fonts and scripts", debs)
    return _unpack(work, debs)


def _unpack(work, debs):
    version = next(debs.glob(f"{PACKAGE}_*.deb")).name.split("_")[1]
    partial = work / "prefix"
    with Progress("Unpacking Odoo 19"):
        for deb in sorted(debs.glob("*.deb")):
            done = run_quiet(["dpkg-deb", "-x", deb, partial])
            if done.returncode:
                raise Problem(
                    f"{deb.name} cannot be unpacked: {done.stderr.strip()}",
                    "Start again; the download will be made anew.",
                )
    (partial / ".ready").touch()
    final = CACHE / "odoo" / version
    shutil.rmtree(final, ignore_errors=True)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(final)
    shutil.rmtree(work, ignore_errors=True)
    return _cached()


def ensure(checkout=None):
    """Find Odoo 19 or fetch it; returns an :class:`OdooSource`."""
    if checkout:
        return _from_checkout(checkout)
    found = _importable() or _cached()
    if found:
        return found
    with lock("odoo"):
        return _cached() or _fetch()
