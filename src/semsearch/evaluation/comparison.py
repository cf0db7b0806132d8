"""Is one run better than another, or luckier? Measures by query of both in, differences and their significance out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import permutation_test  # type: ignore[import-untyped]

from semsearch.errors import SemsearchError
from semsearch.evaluation.measuring import Evaluation, Measures

_PERMUTATIONS = 10_000
_BATCH = 500
"""Permutations held in memory at once, each with all queries."""


class RunError(SemsearchError):
    """A file is not a run that this one can be compared with."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file = file
        super().__init__(f"{file} cannot be compared with: {reason}; it is what `semsearch evaluate DIR --json` prints")


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What was measured before."""

    task: str
    mode: str
    per_query: Mapping[str, Measures]


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of both runs, over the queries that both have."""

    this: float
    other: float
    difference: float
    better: int
    """Queries that this run answers better."""
    equal: int
    worse: int
    p_value: float
    """How often chance alone would make so great a difference, either way. Exact for up to 13 queries."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run against another one."""

    file: str
    mode: str
    """Of the other run."""
    queries: int
    """That both have."""
    left_out: int
    """That only this run has, or only the other."""
    measures: Mapping[str, Difference]


def read_run(file: Path) -> SavedRun:
    """What ``semsearch evaluate DIR --json`` printed. Raises RunError."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RunError(file, "it is not JSON") from error
    except OSError as error:
        raise RunError(file, f"it cannot be read ({type(error).__name__})") from error
    per_query = content.get("per_query") if isinstance(content, dict) else None
    if not isinstance(per_query, dict) or not all(_are_measures(values) for values in per_query.values()):
        raise RunError(file, "it has no measures by query")
    return SavedRun(str(content.get("task")), str(content.get("mode")), per_query)


def compare(evaluation: Evaluation, file: Path) -> Comparison:
    """Each measure over the queries that both have. Raises RunError."""
    other = read_run(file)
    if other.task != evaluation.task:
        raise RunError(file, f"its task is {other.task}, and this one's is {evaluation.task}")
    both = [query_id for query_id in evaluation.per_query if query_id in other.per_query]
    if not both:
        raise RunError(file, "it has no query of this collection")
    differences = {}
    for name in evaluation.measures:
        if any(name not in other.per_query[query_id] for query_id in both):
            raise RunError(file, f"some of its queries have no {name}")
        pairs = [(evaluation.per_query[query_id][name], other.per_query[query_id][name]) for query_id in both]
        differences[name] = _difference(np.array(pairs, dtype=np.float64))
    left_out = len(evaluation.per_query) + len(other.per_query) - 2 * len(both)
    return Comparison(str(file), other.mode, len(both), left_out, differences)


def _difference(pairs: np.ndarray[Any, np.dtype[np.float64]]) -> Difference:
    """``pairs``: shape (queries, 2), this run's value and the other's.

    Fisher's randomization test, which asks how often the difference of the means would be as great if for each query
    chance had said which run is which (Smucker, Allan and Carterette, CIKM 2007).
    """
    differences = pairs[:, 0] - pairs[:, 1]
    p_value = 1.0  # of one query too: either way round, the difference is as great
    if len(pairs) > 1 and differences.any():
        test = permutation_test(
            (pairs[:, 0], pairs[:, 1]),
            lambda one, other, axis: (one - other).mean(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=_PERMUTATIONS,
            batch=_BATCH,
            random_state=0,
        )
        p_value = float(test.pvalue)
    return Difference(
        this=round(float(pairs[:, 0].mean()), 4),
        other=round(float(pairs[:, 1].mean()), 4),
        difference=round(float(differences.mean()), 4),
        better=int((differences > 0).sum()),
        equal=int((differences == 0).sum()),
        worse=int((differences < 0).sum()),
        p_value=round(p_value, 4),
    )


def _are_measures(values: object) -> bool:
    """Whether all are numbers from 0 to 1, which NaN is not."""
    return isinstance(values, dict) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 for value in values.values()
    )
