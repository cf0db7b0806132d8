from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semsearch
from semsearch.index import Filter
from semsearch.index.lexical.query_model import QueryWord
from semsearch.ranking.analyzed_query import MAX_MISSPELT, MAX_WORDS, AnalyzedQuery, analyze_query
from semsearch.ranking.syntax import parse
from semsearch.search import Searcher
from semsearch.search.requests import MODES, Mode
from tests.search.fakes import planted, searcher_of

GARDEN: list[dict[str, Any]] = [
    {"id": "tomatoes", "title": "Growing tomatoes", "teaser": "They like a warm soil and much sun. Water them daily."},
    {"id": "beans", "title": "Runner beans", "teaser": "They climb a wall. Much water, warm nights and some soil."},
    {"id": "roses", "title": "Pruning roses", "teaser": "Cut them in spring, above a bud.", "tags": ["warm", "soil"]},
    {"id": "code", "title": "A garden planner in Node.js", "teaser": "It is written in C++ too, and needs no soil."},
    {"id": "cafe", "title": "Café in the park", "teaser": "Open on warm evenings.", "body": "The soil is dry there."},
]


@pytest.fixture(scope="module")
def garden(build: Callable[[Iterable[Mapping[str, Any] | str]], Path]) -> Searcher:
    return semsearch.open(build(GARDEN))


def _never(word: str) -> bool:
    return not word


def _analyzed(searcher: Searcher, q: str, is_word: Callable[[str], bool] = _never) -> AnalyzedQuery:
    return analyze_query(parse(q), searcher.snapshot, is_word)


def _ids(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.search(q, **parameters).hits]


# --- words ------------------------------------------------------------------------------------------------------------


def test_words_are_stemmed_and_counted(garden: Searcher) -> None:
    query = _analyzed(garden, "The tomatoes, a TOMATO and the Beans")
    assert query.words == (QueryWord("tomato", ("tomato",), count=2), QueryWord("beans", ("bean",)))
    assert query.text == "The tomatoes, a TOMATO and the Beans"
    assert query.corrections == ()


@pytest.mark.parametrize("q", ["?!", "…", '"?!"', "\u0301"])
def test_signs_are_not_searched(garden: Searcher, q: str) -> None:
    query = _analyzed(garden, q)
    assert (query.words, query.phrases, query.terms) == ((), (), frozenset())


def test_stop_words_are_searched_as_written_if_there_are_no_others(garden: Searcher) -> None:
    assert _analyzed(garden, "The and the").words == (
        QueryWord("the", ("the",), count=2, is_form=True),
        QueryWord("and", ("and",), is_form=True),
    )
    assert [word.text for word in _analyzed(garden, "the tomato").words] == ["tomato"]


def test_a_word_that_no_post_has_is_kept(garden: Searcher) -> None:
    assert _analyzed(garden, "zebra").words == (QueryWord("zebra", ("zebra",)),)


def test_code_like_terms_are_words_and_so_are_their_joined_parts(garden: Searcher) -> None:
    assert [word.terms for word in _analyzed(garden, "C++").words] == [("c++",)]
    assert {word.terms for word in _analyzed(garden, "node.js").words} == {("node.js",), ("node",), ("js",)}


@pytest.mark.parametrize(
    ("q", "post"),
    [
        ("e-mail", "An email"),
        ("rock'n'roll", "A rocknroll band"),
        ("Co-Citation", "On cocitations"),
        ("x_axis", "The xaxis"),
    ],
)
def test_joined_words_find_the_whole_written_without_signs(q: str, post: str, tmp_path: Path) -> None:
    posts = [planted("joined", (1.0, 0.0), title=post), planted("other", (1.0, 0.0), title="A garden")]
    assert _ids(searcher_of(tmp_path / "version", posts, {}), q, mode="lexical") == ["joined"]


@pytest.mark.parametrize(
    ("q", "post", "terms"),
    [
        ("fruit, e.g. plums", "Fruit, e.g. plums", ("eg",)),
        ("the u.s.a.", "Made in the USA", ("usa",)),
        ("U.S. fruit", "Fruit of the U.S. or of us", ("US",)),
    ],
)
def test_an_abbreviation_with_dots_is_one_word(q: str, post: str, terms: tuple[str, ...], tmp_path: Path) -> None:
    words = _analyzed(searcher_of(tmp_path / "version", [planted("a", (1.0, 0.0), title=post)], {}), q).words
    assert [word.terms for word in words if word.terms not in {("fruit",), ("plum",)}] == [terms]


def test_at_most_max_words_are_searched(garden: Searcher) -> None:
    q = " ".join(f"w{number}" for number in range(MAX_WORDS + 20))
    assert len(_analyzed(garden, q).words) == MAX_WORDS


def test_a_word_is_stemmed_in_the_languages_of_the_corpus(tmp_path: Path) -> None:
    posts = [
        planted("de", (1.0, 0.0), title="Alte Häuser", language="de"),
        planted("en", (1.0, 0.0), title="Old houses", language="en"),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {})
    assert _analyzed(searcher, "Häusern").words == (QueryWord("häusern", ("haus",)),)
    assert _ids(searcher, "Häusern", mode="lexical") == ["de"]
    assert _ids(searcher, "house", mode="lexical") == ["en"]


# --- typos ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomatos", None),  # of the same stem
        ("tomatose", "tomatoes"),  # two exchanged
        ("tmatoes", "tomatoes"),
        ("tomatoees", "tomatoes"),
        ("tomafoes", "tomatoes"),
        ("Tomafoes", "tomatoes"),
        ("rossess", None),  # two edits in eight letters
        ("sprimg", "spring"),
        ("evrenings", "evenings"),
        ("plnaer", None),
        ("plannner", "planner"),
        ("soli", None),  # of four letters: "soil" may have been meant, and "solo" or "sold"
        ("wrm", None),
        ("warn", None),
        ("beens", "beans"),
        ("bbeans", "beans"),
        ("deans", None),  # the first letter
        ("tomatoes1", None),
    ],
)
def test_a_misspelt_word_is_corrected_to_a_similar_one(garden: Searcher, typed: str, meant: str | None) -> None:
    query = _analyzed(garden, f"how {typed} grow")
    assert query.corrections == (() if meant is None else ((typed.lower(), meant),))
    assert query.text == f"how {typed if meant is None else meant} grow"
    if meant is not None:
        word = query.words[0]
        assert (word.text, word.terms) == (typed.lower(), tuple(garden.snapshot.analyzer.terms(meant)))
        assert 0 < word.certainty < 1


def test_a_word_that_a_post_has_is_never_corrected(garden: Searcher) -> None:
    for post in GARDEN:
        assert _analyzed(garden, f"{post['title']} {post['teaser']}").corrections == ()


def test_a_correctly_spelt_word_is_not_corrected(garden: Searcher) -> None:
    assert _analyzed(garden, "sprint").corrections == (("sprint", "spring"),)
    assert _analyzed(garden, "sprint", lambda word: word == "sprint").corrections == ()
    assert garden.search("sprint").corrections == {}  # the model knows it


def test_at_most_max_misspelt_words_are_corrected(garden: Searcher) -> None:
    q = " ".join(f"tomato{letter}es" for letter in "bcdfghjklmnp")
    assert len(_analyzed(garden, q).corrections) == MAX_MISSPELT
    assert len(_analyzed(garden, f"tomatoqes {q}", lambda word: word != "tomatoqes").corrections) == 1
    assert len(_analyzed(garden, f"{'tomattoes ' * 9} rosses").corrections) == 2


def test_joined_words_are_corrected(garden: Searcher) -> None:
    assert _analyzed(garden, "home-grown-tomattoes, in spring").text == "home-grown-tomatoes, in spring"


def test_a_quoted_word_means_itself(garden: Searcher) -> None:
    assert _ids(garden, "tomattoes") != []
    assert _ids(garden, '"tomattoes"') == []
    assert _analyzed(garden, '"tomattoes"').corrections == ()


def test_a_code_like_term_can_be_excluded(build: Callable[[Iterable[Mapping[str, Any] | str]], Path]) -> None:
    searcher = semsearch.open(build([{"id": "net", "title": ".NET runtime"}, {"id": "jvm", "title": "JVM runtime"}]))
    assert _ids(searcher, "runtime -.NET") == ["jvm"]


def test_a_word_is_a_stop_word_only_in_posts_of_its_language(tmp_path: Path) -> None:
    posts = [
        planted("en", (1.0, 0.0), title="Letters from the war"),
        planted("calm", (1.0, 0.0), title="Letters to a gardener"),
        *(planted(f"de{n}", (1.0, 0.0), title=f"Das Haus {n} war leer", language="de") for n in range(3)),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {})
    assert _ids(searcher, "war", mode="lexical") == ["en"]
    assert _ids(searcher, "letters -war", mode="lexical") == ["calm"]
    assert set(_ids(searcher, '"war"', mode="lexical")) == {"en", "de0", "de1", "de2"}
    [letters, war] = _analyzed(searcher, "letters war").words
    assert letters.weight == 1
    assert 0 < war.weight < 1, "the word is more frequent than its term"


def test_a_word_of_the_other_language_does_not_make_stop_words_count(tmp_path: Path) -> None:
    posts = [
        *(planted(f"en{n}", (1.0, 0.0), title=f"The salt and the pepper {n}") for n in range(9)),
        planted("de", (1.0, 0.0), title="Rock and Roll im Garten", language="de"),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {})
    assert "de" not in _ids(searcher, "salt and pepper", mode="lexical", limit=9)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("WHO", ["who"]),
        ("the US economy", ["us"]),
        ("who", ["who", "goat"]),
        ("us", ["us", "bake"]),
    ],
)
def test_a_stop_word_in_capitals_is_an_acronym(tmp_path: Path, q: str, found: list[str]) -> None:
    posts = [
        planted("who", (1.0, 0.0), title="The WHO on salt"),
        planted("goat", (1.0, 0.0), title="Who owns this goat?"),
        planted("us", (1.0, 0.0), title="US election explained"),
        planted("bake", (1.0, 0.0), title="Let us bake"),
        planted("loud", (1.0, 0.0), title="READ ABOUT ALL OF IT"),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {})
    assert sorted(_ids(searcher, q, mode="lexical")) == sorted(found)


@pytest.mark.parametrize(
    ("q", "found"),
    [("Haus", ["a", "b"]), ("Gärten", ["a"]), ("Versicherung", ["c"]), ("Schule", ["d"]), ("Hofgarten", ["a", "d"])],
)
def test_compounds_are_found_by_their_parts_and_split_into_them(
    build: Callable[..., Path], q: str, found: list[str]
) -> None:
    titles = {"a": "Ein Gartenhaus", "b": "Haus und Garten", "c": "Lebensversicherung", "d": "Schulhof"}
    words = {"w": "Die Versicherung", "x": "Das Leben", "y": "Zur Schule", "z": "Auf dem Hof"}
    searcher = semsearch.open(
        build({"id": post_id, "title": title, "language": "de"} for post_id, title in (titles | words).items())
    )
    assert set(found) <= set(_ids(searcher, q, mode="lexical"))
    assert not set(_ids(searcher, "Sicherung", mode="lexical")) & {"c"}, "no word of the corpus"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("typed", "meant"), [("growing tomattoes", "tomatoes"), ("prunning rosses", "roses")])
def test_a_misspelt_query_finds_the_corrected_word_and_reports_it(
    garden: Searcher, mode: Mode, typed: str, meant: str
) -> None:
    result = garden.search(typed, mode=mode)
    assert meant in result.corrections.values()
    assert set(result.corrections) <= set(typed.split())
    assert result.hits[0].id == meant
    assert result.query == typed
    assert garden.search("growing tomatoes", mode=mode).corrections == {}


@pytest.mark.parametrize("q", ["tomatoes beanns", "beanns tomatoes"])
def test_an_exact_match_ranks_above_a_corrected_one(garden: Searcher, q: str) -> None:
    result = garden.search(q, mode="lexical")
    assert [hit.id for hit in result.hits] == ["tomatoes", "beans"]
    assert result.corrections == {"beanns": "beans"}
    exact = garden.search("beans", mode="lexical").hits[0].score
    corrected = garden.search("beanns", mode="lexical").hits[0].score
    assert 0 < corrected < exact


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_only_corrected_words_change_in_any_text(garden: Searcher, q: str) -> None:
    query = _analyzed(garden, q)
    if not query.corrections:
        assert query.text == parse(q).text
    for typed, meant in query.corrections:
        assert meant in [
            other for other, _ in garden.snapshot.vocabulary.similar_words(garden.snapshot.analyzer.fold(typed))
        ]
        assert meant in query.text
    assert len(query.words) <= MAX_WORDS
    assert all(word.terms and word.count >= 1 and word.factor > 0 for word in query.words)


# --- phrases and exclusions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ('"warm soil"', {"tomatoes"}),  # not the tags "warm" and "soil", nor a teaser and a body
        ('"warm soil" water', {"tomatoes"}),
        ('water "warm soils"', set()),  # as written
        ("“warm soil”", {"tomatoes"}),
        ('"soil warm"', set()),
        ('"warm zebra"', set()),
        ('"soil"', {"tomatoes", "beans", "roses", "code", "cafe"}),
        ('"water them" "warm soil"', {"tomatoes"}),
        ('"water them daily" "runner beans"', set()),
        ('"the soil"', {"cafe"}),  # stop words count
        ('"node.js" garden', {"code"}),
        ('"CAFE in the park"', {"cafe"}),
        ('"soil" -beans', {"tomatoes", "roses", "code", "cafe"}),
        ('"soil" -beans -C++', {"tomatoes", "roses", "cafe"}),
        ('"soil" -"warm soil"', {"beans", "roses", "code", "cafe"}),
        ('"soil" -"soil warm"', {"tomatoes", "beans", "roses", "code", "cafe"}),
        ('"soil" -warm -garden', set()),
        ('"warm soil" -tomato', {"tomatoes"}),
        ('"warm soil" -tomatoes', set()),
        ('"soil" -the', {"tomatoes", "beans", "roses", "code"}),
    ],
)
def test_a_phrase_must_be_in_a_post_and_an_excluded_word_must_not(
    garden: Searcher, mode: Mode, q: str, expected: set[str]
) -> None:
    result = garden.search(q, mode=mode, facets=["tags"])
    assert {hit.id for hit in result.hits} == expected
    assert len(result.hits) == result.estimated_total_hits == len(expected)
    assert result.facets["tags"] == ({"soil": 1, "warm": 1} if "roses" in expected else {})


def test_an_exclusion_removes_posts_and_moves_no_other_in_lexical_search(garden: Searcher) -> None:
    everything = garden.search("warm soil", mode="lexical").hits
    kept = garden.search("warm soil -beans", mode="lexical").hits
    assert [hit.id for hit in kept] == [hit.id for hit in everything if hit.id != "beans"]
    scores = [hit.score for hit in everything if hit.id != "beans"]
    assert [hit.score for hit in kept] == pytest.approx(scores, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("mode", ["hybrid", "semantic"])
def test_an_excluded_post_gives_no_feedback(garden: Searcher, mode: Mode) -> None:
    def scores(q: str) -> dict[str, tuple[float, float]]:
        hits = garden.search(q, mode=mode, explain=True).hits
        return {hit.id: (hit.score - hit.explanation.feedback.score, hit.score) for hit in hits}  # type: ignore[union-attr]

    everything, kept = scores("warm soil"), scores("warm soil -beans")
    assert set(everything) - set(kept) == {"beans"}
    for post_id, (without_feedback, score) in kept.items():
        assert without_feedback == pytest.approx(everything[post_id][0], abs=1e-5)
        assert score != everything[post_id][1]


def test_conditions_join_filter_and_query(garden: Searcher) -> None:
    query = _analyzed(garden, '"warm soil" sun -beans -"warm nights"')
    condition = query.condition(Filter(tags=("x",)))
    assert condition.filter == Filter(tags=("x",))
    assert condition.required == (("warm", "soil"),)
    assert condition.excluded == (("beans",), ("warm", "nights"))
    assert query.terms == {"warm", "soil", "sun"}
    assert query.text == "warm soil sun"


def test_pages_of_a_phrase_hold_every_post_once(build: Callable[..., Path]) -> None:
    searcher = semsearch.open(
        build(
            {"id": f"p{number}", "title": f"Part {number}", "teaser": f"{('Cold', 'Warm')[number % 2]} soil, {number}."}
            for number in range(17)
        )
    )
    for mode in MODES:
        pages = [_ids(searcher, '"warm soil"', mode=mode, limit=3, offset=offset) for offset in range(0, 15, 3)]
        assert [len(page) for page in pages] == [3, 3, 2, 0, 0]
        found = [post_id for page in pages for post_id in page]
        assert set(found) == {f"p{number}" for number in range(1, 17, 2)}
        assert found == _ids(searcher, '"warm soil"', mode=mode, limit=100)
