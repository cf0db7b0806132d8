"""Why is a post related to an example? Reasons that an editor would sign, the most important first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.phrases import PhraseFinders
from semsearch.index import Scale, Snapshot
from semsearch.index.grouping.series import series_name
from semsearch.index.phrases import NO_PHRASES, Rows
from semsearch.posts import Post
from semsearch.relating.score import TIME_WEIGHT, Parts
from semsearch.search.alike_sentences import most_alike, say_the_same, shortened
from semsearch.search.results import REASON_KINDS, Reason, ReasonKind
from semsearch.search.shared_phrases import shared_phrases

MAX_REASONS = 3
MAX_VALUES = 3
"""Values of one reason."""
_MIN_WORTH = 0.1
"""Score, in units, that a part must add to become a reason."""
_MIN_ABOUT = 2.0
"""Units of similarity and shared terms from which two posts are about the same: as many as half of all posts have with
their most similar post."""
_MIN_DAYS_NEWER = dt.timedelta(days=30)
"""Posts published closer together than this belong to the same occasion."""
_MAX_SENTENCES = 64
"""Sentences of a post that are compared, from its beginning."""


@dataclass(frozen=True, slots=True)
class Common:
    """What few other posts have in common with two posts, each by descending weight."""

    tags: Sequence[str] = ()
    authors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two posts that are compared for reasons; a text of a request counts as a post."""

    post: Post
    centre: NDArray[np.float32]
    """The vector of the post with all its sentences, shape (dimension,), of length 1."""
    vectors: NDArray[np.float32]
    """The vectors of its sentences, shape (sentences, dimension), of length 1."""
    sentence: Callable[[int], str]
    """Returns the text of a sentence; the argument is its row in ``vectors``."""
    phrases: Rows = field(default_factory=lambda: NO_PHRASES)
    """Its key phrases."""


def reasons(
    example: Side, related: Side, parts: Parts, common: Common, scale: Scale, finders: PhraseFinders
) -> tuple[Reason, ...]:
    """Up to three reasons why ``related`` is related to ``example``; none if there is no good one.

    ``parts``: the parts of its score. ``scale``: the scale of semantic similarity.
    """
    worth: dict[ReasonKind, float] = {
        "sentences": parts.meaning,
        "newer": TIME_WEIGHT if parts.about >= _MIN_ABOUT else 0.0,
        "words": max(parts.words, _MIN_WORTH),  # phrases are chosen by their own weights
    }
    worth |= {kind: parts.worth[kind] for kind in REASON_KINDS if kind not in worth}
    found: list[Reason] = []
    for kind in sorted(REASON_KINDS, key=lambda kind: -worth[kind]):
        if worth[kind] >= _MIN_WORTH and len(found) < MAX_REASONS:
            match kind:
                case "words":
                    values = shared_phrases(example.post, related.post, example.phrases, related.phrases, MAX_VALUES)
                case "tags":
                    values = tuple(common.tags[:MAX_VALUES])
                case "authors":
                    values = tuple(common.authors[:MAX_VALUES])
                case "series":
                    values = tuple(filter(None, [series_name(related.post)]))
                case "sentences":
                    values = _sentences(example, related, scale, finders)
                case "newer":
                    old, new = example.post.day, related.post.day
                    values = (new.isoformat(),) if old and new and new - old >= _MIN_DAYS_NEWER else ()
            found += [Reason(kind, values)] if values else []
    return tuple(found)


def _sentences(example: Side, related: Side, scale: Scale, finders: PhraseFinders) -> tuple[str, ...]:
    """Two sentences that say the same thing; empty if there are none."""
    of_example, of_related = example.vectors[:_MAX_SENTENCES], related.vectors[:_MAX_SENTENCES]
    places = most_alike(of_example, of_related, example.centre, related.centre, scale)
    if places is None:
        return ()
    pair = example.sentence(places[0]), related.sentence(places[1])
    shown = tuple(map(shortened, pair))
    return shown if all(shown) and say_the_same(*pair, finders.for_language(related.post.language)) else ()


def side_of(snapshot: Snapshot, post: Post, ordinal: int, centre: NDArray[np.float32]) -> Side:
    """The side of a post of the index. The only sentence of a post without passages is its teaser or body."""
    rows, phrases = snapshot.passages.rows_of(ordinal), snapshot.phrases.of(ordinal)
    if not rows:
        text = post.teaser or post.body
        vectors = snapshot.post_vectors.vectors(np.array([ordinal] if text else []))
        return Side(post, centre, vectors, lambda _: text, phrases)

    def sentence(row: int) -> str:
        field, start, end = snapshot.passages.span(rows[row])
        text: str = getattr(post, field)
        return text[start:end]

    stop = min(rows.stop, rows.start + _MAX_SENTENCES)
    return Side(post, centre, snapshot.passage_vectors.vectors(np.arange(rows.start, stop)), sentence, phrases)
