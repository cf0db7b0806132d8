"""When a model is compiled, for which shapes, and for how many threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.encoding import compilation, openvino
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.encoding.quantization import GROUP
from semsearch.encoding.runtime import openvino_core
from tests.encoding.tiny import LEAST, SAME, WORDS, cosines, documents

MANY = WORDS * 10
"""So many documents that they are not encoded like queries."""


class _RecordingCore:
    """An OpenVINO core that records which files are compiled, with which settings."""

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
def core(monkeypatch: pytest.MonkeyPatch) -> _RecordingCore:
    core = _RecordingCore()
    monkeypatch.setattr(compilation, "openvino_core", lambda: core)
    return core


@pytest.fixture
def compiled(core: _RecordingCore) -> list[tuple[str, str]]:
    """The file and performance hint of each compiled model, in order."""
    return core.models


@pytest.mark.parametrize(("precision", "alone"), [("f32", "2"), ("bf16", "1")])
def test_threads_of_single_queries_batches_and_long_queries(
    good: Path, core: _RecordingCore, monkeypatch: pytest.MonkeyPatch, precision: str, alone: str
) -> None:
    monkeypatch.setattr(openvino, "best_precision", lambda _: precision)
    monkeypatch.setattr(compilation, "_MAX_FIXED_LENGTH", 8)
    encoder = OpenVinoEncoder(good, "tiny")
    for texts in (["tide"], ["tide", "tide"], ["tide " * 9]):
        encoder.encode_queries(texts)
    assert core.threads == [alone, "1", "all"]


def test_models_are_compiled_when_they_are_first_needed(good: Path, compiled: list[tuple[str, str]]) -> None:
    """A service gets few documents at a time, so it starts sooner and needs less memory."""
    encoder = OpenVinoEncoder(good, "tiny")
    assert compiled == []
    encoder.encode_queries(["tide"])
    encoder.encode_documents(MANY)  # a generator that has not started
    assert compiled == [("model.xml", "LATENCY")]
    documents(encoder, MANY)
    documents(encoder, ["tide"])
    encoder.encode_queries(["tide"])
    assert compiled == [("model.xml", "LATENCY"), ("model.xml", "THROUGHPUT")]


def test_queries_and_documents_run_on_the_same_form(wide: Path, compiled: list[tuple[str, str]]) -> None:
    exact, quantized = OpenVinoEncoder(wide, "wide"), OpenVinoEncoder(wide, "wide", quantized=True)
    one, other = exact.encode_queries(["tide"]), quantized.encode_queries(["tide"])
    assert compiled == [("model.xml", "LATENCY"), ("quantized.xml", "LATENCY")]
    assert not np.array_equal(one, other)
    np.testing.assert_array_less(LEAST["openvino-int8"], cosines(one, other))
    assert not np.array_equal(documents(exact, MANY), documents(quantized, MANY))
    assert compiled[2:] == [("model.xml", "THROUGHPUT"), ("quantized.xml", "THROUGHPUT")]


def test_a_model_is_compiled_for_each_short_length_for_long_queries_and_for_batches(
    good: Path, compiled: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "_MAX_FIXED_LENGTH", 16)
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
def test_only_the_quantized_form_quantizes_activations(quantized: bool, group: int, wide: Path) -> None:
    encoder = OpenVinoEncoder(wide, "wide", quantized=quantized)
    assert encoder._models.for_documents.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE") == group
