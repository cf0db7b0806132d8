"""Detect the language of a text."""

from __future__ import annotations

import functools
from collections.abc import Collection

from py3langid.langid import MODEL_FILE, LanguageIdentifier

MAX_CHARACTERS = 500
"""Characters of a text that are read; more hardly change the result."""
MIN_LETTERS = 40
"""Texts with fewer letters are too short to tell their language from all others."""
MIN_PROBABILITY = 0.75
"""Least probability of the language of a text among all languages. Lists of names and code stay below a third."""


def detect_language(text: str) -> str | None:
    """Return the ISO 639 code of the language of a text; None if the text is too short, or no language is probable
    enough."""
    start = text[:MAX_CHARACTERS]
    if sum(map(str.isalpha, start)) < MIN_LETTERS:
        return None
    code, probability = _identifier().classify(start)
    return str(code) if probability >= MIN_PROBABILITY else None


def likeliest_language(text: str, codes: Collection[str]) -> tuple[str, float] | None:
    """Return which of some languages, by ISO 639 codes, a text is in, and the probability of that, 0 to 1.

    Languages that the detector does not know are left out. None if fewer than two are left.
    """
    identifier = _identifier_among(frozenset(codes))
    if identifier is None:
        return None
    code, probability = identifier.classify(text[:MAX_CHARACTERS])
    return str(code), float(probability)


@functools.cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@functools.lru_cache(maxsize=16)
def _identifier_among(codes: frozenset[str]) -> LanguageIdentifier | None:
    """Return an identifier of some languages; None if the detector knows fewer than two of them."""
    every = _identifier()
    known = codes.intersection(every.labels)
    if len(known) < 2:
        return None
    identifier = LanguageIdentifier(
        every.nb_ptc,
        every.nb_pc,
        every.nb_classes,
        every.tk_nextmove,
        every.tk_output,
        norm_probs=True,
        tk_row=every.tk_row,
    )
    identifier.set_languages(sorted(known))
    return identifier
