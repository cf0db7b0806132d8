"""The Python code of the project as syntax trees, for rules that hold everywhere."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from tests.builders import ROOT


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """The modules of the package, by their path."""
    files = sorted((ROOT / "src").rglob("*.py"))
    return {file.relative_to(ROOT / "src"): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def calls() -> Iterator[tuple[Path, str, ast.Call]]:
    """Module, name of the function as written, and call, of every call."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield file, ast.unparse(node.func), node


def imported() -> Iterator[tuple[Path, str]]:
    """Module, and name of a module that it imports."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((file, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield file, node.module or ""


def argument(call: ast.Call, name: str) -> object:
    """The constant that a call passes by name; None if there is none."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return given.value if isinstance(given, ast.Constant) else None
