"""Second-stage ranking: a cross-encoder reads the first hits again, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.reranker import Reranker
from semsearch.errors import InvalidRequest
from semsearch.plain_values import shown

MAX_DEPTH = 1_000


@dataclass(frozen=True, slots=True)
class SecondStage:
    """A reranker with its limits. Raises InvalidRequest, which names the field, for a value out of range."""

    reranker: Reranker
    depth: int = 20
    """Number of hits that are reranked, 1 to 1,000."""
    budget_ms: float = 300.0
    """Milliseconds after which no further batch starts; above 0 and finite."""

    def __post_init__(self) -> None:
        if isinstance(self.depth, bool) or not isinstance(self.depth, int):
            raise InvalidRequest("depth", f"{shown(self.depth)} is not a whole number")
        if not 1 <= self.depth <= MAX_DEPTH:
            raise InvalidRequest("depth", f"{self.depth} is not between 1 and {MAX_DEPTH}")
        if isinstance(self.budget_ms, bool) or not isinstance(self.budget_ms, int | float):
            raise InvalidRequest("budget_ms", f"{shown(self.budget_ms)} is not a number")
        if not 0 < self.budget_ms < float("inf"):  # also refuses NaN
            raise InvalidRequest("budget_ms", f"{self.budget_ms} is not a finite number above 0")


def rerank(
    stage: SecondStage, query: str, texts: Sequence[str], *, clock: Callable[[], float] = time.perf_counter
) -> NDArray[np.float64] | None:
    """The relevance of each text to the query, shape (texts,), 0 to 1; None where the budget ran out first.

    ``clock``, in seconds, is read before each batch except the first, so one batch at most exceeds the budget (and the
    batches of other threads that use the reranker at the same time). Partial relevances are discarded: they cannot be
    compared with the scores of the remaining hits.
    """
    deadline = clock() + stage.budget_ms / 1_000
    relevances, done = np.full(len(texts), np.nan), 0
    for batch in stage.reranker.relevances(query, texts):
        relevances[done : done + len(batch)] = batch
        done += len(batch)
        if done < len(texts) and clock() >= deadline:
            return None
    return relevances
