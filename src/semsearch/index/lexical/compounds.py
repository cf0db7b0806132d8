"""The compounds of a version: which of its words are found by their parts as well."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from semsearch.analysis.compounds import COMPOUNDING, Compounds, Part, split_compound
from semsearch.analysis.stems import UNBOUNDED, Analyzer, language_code
from semsearch.index.lexical.schema import FIELDS
from semsearch.index.lexical.writer import field_values
from semsearch.posts import Post

FILE = "compounds.json"


OwnCompounds = tuple[tuple[str, tuple[Part, ...]], ...]
"""The compounds of one post, sorted, each with its parts."""


def compound_words(post: Post) -> Counter[str]:
    """Count the words of a post that may be compounds or parts of them: those of a language with compounds."""
    if language_code(post.language) not in COMPOUNDING:
        return Counter()
    forms = Analyzer(UNBOUNDED).forms
    values = (value for field in FIELDS.values() for part in field.parts for value in field_values(post, part))
    return Counter(form for value in values for form in forms(value).sequence)


class CompoundFinder:
    """Finds the compounds of a corpus: words of a language with compounds, whose parts are words of that language."""

    def __init__(self) -> None:
        self._analyzer = Analyzer(UNBOUNDED)
        self._words: dict[str, Counter[str]] = {}

    def add(self, post: Post, words: Counter[str]) -> None:
        """Count the words of a post, which :func:`compound_words` returns."""
        if words:
            self._words.setdefault(language_code(post.language), Counter()).update(words)

    def find(self) -> Compounds:
        """Return the compounds among the words so far."""
        return {language: self._find(language, words) for language, words in self._words.items()}

    def _find(self, language: str, words: Counter[str]) -> dict[str, tuple[Part, ...]]:
        stems = self._analyzer.for_language(language).stems
        frequencies = Counter(words)
        for word, count in words.items():
            if (stem := stems[word]) and stem != word:
                frequencies[stem] += count
        for word in words:
            if not stems[word]:
                del frequencies[word]  # a stop word is no part
        divided = ((word, split_compound(word, frequencies.__getitem__)) for word in sorted(words))
        return {word: parts for word, parts in divided if parts}


def own_compounds(post: Post, words: Counter[str], compounds: Compounds) -> OwnCompounds:
    """Return those of the compounds that are among the words of a post."""
    table = compounds.get(language_code(post.language), {})
    return tuple(sorted((word, table[word]) for word in words if word in table))


def write_compounds(folder: Path, compounds: Compounds) -> None:
    """Write the compounds of a version."""
    (folder / FILE).write_text(json.dumps(compounds, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def read_compounds(folder: Path) -> Compounds:
    """Read the compounds of a version."""
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return {
        language: {word: tuple(Part(*part) for part in parts) for word, parts in words.items()}
        for language, words in content.items()
    }
