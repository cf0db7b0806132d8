"""Any query gets a result or an InvalidRequest that names ``q``, and does not affect later queries."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.errors import InvalidRequest
from semsearch.search import Searcher
from semsearch.search.requests import MODES, Mode
from tests.builders import SHARED

NAUGHTY = SHARED / "bad_inputs" / "blns" / "blns.json"


def _search(demo: Searcher, q: str, mode: Mode = "hybrid") -> None:
    """Search, and check the invariants of results."""
    result = demo.search(q, mode=mode, explain=True, facets=["tags"])
    assert len(result.hits) == result.estimated_total_hits
    if mode != "lexical" and not any(sign in q for sign in '"“-'):
        assert len(result.hits) == 9 or not demo.encoder.can_read(q)
    for hit in result.hits:
        assert hit.explanation is not None
        assert hit.explanation.score == pytest.approx(hit.score, rel=1e-5, abs=1e-5)
        assert 0 <= hit.confidence <= 1


def _ask_in_every_way(demo: Searcher, q: str) -> None:
    for mode in MODES:
        _search(demo, q, mode)
    demo.suggest(q)
    assert len(demo.related(texts=[q], min_confidence=0).hits) == 5


@pytest.mark.parametrize(
    "q",
    [
        "a\x00b",
        "'; DROP TABLE post; --",
        '"',
        "'",
        "“",
        "(",
        ")",
        "[",
        "{}",
        "*",
        "?",
        "^",
        "~",
        "\\",
        ":",
        "title:maths",
        "maths AND",
        "OR",
        "NOT maths",
        "+maths -lean",
        "maths~2",
        "maths^5",
        "ordinal:[0 TO 9]",
        "*:*",
        "- maths",
        "-- -5 -.",
        '"maths',
        'maths"',
        '"maths" "',
        '"" maths',
        '-"maths',
        'maths -"" -"  "',
        '"the of" and',
        'maths -"the"',
        '"\x00"maths',
        '"' * 2_000,
        '"a" ' * 128,
        "a" + " -b" * 170,
        '"' + "maths " * 84 + '"',
        '"😀😀" -😀',
        '"مرحبا بالعالم" سلام',
        "שלום -עולם",
        '"数学の" -問題',
        '"\u0301" x -\u0301',
        "the of and",
        "ma*",
        ".*",
        "<script>alert(1)</script>",
        "%s%n{0}${x}",
        "مرحبا بالعالم",
        "\u202emaths\u202c",
        "ﷺ" * 2_000,
        "😀" * 2_000,
        "👨‍👩‍👧‍👦" * 60,
        "a" + "\u0301" * 511,
        "a" * 2_000,
        " ".join("abcdefghijklmnopqrstuvwxyz"[: n % 26 + 1] for n in range(40)),
        "数学の問題を解くモデル",
        "\ufeff\u200b\u2060",
    ],
)
def test_odd_queries_get_a_result(demo: Searcher, q: str) -> None:
    _ask_in_every_way(demo, q)


def test_operators_of_other_engines_are_plain_words(demo: Searcher) -> None:
    def found(q: str) -> list[str]:
        return [hit.id for hit in demo.search(q, mode="lexical").hits]

    assert found("maths NOT lean") == found("maths lean")
    assert found("+teaser: lean AND maths") == found("teaser lean maths")
    assert found('lean " maths - ') == found("lean maths")
    assert found("teaser:lean") == found("lean") == ["formal-math"]
    assert found("lea*") == found("lea") == []


@pytest.mark.skipif(not NAUGHTY.exists(), reason="the naughty strings are in the shared folder, which is not here")
def test_naughty_strings_get_a_result_or_an_invalid_request(demo: Searcher) -> None:
    strings = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    before = demo.search("maths").hits
    refused = []
    for q in strings:
        try:
            _search(demo, q)
            demo.suggest(q)
        except InvalidRequest as error:
            refused.append((error.param, error.reason))
    # The list has a few strings of nothing but white space and control characters, none of 513 characters, and some
    # that begin with a minus.
    assert {param for param, _ in refused} == {"q"}
    assert {reason for _, reason in refused} <= {
        "the query is empty; write a few words",
        "the query has only exclusions; add a word to search for",
    }
    assert len(refused) < 10 < len(strings)
    assert demo.search("maths").hits == before


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_gets_a_result_or_an_invalid_request(demo: Searcher, q: str) -> None:
    try:
        _ask_in_every_way(demo, q)
    except InvalidRequest as error:
        assert error.param == "q"  # noqa: PT017  (an answer is as good)
