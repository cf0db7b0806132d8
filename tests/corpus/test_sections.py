from __future__ import annotations

from typing import Any

import pytest

from semsearch.corpus.fields import InvalidField, post_from
from semsearch.posts import Section


def section(start: Any, end: Any, title: Any = "T", **fields: Any) -> dict[str, Any]:
    return {"title": title, "start": start, "end": end} | fields


def read(body: str, *sections: Any) -> tuple[Section, ...]:
    return post_from({"id": "a", "title": "A", "body": body, "sections": list(sections)}).sections


def reason(body: str, sections: Any) -> str:
    with pytest.raises(InvalidField) as raised:
        post_from({"id": "a", "title": "A", "body": body, "sections": sections})
    return str(raised.value)


def test_sections_are_read_with_title_anchor_and_span() -> None:
    assert read("One. Two.", section(0, 5, "First", anchor="first"), section(5, 9, "Second")) == (
        Section("First", "first", 0, 5),
        Section("Second", "", 5, 9),
    )


def test_sections_may_leave_gaps_and_be_empty() -> None:
    assert read("0123456789", section(2, 2), section(2, 4), section(7, 10)) == (
        Section("T", "", 2, 2),
        Section("T", "", 2, 4),
        Section("T", "", 7, 10),
    )


def test_titles_and_anchors_are_cleaned() -> None:
    assert read("x", section(0, 1, " e\u0301\x00 ", anchor=" #u\u0308ber ")) == (Section("é", "über", 0, 1),)


def test_a_section_without_title_is_left_out() -> None:
    assert read("0123", section(0, 1, " "), section(1, 2, None), section(2, 4)) == (Section("T", "", 2, 4),)


def test_sections_keep_their_texts_when_the_body_is_cleaned() -> None:
    first, second = "\u00a0Cafe\u0301.\r\n", "\x00\ud800Tea \u1112\u1161\u11ab. \n"
    ends = len(first), len(first + second)
    post = post_from(
        {"id": "a", "title": "A", "body": first + second, "sections": [section(0, ends[0]), section(*ends)]}
    )

    assert post.body == "Café.\nTea 한."
    assert [post.body[part.start : part.end] for part in post.sections] == ["Café.\n", "Tea 한."]


@pytest.mark.parametrize("absent", [None, []])
def test_sections_may_be_absent(absent: Any) -> None:
    assert post_from({"id": "a", "title": "A", "sections": absent}).sections == ()


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({}, "sections must be a list of objects such as"),
        (["x"], "sections, entry 1: not an object such as"),
        ([section(0, 2), section(1, 3)], "sections, entry 2: start 1 is before 2, where the previous section ends"),
        ([section(2, 3), section(0, 1)], "sections, entry 2: start 0 is before 3, where the previous section ends"),
        ([section(0, 5)], "sections, entry 1: end 5 is not between start 0 and 4, the end of the body"),
        ([section(2, 1)], "sections, entry 1: end 1 is not between start 2 and 4, the end of the body"),
        ([section(9**99, 9**99)], "sections, entry 1: end 1000000000 is not between"),
        ([section(-1, 1)], "sections, entry 1: start must be a whole number from 0"),
        ([section(None, 1)], "sections, entry 1: start must be a whole number from 0"),
        ([section(0, 1.0)], "sections, entry 1: end must be a whole number from 0"),
        ([section(0, True)], "sections, entry 1: end must be a whole number from 0"),
        ([section(0, 1, 7)], "sections, entry 1: title must be text"),
        ([section(0, 1, anchor=["a"])], "sections, entry 1: anchor must be text"),
        ([section(0, 1, anchor="a\tb")], "sections, entry 1: anchor has control characters"),
        ([section(0, 1, "x" * 1_001)], "sections, entry 1: title has 1001 characters, the limit is 1000"),
        ([section(0, 0)] * 2_001, "sections has 2001 entries, the limit is 2000"),
    ],
)
def test_what_is_wrong_with_a_section_is_said_with_its_number(sections: Any, expected: str) -> None:
    assert reason("0123", sections).startswith(expected)
