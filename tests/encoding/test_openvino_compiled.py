"""For what a model is compiled, when, and on how many threads it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.encoding import openvino
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.encoding.quantization import GROUP
from semsearch.encoding.runtime import openvino_core
from tests.encoding.tiny import LEAST, SAME, WORDS, cosines, documents


class _Noted:
    """OpenVINO, which notes what files were compiled, and for what."""

    def __init__(self) -> None:
        self.core = openvino_core()
        self.models: list[tuple[str, str]] = []
        self.threads: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.core, name)

    def read_model(self, file: str) -> Any:
        self.read = file
        return self.core.read_model(file)

    def compile_model(self, model: Any, device: str, settings: dict[str, str]) -> Any:
        file = model if isinstance(model, str) else self.read
        self.models.append((Path(file).name, settings["PERFORMANCE_HINT"]))
        self.threads.append(settings.get("INFERENCE_NUM_THREADS", "all"))
        return self.core.compile_model(model, device, settings)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> _Noted:
    noted = _Noted()
    monkeypatch.setattr(openvino, "openvino_core", lambda: noted)
    return noted


@pytest.fixture
def compiled(noted: _Noted) -> list[tuple[str, str]]:
    """The models that were compiled, in turn, and for what."""
    return noted.models


@pytest.mark.parametrize(("precision", "alone"), [("f32", "2"), ("bf16", "1")])
def test_a_question_has_as_many_threads_as_make_it_faster(
    good: Path, noted: _Noted, monkeypatch: pytest.MonkeyPatch, precision: str, alone: str
) -> None:
    monkeypatch.setattr(openvino, "best_precision", lambda _: precision)
    monkeypatch.setattr(openvino, "_LONGEST_FIXED", 8)
    encoder = OpenVinoEncoder(good, "tiny")
    for texts in (["tide"], ["tide", "tide"], ["tide " * 9]):
        encoder.encode_queries(texts)
    assert noted.threads == [alone, "1", "all"]


def test_an_encoder_is_compiled_for_questions_or_documents_only_when_they_come(
    good: Path, compiled: list[tuple[str, str]]
) -> None:
    """A service gets no documents: it starts sooner, and needs less memory."""
    encoder = OpenVinoEncoder(good, "tiny")
    assert compiled == []
    encoder.encode_queries(["tide"])
    encoder.encode_documents(WORDS)  # of which none was asked for yet
    assert compiled == [("model.xml", "LATENCY")]
    documents(encoder, WORDS)
    documents(encoder, ["tide"])
    encoder.encode_queries(["tide"])
    assert compiled == [("model.xml", "LATENCY"), ("model.xml", "THROUGHPUT")]


def test_questions_run_on_the_form_that_documents_run_on(wide: Path, compiled: list[tuple[str, str]]) -> None:
    exact, quantized = OpenVinoEncoder(wide, "wide"), OpenVinoEncoder(wide, "wide", quantized=True)
    one, other = exact.encode_queries(["tide"]), quantized.encode_queries(["tide"])
    assert compiled == [("model.xml", "LATENCY"), ("quantized.xml", "LATENCY")]
    assert not np.array_equal(one, other)
    np.testing.assert_array_less(LEAST["openvino-int8"], cosines(one, other))
    assert not np.array_equal(documents(exact, WORDS), documents(quantized, WORDS))
    assert compiled[2:] == [("model.xml", "THROUGHPUT"), ("quantized.xml", "THROUGHPUT")]


def test_questions_of_a_length_share_a_model_and_so_do_all_that_are_long_and_all_that_come_together(
    good: Path, compiled: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino, "_LONGEST_FIXED", 16)
    encoder = OpenVinoEncoder(good, "tiny")
    questions = (
        ["tide"], ["tide tide"], ["tide " * 9], ["tide " * 12], ["tide " * 15],
        ["tide", "tide"], ["tide"] * 3, ["tide"],
    )  # fmt: skip
    found, counts = [], []
    for texts in questions:
        found.append(encoder.encode_queries(texts))
        counts.append(len(compiled))
    assert counts == [1, 1, 2, 2, 3, 4, 4, 4]
    for texts, vectors in zip(questions, found, strict=True):
        np.testing.assert_array_less(SAME, cosines(vectors, documents(encoder, texts)))


@pytest.mark.parametrize(("quantized", "group"), [(True, GROUP), (False, 0)])
def test_only_the_quantized_form_makes_integers_of_what_comes_in(quantized: bool, group: int, wide: Path) -> None:
    encoder = OpenVinoEncoder(wide, "wide", quantized=quantized)
    assert encoder._bulk.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE") == group
