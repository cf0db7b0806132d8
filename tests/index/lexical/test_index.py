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
from semsearch.index.lexical.index import LexicalIndex
from semsearch.index.lexical.query_model import QueryWord
from semsearch.index.lexical.schema import FOLDER
from semsearch.index.lexical.writer import LexicalWriter
from semsearch.posts import Post
from semsearch.text import clean
from tests.builders import SHARED
from tests.index.builders import lexical_index, post, query_words_of

ANALYZER = Analyzer()


@pytest.fixture(scope="module")
def by_field(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """Posts whose fields all have one word. "walrus" occurs in every field, and in as many bodies as other fields, so
    that its document frequency is the same in both lexical fields."""
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
    """The BM25 score of a word that ``posts`` of the eight posts have, in a field of mean length."""
    rarity = math.log(1 + (8 - posts + 0.5) / (posts + 0.5))
    return rarity * 2.2 * frequency / (frequency + 1.2)


def scores_of(index: LexicalIndex, *words: QueryWord) -> dict[int, float]:
    ordinals, scores = index.search(words, 100)
    return dict(zip(ordinals.tolist(), scores.tolist(), strict=True))


def found(index: LexicalIndex, query: str) -> list[int]:
    return sorted(index.search(query_words_of(*ANALYZER.terms(query)), 100)[0].tolist())


# --- scores -----------------------------------------------------------------------------------------------------------


def test_title_weighs_more_than_tags_than_teaser_than_body(by_field: LexicalIndex) -> None:
    ordinals, scores = by_field.search(query_words_of("walrus"), 10)
    assert ordinals.tolist() == [2, 1, 3, 0, 6, 7]
    # As if it occurred three times, twice or once in one field, which has the same length in all posts.
    text = [bm25(3, frequency) for frequency in (3, 2, 1)]
    assert scores.tolist() == pytest.approx([*text, *[0.7 * bm25(3, 1)] * 3], rel=1e-5)


def test_authors_weigh_as_much_as_the_teaser(by_field: LexicalIndex) -> None:
    assert scores_of(by_field, *query_words_of("orca")) == pytest.approx({5: bm25(1, 1)}, rel=1e-5)


def test_a_second_field_counts_three_tenths(by_field: LexicalIndex) -> None:
    expected = bm25(1, 3) + 0.3 * 0.7 * bm25(1, 1)
    assert scores_of(by_field, *query_words_of("narwhal")) == pytest.approx({4: expected}, rel=1e-5)


def test_scores_of_words_add_up_multiplied_by_count_and_weight(by_field: LexicalIndex) -> None:
    walrus, gamma = (scores_of(by_field, *query_words_of(term)) for term in ("walrus", "gamma"))
    words = [QueryWord("walrus", ("walrus",), count=3), QueryWord("gama", ("gamma",), weight=0.8)]
    expected = {n: 3 * walrus.get(n, 0) + 0.8 * gamma.get(n, 0) for n in walrus.keys() | gamma.keys()}
    assert scores_of(by_field, *words, *query_words_of("unknown")) == pytest.approx(expected, rel=1e-5)


def test_the_best_of_several_terms_of_a_word_counts(by_field: LexicalIndex) -> None:
    walrus, gamma = (scores_of(by_field, *query_words_of(term)) for term in ("walrus", "gamma"))
    both = scores_of(by_field, QueryWord("w", ("gamma", "walrus")))
    assert walrus[2] > gamma[2]
    assert both[2] == pytest.approx(walrus[2] + 0.3 * gamma[2], rel=1e-5)
    assert both.keys() == walrus.keys() | gamma.keys()


@pytest.mark.parametrize("limit", [0, 1, 2, 100])
def test_the_limit_keeps_the_best_posts(by_field: LexicalIndex, limit: int) -> None:
    assert by_field.search(query_words_of("walrus"), limit)[0].tolist() == [2, 1, 3, 0, 6, 7][:limit]


@pytest.mark.parametrize("few", [0, 2, 4_096])
def test_scores_of_some_posts_equal_those_of_a_search(
    by_field: LexicalIndex, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all, some or none of the words treated as frequent."""
    monkeypatch.setattr(lexical, "_MAX_MEMOISED_POSTS", few)
    words = [QueryWord("walrus", ("walrus",), count=3), QueryWord("orka", ("orca",), weight=0.8)]
    assert [by_field.document_frequency(word.terms[0]) > 2 for word in words] == [True, False]
    every = scores_of(by_field, *words)
    assert 0 < len(every) < len(by_field)
    for ordinals in ([*range(len(by_field))], [3, 0, 2, 1], [2], []):
        by_field.prefetch(words)
        scores = by_field.scores(words, np.array(ordinals, dtype=np.int64))
        assert scores.tolist() == pytest.approx([every.get(ordinal, 0.0) for ordinal in ordinals], rel=1e-6)
    assert by_field.scores([], np.array([1, 0])).tolist() == [0.0, 0.0]


def test_the_memo_of_postings_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "_MEMO_POSTINGS", 1_000)
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    for number in range(100):
        index.prefetch(query_words_of("walrus", f"made{number}up"))
    assert 0 < len(index._postings) < 50


def test_a_term_in_any_field_is_known(by_field: LexicalIndex) -> None:
    assert [by_field.has_term(term) for term in ("walrus", "delta", "orca", "wal", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert [by_field.document_frequency(term) for term in ("walrus", "delta", "orca", "wal")] == [3, 4, 1, 0]


def test_an_unknown_word_counts_as_the_rarest(by_field: LexicalIndex) -> None:
    unknown = 2.2 * math.log(1 + 8.5 / 0.5)
    assert by_field.max_score(query_words_of("unknown")) == pytest.approx(unknown)
    assert by_field.max_score(
        [QueryWord("unknown", ("unknown",), count=2), *query_words_of("walrus")]
    ) == pytest.approx(2 * unknown + by_field.max_score(query_words_of("walrus")))


# --- what is found ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "query", "finds"),
    [
        ("Running models", "the model runs", True),
        ("Café del Mar", "cafe", True),
        ("cafe", "CAFÉS", True),
        ("İstanbul", "istanbul", True),  # the Unicode lower case of İ has two characters
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
        ("a" * 81, "a" * 81, False),  # words have at most 80 characters
        ("é" * 80, "é" * 80, True),
    ],
)
def test_a_post_is_found_by_words_with_the_same_terms(tmp_path: Path, text: str, query: str, finds: bool) -> None:
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
        words = query_words_of(*ANALYZER.terms(text, language))
        assert sorted(index.matching(words).tolist()) == ordinals


def test_unknown_words_match_no_post(by_field: LexicalIndex) -> None:
    """Also beside known words."""
    assert by_field.search(query_words_of("unknown"), 10)[0].tolist() == []
    assert sorted(by_field.matching(query_words_of("unknown", "orca")).tolist()) == [5]


def test_a_query_without_words_finds_nothing(by_field: LexicalIndex) -> None:
    assert by_field.search([], 10)[0].tolist() == by_field.matching([]).tolist() == []
    assert by_field.count([]) == 0
    assert by_field.max_score([]) == 0


def test_hostile_strings_are_found_by_their_own_words(tmp_path: Path) -> None:
    file = SHARED / "bad_inputs" / "blns" / "blns.json"
    if not file.exists():
        pytest.skip("the collection of hostile strings is kept outside the project")
    strings = [clean(string) for string in json.loads(file.read_text(encoding="utf-8"))]
    posts = [post(f"{n}", title=string or "empty", tags=(string,)) for n, string in enumerate(strings)]
    index = lexical_index(tmp_path, posts)
    for ordinal, string in enumerate(strings):
        words = query_words_of(*ANALYZER.terms(string))
        assert (ordinal in index.matching(words)) is bool(words)
        assert len(index.search(words, 5)[0]) <= 5
        assert index.max_score(words) >= 0
        for text in (string, f"walrus {string}", f"{string}*"):
            assert len(index.complete(Analyzer().forms(text).sequence, 5)) <= 5


few_words = st.lists(st.sampled_from(["walrus", "seal", "whale", "krill", "ice"]), max_size=30).map(" ".join)
posts_of_few_words = st.builds(
    lambda title, teaser, body, tag: Post("p", title, teaser=teaser, body=body, tags=(tag,)), *[few_words] * 4
)


@settings(max_examples=25, deadline=None)
@given(st.lists(posts_of_few_words, max_size=12), few_words)
def test_every_post_with_a_word_is_found_and_scores_less_than_the_maximum(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Post], query: str
) -> None:
    index = lexical_index(tmp_path_factory.mktemp("best"), posts)
    words = query_words_of(*dict.fromkeys(ANALYZER.terms(f"{query} unknown")))
    ordinals, scores = index.search(words, len(posts))
    wanted = {word.text for word in words}
    having = [n for n, one in enumerate(posts) if not wanted.isdisjoint(ANALYZER.terms(_all_text(one)))]
    assert sorted(ordinals.tolist()) == sorted(index.matching(words).tolist()) == having
    assert index.count(words) == len(having)
    assert np.all(np.diff(scores) <= 0)
    assert np.all(scores < index.max_score(words))


def _all_text(one: Post) -> str:
    return " ".join((one.title, one.teaser, one.body, *one.tags))


def test_a_post_of_one_word_nearly_reaches_the_maximum_score(tmp_path: Path) -> None:
    much = "walrus " * 10_000
    index = lexical_index(tmp_path, [post("a", title=much, teaser=much, body=much, tags=(much,)), post("b", title="b")])
    score, best = scores_of(index, *query_words_of("walrus"))[0], index.max_score(query_words_of("walrus"))
    assert 0.999 * best < score < best


# --- as a file --------------------------------------------------------------------------------------------------------


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    empty = lexical_index(tmp_path, [])
    assert len(empty) == 0
    assert (
        empty.search(query_words_of("a"), 5)[0].tolist()
        == empty.matching(query_words_of("a")).tolist()
        == empty.complete(["a"], 5).tolist()
        == []
    )


def test_reading_leaves_no_locks_and_all_files_have_the_default_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    assert index.search(query_words_of("walrus"), 1)[0].tolist() == [0]
    files = list((tmp_path / FOLDER).iterdir())
    assert not [file.name for file in files if file.suffix == ".lock"]
    assert {file.stat().st_mode for file in files} == {(tmp_path / "plain").stat().st_mode}


def test_an_open_index_leaves_no_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = lexical_index(tmp_path, [post("a", title="walrus"), post("b", title="narwhal", body="walrus")])
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    again = LexicalIndex.open(tmp_path)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert found(again, "walrus") == found(index, "walrus") == [0, 1]


def test_an_open_index_still_answers_after_its_files_were_removed(tmp_path: Path) -> None:
    index = lexical_index(tmp_path, [post("a", title="walrus")])
    shutil.rmtree(tmp_path / FOLDER)
    assert index.search(query_words_of("walrus"), 1)[0].tolist() == index.complete(["wal"], 1).tolist() == [0]


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
    """Wait for a condition: threads get their name, and leave the list, with a delay."""
    ends = time.monotonic() + 10
    while not (holds := condition()) and time.monotonic() < ends:
        time.sleep(0.01)
    return holds


def _indexing_threads() -> int:
    names = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has just ended
            names.append((task / "comm").read_text())
    return sum(name.startswith("thrd-tantivy-in") for name in names)


def test_many_threads_have_the_same_results_as_one(by_field: LexicalIndex) -> None:
    queries = ["walrus", "narwhal delta", "the alpha", "gamma beta walrus"] * 50

    def answer(query: str) -> tuple[list[int], list[int]]:
        return found(by_field, query), by_field.complete(query.split(), 3).tolist()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, queries)) == [answer(query) for query in queries]
