from __future__ import annotations

from typing import Any

import pytest

from semsearch.posts import Post, Section
from semsearch.search import Hit, Searcher
from semsearch.search.passage import section_of
from semsearch.search.results import Passage, PassageSection
from tests.search.fakes import planted, searcher_of

FIRST, SECOND, THIRD = "A first sentence on apples.", "A second on pears and apples.", "A third on plums, plums, plums."
BODY = "😀 Its body has a sentence on figs."


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return searcher_of(
        tmp_path_factory.mktemp("passages") / "version",
        [
            planted(
                "many",
                (0.0, 0.0, 1.0),
                {FIRST: (1.0, 0.0, 0.0), SECOND: (0.0, 1.0, 0.0), THIRD: (0.0, 1.0, 0.0), BODY: (0.6, 0.0, 0.8)},
                title="The orchard",
                teaser=f"{FIRST} {SECOND}\n{THIRD}",
                body=f"😀😀 {BODY}",
                sections=(Section("Figs", "figs", 3, 3 + len(BODY)),),
            ),
            planted("teaser", (0.0, 1.0, 0.0), teaser="One sentence on cherries."),
            planted("body", (0.0, 1.0, 0.0), body="One sentence on cherries in the body."),
            planted("title", (0.0, 1.0, 0.0), title="Cherries"),
        ],
        {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)},
    )


def _hit(searcher: Searcher, post_id: str, q: str, **parameters: Any) -> Hit:
    (hit,) = (hit for hit in searcher.search(q, **parameters).hits if hit.id == post_id)
    return hit


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("x", Passage("teaser", 0, 27, FIRST)),
        ("y", Passage("teaser", 28, 57, SECOND)),  # of two that are equally near, the first
        ("z", Passage("body", 3, 3 + len(BODY), BODY)),
    ],
)
@pytest.mark.parametrize("mode", ["semantic", "hybrid"])
def test_passage_is_the_most_similar_sentence(searcher: Searcher, mode: str, q: str, expected: Passage) -> None:
    passage = _hit(searcher, "many", q, mode=mode).passage
    assert passage == expected
    assert passage is not None
    assert getattr(searcher.post("many"), passage.field)[passage.start : passage.end] == passage.text


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("apples", FIRST),  # the first of two that have it
        ("apples pears", SECOND),
        ("plums apples pears", SECOND),  # distinct words count, not how often they stand
        ("plum", THIRD),
        ("fig", BODY),
        ("orchard", FIRST),  # only the title has it
    ],
)
def test_lexical_passage_is_the_sentence_with_most_query_terms(searcher: Searcher, q: str, text: str) -> None:
    passage = _hit(searcher, "many", q, mode="lexical").passage
    assert passage is not None
    assert passage.text == text


@pytest.mark.parametrize(
    ("post_id", "expected"),
    [
        ("teaser", Passage("teaser", 0, 25, "One sentence on cherries.")),
        ("body", Passage("body", 0, 37, "One sentence on cherries in the body.")),
        ("title", None),
    ],
)
@pytest.mark.parametrize(("q", "mode"), [("y", "semantic"), ("cherries", "lexical")])
def test_post_of_one_sentence_shows_it_and_empty_post_has_no_passage(
    searcher: Searcher, q: str, mode: str, post_id: str, expected: Passage | None
) -> None:
    assert _hit(searcher, post_id, q, mode=mode).passage == expected


_SECTIONS = (Section("First", "first", 10, 20), Section("Empty", "", 20, 20), Section("Second", "", 30, 40))


@pytest.mark.parametrize(
    ("start", "end", "title"),
    [
        (10, 20, "First"),
        (12, 13, "First"),
        (4, 18, "First"),  # it begins before the heading, and most of it is in the section
        (15, 29, None),  # most of it is between the sections
        (0, 9, None),
        (20, 30, None),
        (25, 38, "Second"),
        (30, 31, "Second"),
        (40, 50, None),
    ],
)
def test_the_section_of_a_passage_is_that_of_its_middle(start: int, end: int, title: str | None) -> None:
    post = Post("a", "A", body="x" * 50, sections=_SECTIONS)
    section = section_of(post, Passage("body", start, end, ""))
    assert (section and section.title) == title


def test_a_passage_of_the_teaser_is_in_no_section() -> None:
    post = Post("a", "A", teaser="x" * 50, sections=(Section("All", "all", 0, 50),))
    assert section_of(post, Passage("teaser", 0, 9, "")) is None
    assert section_of(post, Passage("body", 0, 9, "")) == PassageSection("All", "all")
    assert section_of(post, None) is None
    assert section_of(Post("a", "A", body="x"), Passage("body", 0, 1, "x")) is None


@pytest.mark.parametrize("q", ["x", "y", "z"])
@pytest.mark.parametrize("mode", ["semantic", "lexical"])
def test_a_hit_has_the_section_of_its_passage(searcher: Searcher, mode: str, q: str) -> None:
    hit = _hit(searcher, "many", q if mode == "semantic" else {"x": "apples", "y": "pears", "z": "figs"}[q], mode=mode)
    assert hit.section == (PassageSection("Figs", "figs") if q == "z" else None)


def test_passage_is_the_sentence_used_in_the_score(demo: Searcher) -> None:
    snapshot = demo.snapshot
    vector = demo.encoder.encode_queries(["how do models do maths?"])[0]
    for hit in demo.search("how do models do maths?", mode="semantic", explain=True).hits:
        ordinal = snapshot.documents.ordinal(hit.id)
        assert ordinal is not None
        assert hit.passage is not None
        rows = list(snapshot.passages.rows_of(ordinal))
        spans = [snapshot.passages.span(row) for row in rows]
        cosines = [float(snapshot.passage_vectors.vectors([row])[0] @ vector) for row in rows]  # type: ignore[arg-type]
        if rows:
            best = cosines.index(max(cosines))
            assert (hit.passage.field, hit.passage.start, hit.passage.end) == spans[best]
            assert hit.explanation.semantic.passage == pytest.approx(max(cosines), abs=1e-6)  # type: ignore[union-attr]
        else:
            assert hit.passage.text == hit.teaser
