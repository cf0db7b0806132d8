from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.exporting.names import file_name
from tests.index.builders import plain_text

LIKELY = st.text("abAB1-_./ éß", max_size=4)
"""Ids that are nearly the same."""


def digest(post_id: str) -> str:
    return hashlib.sha256(post_id.encode()).hexdigest()[:16]


@pytest.mark.parametrize("post_id", ["a", "0", "formal-math", "post_17", "2024-01-31-a-day", "x" * 100, "index-1"])
def test_a_safe_id_is_its_own_file_name(post_id: str) -> None:
    assert file_name(post_id) == post_id


@pytest.mark.parametrize(
    ("post_id", "readable"),
    [
        ("A", "a"),
        ("Über uns", "ber-uns"),
        ("2024/01/a day", "2024-01-a-day"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("-dash", "dash"),
        ("_under", "under"),
        ("a.html", "a-html"),
        ("index", "post"),
        ("nul", "post"),
        ("COM1", "post"),
        ("con.", "post"),
        ("con trol", "con-trol"),
        ("x" * 101, "x" * 60),
        ("?&", "post"),
        ("漢字", "post"),
        ("😀", "post"),
        ("a\n", "a"),
    ],
)
def test_other_ids_become_a_readable_part_and_a_digest(post_id: str, readable: str) -> None:
    assert file_name(post_id) == f"{readable}.{digest(post_id)}"


def test_ids_that_differ_by_case_alone_have_names_that_differ_by_more() -> None:
    assert file_name("Post").casefold() != file_name("post").casefold() != file_name("POST").casefold()


@given(ids=st.lists(plain_text | LIKELY, unique=True))
def test_names_of_different_ids_differ_on_case_insensitive_file_systems(ids: list[str]) -> None:
    assert len({file_name(post_id).casefold() for post_id in ids}) == len(ids)


@given(post_id=plain_text | LIKELY | st.text("aB./\\", min_size=90, max_size=300))
def test_names_are_valid_on_every_file_system_and_web_server(post_id: str) -> None:
    name = file_name(post_id)
    assert 1 <= len(name) <= 100
    assert re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", name)  # no separator, no space, no dot in front, nothing to be escaped
    assert name != "index"
    assert name == file_name(post_id)


@given(post_id=plain_text)
def test_no_name_is_that_of_another_id(post_id: str) -> None:
    """What has a dot was made, and ids with a dot have another name than themselves."""
    name = file_name(post_id)
    assert name == post_id or file_name(name) != name
