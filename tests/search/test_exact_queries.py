"""What visitors type exactly is found, and what no post has is no sure answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.search import Searcher

FILLER = (
    "Bees in a city garden", "Repairing an old bicycle", "Bread without kneading", "A museum of lighthouses",
    "Painting a wooden boat", "Night trains across the mountains", "Choosing a kettle", "The price of stamps",
    "Choir practice on Tuesdays", "Maps of forgotten rivers", "Learning to juggle", "A library for children",
    "Frost on the windows", "Walking along the coast", "Selling used records", "Cleaning a chimney",
    "Growing pears on a wall", "The history of buttons", "A clock with three hands", "Snow in the harbour",
)  # fmt: skip
POSTS: Mapping[str, str | Mapping[str, Any]] = {
    "it": "IT support for beginners",
    "or": "A weekend in Portland, OR, by bus",
    "us": "How the U.S. counts votes",
    "let": "Tell us who it was",
    "not": "To be or not to be on stage",
    "vitamin-k": "Vitamin K for newborns",
    "vitamin-e": "Vitamin E and skin",
    "isbn": "ISBN 0-306-40615-2, a textbook",
    "million": "1,250,000 visitors in one summer",
    "swiss": "CHF 12'500 for a violin",
    "phone": "Ring +44-20-7946-0018 after six",
    "date": "Minutes of 2019-03-14",
    "version-a": "Notes on 4.10.2",
    "version-b": "Notes on 4.1.02",
    "umbrella": "☔ Rain gear compared",
    "family": "👩‍👧 Travelling with a toddler",
    "brazil": "🇧🇷 Carnival from the balcony",
    "keycap": "2️⃣ The second rule",
    "dangelo": "An evening with D'Angelo",
    "oconnor": "Flannery O’Connor’s letters",
    "camel": "parseXmlStream considered harmful",
    "snake": "What max_retry_count does",
    "mouse": "A mouse in the pantry",
    "mice": "Keeping mice out of boats",
    "author": {"title": "Salt and silence", "authors": ["Šárka Ždych"]},
    "commit": "Commit 7f3e9ab explained",
    "bug": "Ticket QX-4471 at last",
    "long-name": {"title": "Glass and sand", "authors": ["Ines-Maria de la Fuente Ruiz"]},
    "callable": "Dial (555) 017-2290 for a table",
    "thousands": "A prize of 25 000 marbles",
    "account": "Pay to NL91 ABNA 0417 1643 00",
    "rfc": "What RFC 1149 says of pigeons",
    "html": "Forms in HTML5",
    "engine": "Engine v12.4.1 is out",
    "path": "Where srv/www/app.toml lives",
    "address": "Write to kim.ode@post.example.org",
    "formula": "Why H₂SO₄ burns",
    "quote": "Green tea at noon",
    "no-quote": "Tea that was green",
    "carrot": "🥕 Roots in a box",
    "sharp": "Cooking with F# and tea",
}  # fmt: skip


def raw(posts: Mapping[str, str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = [{"id": key, **({"title": post} if isinstance(post, str) else post)} for key, post in posts.items()]
    return found + [{"id": f"f{number}", "title": title} for number, title in enumerate(FILLER)]


@pytest.fixture(scope="module")
def searcher(build: Callable[[Iterable[Mapping[str, Any] | str]], Path]) -> Searcher:
    return semsearch.open(build(raw(POSTS)))


def ids(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.search(q, **parameters).hits]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("IT", "it"),
        ("OR", "or"),
        ("US", "us"),
        ("U.S.", "us"),
        ("not to be", "not"),
        ("0306406152", "isbn"),
        ("0-306-40615-2", "isbn"),
        ("1250000", "million"),
        ("1,250,000 visitors", "million"),
        ("12500", "swiss"),
        ("442079460018", "phone"),
        ("20190314", "date"),
        ("2019/03/14", "date"),
        ("4.10.2", "version-a"),
        ("4.1.02", "version-b"),
        ("☔", "umbrella"),
        ("👩‍👧", "family"),
        ("👧", "family"),
        ("🇧🇷", "brazil"),
        ("2️⃣", "keycap"),
        ("dangelo", "dangelo"),
        ("oconnor", "oconnor"),
        ("parse xml stream", "camel"),
        ("parsexmlstream", "camel"),
        ("max retry count", "snake"),
        ("5550172290", "callable"),
        ("25000", "thousands"),
        ("NL91ABNA0417164300", "account"),
        ("rfc1149", "rfc"),
        ("html 5", "html"),
        ("12.4", "engine"),
        ("app.toml", "path"),
        ("post.example.org", "address"),
        ("h2so4", "formula"),
    ],
)
def test_what_is_typed_exactly_is_found_first(searcher: Searcher, q: str, first: str) -> None:
    assert ids(searcher, q, mode="lexical")[:1] == [first]
    assert ids(searcher, q)[:1] == [first]


@pytest.mark.parametrize(
    ("q", "found", "not_found"),
    [
        ('"vitamin k"', {"vitamin-k"}, {"vitamin-e"}),
        ("vitamin -k", {"vitamin-e"}, {"vitamin-k"}),
        ('"to be"', {"not"}, {"let"}),
        ('"mouse"', {"mouse"}, {"mice"}),
        ("pantry boats -mouse", {"mice"}, {"mouse"}),
        ("notes -4.10.2", {"version-a", "version-b"}, set()),  # a number with a minus is text
        ('"tell us"', {"let"}, {"us"}),
        ("„green tea“", {"quote"}, {"no-quote"}),
        ("« green tea »", {"quote"}, {"no-quote"}),
        ('("green tea")', {"quote"}, {"no-quote"}),
        ("tea –noon", {"no-quote"}, {"quote"}),
        ("roots -🥕", set(), {"carrot"}),
    ],
)
def test_quoted_and_excluded_words_mean_themselves(
    searcher: Searcher, q: str, found: set[str], not_found: set[str]
) -> None:
    hits = set(ids(searcher, q))
    assert found <= hits
    assert not hits & not_found


@pytest.mark.parametrize(
    ("q", "hit"),
    [
        ("7f3e9ab", "commit"),
        ("QX-4471", "bug"),
        ("max_retry_count", "snake"),
        ('"Šárka Ždych"', "author"),
        ("zdych", "author"),
        ("0306406152", "isbn"),
        ("oconnor", "oconnor"),
        ("555-017-2290", "callable"),
        ("25,000 marbles", "thousands"),
        ("NL91ABNA0417164300", "account"),
        ("RFC1149", "rfc"),
        ("HTML 5", "html"),
        ("engine 12.4.1", "engine"),
        ("engine 12", "engine"),
        ("app.toml", "path"),
        ("H₂SO₄", "formula"),
        ("Ines-Maria de la Fuente Ruiz", "long-name"),
        ("ines maria de la fuente ruiz", "long-name"),
    ],
)
def test_an_exact_match_that_the_model_cannot_read_is_sure(searcher: Searcher, q: str, hit: str) -> None:
    result = searcher.search(q)
    assert (result.hits[0].id, result.missing) == (hit, ())
    assert result.hits[0].confidence >= 0.5
    assert hit in ids(searcher, q, min_confidence=0.5)


@pytest.mark.parametrize(
    ("q", "missing"),
    [
        ("Ticket QX-9999", ("QX-9999",)),
        ("Notes on 7.7.7", ("7.7.7",)),
        ("commit 0badc0de", ("0badc0de",)),
        ('letters by "Ursula Vernon"', ("Ursula Vernon",)),
        ("ISBN 978-0-00-000000-2", ("978-0-00-000000-2",)),
        ("visitors in 1923", ("1923",)),
        ("parseJsonStream", ("parseJsonStream",)),
        ("F# 99.1", ("99.1",)),  # what a post has does not make up for what it lacks
        ("RFC 1149 and RFC 9999", ("9999",)),
        ("engine v12.5", ("v12.5",)),
        ('"Green tea" 1887', ("1887",)),
    ],
)
def test_what_no_post_has_is_named_and_no_post_is_a_sure_answer(
    searcher: Searcher, q: str, missing: tuple[str, ...]
) -> None:
    result = searcher.search(q)
    assert result.missing == missing
    assert not result.answerable


def test_a_year_is_that_of_a_post_too(build: Callable[[Iterable[Mapping[str, Any] | str]], Path]) -> None:
    posts = {"old": {"title": "Our budget", "date": "1987-05-01"}, "new": {"title": "Our budget", "date": "2024-05-01"}}
    searcher = semsearch.open(build(raw(posts)))
    assert searcher.search("budget 1987").missing == ()
    assert searcher.search("budget 1988").missing == ("1988",)


def test_posts_that_the_filter_leaves_out_have_nothing(searcher: Searcher) -> None:
    assert searcher.search("QX-4471", authors=["Šárka Ždych"]).missing == ("QX-4471",)


@pytest.mark.parametrize("character", ["海", "鳥", "서"])
def test_a_single_character_is_found_suggested_and_highlighted(
    build: Callable[[Iterable[Mapping[str, Any] | str]], Path], character: str
) -> None:
    titles = {"a": "夏の海辺で", "b": "白い鳥と湖", "c": "서울의 밤", "d": "山の朝"}
    searcher = semsearch.open(build([{"id": key, "title": title} for key, title in titles.items()]))
    [title] = [title for title in titles.values() if character in title]
    [hit] = searcher.search(character, mode="lexical").hits
    place = title.index(character)
    assert (hit.title, hit.highlights["title"]) == (title, ((place, place + 1),))
    assert [suggestion.text for suggestion in searcher.suggest(character).suggestions] == [title]


@pytest.mark.parametrize(
    ("q", "hit", "marked"),
    [
        ("not to be", "not", ["To be", "not to be"]),
        ("who it was", "let", ["who it was"]),
        ('"tell us"', "let", ["Tell us"]),
        ('"us who it"', "let", ["us who it"]),
    ],
)
def test_words_that_are_searched_as_written_are_highlighted(
    searcher: Searcher, q: str, hit: str, marked: list[str]
) -> None:
    [title] = [found for found in searcher.search(q).hits if found.id == hit]
    assert [title.title[start:end] for start, end in title.highlights["title"]] == marked
