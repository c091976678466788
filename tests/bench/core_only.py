"""Odoo as it would be without this suite's overrides, for the time of a block."""

import contextlib

OURS = "odoo.addons.arm_"


def _overrides(model_class):
    """(class, name) of every method of ours that extends one of somebody else's."""
    classes = model_class.__mro__
    for index, cls in enumerate(classes):
        for name, value in list(vars(cls).items()):
            module = getattr(value, "__module__", None) or ""
            if not callable(value) or not module.startswith(OURS):
                continue
            if any(_is_foreign(vars(base).get(name)) for base in classes[index + 1 :]):
                yield cls, name


def _is_foreign(value):
    module = getattr(value, "__module__", None) or OURS
    return not module.startswith(OURS)


@contextlib.contextmanager
def core_only(registry):
    """Take our overrides of core's methods away; models of ours stay as they are."""
    removed = {}
    for model_class in registry.models.values():
        for cls, name in _overrides(model_class):
            removed.setdefault((cls, name), vars(cls)[name])
    for cls, name in removed:
        delattr(cls, name)
    try:
        yield
    finally:
        for (cls, name), value in removed.items():
            setattr(cls, name, value)
