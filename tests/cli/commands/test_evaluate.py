from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import Command


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "it cannot be read (FileNotFoundError)"),
        ("queries,nDCG@10", "it is not JSON"),
        ('{"task": "search", "mode": "hybrid", "measures": {}}', "it has no measures per query"),
    ],
)
def test_an_invalid_run_file_fails_before_the_evaluation(
    content: str | None, reason: str, command: Command, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
    outcome = command("evaluate", "a-collection-that-is-not-there", "--against", "run.json")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f"semsearch: run.json is no run to compare with: {reason}; use the output of `semsearch evaluate DIR --json`\n"
    )


def test_an_unknown_mode_is_wrong_usage(command: Command) -> None:
    outcome = command("evaluate", "anywhere", "--mode", "bm25")
    assert outcome.code == 2
    assert "bm25" in outcome.err
