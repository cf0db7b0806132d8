from __future__ import annotations

import json
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import SemsearchError
from semsearch.evaluation import Evaluation, compare

NAME = "nDCG@10"


def evaluation_of(values: dict[str, float], task: Any = "search") -> Evaluation:
    per_query = {query: {NAME: value} for query, value in values.items()}
    mean = {NAME: sum(values.values()) / len(values)}
    return Evaluation(task, "hybrid", len(values), mean, {"hybrid": mean}, per_query, (), 1.0)


def run_of(folder: Path, values: dict[str, float], **changes: Any) -> Path:
    file = folder / "run.json"
    file.write_text(json.dumps(asdict(evaluation_of(values)) | changes), encoding="utf-8")
    return file


def test_the_means_are_over_the_queries_that_both_runs_have(tmp_path: Path) -> None:
    this = evaluation_of({"a": 1.0, "b": 0.5, "c": 0.0, "only here": 0.0})
    found = compare(this, run_of(tmp_path, {"a": 0.5, "b": 0.5, "c": 0.25, "only there": 1.0, "there too": 1.0}))
    assert (found.queries, found.left_out, found.mode) == (3, 3, "hybrid")
    difference = found.measures[NAME]
    assert (difference.this, difference.other, difference.difference) == (0.5, 0.4167, 0.0833)
    assert (difference.better, difference.equal, difference.worse) == (1, 1, 1)


def test_p_value_of_ten_better_queries_is_exact(tmp_path: Path) -> None:
    better, worse = {f"q{n}": 0.9 for n in range(10)}, {f"q{n}": 0.5 for n in range(10)}
    found = compare(evaluation_of(better), run_of(tmp_path, worse)).measures[NAME]
    assert found.p_value == round(2 / 2**10, 4)  # two of all ways to say which run is which are as one-sided


def test_differences_in_both_directions_are_not_significant(tmp_path: Path) -> None:
    one = {f"q{n}": n % 2 * 1.0 for n in range(40)}
    other = {f"q{n}": (n + 1) % 2 * 1.0 for n in range(40)}
    found = compare(evaluation_of(one), run_of(tmp_path, other)).measures[NAME]
    assert (found.difference, found.better, found.worse) == (0.0, 20, 20)
    assert found.p_value > 0.9


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    values = {"a": 1.0, "b": 0.25}
    found = compare(evaluation_of(values), run_of(tmp_path, values)).measures[NAME]
    assert (found.difference, found.better, found.worse, found.p_value) == (0.0, 0, 0, 1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_swapping_the_runs_negates_the_difference(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]]
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    one, other = ({f"q{n}": pair[side] for n, pair in enumerate(pairs)} for side in (0, 1))
    there = compare(evaluation_of(one), run_of(folder, other)).measures[NAME]
    back = compare(evaluation_of(other), run_of(folder, one)).measures[NAME]
    assert there.difference == -back.difference
    assert (there.better, there.worse, there.p_value) == (back.worse, back.better, back.p_value)
    assert 0 < there.p_value <= 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "it is not JSON"),
        ("[]", "it has no measures per query"),
        ('{"task": "search"}', "it has no measures per query"),
        ('{"task": "search", "per_query": {"a": {"nDCG@10": "much"}}}', "it has no measures per query"),
        ('{"task": "search", "per_query": {"a": {"nDCG@10": NaN}}}', "it has no measures per query"),
        ('{"task": "search", "per_query": {"a": {"nDCG@10": 1.5}}}', "it has no measures per query"),
        ('{"task": "search", "per_query": {"a": {"nDCG@10": 1' + "0" * 400 + "}}}", "it has no measures per query"),
        ('{"task": "related", "per_query": {"a": {"nDCG@10": 1}}}', "its task is related, that of this run is search"),
        ('{"task": "search", "per_query": {"z": {"nDCG@10": 1}}}', "it has no query in common with this run"),
        ('{"task": "search", "per_query": {"a": {"RR": 1}}}', "nDCG@10 is missing for some of its queries"),
        ("\xff", "it is not JSON"),
    ],
)
def test_an_invalid_run_file_is_refused_with_the_reason(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(SemsearchError, match=reason) as refused:
        compare(evaluation_of({"a": 1.0}), file)
    assert str(file) in str(refused.value)


def test_a_missing_run_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SemsearchError, match=r"gone\.json is no run to compare with: it cannot be read"):
        compare(evaluation_of({"a": 1.0}), tmp_path / "gone.json")


def test_one_query_is_never_significant(tmp_path: Path) -> None:
    found = compare(evaluation_of({"a": 1.0}), run_of(tmp_path, {"a": 0.0})).measures[NAME]
    assert (found.difference, found.better, found.p_value) == (1.0, 1, 1.0)


def test_p_values_are_reproducible(tmp_path: Path) -> None:
    one, other = ({f"q{n}": (n * step % 17) / 17 for n in range(30)} for step in (3, 5))
    first, second = (compare(evaluation_of(one), run_of(tmp_path, other)).measures[NAME] for _ in "12")
    assert first == second
    assert 0 < first.p_value < 1


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=7))
def test_few_queries_are_compared_by_all_permutations(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    one, other = ({f"q{n}": pair[side] / 8 for n, pair in enumerate(pairs)} for side in (0, 1))
    found = compare(evaluation_of(one), run_of(tmp_path_factory.mktemp("runs"), other)).measures[NAME]
    gains = np.array([first - second for first, second in pairs])
    chances = [abs(np.dot(signs, gains)) >= abs(gains.sum()) for signs in product((1, -1), repeat=len(pairs))]
    assert found.p_value == round(float(np.mean(chances)), 4)
