"""Invariants of related lists and reasons (property tests)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index import Scale, Scales
from semsearch.index.filters import make_filter
from semsearch.index.grouping.series import series_key, series_name
from semsearch.posts import Post
from semsearch.relating.score import Parts
from semsearch.search import Searcher
from semsearch.search.results import REASON_KINDS, Hit, Reason
from tests.relating.builders import (
    AUTHORS,
    DATES,
    LANGUAGES,
    PLAIN,
    SENTENCES,
    TAGS,
    VECTOR_OF,
    VECTORS,
    corpora,
)
from tests.search.fakes import Planted, Vector, searcher_of

TEXT = f"{SENTENCES[0]} {SENTENCES[3]}"
QUESTIONS = 6
NEAR = Scales(meaning=Scale(0.1, 0.3), words=PLAIN.words, tail=PLAIN.tail)
"""A scale on which sentences with a cosine of 0.4 are similar enough for a reason."""
SHOWN = dict(zip(SENTENCES, SENTENCES, strict=True)) | {
    SENTENCES[1]: "Nobody crossed the bridge that winter.",
    SENTENCES[2]: "Engines, violins and a harbour.",
    # 25 characters, three times 31, and the first 22 of the next 31, which end with "the": 140; cut before that.
    SENTENCES[6]: f"The gardens by the river {'and the gardens by the harbour ' * 3}and the gardens by…",
}
"""Each sentence as shown in a reason."""
ANALYZER = Analyzer()


@dataclass(frozen=True)
class Asked:
    """Parameters of a request for related posts."""

    post_ids: tuple[str, ...]
    texts: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    condition: dict[str, Any] = field(default_factory=dict)
    """A filter as plain values."""
    others: dict[str, Any] = field(default_factory=dict)

    def of(self, searcher: Searcher, **changes: Any) -> tuple[Hit, ...]:
        parameters = {"texts": self.texts, "negative": self.negative} | self.condition | self.others | changes
        return searcher.related(*self.post_ids, **parameters).hits


@st.composite
def asked(draw: st.DrawFn, posts: Sequence[Planted]) -> Asked:
    ids = st.sampled_from([one.post.id for one in posts])
    post_ids = tuple(draw(st.lists(ids, min_size=1, max_size=draw(st.sampled_from((1, 1, 3))))))
    conditions: dict[str, st.SearchStrategy[Any]] = {
        "tags": st.sampled_from(TAGS).map(lambda tag: [tag]),
        "authors": st.sampled_from(AUTHORS).map(lambda author: [author]),
        "language": st.sampled_from(("en", "de")),
        "date_from": st.sampled_from(DATES[1:3]),
        "date_to": st.sampled_from(DATES[1:3]),
    }
    name = draw(st.sampled_from((None, None, *conditions)))
    return Asked(
        post_ids=post_ids if draw(st.integers(0, 5)) else (),
        texts=(TEXT,) if not draw(st.integers(0, 5)) else (),
        negative=tuple(draw(st.lists(ids, max_size=draw(st.sampled_from((0, 0, 2)))))),
        condition={name: draw(conditions[name])} if name else {},
        others={
            "limit": draw(st.integers(1, 9)),
            "diversity": draw(st.sampled_from((0.0, 0.3, 1.0))),
            "exclude": draw(st.lists(ids, max_size=2)),
            "newer": draw(st.booleans()),
            "min_confidence": draw(st.sampled_from((0.0, 0.0, 0.3))),
        },
    )


def _searcher(factory: pytest.TempPathFactory, posts: Sequence[Planted], scales: Scales = PLAIN) -> Searcher:
    texts = {TEXT: VECTORS[0]} | {sentence: VECTOR_OF[sentence] for sentence in SENTENCES}
    return searcher_of(factory.mktemp("generated") / "version", posts, texts, scales=scales)


def _corpus_and_questions(data: st.DataObject) -> tuple[list[Planted], list[Asked]]:
    """Several requests for one corpus, since writing the corpus takes longest."""
    posts = data.draw(corpora())
    question = asked(posts).filter(lambda one: bool(one.post_ids or one.texts))
    return posts, [data.draw(question) for _ in range(QUESTIONS)]


# --- the list ---------------------------------------------------------------------------------------------------------


def _same_texts(one: Post, other: Post) -> bool:
    return (one.title, one.teaser, one.body, one.language) == (other.title, other.teaser, other.body, other.language)


def _said_to_be_one(one: Post, other: Post) -> bool:
    """Whether one is a translation of the other, or both are translations of a third."""
    originals = one.translation_of, other.translation_of
    return originals[0] == other.id or originals[1] == one.id or (originals[0] == originals[1] is not None)


def _told_to_be_one(one: Post, other: Post, posts: Sequence[Planted]) -> bool:
    """Whether their addresses make them translations, which requires that no two are in one language."""
    if not one.language or not other.language or not one.url or not other.url:
        return False
    page = one.url.rpartition("/")[2]
    languages = Counter(
        each.post.language for each in posts if each.post.url and each.post.url.rpartition("/")[2] == page
    )
    return other.url.rpartition("/")[2] == page and max(languages.values()) == 1


def _one_work(one: Post, other: Post, posts: Sequence[Planted]) -> bool:
    return (
        one.id == other.id
        or _same_texts(one, other)
        or _said_to_be_one(one, other)
        or _told_to_be_one(one, other, posts)
    )


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_hits_are_neither_editions_of_an_example_nor_filtered_out(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    posts, questions = _corpus_and_questions(data)
    searcher, by_id = _searcher(tmp_path_factory, posts), {one.post.id: one.post for one in posts}
    for question in questions:
        hits = [by_id[hit.id] for hit in question.of(searcher)]
        examples = [by_id[post_id] for post_id in question.post_ids]
        unwanted = [*examples, *(by_id[post_id] for post_id in (*question.negative, *question.others["exclude"]))]
        for place, hit in enumerate(hits):
            for other in (*unwanted, *hits[:place]):
                assert not _one_work(hit, other, posts), (hit, other)
        wanted = make_filter(**question.condition)
        days = [post.day for post in examples if post.day]
        for hit in hits:
            assert set(wanted.tags) <= set(hit.tags)
            assert set(wanted.authors) <= set(hit.authors)
            assert wanted.language in (None, hit.language)
            assert wanted.date_from is None or (hit.day is not None and hit.day >= wanted.date_from)
            assert wanted.date_to is None or (hit.day is not None and hit.day <= wanted.date_to)
            assert question.others["newer"] or not days or hit.day is None or hit.day <= max(days)


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_lists_are_ordered_reproducible_and_as_long_as_possible(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    posts, questions = _corpus_and_questions(data)
    searcher, anew = _searcher(tmp_path_factory, posts), _searcher(tmp_path_factory, posts)
    for question in questions:
        hits, least = question.of(searcher, explain=True), question.others["min_confidence"]
        assert hits == question.of(searcher, explain=True) == question.of(anew, explain=True)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        for hit in hits:
            assert isinstance(hit.explanation, Parts)
            assert hit.score == pytest.approx(sum(hit.explanation.worth.values()), abs=1e-9)
            assert least - 1e-6 <= hit.confidence <= 1
        every = question.of(searcher, limit=50, diversity=0, min_confidence=0)
        assert len(hits) == min(question.others["limit"], sum(hit.confidence >= least for hit in every))


# --- reasons ----------------------------------------------------------------------------------------------------------


def _terms(post: Post) -> set[str]:
    """A text may be in any language of the corpus."""
    languages = [post.language] if post.id else LANGUAGES
    texts = (post.title, post.teaser, post.body)
    return {term for text in texts for language in languages for term in ANALYZER.terms(text, language)}


def _has(word: str, text: str) -> bool:
    """Whether a text has exactly this word, or these words, maybe on several lines."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", " ".join(text.split())) is not None


def _words_are_true(words: Sequence[str], one: Post, other: Post) -> bool:
    its, mine = (f"{post.title}\n{post.teaser}\n{post.body}" for post in (other, one))
    folded = [word.casefold() for word in words]
    return (
        all(_has(word, its) for word in words)
        and all(_has(word, mine.casefold()) for word in folded)
        and all(re.search("[a-z]{3}", word) for word in folded)
        and all(_terms(one) & _terms(other) & set(ANALYZER.terms(word, other.language)) for word in words)
        and not any(word in longer for word in folded for longer in folded if word is not longer)
    )


def _vectors(one: Planted) -> Mapping[str, Vector]:
    """The sentences of a post as shown, with their vectors; a post of one sentence has the post vector."""
    text = one.post.teaser or one.post.body
    sentences = one.sentences or ({text: one.whole} if text else {})
    return {SHOWN[sentence]: vector for sentence, vector in sentences.items()}


def _cosine(one: Vector, other: Vector) -> float:
    return float(np.dot(one, other) / np.linalg.norm(one) / np.linalg.norm(other))


def _sentences_are_true(pair: Sequence[str], one: Planted, other: Planted) -> bool:
    mine, its = _vectors(one), _vectors(other)
    if len(pair) != 2 or pair[0] == pair[1] or pair[0] not in mine or pair[1] not in its:
        return False
    # Vectors are kept in few bits.
    return _cosine(mine[pair[0]], its[pair[1]]) >= NEAR.meaning.start + NEAR.meaning.unit - 0.02


def _telling(field: str, one: Post, other: Post, posts: Sequence[Planted]) -> list[str]:
    """The tags or authors of both posts that at most three posts have: others say little in a corpus of nine."""
    common = Counter(value for each in posts for value in getattr(each.post, field))
    return sorted(value for value in {*getattr(one, field)} & {*getattr(other, field)} if common[value] <= 3)


def _is_true(reason: Reason, one: Planted, other: Planted, posts: Sequence[Planted]) -> bool:
    """Whether a reason is true of an example and a related post."""
    mine, its, values = one.post, other.post, reason.values
    match reason.kind:
        case "words":
            return _words_are_true(values, mine, its)
        case "tags" | "authors":
            return sorted(values) == _telling(reason.kind, mine, its, posts)
        case "series":
            return series_key(mine) == series_key(its) and values == (series_name(its),)
        case "sentences":
            return _sentences_are_true(values, one, other)
        case "newer":
            day = dt.date.fromisoformat(values[0])
            return mine.day is not None and its.day == day and day - mine.day >= dt.timedelta(days=30)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_reason_is_true(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    posts, questions = _corpus_and_questions(data)
    searcher, by_id = _searcher(tmp_path_factory, posts, NEAR), {one.post.id: one for one in posts}
    asked_in = Planted(
        Post(id="", title="", body=TEXT), VECTORS[0], {one: VECTOR_OF[one] for one in (SENTENCES[0], SENTENCES[3])}
    )
    for question in questions:
        examples = [*(by_id[post_id] for post_id in question.post_ids), *(asked_in for _ in question.texts)]
        for hit in question.of(searcher, explain=True):
            assert len({reason.kind for reason in hit.reasons}) == len(hit.reasons) <= 3
            assert all(reason.kind in REASON_KINDS and 1 <= len(reason.values) <= 3 for reason in hit.reasons)
            # All of them hold for one example: the one that is most like the hit.
            assert any(
                all(_is_true(reason, one, by_id[hit.id], posts) for reason in hit.reasons) for one in examples
            ), hit
            if len(examples) == 1 and isinstance(hit.explanation, Parts):
                _assert_in_order(hit.reasons, hit.explanation)


def _assert_in_order(shown: Sequence[Reason], parts: Parts) -> None:
    """Every reason is worth at least 0.1, in descending order. Shared phrases always are: their words may be common."""
    take = 0.5 if parts.about >= 2 else 0.0
    own = {"sentences": parts.meaning, "newer": take, "words": max(parts.words, 0.1)}
    worth = [own.get(one.kind, parts.worth.get(one.kind, 0.0)) for one in shown]
    assert worth == sorted(worth, reverse=True)
    assert all(value >= 0.1 for value in worth)
