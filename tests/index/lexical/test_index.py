from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index.lexical import index as lexical
from semsearch.index.lexical.index import FOLDER, LexicalIndex, LexicalWriter
from semsearch.index.lexical.query_model import QueryWord
from semsearch.posts import Post
from semsearch.text import clean
from tests.builders import SHARED
from tests.index.builders import lexical_index, looked_for, post

ANALYZER = Analyzer()


@pytest.fixture(scope="module")
def by_field(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """A word in every field, each time in a post whose fields are all one word long: in as many bodies as other fields,
    since a word is as rare as in the field it is found in."""
    others = {"title": "alpha", "tags": ("beta",), "teaser": "gamma", "authors": ("Ada",), "body": "delta"}
    in_body = others | {"body": "walrus"}
    posts = [
        post("body", **in_body),
        post("tags", **others | {"tags": ("walrus",)}),
        post("title", **others | {"title": "walrus"}),
        post("teaser", **others | {"teaser": "walrus"}),
        post("twice", **others | {"title": "narwhal", "body": "narwhal"}),
        post("authors", **others | {"authors": ("orca",)}),
        post("body too", **in_body),
        post("another body", **in_body),
    ]
    return lexical_index(tmp_path_factory.mktemp("by_field"), posts)


def bm25(posts: int, frequency: int) -> float:
    """Of a word that so many of all posts have, that is so often in a field of mean length."""
    rarity = math.log(1 + (8 - posts + 0.5) / (posts + 0.5))
    return rarity * 2.2 * frequency / (frequency + 1.2)


def scores_of(index: LexicalIndex, *words: QueryWord) -> dict[int, float]:
    ordinals, scores = index.search(words, 100)
    return dict(zip(ordinals.tolist(), scores.tolist(), strict=True))


def found(index: LexicalIndex, query: str) -> list[int]:
    return sorted(index.search(looked_for(*ANALYZER.terms(query)), 100)[0].tolist())


# --- scores -----------------------------------------------------------------------------------------------------------


def test_a_title_counts_above_tags_above_the_teaser_above_the_body(by_field: LexicalIndex) -> None:
    ordinals, scores = by_field.search(looked_for("walrus"), 10)
    assert ordinals.tolist() == [2, 1, 3, 0, 6, 7]
    # As if it stood three times, twice or once in one field, which is of the same length in all posts.
    text = [bm25(3, frequency) for frequency in (3, 2, 1)]
    assert scores.tolist() == pytest.approx([*text, *[0.7 * bm25(3, 1)] * 3], rel=1e-5)


def test_authors_are_found_like_a_teaser(by_field: LexicalIndex) -> None:
    assert scores_of(by_field, *looked_for("orca")) == pytest.approx({5: bm25(1, 1)}, rel=1e-5)


def test_a_word_in_a_second_field_counts_three_tenths_there(by_field: LexicalIndex) -> None:
    expected = bm25(1, 3) + 0.3 * 0.7 * bm25(1, 1)
    assert scores_of(by_field, *looked_for("narwhal")) == pytest.approx({4: expected}, rel=1e-5)


def test_words_add_up_each_as_often_as_it_is_asked_for_and_by_its_weight(by_field: LexicalIndex) -> None:
    walrus, gamma = (scores_of(by_field, *looked_for(term)) for term in ("walrus", "gamma"))
    words = [QueryWord("walrus", ("walrus",), count=3), QueryWord("gama", ("gamma",), weight=0.8)]
    expected = {n: 3 * walrus.get(n, 0) + 0.8 * gamma.get(n, 0) for n in walrus.keys() | gamma.keys()}
    assert scores_of(by_field, *words, *looked_for("unknown")) == pytest.approx(expected, rel=1e-5)


def test_of_several_terms_of_a_word_the_one_that_counts_most_counts(by_field: LexicalIndex) -> None:
    walrus, gamma = (scores_of(by_field, *looked_for(term)) for term in ("walrus", "gamma"))
    both = scores_of(by_field, QueryWord("w", ("gamma", "walrus")))
    assert walrus[2] > gamma[2]
    assert both[2] == pytest.approx(walrus[2] + 0.3 * gamma[2], rel=1e-5)
    assert both.keys() == walrus.keys() | gamma.keys()


@pytest.mark.parametrize("limit", [0, 1, 2, 100])
def test_no_more_than_the_limit_and_the_best_of_all(by_field: LexicalIndex, limit: int) -> None:
    assert by_field.search(looked_for("walrus"), limit)[0].tolist() == [2, 1, 3, 0, 6, 7][:limit]


@pytest.mark.parametrize("few", [0, 2, 4_096])
def test_some_posts_have_the_scores_that_a_search_gives_them(
    by_field: LexicalIndex, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether all words count as those of many posts, some, or none."""
    monkeypatch.setattr(lexical, "_FEW_POSTS", few)
    words = [QueryWord("walrus", ("walrus",), count=3), QueryWord("orka", ("orca",), weight=0.8)]
    assert [by_field.frequency(word.terms[0]) > 2 for word in words] == [True, False]
    every = scores_of(by_field, *words)
    assert 0 < len(every) < len(by_field)
    for ordinals in ([*range(len(by_field))], [3, 0, 2, 1], [2], []):
        by_field.look_up(words)
        scores = by_field.scores(words, np.array(ordinals, dtype=np.int64))
        assert scores.tolist() == pytest.approx([every.get(ordinal, 0.0) for ordinal in ordinals], rel=1e-6)
    assert by_field.scores([], np.array([1, 0])).tolist() == [0.0, 0.0]


def test_words_that_somebody_makes_up_are_not_remembered_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "_POSTINGS", 1_000)
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    for number in range(100):
        index.look_up(looked_for("walrus", f"made{number}up"))
    assert 0 < len(index._postings) < 50


def test_a_term_is_known_where_any_field_has_it(by_field: LexicalIndex) -> None:
    assert [by_field.knows(term) for term in ("walrus", "delta", "orca", "wal", "")] == [True, True, True, False, False]
    assert [by_field.frequency(term) for term in ("walrus", "delta", "orca", "wal")] == [3, 4, 1, 0]


def test_an_unknown_word_counts_as_the_rarest(by_field: LexicalIndex) -> None:
    unknown = 2.2 * math.log(1 + 8.5 / 0.5)
    assert by_field.best_score(looked_for("unknown")) == pytest.approx(unknown)
    assert by_field.best_score([QueryWord("unknown", ("unknown",), count=2), *looked_for("walrus")]) == pytest.approx(
        2 * unknown + by_field.best_score(looked_for("walrus"))
    )


# --- what is found ----------------------------------------------------------------------------------------------------


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
        ("日本東京都", "東京", True),
        ("٣ books", "٣", True),
        ("C++", "c++", True),
        ("C++", "c", False),
        ("C", "C#", False),
        ("Made in .NET.", ".net", True),
        ("the end.Net", "net", True),
        ("GPT-3", "gpt3", True),
        ("e-mail", "emails", True),
        ("email", "e-mail", True),
        ("we 🚀!", "🚀", True),
        ("walrus", "wal", False),
        ("an orange", "an", False),
        ("a" * 80, "a" * 80, True),
        ("a" * 81, "a" * 81, False),  # words of more than 80 characters are no words
        ("é" * 80, "é" * 80, True),
    ],
)
def test_words_meet_in_their_terms(tmp_path: Path, text: str, query: str, finds: bool) -> None:
    assert found(lexical_index(tmp_path, [post("a", title="other"), post("b", title=text)]), query) == [1] * finds


def test_words_are_stemmed_in_the_language_of_their_post(tmp_path: Path) -> None:
    titles = {"de": "Die Häuser", "fr": "Les maisons", "en": "The houses", None: "Houses", "xx": "the houses"}
    index = lexical_index(tmp_path, [post("a", title=title, language=code) for code, title in titles.items()])
    for language, text, ordinals in [
        ("de", "Haus", [0]),
        ("fr", "maison", [1]),
        ("en", "house", [2, 3]),
        ("xx", "houses", [4]),
        ("xx", "the", [4]),
    ]:
        words = looked_for(*ANALYZER.terms(text, language))
        assert sorted(index.matching(words).tolist()) == ordinals


def test_words_beyond_those_of_one_post_bring_no_other_post(by_field: LexicalIndex) -> None:
    """A word that no post has finds nothing, whatever stands beside it."""
    assert by_field.search(looked_for("unknown"), 10)[0].tolist() == []
    assert sorted(by_field.matching(looked_for("unknown", "orca")).tolist()) == [5]


def test_a_question_without_words_finds_nothing(by_field: LexicalIndex) -> None:
    assert by_field.search([], 10)[0].tolist() == by_field.matching([]).tolist() == []
    assert by_field.count([]) == 0
    assert by_field.best_score([]) == 0


def test_no_hostile_string_breaks_a_search_and_each_is_found_by_its_own_words(tmp_path: Path) -> None:
    file = SHARED / "bad_inputs" / "blns" / "blns.json"
    if not file.exists():
        pytest.skip("the collection of hostile strings is kept outside the project")
    strings = [clean(string) for string in json.loads(file.read_text(encoding="utf-8"))]
    posts = [post(f"{n}", title=string or "empty", tags=(string,)) for n, string in enumerate(strings)]
    index = lexical_index(tmp_path, posts)
    for ordinal, string in enumerate(strings):
        words = looked_for(*ANALYZER.terms(string))
        assert (ordinal in index.matching(words)) is bool(words)
        assert len(index.search(words, 5)[0]) <= 5
        assert index.best_score(words) >= 0
        for text in (string, f"walrus {string}", f"{string}*"):
            assert len(index.complete(text, 5)) <= 5


few_words = st.lists(st.sampled_from(["walrus", "seal", "whale", "krill", "ice"]), max_size=30).map(" ".join)
posts_of_few_words = st.builds(
    lambda title, teaser, body, tag: Post("p", title, teaser=teaser, body=body, tags=(tag,)), *[few_words] * 4
)


@settings(max_examples=25, deadline=None)
@given(st.lists(posts_of_few_words, max_size=12), few_words)
def test_no_post_reaches_the_best_score_and_all_that_have_a_word_are_found(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Post], query: str
) -> None:
    index = lexical_index(tmp_path_factory.mktemp("best"), posts)
    words = looked_for(*dict.fromkeys(ANALYZER.terms(f"{query} unknown")))
    ordinals, scores = index.search(words, len(posts))
    wanted = {word.text for word in words}
    having = [n for n, one in enumerate(posts) if not wanted.isdisjoint(ANALYZER.terms(_all_text(one)))]
    assert sorted(ordinals.tolist()) == sorted(index.matching(words).tolist()) == having
    assert index.count(words) == len(having)
    assert np.all(np.diff(scores) <= 0)
    assert np.all(scores < index.best_score(words))


def _all_text(one: Post) -> str:
    return " ".join((one.title, one.teaser, one.body, *one.tags))


def test_the_best_score_is_nearly_reached_by_a_post_of_nothing_else(tmp_path: Path) -> None:
    much = "walrus " * 10_000
    index = lexical_index(tmp_path, [post("a", title=much, teaser=much, body=much, tags=(much,)), post("b", title="b")])
    score, best = scores_of(index, *looked_for("walrus"))[0], index.best_score(looked_for("walrus"))
    assert 0.999 * best < score < best


# --- as a file --------------------------------------------------------------------------------------------------------


def test_an_index_of_no_posts_answers_nothing(tmp_path: Path) -> None:
    empty = lexical_index(tmp_path, [])
    assert len(empty) == 0
    assert (
        empty.search(looked_for("a"), 5)[0].tolist()
        == empty.matching(looked_for("a")).tolist()
        == empty.complete("a", 5).tolist()
        == []
    )


def test_reading_writes_nothing_and_whoever_reads_one_file_may_read_all(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    assert index.search(looked_for("walrus"), 1)[0].tolist() == [0]
    files = list((tmp_path / FOLDER).iterdir())
    assert not [file.name for file in files if file.suffix == ".lock"]
    assert {file.stat().st_mode for file in files} == {(tmp_path / "plain").stat().st_mode}


def test_an_open_index_keeps_nothing_elsewhere_that_would_stay_if_it_were_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = lexical_index(tmp_path, [post("a", title="walrus"), post("b", title="narwhal", body="walrus")])
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    again = LexicalIndex.open(tmp_path)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert found(again, "walrus") == found(index, "walrus") == [0, 1]


def test_a_file_that_goes_while_it_is_read_is_still_read(tmp_path: Path) -> None:
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    shutil.rmtree(tmp_path / FOLDER)
    assert index.search(looked_for("walrus"), 1)[0].tolist() == index.complete("wal", 1).tolist() == [0]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list the threads of a process")
def test_an_abandoned_index_stops_writing(tmp_path: Path) -> None:
    before = _indexing_threads()
    writer = LexicalWriter(tmp_path, Analyzer())
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
