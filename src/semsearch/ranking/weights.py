"""The weights of semantic and lexical scores in the sum of a hit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of the semantic and the lexical score. The greater is 1, so the scores of all modes share a scale."""

    semantic: float
    lexical: float

    @classmethod
    def of_ratio(cls, semantic_ratio: float) -> Weights:
        """Return the weights for a ratio from 0 (lexical only) to 1 (semantic only)."""
        greater = max(semantic_ratio, 1 - semantic_ratio)
        return cls(semantic_ratio / greater, (1 - semantic_ratio) / greater)


LEXICAL_ONLY = Weights(0.0, 1.0)
