"""Why does a post belong beside another? What they share, from the parts of the score; the weightiest first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import Analyzer
from semsearch.index import Scale, Snapshot
from semsearch.index.grouping.series import name_of_series
from semsearch.posts import Post
from semsearch.relating.score import TIME, Parts, units
from semsearch.search.results import KINDS, Kind, Reason

MOST = 3
"""Reasons that are given, and values of each."""
_LEAST = 0.1
"""What a part must be worth to be a reason."""
_TAKE = 2.0
"""What two posts must be about the same things for the newer one to be a newer take: as much as the closest post to
another, in meaning and in words."""
_LATER = dt.timedelta(days=30)
"""By which it must be newer: what was published together is one take."""
_WEIGHTIEST = 12
"""Terms that are looked for: others would be no reason."""
_OFTEN = 3
"""Times that a word must be in both bodies together: what each uses once is what neither is about."""
_PAIR = 1.0
"""How alike two sentences must be to be shown, in units."""
_CONTEXT = 0.5
"""What it counts that a sentence is near to the other post as a whole, against being near to the other sentence: a
sentence that ends every post is near to itself alone."""
_COMPARED = 64
"""Sentences of a post that are compared, the first."""
_MARKUP = re.compile(
    r"^(?:[#*>\s]+|[-•–]+(?:\s+|$))+|(?<=\s)(?:[-=_*]{3,}|[#>]+)(?=\s|$)|(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?!\S)"
)
"""What marks a heading, a quotation, an entry of a list or a stressed word."""
_LONGEST = 140
"""Characters of a sentence that are shown."""
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_WORD = re.compile(rf"[^\W\d_]{{3}}|{_WITHOUT_SPACES.pattern}")
"""Initials, hours and releases are rare, and say nothing."""
_MONTHS = frozenset(
    (
        *("january", "february", "march", "april", "june", "july", "august", "september", "october", "november"),
        *("december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
)


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


def reasons(
    one: Side, other: Side, parts: Parts, common: Shared, scale: Scale, analyzer: Analyzer
) -> tuple[Reason, ...]:
    """Up to three reasons for a related post, ``other``. ``scale``: that of meaning."""
    worth: dict[Kind, float] = {"sentences": parts.meaning, "newer": TIME if parts.about >= _TAKE else 0.0}
    worth |= {kind: parts.worth[kind] for kind in KINDS if kind not in worth}
    found: list[Reason] = []
    for kind in sorted(KINDS, key=lambda kind: -worth[kind]):
        if worth[kind] >= _LEAST and len(found) < MOST:
            match kind:
                case "words":
                    values = tuple(islice(_words(one.post, other.post, common[0][:_WEIGHTIEST], analyzer), MOST))
                case "tags":
                    values = tuple(common[1][:MOST])
                case "authors":
                    values = tuple(common[2][:MOST])
                case "series":
                    values = tuple(filter(None, [name_of_series(other.post)]))
                case "sentences":
                    values = _sentences(one, other, scale)
                case "newer":
                    mine, its = one.post.day, other.post.day
                    values = (its.isoformat(),) if mine and its and its - mine >= _LATER else ()
            found += [Reason(kind, values)] if values else []
    return tuple(found)


def _words(one: Post, other: Post, terms: Sequence[str], analyzer: Analyzer) -> Iterator[str]:
    """Words that both posts have, as the other writes them, by the weight of their terms; where title and teaser have
    none, those of its body that one of the two has again. Of a word and another that it is in, only the first."""
    read, mine = analyzer.reader(other.language), f"{one.title}\n{one.teaser}\n{one.body}".casefold()
    wanted = frozenset(terms)
    shown: list[str] = []
    for text, least in ((f"{other.title}\n{other.teaser}", 0), (other.body, _OFTEN)):
        found: dict[str, str] = {}
        lower = text.casefold() if least else ""
        for word in read.matching(text, wanted):
            written = text[word.start : word.end]
            folded = written.casefold()
            often = not least or mine.count(folded) + lower.count(folded) >= least
            if word.term not in found and often and _says_something(written) and _stands_in(mine, folded):
                found[word.term] = written
        for written in (found[term] for term in terms if term in found):
            folded = written.casefold()
            if not any(folded in already or already in folded for already in shown):
                shown.append(folded)
                yield written
        if shown:
            return


def _says_something(word: str) -> bool:
    return _WORD.search(word) is not None and word.casefold() not in _MONTHS


def _stands_in(text: str, word: str) -> bool:
    """Whether a text has just this word: another with the same stem may mean something else."""
    start, joined = text.find(word), _WITHOUT_SPACES.search(word) is not None
    while start >= 0:
        end = start + len(word)
        if joined or not (text[max(start - 1, 0) : start].isalnum() or text[end : end + 1].isalnum()):
            return True
        start = text.find(word, end)
    return False


def _sentences(one: Side, other: Side, scale: Scale) -> tuple[str, ...]:
    """The pair of sentences that match best, if they do; none where a post has no text, or it is one sentence twice."""
    mine, its = one.vectors[:_COMPARED], other.vectors[:_COMPARED]
    if not len(mine) or not len(its):
        return ()
    alike = mine @ its.T
    in_context = alike + _CONTEXT * ((mine @ other.centre)[:, None] + (its @ one.centre)[None, :])
    row, column = np.unravel_index(int(np.argmax(in_context)), alike.shape)
    if units(float(alike[row, column]), scale) < _PAIR:
        return ()
    pair = (_shown(one.sentence(int(row))), _shown(other.sentence(int(column))))
    return pair if all(pair) and pair[0].casefold() != pair[1].casefold() else ()


def _shown(sentence: str) -> str:
    line = " ".join(_MARKUP.sub(" ", " ".join(sentence.split())).split())
    if len(line) <= _LONGEST:
        return line
    cut = line[:_LONGEST]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[_LONGEST // 2 :] else cut[:-1]}…"


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

    stop = min(rows.stop, rows.start + _COMPARED)
    return Side(post, centre, snapshot.passage_vectors.vectors(np.arange(rows.start, stop)), sentence)
