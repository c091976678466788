"""Make ``odoo.addons.<addon>.tools`` importable without Odoo and without a database.

The tools of an add-on import only the standard library and each other. To import them
the parent packages must exist, but their code (models, controllers) must not run:
light modules with nothing but a search path stand in for them. Whatever Odoo has
loaded already is left as it is.
"""

import importlib
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def make_tools_importable(root: Path = ROOT, installed_odoo: bool = False) -> None:
    """Register a light module for each add-on under root that Odoo has not loaded.

    :param root: folder that holds the add-ons
    :param installed_odoo: import Odoo first if this Python has it, so that other
        modules of the same process (a test session) find the real one
    """
    if installed_odoo:
        with suppress(ImportError):
            importlib.import_module("odoo.addons")
            if importlib.import_module("odoo.tools").config["db_name"]:
                return  # the session has a database: it needs the real add-ons
    _light_module("odoo", [])
    _light_module("odoo.addons", [str(root)])
    for tools in sorted(root.glob("*/tools")):
        _light_module(f"odoo.addons.{tools.parent.name}", [str(tools.parent)])


def _light_module(name: str, path: list[str]) -> None:
    if name in sys.modules:
        return
    module = ModuleType(name)
    module.__path__ = path
    sys.modules[name] = module
    parent, _dot, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
