"""YAML files make no objects and do not grow without bound.

Front matter of posts: tests/ingest/parsing/test_yaml_values.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from semsearch.api.auth.keyring import read_text
from semsearch.errors import InvalidRequest, SemsearchError
from semsearch.search.curation import read_curation_text
from tests.attacks.sources import calls

READERS: dict[str, Callable[[str], object]] = {
    "keys": read_text,
    "curation": lambda text: read_curation_text(text, partial(InvalidRequest, "rules")),
}
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "program": "keys: !!python/object/apply:os.system ['touch it-was-run']",
    "object": "queries: !!python/object/new:os.system [touch it-was-run]",
    "name": "keys: !!python/name:os.system",
    "module": "keys: !!python/module:os",
    "aliases": LAUGHS,
    "itself": "keys: &a [*a]",
    "depth": "keys: " + "[" * 20_000,
    "depth of mappings": "{a: " * 20_000,
    "merge": "a: &a {keys: []}\n<<: *a",
    "not UTF-8": "keys: \udcff",
    "control characters": "keys: \x00\x07",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_hostile_file_is_refused(reader: Callable[[str], object], text: str) -> None:
    with pytest.raises(SemsearchError):
        reader(text)


def test_yaml_is_loaded_safely_everywhere() -> None:
    unsafe = ("load", "load_all", "full_load", "unsafe_load")
    assert not [str(file) for file, name, _ in calls() if name in {f"yaml.{function}" for function in unsafe}]
