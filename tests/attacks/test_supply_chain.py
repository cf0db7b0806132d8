"""Packages, images and scripts are pinned, listed, and run with few rights.

Pins and image: tests/test_docs.py and tests/test_deploy.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.builders import ROOT

WEB = ROOT / "src/semsearch/web"


@pytest.fixture(scope="module")
def bill() -> str:
    """What ``make sbom`` writes."""
    command = [sys.executable, "deploy/sbom.py"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def test_the_bill_of_materials_is_valid(bill: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None


def test_the_bill_of_materials_lists_every_dependency(bill: str, project: dict[str, Any]) -> None:
    content = json.loads(bill)
    versions = {component["name"]: component["version"] for component in content["components"]}
    needed = [
        requirement
        for requirement in map(Requirement, project["dependencies"])
        if requirement.marker is None or requirement.marker.evaluate()
    ]
    assert {canonicalize_name(requirement.name) for requirement in needed} <= set(versions)
    for requirement in needed:
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)], prereleases=True)
    assert content["metadata"]["component"]["version"] == project["version"]


def test_the_bill_of_materials_has_no_packages_of_development(bill: str, project: dict[str, Any]) -> None:
    names = {component["name"] for component in json.loads(bill)["components"]}
    assert not names & {"pytest", "mypy", "ruff", "hypothesis", "playwright", "cyclonedx-python-lib", "mkdocs"}


def test_the_bill_of_materials_names_neither_paths_nor_hosts(bill: str) -> None:
    assert set(re.findall(r'\w+://[^"]+', bill)) == {"http://cyclonedx.org/schema/bom-1.6.schema.json"}
    assert str(ROOT) not in bill
    assert str(ROOT.home()) not in bill


def test_every_package_of_the_bill_of_materials_is_pinned(bill: str) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    listed = {canonicalize_name(component["name"]) for component in json.loads(bill)["components"]}
    assert listed <= pinned


def test_pages_load_nothing_from_other_servers() -> None:
    for file in sorted((*WEB.rglob("*.html"), *WEB.rglob("*.js"), *WEB.rglob("*.css"), *WEB.rglob("*.svg"))):
        text = file.read_text(encoding="utf-8")
        loaded = re.findall(r"""(?:src|href|from|import|url\()\s*[=(]?\s*["']?((?:https?:)?//[^"'\s)]+)""", text)
        assert not [address for address in loaded if "www.w3.org" not in address], file


def test_scripts_and_styles_are_of_this_project() -> None:
    """If a file of others is added, list it in the bill of materials, and then here."""
    assert {file.name for file in (WEB / "static").iterdir()} == {
        "box.js", "common.js", "icon.svg", "playground.js", "related.js", "semsearch.css",
    }  # fmt: skip
