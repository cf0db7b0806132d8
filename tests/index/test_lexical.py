from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import Filter
from semsearch.index.lexical import FOLDER, LexicalIndex, LexicalWriter
from semsearch.posts import Post
from semsearch.text import clean
from tests.builders import SHARED
from tests.index.builders import lexical_index, post


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lexical")


@pytest.fixture(scope="module")
def by_field(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """The same word once in every field, each time in a post whose fields are all one word long."""
    others = {"title": "alpha", "tags": ("beta",), "teaser": "gamma", "body": "delta"}
    posts = [
        post("body", **others | {"body": "walrus"}),
        post("tags", **others | {"tags": ("walrus",)}),
        post("title", **others | {"title": "walrus"}),
        post("teaser", **others | {"teaser": "walrus"}),
        post("twice", **others | {"title": "narwhal", "teaser": "narwhal"}),
    ]
    return lexical_index(tmp_path_factory.mktemp("by_field"), posts)


def found(index: LexicalIndex, query: str) -> list[int]:
    return sorted(index.search(index.terms(query), 100)[0].tolist())


def test_a_title_counts_above_tags_above_the_teaser_above_the_body(by_field: LexicalIndex) -> None:
    ordinals, scores = by_field.search(["walrus"], 10)
    assert ordinals.tolist() == [2, 1, 3, 0]
    # One word in fields of mean length: BM25 is the rarity of a word that one of five posts has.
    rarity = math.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    assert scores.tolist() == pytest.approx([1.2 * rarity, 1.1 * rarity, rarity, 0.7 * rarity])


def test_a_word_in_two_fields_counts_in_the_second_three_tenths(by_field: LexicalIndex) -> None:
    rarity = math.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    assert by_field.search(["narwhal"], 10)[1].tolist() == pytest.approx([(1.2 + 0.3 * 1.0) * rarity])


def test_words_add_up(by_field: LexicalIndex) -> None:
    one, other = by_field.score(["walrus"], np.array([2])), by_field.score(["gamma"], np.array([2]))
    assert by_field.score(["walrus", "gamma", "unknown"], np.array([2])) == pytest.approx(one + other)


def test_scores_come_in_the_order_asked_for_and_are_zero_where_no_word_is(by_field: LexicalIndex) -> None:
    ordinals, scores = by_field.search(["walrus"], 10)
    expected = dict(zip(ordinals.tolist(), scores.tolist(), strict=True))
    asked = np.array([4, 0, 2, 0])
    assert by_field.score(["walrus"], asked).tolist() == [0, expected[0], expected[2], expected[0]]
    assert by_field.score([], asked).tolist() == [0, 0, 0, 0]
    assert by_field.score(["walrus"], asked[:0]).tolist() == []


@pytest.mark.parametrize("limit", [0, 1, 2, 100])
def test_no_more_than_the_limit_and_the_best_of_all(by_field: LexicalIndex, limit: int) -> None:
    assert by_field.search(["walrus"], limit)[0].tolist() == [2, 1, 3, 0][:limit]


def test_a_filter_changes_which_posts_are_found_and_not_their_scores(folder: Path) -> None:
    posts = [post(f"{number}", title="walrus", tags=("odd",) if number % 2 else ()) for number in range(6)]
    (folder / "odd").mkdir()
    index = lexical_index(folder / "odd", posts)
    ordinals, scores = index.search(["walrus"], 100, Filter(tags=("odd",)))
    assert sorted(ordinals.tolist()) == [1, 3, 5]
    assert scores.tolist() == index.score(["walrus"], ordinals).tolist()


@pytest.mark.parametrize(
    ("text", "query", "finds"),
    [
        ("Running models", "the model runs", True),
        ("Café del Mar", "cafe", True),
        ("cafe", "CAFÉS", True),
        ("İstanbul", "istanbul", True),  # the lower case of its first letter is two characters
        ("Straße", "STRASSE", True),
        ("naïve", "naive", True),
        ("x_y", "y", True),
        ("DALL·E 2", "dall e 2", True),
        ("Москва", "москва", True),
        ("東京", "東京", True),
        ("٣ books", "٣", True),
        ("walrus", "wal", False),
        ("an orange", "an", False),
        ("a" * 79, "a" * 79, True),
        ("a" * 80, "a" * 80, False),  # words of 80 bytes and more are no words
        ("é" * 40, "é" * 40, False),
    ],
)
def test_words_meet_in_their_stems_whatever_their_case_and_accents(
    tmp_path: Path, text: str, query: str, finds: bool
) -> None:
    assert found(lexical_index(tmp_path, [post("a", title="other"), post("b", title=text)]), query) == [1] * finds


@pytest.mark.parametrize("query", ["", " ", "the", "What is it? And who?", "?!… --", "a" * 500, "\x00", "💥"])
def test_a_question_without_words_finds_nothing(by_field: LexicalIndex, query: str) -> None:
    terms = by_field.terms(query)
    assert terms == ()
    assert by_field.search(terms, 10)[0].tolist() == by_field.matching(terms).tolist() == []
    assert by_field.best_score(terms) == 0


def test_terms_are_distinct_in_their_order_and_at_most_64(by_field: LexicalIndex) -> None:
    assert by_field.terms("Cats and dogs: a cat, the DOG, cats' toys") == ("cat", "dog", "toy")
    many = [f"w{number}" for number in range(200)]
    assert by_field.terms(" ".join(many)) == tuple(many[:64])
    assert by_field.search(by_field.terms(" ".join([*many[:63], "walrus"])), 10)[0].tolist() == [2, 1, 3, 0]


def test_words_stand_where_their_offsets_say_in_code_points(by_field: LexicalIndex) -> None:
    text = "👩‍🚀🚀 Running e\u0301te\u0301 — the 東京 𐐷𐑌."
    words = by_field.words(text)
    assert [text[word.start : word.end] for word in words] == ["Running", "e\u0301te\u0301", "東京", "𐐷𐑌"]
    assert [word.term for word in words][:1] == ["run"]
    assert words[0].start == 5


@settings(max_examples=200, deadline=None)
@given(
    st.text()
    | st.lists(st.sampled_from(["the", "Café", "runs", "🚀", "e\u0301", "İ", "\u200d", "x" * 90])).map("".join)
)
def test_a_word_cut_out_by_its_offsets_is_the_same_word(by_field: LexicalIndex, text: str) -> None:
    text = clean(text)
    words = by_field.words(text)
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    for word in words:
        assert [cut.term for cut in by_field.words(text[word.start : word.end])] == [word.term]


def test_no_hostile_string_breaks_a_search_and_each_is_found_by_its_own_words(tmp_path: Path) -> None:
    file = SHARED / "bad_inputs" / "blns" / "blns.json"
    if not file.exists():
        pytest.skip("the collection of hostile strings is kept outside the project")
    strings = json.loads(file.read_text(encoding="utf-8"))
    posts = [post(f"{n}", title=clean(string) or "empty", tags=(clean(string),)) for n, string in enumerate(strings)]
    index = lexical_index(tmp_path, posts)
    for ordinal, string in enumerate(strings):
        terms = index.terms(string)
        assert (ordinal in index.matching(index.terms(clean(string)))) is bool(index.terms(clean(string)))
        assert len(index.search(terms, 5)[0]) <= 5
        assert index.best_score(terms) >= 0
        for text in (string, f"walrus {string}", f"{string}*"):
            assert len(index.complete(text, 5)) <= 5


vocabulary = st.lists(st.sampled_from(["walrus", "seal", "whale", "krill", "ice"]), max_size=30).map(" ".join)
posts_of_few_words = st.builds(
    lambda title, teaser, body, tag: Post("p", title, teaser=teaser, body=body, tags=(tag,)), *[vocabulary] * 4
)


@settings(max_examples=25, deadline=None)
@given(st.lists(posts_of_few_words, max_size=12), vocabulary)
def test_no_post_reaches_the_best_score_and_a_post_scores_the_same_however_it_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Post], query: str
) -> None:
    index = lexical_index(tmp_path_factory.mktemp("best"), posts)
    terms = index.terms(f"{query} unknown")
    ordinals, scores = index.search(terms, len(posts))
    having = [n for n, one in enumerate(posts) if set(index.terms(_all_text(one))) & set(terms)]
    assert sorted(ordinals.tolist()) == sorted(index.matching(terms).tolist()) == having
    assert np.all(np.diff(scores) <= 0)
    assert np.all(scores < index.best_score(terms))
    assert index.score(terms, ordinals) == pytest.approx(scores, rel=1e-6)


def _all_text(one: Post) -> str:
    return " ".join((one.title, one.teaser, one.body, *one.tags))


def test_the_best_score_is_nearly_reached_by_a_post_of_nothing_else(tmp_path: Path) -> None:
    much = "walrus " * 10_000
    index = lexical_index(tmp_path, [post("a", title=much, teaser=much, body=much, tags=(much,)), post("b", title="b")])
    score = index.score(["walrus"], np.array([0]))[0]
    assert 0.999 * index.best_score(["walrus"]) < score < index.best_score(["walrus"])


def test_an_unknown_word_counts_as_the_rarest(by_field: LexicalIndex) -> None:
    assert by_field.best_score(["unknown"]) == pytest.approx(2.2 * math.log(1 + 5.5 / 0.5))
    assert by_field.best_score(["walrus", "unknown"]) == pytest.approx(
        by_field.best_score(["walrus"]) + by_field.best_score(["unknown"])
    )


def test_an_index_of_no_posts_answers_nothing(tmp_path: Path) -> None:
    empty = lexical_index(tmp_path, [])
    assert len(empty) == 0
    assert empty.search(["a"], 5)[0].tolist() == empty.matching(["a"]).tolist() == empty.complete("a", 5).tolist() == []


def test_reading_writes_nothing_and_whoever_reads_one_file_may_read_all(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    assert index.search(["walrus"], 1)[0].tolist() == [0]
    files = list((tmp_path / FOLDER).iterdir())
    assert not [file.name for file in files if file.suffix == ".lock"]
    assert {file.stat().st_mode for file in files} == {(tmp_path / "plain").stat().st_mode}


def test_a_file_that_goes_while_it_is_read_is_still_read(tmp_path: Path) -> None:
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    shutil.rmtree(tmp_path / FOLDER)
    assert index.search(["walrus"], 1)[0].tolist() == index.complete("wal", 1).tolist() == [0]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list the threads of a process")
def test_an_abandoned_index_stops_writing(tmp_path: Path) -> None:
    before = _indexing_threads()
    writer = LexicalWriter(tmp_path)
    writer.add(post("a"))
    assert _soon(lambda: _indexing_threads() > before)
    writer.abandon()
    writer.abandon()
    assert _soon(lambda: _indexing_threads() == before)


def _soon(condition: Callable[[], bool]) -> bool:
    """A thread takes a moment to get its name, and to leave the list when it has ended."""
    ends = time.monotonic() + 10
    while not (holds := condition()) and time.monotonic() < ends:
        time.sleep(0.01)
    return holds


def _indexing_threads() -> int:
    names = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended just now
            names.append((task / "comm").read_text())
    return sum(name.startswith("thrd-tantivy-in") for name in names)


def test_many_threads_find_what_one_finds(by_field: LexicalIndex) -> None:
    queries = ["walrus", "narwhal delta", "the alpha", "gamma beta walrus"] * 50

    def answer(query: str) -> tuple[list[int], list[int]]:
        return found(by_field, query), by_field.complete(query, 3).tolist()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, queries)) == [answer(query) for query in queries]
