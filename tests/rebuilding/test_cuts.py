from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.rebuilding.cuts import Cuts


def without(text: str, *removed: str) -> str:
    spans = [(text.index(part), text.index(part) + len(part)) for part in removed]
    return Cuts.around(text, spans).apply(text)


@pytest.mark.parametrize(
    ("text", "removed", "rest"),
    [
        ("A. B. C.", ["B."], "A. C."),
        ("A. B.", ["B."], "A."),
        ("A. B.", ["A."], "B."),
        ("A.\n\nB.\n\nC.", ["B."], "A.\n\nC."),
        ("A. B.\n\nC.", ["B."], "A.\n\nC."),
        ("A.\n\nB. C.", ["B."], "A.\n\nC."),
        ("A.\n- B\n\nC.", ["- B"], "A.\n\nC."),
        ("A. B. C. D.", ["B.", "C."], "A. D."),
        ("A.\n\nB.\nC. D.", ["B.", "C."], "A.\n\nD."),
        ("A。B。C。", ["B。"], "A。C。"),
        ("A.", ["A."], ""),
        ("A.", [], "A."),
    ],
)
def test_white_space_beside_a_cut_stays_once(text: str, removed: list[str], rest: str) -> None:
    assert without(text, *removed) == rest


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text without white space at its ends, and spans of some of its words."""
    words = draw(st.lists(st.text("ab.é🫖", min_size=1, max_size=4), min_size=1, max_size=8))
    gaps = draw(st.lists(st.sampled_from([" ", "\n", "\n\n", "  "]), min_size=len(words), max_size=len(words)))
    is_cut = draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    text, spans = "", []
    for word, gap, cut in zip(words, gaps, is_cut, strict=True):
        if cut:
            spans.append((len(text), len(text) + len(word)))
        text += word + gap
    return text.rstrip(), spans


@given(cut_texts())
def test_what_stays_is_found_at_the_shifted_offsets(case: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = case
    cuts = Cuts.around(text, spans)
    rest = cuts.apply(text)
    is_removed = [any(start <= offset < end for start, end in cuts.spans) for offset in range(len(text))]
    for offset, removed in enumerate(is_removed):
        if not removed:
            assert rest[cuts.shift(offset)] == text[offset]
    assert [cuts.shift(offset) for offset in range(len(text) + 1)] == sorted(map(cuts.shift, range(len(text) + 1)))
    assert (cuts.shift(0), cuts.shift(len(text))) == (0, len(rest))
    words = [word for word, _ in zip(text.split(), spans, strict=False)]
    assert rest.split() == [text[start:end] for start, end in _words(text) if (start, end) not in spans] or not words


def _words(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        spans.append((start, start + len(word)))
        start += len(word)
    return spans


def test_the_offset_of_a_removed_character_becomes_that_of_what_follows() -> None:
    cuts = Cuts(((3, 6), (8, 10)))
    assert [cuts.shift(offset) for offset in range(12)] == [0, 1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6]
