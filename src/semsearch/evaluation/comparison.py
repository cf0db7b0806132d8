"""Comparison of two runs: the difference of each measure, and its statistical significance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.errors import SemsearchError
from semsearch.evaluation.measuring import Evaluation, Measures

_PERMUTATIONS = 10_000
_BATCH = 500
"""Permutations computed at once; each holds one value per query."""


class RunError(SemsearchError):
    """A file is not a run that can be compared with this one."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file = file
        super().__init__(
            f"{file} is no run to compare with: {reason}; use the output of `semsearch evaluate DIR --json`"
        )


@dataclass(frozen=True, slots=True)
class SavedRun:
    """An earlier run, as read from a file."""

    task: str
    mode: str
    per_query: Mapping[str, Measures]


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of both runs, over the queries that both have."""

    this: float
    other: float
    difference: float
    better: int
    """Queries for which this run has the higher value."""
    equal: int
    worse: int
    p_value: float
    """Two-sided p-value: the probability of so great a difference by chance. Exact for up to 13 queries."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run compared with another."""

    file: str
    mode: str
    """Mode of the other run."""
    queries: int
    """Queries that both runs have."""
    left_out: int
    """Queries that only one of the runs has."""
    measures: Mapping[str, Difference]


def read_run(file: Path) -> SavedRun:
    """Read the output of ``semsearch evaluate DIR --json``. Raises RunError."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RunError(file, "it is not JSON") from error
    except OSError as error:
        raise RunError(file, f"it cannot be read ({type(error).__name__})") from error
    per_query = content.get("per_query") if isinstance(content, dict) else None
    if not isinstance(per_query, dict) or not all(_are_measures(values) for values in per_query.values()):
        raise RunError(file, "it has no measures per query")
    return SavedRun(str(content.get("task")), str(content.get("mode")), per_query)


def compare(evaluation: Evaluation, file: Path) -> Comparison:
    """Compare each measure over the queries that both runs have. Raises RunError."""
    other = read_run(file)
    if other.task != evaluation.task:
        raise RunError(file, f"its task is {other.task}, that of this run is {evaluation.task}")
    common = [query_id for query_id in evaluation.per_query if query_id in other.per_query]
    if not common:
        raise RunError(file, "it has no query in common with this run")
    differences = {}
    for name in evaluation.measures:
        if any(name not in other.per_query[query_id] for query_id in common):
            raise RunError(file, f"{name} is missing for some of its queries")
        pairs = [(evaluation.per_query[query_id][name], other.per_query[query_id][name]) for query_id in common]
        differences[name] = _difference(np.array(pairs, dtype=np.float64))
    left_out = len(evaluation.per_query) + len(other.per_query) - 2 * len(common)
    return Comparison(str(file), other.mode, len(common), left_out, differences)


def _difference(pairs: np.ndarray[Any, np.dtype[np.float64]]) -> Difference:
    """Test a difference of two runs by Fisher's randomization test.

    ``pairs``: shape (queries, 2), the values of this run and of the other.

    The p-value is the share of permutations, each swapping the two values of some queries, whose difference of the
    means is at least as great (Smucker, Allan and Carterette, CIKM 2007).
    """
    from scipy.stats import permutation_test  # type: ignore[import-untyped]  # noqa: PLC0415  (1.5 s)

    differences = pairs[:, 0] - pairs[:, 1]
    p_value = 1.0  # also for a single query, since swapping its values leaves the difference as great
    if len(pairs) > 1 and differences.any():
        test = permutation_test(
            (pairs[:, 0], pairs[:, 1]),
            lambda this, other, axis: (this - other).mean(axis=axis),
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
    """Whether all values are numbers from 0 to 1. NaN is not."""
    return isinstance(values, dict) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 for value in values.values()
    )
