from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from semsearch.cli.printing import print_comparison, print_evaluation, print_json
from semsearch.evaluation import Comparison, Evaluation
from semsearch.evaluation.comparison import Difference
from semsearch.evaluation.measuring import Found, Missed, Worst

MEASURES = {"nDCG@10": 1 / 3, "R@100": 0.5, "RR": 2 / 3}
LONG = "A title that goes on and on " * 8


def _evaluation(*worst: Worst) -> Evaluation:
    modes = {"hybrid": MEASURES, "lexical": dict.fromkeys(MEASURES, 0.0)}
    return Evaluation("search", "hybrid", 7, MEASURES, modes, {"q": MEASURES}, worst, 1.25)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_an_evaluation_has_a_row_for_each_mode(capsys: pytest.CaptureFixture[str]) -> None:
    print_evaluation(_evaluation())
    header, hybrid, lexical, total, *_ = _lines(capsys)
    assert header.split() == ["nDCG@10", "R@100", "RR"]
    assert hybrid.split() == ["hybrid", "0.3333", "0.5000", "0.6667"]
    assert lexical.split() == ["lexical", "0.0000", "0.0000", "0.0000"]
    assert len(header) == len(hybrid) == len(lexical)
    assert total == "7 queries, 1.2 s"


def test_a_bad_answer_says_what_was_found_and_what_was_missed(capsys: pytest.CaptureFixture[str]) -> None:
    found = (Found("a", "First", None), Found("b", "Second\nline", 0))
    missed = (Missed("c", "Third", 2, 41), Missed("d", "", 1, None))
    print_evaluation(_evaluation(Worst("q", "what\tis it?", MEASURES, found, missed)))
    assert _lines(capsys)[-5:] == [
        "0.333  what is it?  [q]",
        "       found   not judged  First  [a]",
        "       found   judged 0    Second line  [b]",
        "       missed  place 41    Third  [c]",
        "       missed  not found     [d]",
    ]


@pytest.mark.parametrize("name", ["q", "a-slug-that-says-it-all-" * 8])
def test_no_line_of_an_evaluation_is_wider_than_a_hundred_columns(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_evaluation(
        _evaluation(Worst(name, LONG, MEASURES, (Found(name, LONG, None),), (Missed(name, LONG, 1, 100),)))
    )
    lines = _lines(capsys)
    assert max(map(len, lines)) == 100
    assert all("A title" in line and line.endswith("]") for line in lines[-3:])


def test_a_comparison_names_both_runs_and_the_queries_that_were_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    difference = Difference(this=0.5, other=0.75, difference=-0.25, better=1, equal=0, worse=3, p_value=0.0421)
    print_comparison(Comparison("old.json", "lexical", 4, 2, {"RR": difference}))
    _, first, left_out, row = _lines(capsys)
    assert first == "against old.json (lexical), over 4 queries:"
    assert left_out.startswith("2 queries ")
    assert row == "RR       0.5000 against 0.7500: -0.2500, 1 better, 3 worse, p = 0.0421"
    print_comparison(Comparison("old.json", "lexical", 4, 0, {"RR": difference}))
    assert "left out" not in capsys.readouterr().out


def test_an_evaluation_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    evaluation = _evaluation(Worst("q", "half a pair: \ud83d", MEASURES, (), ()))
    print_json(asdict(evaluation))
    (line,) = _lines(capsys)
    assert json.loads(line)["worst"][0]["query"] == "half a pair: \ud83d"
    assert json.loads(line)["modes"]["hybrid"] == MEASURES
