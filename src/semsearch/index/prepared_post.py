"""What the files of a version need of one post alone: terms, phrases, and what near-duplicates are compared by."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, replace

from semsearch.analysis.stems import UNBOUNDED, Analyzer, language_code
from semsearch.index.grouping.duplicates import FoldedPost, fold
from semsearch.index.lexical.compounds import OwnCompounds
from semsearch.index.lexical.terms import PARTS, count_terms
from semsearch.index.lexical.writer import FieldTerms, field_terms
from semsearch.index.phrases import CountedPhrases, PhraseReader
from semsearch.posts import Post


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """A post ready to be written. Nothing in it may be changed."""

    folded: FoldedPost
    field_terms: FieldTerms
    term_counts: Counter[str]
    """How often each term occurs; see :func:`semsearch.index.lexical.terms.count_terms`."""
    phrases: CountedPhrases
    words: frozenset[str] = frozenset()
    """The words of the post, without accents; none if the analyzer memoises them for the whole version."""

    @classmethod
    def of(cls, post: Post, analyzer: Analyzer, phrases: PhraseReader) -> PreparedPost:
        """Prepare a post with an analyzer that memoises the words of a version."""
        counts = count_terms([(getattr(post, part), weight) for part, weight in PARTS.items()], analyzer, post.language)
        return cls(fold(post), field_terms(post, analyzer), counts, phrases.count(post))


_phrase_reader = functools.cache(PhraseReader.with_own_words)


def prepare(post: Post, compounds: OwnCompounds = ()) -> PreparedPost:
    """Prepare a post by itself, so that the result can be used in other versions too. ``compounds``: those it has."""
    analyzer = Analyzer(UNBOUNDED, {language_code(post.language): dict(compounds)})
    prepared = PreparedPost.of(post, analyzer, _phrase_reader())
    return replace(prepared, words=frozenset(analyzer.memoised_words()))
