from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.index.lexical import terms as terms_module
from semsearch.index.lexical.terms import (
    MAX_TERMS,
    PARTS,
    TermRows,
    Terms,
    TermsWriter,
    count_terms,
    inverse_document_frequency,
    log_frequency,
)
from semsearch.posts import Post
from tests.index.builders import ANALYZER, plain_text, post

WORDS = [
    "walrus",
    "ice",
    "tusk",
    "sea",
    "café",
    "東京",
    "🚀",
    "İstanbul",
    "C++",
    "node.js",
    "the",
    "www.example.org",
    "𐐷𐑌",
]
LANGUAGES = [None, "en", "de", "tr", "zh", "xx"]
texts = plain_text | st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
posts_of_any_kind = st.lists(
    st.builds(
        lambda title, teaser, body, language: post("p", title=title, teaser=teaser, body=body, language=language),
        *[texts] * 3,
        st.sampled_from(LANGUAGES),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terms")


def written(folder: Path, posts: Sequence[Post]) -> Terms:
    writer = TermsWriter(ANALYZER)
    for one in posts:
        writer.add(one)
    writer.save(folder)
    return Terms.open(folder)


def row(terms: Terms, number: int) -> dict[str, float]:
    """The terms of a post and their weights."""
    return named(terms, terms.rows, number)


def named(terms: Terms, rows: TermRows, number: int = 0) -> dict[str, float]:
    start, end = rows.begins[number : number + 2]
    weights = rows.weights[start:end].tolist()
    return {
        terms.term(column): weight for column, weight in zip(rows.columns[start:end].tolist(), weights, strict=True)
    }


def counts_of(one: Post) -> Counter[str]:
    return count_terms([(getattr(one, part), weight) for part, weight in PARTS.items()], ANALYZER, one.language)


def lengths(rows: TermRows) -> NDArray[np.float64]:
    """The lengths of the rows that have any terms."""
    of = np.repeat(np.arange(len(rows.begins) - 1), np.diff(rows.begins))
    return np.sqrt(np.bincount(of, rows.weights.astype(np.float64) ** 2))[np.unique(of)]


# --- weights ----------------------------------------------------------------------------------------------------------


def test_rare_terms_that_occur_often_in_a_post_weigh_most(tmp_path: Path) -> None:
    terms = written(tmp_path, [post("a", title="Walrus", body="walrus ice"), post("b", title="Ice")])
    # Two posts: "walrus" is in one, ln(1 + 1.5 / 1.5); "ice" in both, ln(1 + 0.5 / 2.5). The title counts three times.
    walrus, ice = (1 + math.log(4)) * math.log(2), 1 * math.log(1.2)
    length = math.hypot(walrus, ice)
    assert row(terms, 0) == pytest.approx({"ice": ice / length, "walrus": walrus / length}, rel=1e-3)
    assert row(terms, 1) == {"ice": 1.0}


def test_words_are_counted_three_times_in_a_title_and_once_elsewhere() -> None:
    one = post(
        "a", title="Walrus", teaser="The walrus. Ice.", body="ice, walruses, seas", tags=("seal",), authors=("Tusk",)
    )
    assert counts_of(one) == {"walrus": 5, "ice": 2, "sea": 1}


@pytest.mark.parametrize(
    "link",
    ["https://example.org/walrus?x=ice#y", "http://ice", "www.walrus-ice.org", "[tusk](https://example.org/ice)"],
)
def test_urls_have_no_terms(link: str) -> None:
    assert set(count_terms([(f"sea {link} sea", 1)], ANALYZER)) - {"tusk"} == {"sea"}


def test_slashes_outside_of_urls_hide_no_words() -> None:
    assert count_terms([("// walrus www ice and/or sea", 1)], ANALYZER).keys() >= {"walrus", "www", "ice", "sea"}


def test_words_are_read_in_the_language_of_their_post(tmp_path: Path) -> None:
    titles = {"de": "Die Häuser", "en": "The houses", "xx": "The houses"}
    terms = written(tmp_path, [post(language, title=title, language=language) for language, title in titles.items()])
    assert [set(row(terms, number)) for number in range(3)] == [{"haus"}, {"hous"}, {"the", "houses"}]


def test_the_terms_of_the_highest_weight_are_stored(tmp_path: Path) -> None:
    words = [f"w{number:03}" for number in range(MAX_TERMS + 20)]
    twice = words[5::9]
    posts = [post("long", title=" ", body=" ".join([*words, *twice])), *[post("usual", title=words[0])] * 3]
    kept = row(written(tmp_path, posts), 0)
    # Words that occur twice weigh most. Among equal weights the first in code point order are stored. The word that
    # three other posts have weighs least.
    once = [word for word in words[1:] if word not in twice]
    assert len(twice) == 9
    assert list(kept) == sorted([*twice, *once[: MAX_TERMS - 9]])
    assert len({kept[word] for word in twice}) == len({kept[word] for word in once if word in kept}) == 1


def test_a_count_beyond_16_bits_is_capped(tmp_path: Path) -> None:
    terms = written(tmp_path, [post("a", title=" ", body="walrus " * 70_000 + "ice"), post("b")])
    walrus = 1 + math.log(65_535)  # both terms are in one of two posts
    assert row(terms, 0) == pytest.approx({"ice": 1 / math.hypot(walrus, 1), "walrus": 1.0}, rel=5e-3)


def test_idf_falls_with_the_document_frequency_and_stays_positive() -> None:
    rarities = inverse_document_frequency(np.arange(1, 101), 100)
    assert np.all(np.diff(rarities) < 0)
    assert rarities[-1] == pytest.approx(math.log(1 + 0.5 / 100.5))
    assert rarities[-1] > 0


def test_log_frequency_grows_less_than_linearly() -> None:
    weights = log_frequency(np.array([1, 2, 4, 65_535]))
    assert weights[0] == 1
    assert np.all(np.diff(weights) > 0)
    assert np.all(np.diff(weights / [1, 2, 4, 65_535]) < 0)


def plain_rows_of(posts: Sequence[Post]) -> list[dict[str, float]]:
    """The rows of posts by a plain computation."""
    counts = [counts_of(one) for one in posts]
    frequencies = Counter(term for one in counts for term in one)
    rows = []
    for one in counts:
        weights = {
            term: (1 + math.log(count))
            * float(inverse_document_frequency(np.array([frequencies[term]]), len(posts))[0])
            for term, count in one.items()
        }
        kept = dict(sorted(weights.items(), key=lambda entry: (-entry[1], entry[0]))[:MAX_TERMS])
        length = math.sqrt(math.fsum(weight**2 for weight in kept.values()))
        rows.append({term: kept[term] / length for term in sorted(kept)})
    return rows


@settings(max_examples=50, deadline=None)
@given(posts_of_any_kind)
@example([])
@example([post("p", title="")])
@example([post("p", title="🚀 İstanbul 東京の", language="tr"), post("q", title="", body="\u0131I", language="tr")])
def test_rows_are_those_of_a_plain_computation(folder: Path, posts: list[Post]) -> None:
    terms = written(folder, posts)
    assert len(terms) == len(posts)
    for number, expected in enumerate(plain_rows_of(posts)):
        found = row(terms, number)
        assert list(found) == list(expected)
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(posts_of_any_kind)
def test_rows_have_length_1_and_ascending_columns_of_known_terms(folder: Path, posts: list[Post]) -> None:
    terms = written(folder, posts)
    rows = terms.rows
    assert lengths(rows) == pytest.approx(1, abs=2e-3)  # weights have half precision
    assert rows.begins[0] == 0
    assert rows.begins[-1] == len(rows.columns) == len(rows.weights)
    for start, end in zip(rows.begins, rows.begins[1:], strict=False):
        assert end - start <= MAX_TERMS
        assert np.all(np.diff(rows.columns[start:end]) > 0)
    vocabulary = [terms.term(column) for column in range(terms.width)]
    assert vocabulary == sorted({term for one in posts for term in counts_of(one)})
    for column, term in enumerate(vocabulary):
        found = terms.vectorize({term: 1})
        assert (found.columns.tolist(), found.weights.tolist(), found.begins.tolist()) == ([column], [1.0], [0, 1])


# --- texts that are no posts ------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(posts_of_any_kind)
def test_a_text_with_the_terms_of_a_post_has_the_same_vector(folder: Path, posts: list[Post]) -> None:
    terms = written(folder, posts)
    for number, one in enumerate(posts):
        found = named(terms, terms.vectorize(counts_of(one)))
        assert found == pytest.approx(row(terms, number), rel=2e-3, abs=1e-6)


def test_unknown_terms_are_ignored(tmp_path: Path) -> None:
    terms = written(tmp_path, [post("a", title="walrus ice"), post("b", title="sea")])
    known = named(terms, terms.vectorize({"walrus": 2, "ice": 1}))
    assert (
        named(terms, terms.vectorize({"": 9, "aaa": 1, "ice": 1, "walru": 3, "walrus": 2, "walruss": 5, "\ud800": 1}))
        == known
    )
    assert known["walrus"] > known["ice"]
    for nothing in ({}, {"zebra": 3}):
        row_of_nothing = terms.vectorize(nothing)
        assert (row_of_nothing.columns.tolist(), row_of_nothing.begins.tolist()) == ([], [0, 0])


# --- how they are kept ------------------------------------------------------------------------------------------------


def test_rows_do_not_depend_on_the_chunk_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [post("p", title=title) for title in ("walrus ice", "", "ice sea", "", "", "tusk walrus sea", "ice")]
    whole = written(tmp_path, posts)
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(terms_module, "_CHUNK_POSTS", size)
        parts = written(tmp_path, posts)
        for one in ("columns", "weights", "begins"):
            assert getattr(parts.rows, one).tolist() == getattr(whole.rows, one).tolist()
            assert getattr(parts.rows, one).dtype == getattr(whole.rows, one).dtype


def test_no_posts_have_no_terms(tmp_path: Path) -> None:
    terms = written(tmp_path, [])
    assert (len(terms), terms.width) == (0, 0)
    assert terms.rows.begins.tolist() == [0]
    assert terms.vectorize({"walrus": 1}).columns.tolist() == []


def test_rows_are_concatenated_in_order(tmp_path: Path) -> None:
    terms = written(tmp_path, [post("a", title="ice sea"), post("b", title="tusk")])
    joined = TermRows.concatenate([terms.vectorize({"tusk": 1}), terms.vectorize({}), terms.rows])
    assert joined.begins.tolist() == [0, 1, 1, 3, 4]
    assert [list(named(terms, joined, number)) for number in range(4)] == [["tusk"], [], ["ice", "sea"], ["tusk"]]
    assert TermRows.concatenate([]).begins.tolist() == [0]
