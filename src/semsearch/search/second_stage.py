"""Does a closer look change the order? The texts of the first hits in, their relevances out if there was time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.reranker import Reranker
from semsearch.errors import InvalidRequest

MAX_DEPTH = 1_000


@dataclass(frozen=True, slots=True)
class SecondStage:
    """What looks at the first hits again. Raises InvalidRequest, which names the field, for a value out of range."""

    reranker: Reranker
    depth: int = 20
    """How many hits it looks at, 1 to 1,000."""
    budget_ms: float = 300.0
    """Milliseconds after which no further batch is begun, above 0 and finite."""

    def __post_init__(self) -> None:
        if isinstance(self.depth, bool) or not isinstance(self.depth, int):
            raise InvalidRequest("depth", f"{self.depth!r:.40} is not a whole number")
        if not 1 <= self.depth <= MAX_DEPTH:
            raise InvalidRequest("depth", f"{self.depth} is not between 1 and {MAX_DEPTH}")
        if isinstance(self.budget_ms, bool) or not isinstance(self.budget_ms, int | float):
            raise InvalidRequest("budget_ms", f"{self.budget_ms!r:.40} is not a number")
        if not 0 < self.budget_ms < float("inf"):  # also refuses NaN
            raise InvalidRequest("budget_ms", f"{self.budget_ms} is not a finite number above 0")


def closer_look(
    stage: SecondStage, question: str, texts: Sequence[str], *, clock: Callable[[], float] = time.perf_counter
) -> NDArray[np.float64] | None:
    """The relevance of each text to the question, shape (texts,), between 0 and 1; None where the budget ran out first.

    The clock, in seconds, is read before each batch after the first, so that the answer is late by one batch at most,
    and by those that other threads have the reranker read before it. Relevances of a part of the texts would be of no
    use: they cannot be ordered among the scores of the rest.
    """
    deadline = clock() + stage.budget_ms / 1_000
    found, done = np.full(len(texts), np.nan), 0
    for batch in stage.reranker.relevances(question, texts):
        found[done : done + len(batch)] = batch
        done += len(batch)
        if done < len(texts) and clock() >= deadline:
            return None
    return found
