"""Which language do answers prefer? That of the question, or else that of the page it is asked on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.language_detection import likeliest_language
from semsearch.analysis.stems import ENGLISH, Analyzer, language_code
from semsearch.analysis.words import tokens
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.attributes import NO_LANGUAGE
from semsearch.ranking.corpus_words import CorpusWords

MIN_PROBABILITY = 0.95
"""Least probability of the language of a query. High, since names are in no language, or in all of them."""
MIN_PROBABILITY_WITH_STOP_WORDS = 0.6
"""The same for a language of which the query has more stop words than of any other: "what is Kubernetes" is English."""

MIN_SHARE_OF_POSTS = 0.01
"""Least share of the posts that are in a language. In fewer, it may be a mistake of detection, and a query would take a
third of a millisecond longer for it."""

LanguageMask = NDArray[np.bool_]
"""Shape (posts,): true for the posts in a language."""


def preferred_language(
    snapshot: Snapshot, q: str, page_language: str | None, visibility: Filter = NO_FILTER
) -> str | None:
    """Return the ISO 639 code of the preferred language; None if it is not known, or hardly any post is in another.

    ``visibility``: the posts that the client may see. Others do not count.
    """
    counts = CorpusWords(snapshot, visibility).posts_by_language()
    codes = tuple(code for code, posts in counts.items() if posts >= MIN_SHARE_OF_POSTS * sum(counts.values()))
    if len(codes) < 2:
        return None
    return language_of_query(q, codes, snapshot.analyzer) or (language_code(page_language) if page_language else None)


def language_of_query(q: str, codes: Sequence[str], analyzer: Analyzer) -> str | None:
    """Return which of some languages, by ISO 639 codes, a query is in; None if that is not sure."""
    if (likeliest := likeliest_language(q, codes)) is None:
        return None
    code, probability = likeliest
    if probability >= MIN_PROBABILITY:
        return code
    if probability < MIN_PROBABILITY_WITH_STOP_WORDS:
        return None
    words = [token.text for token in tokens(q)]
    stop_words = {each: sum(not analyzer.for_language(each).stems[word] for word in words) for each in codes}
    return code if all(stop_words[code] > count for each, count in stop_words.items() if each != code) else None


def posts_in_language(snapshot: Snapshot, code: str) -> LanguageMask:
    """Return the mask of the posts in a language. Posts without one count as English, as everywhere."""
    attributes = snapshot.attributes
    values = attributes.column("language").values
    numbers = [number for number, value in enumerate(values) if language_code(value) == code]
    mask: LanguageMask = np.isin(attributes.language, [*numbers, NO_LANGUAGE] if code == ENGLISH else numbers)
    return mask
