"""Words in reasons."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from semsearch.analysis.stems import Analyzer
from semsearch.index import Scale
from semsearch.posts import Post
from semsearch.relating.score import Parts
from semsearch.search.reasons import Side, reasons

ANALYZER = Analyzer()
PARTS = Parts(meaning=0.0, words=1.0, time=0.0, tags=0.0, authors=0.0, series=0.0, crowd=0.0)


def _side(fields: Mapping[str, Any]) -> Side:
    """A post without sentence vectors."""
    nothing = np.zeros((0, 3), dtype=np.float32)
    return Side(Post(**{"id": "post", "title": "Title", **fields}), np.zeros(3, dtype=np.float32), nothing, str)


def _words(terms: Sequence[str], mine: Mapping[str, Any] | None = None, **fields: Any) -> list[str]:
    """The words in the reason for a post with ``fields``. ``mine``: the fields of the example, by default the same."""
    one, other = _side(fields if mine is None else mine), _side(fields)
    found = reasons(one, other, PARTS, (terms, (), ()), Scale(0.0, 1.0), ANALYZER)
    assert all(reason.kind == "words" for reason in found)
    return [value for reason in found for value in reason.values]


def test_words_are_shown_as_in_the_related_post_by_descending_weight() -> None:
    mine = {"title": "violins", "body": "Of Bridges, of a Violin."}
    assert _words(["bridg", "violin"], mine, title="VIOLINS", teaser="About bridges.") == ["bridges", "VIOLINS"]
    assert _words(["bridg", "violin"], mine, teaser="A violin, two bridges.") == ["bridges", "violin"]
    assert _words(["violin", "bridg"], mine, body="BRIDGES, bridges, a violin.") == ["violin", "BRIDGES"]


def test_word_must_occur_in_the_same_form_in_the_example() -> None:
    # "Import" and "important" have one stem, and so have "bridge" and "bridges".
    assert ANALYZER.terms("import important") == ["import", "import"]
    assert _words(["import"], {"body": "Of importance, important."}, title="How to import") == []
    assert _words(["bridg"], {"body": "One bridge."}, title="Bridges", teaser="Of a bridge") == ["bridge"]
    assert _words(["bridg", "violin"], {"teaser": "Bridges"}, title="Bridges", body="violins") == ["Bridges"]


@pytest.mark.parametrize("part", ["title", "teaser", "body"])
@pytest.mark.parametrize(
    "written", ["bridges", "BRIDGES!", "(Bridges)", "all_Bridges", "footbridges, bridges", "x-bridges"]
)
def test_word_may_occur_anywhere_in_the_example_in_any_case(part: str, written: str) -> None:
    assert _words(["bridg"], {part: written}, title="Bridges") == ["Bridges"]


@pytest.mark.parametrize("written", ["footbridge", "bridges", "2bridge", "bridge2", "abridged"])
def test_part_of_a_word_does_not_count(written: str) -> None:
    assert _words(["bridg"], {"title": "", "body": f"{written} {written}"}, title="Bridge") == []


@pytest.mark.parametrize(
    ("language", "written", "word"),
    [("de", "Brückenbau", "Brücken"), ("de", "Fußgängerbrücke", "Brücke"), ("ru", "Мосты", "Мост")],
)
def test_part_of_a_word_does_not_count_in_other_scripts(language: str, written: str, word: str) -> None:
    terms = ANALYZER.terms(word, language)
    assert _words(terms, {"title": f"{word}!", "language": language}, title=word, language=language) == [word]
    assert _words(terms, {"title": written, "language": language}, title=word, language=language) == []


def test_words_of_title_and_teaser_take_precedence_over_the_body() -> None:
    body = "Bridges, violins, harbours; harbours, violins, bridges."

    def shown(title: str, teaser: str, mine: str = body) -> list[str]:
        terms = ["bridg", "violin", "harbour"]
        return _words(terms, {"title": mine}, title=title, teaser=teaser, body=body)

    assert shown("Violins", "Harbours") == ["Violins", "Harbours"]
    assert shown("Old letters", "Harbours") == ["Harbours"]
    assert shown("Old letters", "") == ["Bridges", "violins", "harbours"]
    # What the example does not write so is no word of the title.
    assert shown("A violin", "Harbours", mine="A harbour, bridges") == ["Bridges"]


def test_word_of_the_bodies_must_be_repeated() -> None:
    terms = ["bridg", "violin"]
    assert _words(terms, {"body": "Bridges, violins."}, body="Violins, bridges.") == []
    assert _words(terms, {"body": "Bridges, violins, bridges."}, body="Violins, bridges.") == ["bridges"]
    assert _words(terms, {"title": "Violins"}, body="Violins, bridges, violins.") == ["Violins"]


def test_no_word_is_shown_twice_or_inside_another() -> None:
    assert _words(ANALYZER.terms("Node.js"), teaser="With Node.js, a node, and js.") == ["Node.js"]
    assert _words(["bridg", "footbridg"], teaser="A footbridge, bridges.") == ["bridges", "footbridge"]
    assert _words(["footbridg", "bridg"], teaser="Footbridge, bridge.") == ["Footbridge"]
    assert _words(["bridg", "footbridg"], title="bridge", teaser="A Footbridge.") == ["bridge"]


@pytest.mark.parametrize("word", ["2024", "C", "Go", "10:30", "v1.2.3", "k8s", "C++", "3d", "A.I.", "x1y2z3"])
def test_word_without_three_letters_in_a_row_is_not_shown(word: str) -> None:
    terms = ANALYZER.terms(word)
    assert terms
    assert _words([*terms, "violin"], title=f"{word} violins") == ["violins"]


@pytest.mark.parametrize("word", ["GPT-4", ".NET", "Web3", "2fast", "arXiv"])
def test_three_letters_in_a_row_are_enough(word: str) -> None:
    assert _words(ANALYZER.terms(word)[:1], title=f"On {word}") == [word]


@pytest.mark.parametrize("word", [*calendar.month_name[1:], *calendar.day_name])
def test_months_and_weekdays_are_not_shown(word: str) -> None:
    terms = ANALYZER.terms(f"{word} violin")
    assert _words(terms, title=f"{word} violin, {word.upper()}", body=word.lower()) == ["violin"]


def test_a_word_with_the_stem_of_a_month_may_be_shown() -> None:
    assert _words(["march"], title="They marched in March") == ["marched"]


def test_words_are_read_in_the_language_of_the_post() -> None:
    term = ANALYZER.terms("Brücken", "de")[0]
    assert _words([term], {"body": "brücken"}, title="Zwei Brücken", language="de") == ["Brücken"]


def test_in_scripts_without_spaces_pairs_of_characters_are_words() -> None:
    assert _words(ANALYZER.terms("東京"), {"body": "私は東京が好きです"}, title="東京タワー") == ["東京"]
    assert _words(ANALYZER.terms("東京"), {"body": "私は京都が好きです"}, title="東京タワー") == []


def test_only_the_twelve_weightiest_terms_are_looked_for() -> None:
    absent = [f"absent{number}" for number in range(11)]
    assert _words([*absent, "violin"], title="Violin") == ["Violin"]
    assert _words([*absent, "twelfth", "violin"], title="Violin") == []
