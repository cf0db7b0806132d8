"""The kinds of sources. Each module of this package is one kind, and has it as ``KIND``."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from semsearch.ingest.kind import Kind


@functools.cache
def kinds() -> dict[str, Kind]:
    """All kinds by name, in order of their names."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [module.KIND for module in modules]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}
