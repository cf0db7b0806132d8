"""Why is a post related to an example? Reasons from the parts of its score, the most important first."""

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
from semsearch.index.grouping.series import series_name
from semsearch.posts import Post
from semsearch.relating.score import TIME_WEIGHT, Parts, units
from semsearch.search.results import REASON_KINDS, Reason, ReasonKind

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
_MAX_TERMS = 12
"""Shared terms that are considered, those of the highest weight."""
_MIN_OCCURRENCES = 3
"""Occurrences, in the bodies of both posts together, of a word that is in neither title nor teaser: a word that each
body has once is not what they are about."""
_MIN_SIMILARITY = 1.0
"""Similarity, in units, from which a pair of sentences is a reason."""
_CONTEXT_WEIGHT = 0.5
"""Weight of the similarity of a sentence to the other post, next to its similarity to the other sentence. It keeps out
boilerplate, such as a sentence at the end of every post, which is similar to itself only."""
_MAX_SENTENCES = 64
"""Sentences of a post that are compared, from its beginning."""
_MARKUP = re.compile(
    r"^(?:[#*>\s]+|[-•–]+(?:\s+|$))+|(?<=\s)(?:[-=_*]{3,}|[#>]+)(?=\s|$)|(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?!\S)"
)
"""Markdown of headings, quotations, list entries and emphasis."""
_MAX_CHARACTERS = 140
"""Characters of a sentence that is shown."""
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Characters of Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_MEANINGFUL = re.compile(rf"[^\W\d_]{{3}}|{_WITHOUT_SPACES.pattern}")
"""What a word must contain to be shown. Initials, times and version numbers are rare terms, but no reasons."""
_MONTHS_AND_WEEKDAYS = frozenset(
    (
        *("january", "february", "march", "april", "june", "july", "august", "september", "october", "november"),
        *("december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
)


SharedFeatures = Sequence[Sequence[str]]
"""The terms, tags and authors that two posts share, each by descending weight."""


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


def reasons(
    example: Side, related: Side, parts: Parts, common: SharedFeatures, scale: Scale, analyzer: Analyzer
) -> tuple[Reason, ...]:
    """Up to three reasons why ``related`` is related to ``example``.

    ``parts``: the parts of its score. ``common``: what both posts share. ``scale``: the scale of semantic similarity.
    """
    worth: dict[ReasonKind, float] = {
        "sentences": parts.meaning,
        "newer": TIME_WEIGHT if parts.about >= _MIN_ABOUT else 0.0,
    }
    worth |= {kind: parts.worth[kind] for kind in REASON_KINDS if kind not in worth}
    found: list[Reason] = []
    for kind in sorted(REASON_KINDS, key=lambda kind: -worth[kind]):
        if worth[kind] >= _MIN_WORTH and len(found) < MAX_REASONS:
            match kind:
                case "words":
                    values = tuple(
                        islice(_words(example.post, related.post, common[0][:_MAX_TERMS], analyzer), MAX_VALUES)
                    )
                case "tags":
                    values = tuple(common[1][:MAX_VALUES])
                case "authors":
                    values = tuple(common[2][:MAX_VALUES])
                case "series":
                    values = tuple(filter(None, [series_name(related.post)]))
                case "sentences":
                    values = _sentences(example, related, scale)
                case "newer":
                    old, new = example.post.day, related.post.day
                    values = (new.isoformat(),) if old and new and new - old >= _MIN_DAYS_NEWER else ()
            found += [Reason(kind, values)] if values else []
    return tuple(found)


def _words(example: Post, related: Post, terms: Sequence[str], analyzer: Analyzer) -> Iterator[str]:
    """Words that occur in both posts, as the related post writes them, by descending weight of their terms.

    They are from the title and the teaser of the related post. Only if none of those qualifies are they from its body,
    and then they must occur ``_MIN_OCCURRENCES`` times. Of two words of which one contains the other, only the first is
    given.
    """
    reader, example_text = (
        analyzer.for_language(related.language),
        f"{example.title}\n{example.teaser}\n{example.body}".casefold(),
    )
    wanted = frozenset(terms)
    given: list[str] = []
    for text, min_occurrences in ((f"{related.title}\n{related.teaser}", 0), (related.body, _MIN_OCCURRENCES)):
        found: dict[str, str] = {}
        folded_text = text.casefold() if min_occurrences else ""
        for match in reader.matching(text, wanted):
            word = text[match.start : match.end]
            folded = word.casefold()
            is_frequent = (
                not min_occurrences or example_text.count(folded) + folded_text.count(folded) >= min_occurrences
            )
            if match.term not in found and is_frequent and _is_meaningful(word) and _has_word(example_text, folded):
                found[match.term] = word
        for word in (found[term] for term in terms if term in found):
            folded = word.casefold()
            if not any(folded in earlier or earlier in folded for earlier in given):
                given.append(folded)
                yield word
        if given:
            return


def _is_meaningful(word: str) -> bool:
    return _MEANINGFUL.search(word) is not None and word.casefold() not in _MONTHS_AND_WEEKDAYS


def _has_word(text: str, word: str) -> bool:
    """Whether a text has exactly this word: another word with the same term may mean something else."""
    start, can_be_joined = text.find(word), _WITHOUT_SPACES.search(word) is not None
    while start >= 0:
        end = start + len(word)
        if can_be_joined or not (text[max(start - 1, 0) : start].isalnum() or text[end : end + 1].isalnum()):
            return True
        start = text.find(word, end)
    return False


def _sentences(example: Side, related: Side, scale: Scale) -> tuple[str, ...]:
    """The most similar pair of sentences; empty if it is not similar enough, the same sentence, or has no text."""
    of_example, of_related = example.vectors[:_MAX_SENTENCES], related.vectors[:_MAX_SENTENCES]
    if not len(of_example) or not len(of_related):
        return ()
    similarity = of_example @ of_related.T
    context = (of_example @ related.centre)[:, None] + (of_related @ example.centre)[None, :]
    row, column = np.unravel_index(int(np.argmax(similarity + _CONTEXT_WEIGHT * context)), similarity.shape)
    if units(float(similarity[row, column]), scale) < _MIN_SIMILARITY:
        return ()
    pair = (_shortened(example.sentence(int(row))), _shortened(related.sentence(int(column))))
    return pair if all(pair) and pair[0].casefold() != pair[1].casefold() else ()


def _shortened(sentence: str) -> str:
    """The sentence on one line, without Markdown, cut to ``_MAX_CHARACTERS`` at a space where there is one."""
    line = " ".join(_MARKUP.sub(" ", " ".join(sentence.split())).split())
    if len(line) <= _MAX_CHARACTERS:
        return line
    cut = line[:_MAX_CHARACTERS]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[_MAX_CHARACTERS // 2 :] else cut[:-1]}…"


def side_of(snapshot: Snapshot, post: Post, ordinal: int, centre: NDArray[np.float32]) -> Side:
    """The side of a post of the index. The only sentence of a post without passages is its teaser or body."""
    rows = snapshot.passages.rows_of(ordinal)
    if not rows:
        text = post.teaser or post.body
        return Side(post, centre, snapshot.post_vectors.vectors(np.array([ordinal] if text else [])), lambda _: text)

    def sentence(row: int) -> str:
        field, start, end = snapshot.passages.span(rows[row])
        text: str = getattr(post, field)
        return text[start:end]

    stop = min(rows.stop, rows.start + _MAX_SENTENCES)
    return Side(post, centre, snapshot.passage_vectors.vectors(np.arange(rows.start, stop)), sentence)
