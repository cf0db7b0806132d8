"""Which language do answers prefer? That of the question, or else that of the page it is asked on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.language_detection import detect_language_among
from semsearch.analysis.stems import language_code
from semsearch.index import Snapshot
from semsearch.index.attributes import NO_LANGUAGE

LanguageMask = NDArray[np.bool_]
"""Shape (posts,): true for the posts in a language, and for those whose language is not known."""


def preferred_language(snapshot: Snapshot, q: str, page_language: str | None) -> str | None:
    """Return the ISO 639 code of the preferred language; None if the posts are in one language, or it is not known."""
    codes = snapshot.manifest.languages
    if len(codes) < 2:
        return None
    return detect_language_among(q, codes) or (language_code(page_language) if page_language else None)


def posts_in_language(snapshot: Snapshot, code: str) -> LanguageMask:
    """Return the mask of the posts in a language."""
    attributes = snapshot.attributes
    values = attributes.column("language").values
    numbers = [number for number, value in enumerate(values) if language_code(value) == code]
    mask: LanguageMask = np.isin(attributes.language, [*numbers, NO_LANGUAGE])
    return mask
