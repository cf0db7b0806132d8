"""The boilerplate that a rebuild left out of the posts of a version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "boilerplate.json"


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A sentence or line that recurs in many posts."""

    sentence: str
    """As it is in the example. In other posts its dates and numbers may differ, and the title and authors it names."""
    posts: int
    """How many posts had it."""
    example: str
    """The id of the first of them."""


def write_boilerplate(folder: Path, found: Iterable[Boilerplate]) -> None:
    """Write the boilerplate of a version."""
    content = [asdict(sentence) for sentence in found]
    (folder / FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_boilerplate(folder: Path) -> tuple[Boilerplate, ...]:
    """Read the boilerplate of a version."""
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return tuple(Boilerplate(**sentence) for sentence in content)
