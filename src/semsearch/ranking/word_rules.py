"""What an editor set for the words of all queries: synonyms, and corrections that are made always or never."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from semsearch.analysis.phrase_table import PhraseKey, PhraseTable, phrase_key


@dataclass(frozen=True, slots=True)
class WordRules:
    """Rules for the words of queries. Case, accents and hyphens make no difference."""

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Word or phrase of a query → words and phrases that are searched as well."""
    always: Mapping[str, str] = field(default_factory=dict)
    """Word or phrase of a query → what is searched instead, even if posts have it."""
    never: frozenset[str] = frozenset()
    """Words that are not corrected."""
    synonym_table: PhraseTable[tuple[str, ...]] = field(init=False, compare=False, repr=False)
    _always_table: PhraseTable[str] = field(init=False, compare=False, repr=False)
    _kept: frozenset[PhraseKey] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        synonyms = {phrase_key(phrase): others for phrase, others in self.synonyms.items()}
        kept = frozenset(map(phrase_key, self.never)).union((word,) for key in synonyms for word in key)
        object.__setattr__(self, "synonym_table", PhraseTable(synonyms))
        always = {phrase_key(phrase): other for phrase, other in self.always.items()}
        object.__setattr__(self, "_always_table", PhraseTable(always))
        object.__setattr__(self, "_kept", kept)

    def keeps(self, word: str) -> bool:
        """Return whether a word must not be corrected: an editor says so, or gave synonyms for it."""
        return bool(self._kept) and phrase_key(word) in self._kept

    def extended(self, other: WordRules) -> WordRules:
        """Return these rules with others; for a phrase that both have, the others count."""
        return WordRules({**self.synonyms, **other.synonyms}, {**self.always, **other.always}, self.never | other.never)

    def corrects(self, phrase: str) -> bool:
        """Return whether a word or phrase is always corrected."""
        return phrase_key(phrase) in self._always_table

    def correct(self, text: str) -> tuple[str, dict[str, str]]:
        """Return a text with the corrections that are always made, and what was replaced by what."""
        pieces, made, end = [], {}, 0
        for match in self._always_table.find(text):
            pieces += [text[end : match.start], match.value]
            made[match.text] = match.value
            end = match.end
        return "".join([*pieces, text[end:]]), made


def merge_synonyms(groups: Iterable[tuple[Iterable[str], Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    """Return synonyms from pairs of phrases and of what is searched for each of them as well."""
    merged: dict[PhraseKey, tuple[str, dict[PhraseKey, str]]] = {}
    for phrases, others in groups:
        added = {phrase_key(other): other for other in others}
        for phrase in phrases:
            key = phrase_key(phrase)
            merged.setdefault(key, (phrase, {}))[1].update(
                {other_key: other for other_key, other in added.items() if other_key != key}
            )
    return {phrase: tuple(others.values()) for phrase, others in merged.values()}


NO_WORD_RULES = WordRules()
