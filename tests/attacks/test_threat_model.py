"""The threat model names tests that exist, and every class of attacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.builders import ROOT

MODEL = (ROOT / "docs/security.md").read_text(encoding="utf-8")
CLASSES = {
    "index files", "pickles", "remote model code", "weights", "YAML", "XML", "JSON", "feeds and SSRF", "XSS", "keys",
    "tenants", "limits", "CORS and hosts", "logs", "supply chain",
}  # fmt: skip


def test_every_class_has_a_row_and_a_module_of_tests() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \|.*\| `(test_\w+\.py)`: ", MODEL, re.MULTILINE))
    assert set(rows) == CLASSES
    modules = {file.name for file in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert set(rows.values()) == modules


def test_every_row_names_a_test_of_its_module() -> None:
    for module, names in re.findall(r"^\| [^|]+ \|.*\| `(test_\w+\.py)`: (.*) \|$", MODEL, re.MULTILINE):
        text = (Path(__file__).parent / module).read_text(encoding="utf-8")
        assert any(f"def {name}(" in text for name in re.findall(r"`(test_\w+)`", names)), module


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", MODEL))))
def test_a_test_that_it_names_exists(name: str) -> None:
    found = [file for file in (ROOT / "tests").rglob("test_*.py") if f"def {name}(" in file.read_text(encoding="utf-8")]
    assert len(found) > 0


def test_reports_are_asked_for_without_addresses() -> None:
    """Addresses of people or mail boxes would have to be kept up to date, or be made up."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert not re.findall(r"[\w.]+@[\w.]+|https?://", text)
