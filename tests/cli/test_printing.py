from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from semsearch.cli.printing import print_comparison, print_evaluation, print_json, print_search
from semsearch.evaluation import Comparison, Evaluation
from semsearch.evaluation.comparison import Difference
from semsearch.evaluation.measuring import FoundPost, MissedPost, WorstQuery
from semsearch.index.lexical.query_model import WordContribution
from semsearch.ranking.score import Explanation, FeedbackPart, LexicalPart, RecencyPart, RerankingPart, SemanticPart
from semsearch.search.results import Hit, NearDuplicate, Passage, Reranking, SearchResult, UnknownValue

MEASURES = {"nDCG@10": 1 / 3, "R@100": 0.5, "RR": 2 / 3}
LONG = "A title that goes on and on " * 8


def _evaluation(*worst: WorstQuery) -> Evaluation:
    modes = {"hybrid": MEASURES, "lexical": dict.fromkeys(MEASURES, 0.0)}
    return Evaluation("search", "hybrid", 7, MEASURES, modes, {"q": MEASURES}, worst, 1.25)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_an_evaluation_has_a_row_for_each_mode(capsys: pytest.CaptureFixture[str]) -> None:
    print_evaluation(_evaluation())
    header, hybrid, lexical, total, *_ = _lines(capsys)
    assert header.split() == ["nDCG@10", "R@100", "RR"]
    assert hybrid.split() == ["hybrid", "0.3333", "0.5000", "0.6667"]
    assert lexical.split() == ["lexical", "0.0000", "0.0000", "0.0000"]
    assert len(header) == len(hybrid) == len(lexical)
    assert total == "7 queries, 1.2 s"


def test_a_bad_result_lists_found_and_missed_posts(capsys: pytest.CaptureFixture[str]) -> None:
    found = (FoundPost("a", "First", None), FoundPost("b", "Second\nline", 0))
    missed = (MissedPost("c", "Third", 2, 41), MissedPost("d", "", 1, None))
    print_evaluation(_evaluation(WorstQuery("q", "what\tis it?", MEASURES, found, missed)))
    assert _lines(capsys)[-5:] == [
        "0.333  what is it?  [q]",
        "       found   not judged  First  [a]",
        "       found   judged 0    Second line  [b]",
        "       missed  rank 41     Third  [c]",
        "       missed  not found     [d]",
    ]


@pytest.mark.parametrize("name", ["q", "a-slug-that-says-it-all-" * 8])
def test_lines_of_an_evaluation_have_at_most_100_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_evaluation(
        _evaluation(WorstQuery(name, LONG, MEASURES, (FoundPost(name, LONG, None),), (MissedPost(name, LONG, 1, 100),)))
    )
    lines = _lines(capsys)
    assert max(map(len, lines)) == 100
    assert all("A title" in line and line.endswith("]") for line in lines[-3:])


def test_a_comparison_prints_both_runs_and_left_out_queries(capsys: pytest.CaptureFixture[str]) -> None:
    difference = Difference(this=0.5, other=0.75, difference=-0.25, better=1, equal=0, worse=3, p_value=0.0421)
    print_comparison(Comparison("old.json", "lexical", 4, 2, {"RR": difference}))
    _, first, left_out, row = _lines(capsys)
    assert first == "against old.json (lexical), over 4 queries:"
    assert left_out.startswith("2 queries ")
    assert row == "RR       0.5000 against 0.7500: -0.2500, 1 better, 3 worse, p = 0.0421"
    print_comparison(Comparison("old.json", "lexical", 4, 0, {"RR": difference}))
    assert "left out" not in capsys.readouterr().out


def test_an_evaluation_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    evaluation = _evaluation(WorstQuery("q", "half a pair: \ud83d", MEASURES, (), ()))
    print_json(asdict(evaluation))
    (line,) = _lines(capsys)
    assert json.loads(line)["worst"][0]["query"] == "half a pair: \ud83d"
    assert json.loads(line)["modes"]["hybrid"] == MEASURES


# --- answers ----------------------------------------------------------------------------------------------------------

HIT = Hit("a", "Tides", "When the\nwater comes.", "/a", "2024-05-01", (), (), 5.5, 0.987, None, {})


def _result(*hits: Hit, **fields: Any) -> SearchResult:
    plain = SearchResult("tides", hits, 10, 0, len(hits), True, {}, (), {}, None, 1.0, "v")
    return replace(plain, **fields)


def test_a_hit_prints_title_text_and_url(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(HIT))
    assert _lines(capsys) == ["  1. Tides  [a]  confidence 0.99", "     When the water comes.", "     /a"]


def test_the_passage_replaces_the_teaser(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(replace(HIT, passage=Passage("body", 3, 20, "It comes at noon."), url=None)))
    assert _lines(capsys)[1:] == ["     It comes at noon."]


def test_hits_of_a_later_page_are_numbered_from_its_offset(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(HIT, replace(HIT, id="b"), offset=20))
    assert [line[:4] for line in _lines(capsys) if "confidence" in line] == [" 21.", " 22."]


def test_pinned_hits_and_near_duplicates_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    copies = (NearDuplicate("b", "Tides again", None, None), NearDuplicate("c", "Tides once more", "/c", "2023-01-01"))
    print_search(_result(replace(HIT, pinned=True, duplicates=copies), replace(HIT, id="d")))
    lines = _lines(capsys)
    assert lines[0] == "  1. Tides  [a]  confidence 0.99  pinned"
    assert lines[3:5] == ["     also: Tides again  [b]", "     also: Tides once more  [c]"]
    assert lines[5] == "  2. Tides  [d]  confidence 0.99"


def test_corrections_and_warnings_are_printed_above_the_hits(capsys: pytest.CaptureFixture[str]) -> None:
    late = Reranking("cross", 20, done=False)
    print_search(_result(HIT, answerable=False, corrections={"tieds": "tides", "mooon": "moon"}, reranking=late))
    assert _lines(capsys)[:5] == [
        "no post has “tieds”: searched for “tides”",
        "no post has “mooon”: searched for “moon”",
        "cross took too long: the hits are not reranked",
        "no clear answer; the closest posts:",
        "  1. Tides  [a]  confidence 0.99",
    ]


def test_what_no_post_has_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(HIT, missing=("CVE-2031-0001", "2.0")))
    assert _lines(capsys)[:2] == ["no post mentions “CVE-2031-0001”", "no post mentions “2.0”"]


def test_an_unknown_tag_is_named_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(unknown=(UnknownValue("tag", "Tieds", "tides"),)))
    assert _lines(capsys) == ["no post has the tag “Tieds”. Did you mean “tides”?", "nothing found"]


def test_a_pinned_post_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(replace(HIT, pinned=True), answerable=False))
    assert _lines(capsys)[0] == "  1. Tides  [a]  confidence 0.99  pinned"


def test_there_are_no_warnings_without_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    print_search(_result(HIT, reranking=Reranking("cross", 20, done=True)))
    assert _lines(capsys)[0].startswith("  1. ")
    print_search(_result(answerable=False))
    assert _lines(capsys) == ["nothing found"]


SEMANTIC = SemanticPart(whole=0.5, passage=0.76, hubness=0.1, background_mean=0.1, background_deviation=0.1)
LEXICAL = LexicalPart(
    (WordContribution("tides", "tide", "title", 1, 4.0), WordContribution("sea", "sea", "body", 2, 2.0)), 12.0
)
MEANING = "1.00 × meaning 5.00 (whole 0.500, best sentence 0.760, hubness 0.100)"
FEEDBACK = FeedbackPart(similarity=0.7, background_mean=0.2, background_deviation=0.1)
WORDS = "1.00 × words 1.75 (BM25: tides in title 4.00, sea in body 2.00)"


@pytest.mark.parametrize(
    ("explanation", "line"),
    [
        (Explanation(SEMANTIC, LEXICAL, 1.0, 1.0), f"score 6.75 = {MEANING} + {WORDS}"),
        (Explanation(SEMANTIC, None, 1.0, 0.0), f"score 5.00 = {MEANING}"),
        (
            Explanation(SEMANTIC, None, 1.0, 0.0, feedback=FEEDBACK),
            f"score 6.50 = {MEANING} + 1.00 × first hits 1.50 (similarity 0.700)",
        ),
        (Explanation(None, LEXICAL, 0.0, 1.0), f"score 1.75 = {WORDS}"),
        (Explanation(None, LexicalPart((), 0.0), 0.0, 1.0), "score 0.00 = 1.00 × words 0.00 (BM25: none)"),
        (
            Explanation(SEMANTIC, None, 1.0, 0.0, recency=RecencyPart(2.0, 0.5, 0.9)),
            f"score 5.90 = {MEANING} + recency 0.90",
        ),
        (
            Explanation(SEMANTIC, LEXICAL, 1.0, 1.0, reranking=RerankingPart(0.25, 2.0, 6.0)),
            f"score 3.00 by relevance 0.250; before: {MEANING} + {WORDS}",
        ),
    ],
    ids=["hybrid", "semantic", "feedback", "lexical", "no word in common", "recency", "reranked"],
)
def test_an_explanation_prints_the_parts_of_the_score(
    explanation: Explanation, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_search(_result(replace(HIT, explanation=explanation)))
    assert _lines(capsys)[-1].strip() == line
