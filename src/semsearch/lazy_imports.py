"""Lazy imports: a package offers names whose modules are loaded on first access."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_attributes(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` function of a package (PEP 562).

    ``modules`` maps each attribute to the module that defines it, or to ``module:name`` if it has another name there.
    """

    def get_attribute(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, attribute = modules[name].partition(":")
        return getattr(importlib.import_module(module), attribute or name)

    return get_attribute
