"""Why does a post belong beside another? What they share, from the parts of the score; the weightiest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.series import series_of
from semsearch.index.stems import Analyzer
from semsearch.index.terms import PARTS
from semsearch.posts import Post
from semsearch.relating.score import TIME, Parts

Kind = Literal["words", "tags", "authors", "series", "sentences", "newer"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 3
"""Reasons that are given, and values of each."""
_LEAST = 0.1
"""What a part must be worth to be a reason."""
_TAKE = 1.0
"""What two posts must be about the same things for the newer one to be a newer take; in units, as the score."""
_WEIGHTIEST = 12
"""Terms that are looked for: others would be no reason."""
_LATER = dt.timedelta(days=30)
"""By which it must be newer: what was published together is one take."""
_CONTEXT = 0.5
"""What it counts that a sentence is near to the other post as a whole, against being near to the other sentence: a
sentence that ends every post is near to itself alone."""
_MARKUP = "#*>-•– "
"""What marks a heading, a quotation or an entry of a list."""
_LONGEST = 300
"""Characters of a sentence that are shown."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that two posts have in common."""

    kind: Kind
    values: tuple[str, ...]
    """At most three. Words and tags: as the related post has them; authors; the name of a series; the sentence of the
    example and that of the related post; the day of a newer post."""

    @property
    def text(self) -> str:
        """In words, for who reads English."""
        values = ", ".join(self.values)
        match self.kind:
            case "words":
                return f"Both write of {values}"
            case "tags":
                return f"Both are tagged {values}"
            case "authors":
                return f"Both are by {values}"
            case "series":
                return f"Both are in the series {values}"
            case "newer":
                return f"A newer take, of {values}"
            case "sentences":
                return " ~ ".join(f"“{sentence}”" for sentence in self.values)


Shared = Sequence[Sequence[str]]
"""The terms, tags and authors of both posts, each the weightiest first."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a post, or a text, with what its reasons are looked for in."""

    post: Post
    centre: NDArray[np.float32]
    """A unit vector."""
    vectors: NDArray[np.float32]
    """Of its sentences, shape (sentences, dimension), unit vectors."""
    sentence: Callable[[int], str]
    """The text of a sentence, by its row."""


def reasons(one: Side, other: Side, parts: Parts, common: Shared, analyzer: Analyzer) -> tuple[Reason, ...]:
    """Up to three reasons for a related post, ``other``."""
    worth: dict[Kind, float] = {"sentences": parts.meaning, "newer": TIME * parts.time if parts.about >= _TAKE else 0.0}
    worth |= {kind: parts.worth[kind] for kind in KINDS if kind not in worth}
    found: list[Reason] = []
    for kind in sorted(KINDS, key=lambda kind: -worth[kind]):
        if worth[kind] >= _LEAST and len(found) < MOST and (values := _values(kind, one, other, common, analyzer)):
            found.append(Reason(kind, values))
    return tuple(found)


def _values(kind: Kind, one: Side, other: Side, common: Shared, analyzer: Analyzer) -> tuple[str, ...]:
    match kind:
        case "words":
            return tuple(islice(_words(other.post, common[0][:_WEIGHTIEST], analyzer), MOST))
        case "tags":
            return tuple(common[1][:MOST])
        case "authors":
            return tuple(common[2][:MOST])
        case "series":
            return tuple(filter(None, [series_of(other.post)]))
        case "sentences":
            return _sentences(one, other)
        case "newer":
            mine, its = one.post.day, other.post.day
            return (its.isoformat(),) if mine and its and its - mine >= _LATER else ()


def _words(post: Post, terms: Sequence[str], analyzer: Analyzer) -> Iterator[str]:
    """The words of a post that have these terms, as they are first written there: those of title and teaser first.

    Of a word and another that it is a part of, only the first.
    """
    left = {term for term in terms if not term.isdigit()}
    shown: list[str] = []
    for part in PARTS:
        text: str = getattr(post, part)
        found: dict[str, str] = {}
        for word in analyzer.reader(post.language).matching(text, left) if left else ():
            found.setdefault(word.term, text[word.start : word.end])
        left -= found.keys()
        for text in (found[term] for term in terms if term in found):
            folded = text.casefold()
            if len(text) > 1 and not any(folded in other or other in folded for other in shown):
                shown.append(folded)
                yield text


def _sentences(one: Side, other: Side) -> tuple[str, ...]:
    """The pair of sentences that match best; none where a post has no text, or the pair is one sentence."""
    if not len(one.vectors) or not len(other.vectors):
        return ()
    likeness = one.vectors @ other.vectors.T
    likeness = likeness + _CONTEXT * ((one.vectors @ other.centre)[:, None] + (other.vectors @ one.centre)[None, :])
    mine, its = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    pair = (_shown(one.sentence(int(mine))), _shown(other.sentence(int(its))))
    return pair if all(pair) and pair[0].casefold() != pair[1].casefold() else ()


def _shown(sentence: str) -> str:
    line = " ".join(sentence.split()).lstrip(_MARKUP)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def side_of(snapshot: Snapshot, post: Post, ordinal: int, centre: NDArray[np.float32]) -> Side:
    """A post of the index. Where it is of one sentence, that is the whole of it."""
    rows = snapshot.passages.of(ordinal)
    if not rows:
        text = post.teaser or post.body
        return Side(post, centre, snapshot.whole.vectors(np.array([ordinal] if text else [])), lambda _: text)

    def sentence(row: int) -> str:
        field, start, end = snapshot.passages.span(rows[row])
        text: str = getattr(post, field)
        return text[start:end]

    return Side(post, centre, snapshot.passage_vectors.vectors(np.arange(rows.start, rows.stop)), sentence)
