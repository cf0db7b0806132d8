from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semsearch.encoding import tuning
from semsearch.encoding.runtime import processor
from semsearch.encoding.tuning import FASTEST, MIN_GAIN, quantized_is_fastest
from tests.encoding.tiny import files


class Stopwatch:
    """Replaces encoders and their measured seconds, which the test sets for each form."""

    def __init__(self) -> None:
        self.exact: Callable[[], float] = lambda: 2.0
        self.quantized: Callable[[], float] = lambda: 1.0
        self.measured: list[bool] = []

    def opened(self, folder: Path, name: str, *, quantized: bool) -> bool:
        return quantized

    def seconds(self, quantized: bool) -> float:
        self.measured.append(quantized)
        return self.quantized() if quantized else self.exact()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    stopwatch = Stopwatch()
    monkeypatch.setattr(tuning, "OpenVinoEncoder", stopwatch.opened)
    monkeypatch.setattr(tuning, "_seconds", stopwatch.seconds)
    monkeypatch.setattr(tuning, "processor", lambda: "one")
    return stopwatch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export folder that seems to have a quantized form."""
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "quantized.xml").touch()
    return tmp_path / "export"


def in_turn(*seconds: float) -> Callable[[], float]:
    """Return a function that returns these seconds one after the other."""
    turns: Iterator[float] = iter(seconds)
    return lambda: next(turns)


def test_nothing_is_measured_without_a_quantized_form(watch: Stopwatch, folder: Path) -> None:
    (folder / "quantized.xml").unlink()
    (folder / FASTEST).write_text(json.dumps({"processor": "one", "quantized": True}))
    assert not quantized_is_fastest(folder, measure=True)
    assert not watch.measured


def test_the_exact_form_is_used_until_measured(watch: Stopwatch, folder: Path) -> None:
    assert not quantized_is_fastest(folder, measure=False)
    assert not watch.measured
    assert files(folder) == {"quantized.xml"}


@pytest.mark.parametrize("faster", [True, False])
def test_the_measurement_is_saved(faster: bool, watch: Stopwatch, folder: Path) -> None:
    watch.quantized = lambda: 1.0 if faster else 3.0
    assert quantized_is_fastest(folder, measure=True) == faster
    assert set(watch.measured) == {True, False}
    assert files(folder) == {"quantized.xml", FASTEST}
    watch.measured.clear()
    for measure in (True, False):
        assert quantized_is_fastest(folder, measure=measure) == faster
    assert not watch.measured


@pytest.mark.parametrize(("gain", "enough"), [(MIN_GAIN + 0.01, True), (MIN_GAIN - 0.01, False), (0.5, False)])
def test_a_quantized_form_must_be_clearly_faster(gain: float, enough: bool, watch: Stopwatch, folder: Path) -> None:
    """Because it is less exact."""
    watch.exact = lambda: gain * watch.quantized()
    assert MIN_GAIN > 1
    assert quantized_is_fastest(folder, measure=True) == enough


def test_the_first_round_does_not_count(watch: Stopwatch, folder: Path) -> None:
    """The first round compiles; here the exact form is faster in it."""
    watch.exact = in_turn(0.1, 2, 2, 2)
    watch.quantized = in_turn(9, 1, 1, 1)
    assert quantized_is_fastest(folder, measure=True)


def test_the_best_round_of_each_counts(watch: Stopwatch, folder: Path) -> None:
    """A machine that is busy for a moment does not change the result."""
    watch.exact = in_turn(2, 9, 2, 9)
    watch.quantized = in_turn(1, 9, 9, 1)
    assert quantized_is_fastest(folder, measure=True)
    (folder / FASTEST).unlink()
    watch.exact = in_turn(2, 9, 2, 9)
    watch.quantized = in_turn(2, 9, 9, 2)
    assert not quantized_is_fastest(folder, measure=True)


def test_both_forms_are_measured_in_turn(watch: Stopwatch, folder: Path) -> None:
    """So a slow phase of the machine affects both."""
    quantized_is_fastest(folder, measure=True)
    assert watch.measured == [False, True] * (len(watch.measured) // 2)
    assert len(watch.measured) >= 6


def test_another_processor_is_measured_again(watch: Stopwatch, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert quantized_is_fastest(folder, measure=True)
    monkeypatch.setattr(tuning, "processor", lambda: "another")
    watch.measured.clear()
    assert not quantized_is_fastest(folder, measure=False)
    assert not watch.measured
    watch.quantized = lambda: 3.0
    assert not quantized_is_fastest(folder, measure=True)
    assert watch.measured
    assert json.loads((folder / FASTEST).read_text()) == {"processor": "another", "quantized": False}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"true",
        b'"one"',
        b"{}",
        b'{"processor": "one"}',
        b'{"quantized": true}',
        b"\xff\xfe\0",
    ],
)
def test_a_damaged_measurement_is_repeated(content: bytes, watch: Stopwatch, folder: Path) -> None:
    (folder / FASTEST).write_bytes(content)
    assert not quantized_is_fastest(folder, measure=False)
    assert quantized_is_fastest(folder, measure=True)
    assert json.loads((folder / FASTEST).read_text()) == {"processor": "one", "quantized": True}


def test_a_measurement_that_cannot_be_saved_is_used(watch: Stopwatch, folder: Path) -> None:
    (folder / FASTEST).mkdir()
    for _ in range(2):
        watch.measured.clear()
        assert quantized_is_fastest(folder, measure=True)
        assert watch.measured


def test_a_read_only_folder_is_not_an_error(watch: Stopwatch, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refused)
    assert quantized_is_fastest(folder, measure=True)
    assert files(folder) == {"quantized.xml"}


def test_a_real_model_is_measured_once(wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(wide, tmp_path / "export"))
    answer = quantized_is_fastest(folder, measure=True)
    assert json.loads((folder / FASTEST).read_text()) == {"processor": processor(), "quantized": answer}
    monkeypatch.setattr(tuning, "_seconds", None)
    assert quantized_is_fastest(folder, measure=True) == answer
