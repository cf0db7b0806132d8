"""Which words, languages, authors and acronyms do the posts have that a client may see?

A query is interpreted by these alone, so that neither a correction nor its absence tells a client what is in other
posts.
"""

from __future__ import annotations

from functools import cached_property

from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.filters import AUTHORS
from semsearch.index.lexical.query_model import Condition, Phrase
from semsearch.ranking.author_names import names_of


class CorpusWords:
    """The words of the posts that pass a filter. For one query: lookups within a filter are kept."""

    def __init__(self, snapshot: Snapshot, visibility: Filter = NO_FILTER) -> None:
        self._snapshot, self._visibility = snapshot, visibility
        self._frequencies: dict[tuple[str, bool], int] = {}
        """Within the filter, by word, and whether it is as written."""

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The ISO 639 codes of the languages of the posts."""
        return tuple(self.posts_by_language())

    def posts_by_language(self) -> dict[str, int]:
        """How many posts are in each language, by its ISO 639 code."""
        if not self._visibility:
            return dict(self._snapshot.manifest.languages)
        return self._snapshot.attributes.posts_by_language(self._snapshot.attributes.mask(self._visibility))

    def document_frequency(self, term: str) -> int:
        """How many posts have a term, in the field where it is most frequent."""
        if not self._visibility:
            return self._snapshot.lexical.document_frequency(term)
        return self._frequency(term, is_form=False)

    def form_frequency(self, form: str) -> int:
        """How many posts have a word as written, in the field where it is most frequent."""
        if not self._visibility:
            return self._snapshot.lexical.form_frequency(form)
        return self._frequency(form, is_form=True)

    def has_term(self, term: str) -> bool:
        """Whether any post has a term."""
        return self.document_frequency(term) > 0

    def has_form(self, form: str) -> bool:
        """Whether any post has a word as written."""
        return self.form_frequency(form) > 0

    def similar_words(self, word: str) -> list[tuple[str, int]]:
        """Words of the posts that are spelt like another one, with the number of edits, the fewest first."""
        similar = self._snapshot.vocabulary.similar_words(word)
        return [(other, edits) for other, edits in similar if not self._visibility or self.has_form(other)]

    def is_author(self, words: Phrase) -> bool:
        """Whether any post has an author of this name, given as written."""
        named = names_of(self._snapshot).get(words, ())
        if not named or not self._visibility:
            return bool(named)
        column = self._snapshot.attributes.column(AUTHORS.name)
        mask = self._snapshot.attributes.mask(self._visibility)
        return any(column.has(AUTHORS.key(name), mask) for name in named)

    def is_acronym(self, form: str, other_form: str) -> bool:
        """Whether any post has both an acronym and its expansion, one of which is a form as typed."""
        if not self._visibility:
            return True
        forms = self._snapshot.analyzer.forms
        return any(
            self._is_any_post_with((forms(pair.short).sequence, forms(pair.expansion).sequence))
            for pair in self._snapshot.acronyms.pairs_of(form, other_form)
        )

    def _is_any_post_with(self, phrases: tuple[Phrase, ...]) -> bool:
        condition = Condition(self._visibility, required=tuple(filter(None, phrases)))
        return bool(len(self._snapshot.lexical.satisfying(condition)))

    def _frequency(self, word: str, *, is_form: bool) -> int:
        known = self._frequencies.get((word, is_form))
        if known is None:
            known = self._snapshot.lexical.frequency_within(word, self._visibility, is_form=is_form)
            self._frequencies[word, is_form] = known
        return known
