"""Entities that were escaped once too often."""

from __future__ import annotations

import pytest

from semsearch.ingest.markup.entities import mended, unescaped_markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a &amp; b", "a & b"),
        ("&amp;amp;", "&"),
        ("&amp;amp;amp;", "&amp;"),
        ("&lt;b&gt;a&lt;/b&gt;", "a"),
        ("a & b; AT&T;", "a & b; AT&T;"),
        ("&nosuchentity;", "&nosuchentity;"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
    ],
)
def test_entities_are_resolved_twice_at_most(text: str, expected: str) -> None:
    assert mended(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&lt;p&gt;a&lt;/p&gt;", "<p>a</p>"),
        ("&amp;lt;p&amp;gt;a", "<p>a"),
        ("<i>x</i> &lt;p&gt;", "<i>x</i> &lt;p&gt;"),
        ("1 &lt; 2", "1 &lt; 2"),
    ],
)
def test_markup_escaped_as_a_whole_is_unescaped(text: str, expected: str) -> None:
    assert unescaped_markup(text) == expected
