"""What do meaning and words count against each other?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """What meaning and words count; the greater is 1, so that scores of every mode are deviations."""

    semantic: float
    lexical: float

    @classmethod
    def of_ratio(cls, semantic_ratio: float) -> Weights:
        """``semantic_ratio`` from 0, words alone, to 1, meaning alone."""
        greater = max(semantic_ratio, 1 - semantic_ratio)
        return cls(semantic_ratio / greater, (1 - semantic_ratio) / greater)


WORDS_ALONE = Weights(0.0, 1.0)
