"""Prints the software bill of materials: what is installed with semsearch, as CycloneDX JSON.

    make sbom      # writes sbom.json

It lists the packages that semsearch needs, directly or through others, in the versions that are installed: no packages
of development, and no path of this machine. Scripts, styles and templates of pages are part of semsearch itself: none
is from elsewhere.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
_PROJECT: dict[str, Any] = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]


def needed_by(lines: Iterable[str], extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the packages that requirements name, with some extras and on this platform, and their extras."""
    for line in lines:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def project() -> Component:
    """Return the component of semsearch."""
    version = _PROJECT["version"]
    return Component(
        name=_PROJECT["name"],
        version=version,
        type=ComponentType.APPLICATION,
        licenses=[LicenseExpression(_PROJECT["license"])],
        bom_ref=f"{_PROJECT['name']}@{version}",
    )


def component(name: str) -> Component:
    """Return the component of an installed package."""
    found = importlib.metadata.distribution(name)
    licenses: list[DisjunctiveLicense | LicenseExpression] = []
    metadata = found.metadata.json
    if expression := metadata.get("license_expression"):
        licenses.append(LicenseExpression(str(expression)))
    elif (text := str(metadata.get("license", "")).strip()) and len(text.splitlines()) == 1:
        licenses.append(DisjunctiveLicense(name=text))
    version = found.version.partition("+")[0]  # without the variant, as in 2.13.0+cpu: the index knows it by this
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        licenses=licenses,
        purl=PackageURL("pypi", None, name, version),
        bom_ref=f"{name}@{version}",
    )


def bill_of_materials() -> str:
    """Return the bill as CycloneDX JSON. Raises PackageNotFoundError if something needed is not installed."""
    bom = Bom()
    bom.metadata.component = project()
    direct = list(needed_by(_PROJECT["dependencies"], frozenset()))
    needs: dict[str, set[str]] = {}
    waiting, done = [*direct], set[tuple[str, frozenset[str]]]()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) not in done:
            done.add((name, extras))
            found = list(needed_by(importlib.metadata.requires(name) or (), extras))
            needs.setdefault(name, set()).update(other for other, _ in found)
            waiting += found
    components = {name: component(name) for name in needs}
    bom.components.update(components.values())
    bom.register_dependency(bom.metadata.component, [components[name] for name, _ in direct])
    for name, one in components.items():
        bom.register_dependency(one, [components[other] for other in sorted(needs[name])])
    return JsonV1Dot6(bom).output_as_string(indent=2)


if __name__ == "__main__":
    sys.stdout.write(f"{bill_of_materials()}\n")
