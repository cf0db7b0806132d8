from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.entries import Status
from semsearch.ingest.sites.statuses import status_of
from semsearch.ingest.sites.values import Fields, found, lookup

_KEYS = st.sampled_from(("title", "Title", "extra", "params", "image", "x.y", ""))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.lists(
    st.sampled_from(
        ("title", "TITLE", "image", "extra.image", "Extra.Image", "params.extra.title", "absent", "extra.", ".")
    ),
    max_size=6,
).map(tuple)


def _looked_up_one_by_one(fields: dict[str, Any], names: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [(name, value) for name in names if (value := lookup(fields, name)) is not None]


@given(st.dictionaries(_KEYS.map(str.lower), _VALUES, max_size=5), _NAMES)
def test_names_are_found_as_a_lookup_of_each_finds_them(values: dict[str, Any], names: tuple[str, ...]) -> None:
    fields = Fields(values)
    assert list(found(fields, names)) == _looked_up_one_by_one(fields, names)
    assert list(found(values, names)) == _looked_up_one_by_one(values, names)


@given(st.dictionaries(_KEYS.map(str.lower), _VALUES, max_size=5), _NAMES)
def test_fields_in_lower_case_have_the_values_of_the_mapping_they_are_made_of(
    values: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert [lookup(Fields(values), name) for name in names] == [lookup(values, name) for name in names]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, Status.PUBLISHED),
        ({"draft": None, "status": None}, Status.PUBLISHED),
        ({"draft": "yes"}, Status.DRAFT),
        ({"draft": False, "published": "no"}, Status.DRAFT),
        ({"published": True, "hidden": True}, Status.PRIVATE),
        ({"unlisted": "true", "draft": "true"}, Status.DRAFT),
        ({"status": "Draft"}, Status.DRAFT),
        ({"status": "page", "private": "1"}, Status.PRIVATE),
        ({"status": "live"}, Status.PUBLISHED),
    ],
)
def test_a_status_is_what_the_first_flag_says(fields: dict[str, Any], status: Status) -> None:
    assert status_of(Fields(fields)) is status
