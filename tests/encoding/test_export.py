from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import semsearch.encoding.export
from semsearch.encoding import Vectors
from semsearch.encoding.export import (
    MIN_COSINE,
    MIN_MEAN_COSINE,
    MIN_QUANTIZED_COSINE,
    SAMPLE_TEXTS,
    encode_samples,
    export,
    sample_cosines,
)
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.errors import ExportRefused
from semsearch.model_card import ModelCard
from tests.encoding.tiny import WORDS, Tiny, cosines, documents, files

Reference = Callable[[Tiny], ReferenceEncoder]
Exported = Callable[[Tiny], OpenVinoEncoder]


class AngleEncoder:
    """An encoder of two dimensions: queries at one angle to the first axis, documents at another."""

    backend = "angle"
    card = ModelCard("angle", "f" * 64, "0" * 64, dimension=2, pooling="none", max_tokens=1)

    def __init__(self, queries: float, documents: float) -> None:
        self._queries, self._documents = (
            np.array([[np.cos(angle), np.sin(angle)]], dtype=np.float32) for angle in (queries, documents)
        )

    def is_known_word(self, word: str) -> bool:
        return False

    def can_read(self, text: str) -> bool:
        return True

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._queries.repeat(len(texts), axis=0)

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        for position in reversed(range(len(texts))):
            yield np.array([position]), self._documents


def least_cosine(queries: float, documents: float) -> float:
    cosines = sample_cosines(encode_samples(AngleEncoder(0, 0)), AngleEncoder(queries, documents))
    return float(cosines.min())


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a limit that no cosine similarity reaches."""
    monkeypatch.setattr(semsearch.encoding.export, "MIN_COSINE", 1.1)


# --- sample texts -----------------------------------------------------------------------------------------------------


def test_sample_texts_cover_scripts_and_lengths() -> None:
    assert len(set(SAMPLE_TEXTS)) == len(SAMPLE_TEXTS)
    assert any(text.isascii() for text in SAMPLE_TEXTS)
    assert {"д", "م", "天", "Ü", "é", "😀"} <= set("".join(SAMPLE_TEXTS))
    assert max(len(text.split()) for text in SAMPLE_TEXTS) > 512
    assert min(len(text.split()) for text in SAMPLE_TEXTS) == 1


@pytest.mark.parametrize(
    ("queries", "documents", "cosine"),
    [(0, 0, 1), (0, np.pi / 3, 0.5), (np.pi / 3, 0, 0.5), (np.pi, 0.1, -1), (0.1, np.pi / 2, 0)],
)
def test_sample_cosines_cover_queries_and_documents(queries: float, documents: float, cosine: float) -> None:
    assert least_cosine(queries, documents) == pytest.approx(cosine, abs=1e-6)


@pytest.mark.parametrize("angles", [(np.nan, 0), (0, np.nan), (np.nan, np.nan)])
def test_nan_vectors_are_never_accepted(angles: tuple[float, float]) -> None:
    assert not least_cosine(*angles) >= MIN_COSINE


def test_sample_cosines_tell_models_apart(reference: Reference, exported: Exported) -> None:
    assert sample_cosines(encode_samples(reference(Tiny())), exported(Tiny())).min() > MIN_COSINE
    assert sample_cosines(encode_samples(reference(Tiny(seed=2))), exported(Tiny())).min() < 0.9
    assert sample_cosines(encode_samples(reference(Tiny(pooling="cls"))), exported(Tiny())).min() < MIN_COSINE


# --- written files ----------------------------------------------------------------------------------------------------


def test_an_export_is_four_self_contained_files(reference: Reference, tmp_path: Path) -> None:
    card = reference(Tiny()).card
    encoder = export(reference(Tiny()), tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"card.json", "model.bin", "model.xml", "tokenizer.json"}
    assert json.loads((tmp_path / "card.json").read_text()) == asdict(card)
    assert encoder.card == card
    np.testing.assert_array_equal(documents(OpenVinoEncoder(tmp_path, card.name), WORDS), documents(encoder, WORDS))


def test_an_export_does_not_change_the_reference(reference: Reference, exported: Exported, tmp_path: Path) -> None:
    texts = [" ".join(WORDS * 9), "tide"]
    before = documents(reference(Tiny()), texts)
    export(reference(Tiny()), tmp_path)
    np.testing.assert_allclose(documents(reference(Tiny()), texts), before, atol=1e-6)
    assert cosines(documents(exported(Tiny()), texts), before).min() > MIN_COSINE


# --- the quantized form -----------------------------------------------------------------------------------------------


@pytest.fixture
def unquantized(wide: Path, tmp_path: Path) -> Path:
    """A copy of that export without its quantized form."""
    ignored = shutil.ignore_patterns("quantized.*")
    return Path(shutil.copytree(wide, tmp_path / "export", ignore=ignored))


def test_a_model_with_large_matrices_is_exported_quantized_too(wide: Path) -> None:
    names = {f"{name}.{end}" for name in ("model", "quantized") for end in ("bin", "xml")}
    assert files(wide) == {"card.json", "tokenizer.json", *names}


def test_an_inaccurate_quantized_form_is_removed_and_the_exact_one_kept(
    reference: Reference,
    wide: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(semsearch.encoding.export, "MIN_QUANTIZED_COSINE", 1.1)
    with caplog.at_level(logging.INFO, "semsearch"):
        encoder = export(reference(Tiny(wide=True)), tmp_path)
    assert files(tmp_path) == {"card.json", "model.bin", "model.xml", "tokenizer.json"}
    assert encoder.backend != "openvino-int8"
    expected = documents(OpenVinoEncoder(wide, ""), WORDS)
    np.testing.assert_allclose(documents(encoder, WORDS), expected, atol=1e-5)
    assert f"{reference(Tiny(wide=True)).card.name} is not quantized: its vectors would differ" in caplog.text


@pytest.mark.parametrize("out_of_reach", ["MIN_MEAN_COSINE", "MIN_QUANTIZED_COSINE", None])
def test_either_limit_can_reject_the_quantized_form(
    out_of_reach: str | None, reference: Reference, unquantized: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MIN_MEAN_COSINE", "MIN_QUANTIZED_COSINE"):
        monkeypatch.setattr(semsearch.encoding.export, limit, 1.1 if limit == out_of_reach else 0.99)
    semsearch.encoding.export._add_quantized(unquantized, "wide", encode_samples(reference(Tiny(wide=True))))
    assert {name for name in files(unquantized) if name.startswith("quantized")} == (
        set() if out_of_reach else {"quantized.xml", "quantized.bin"}
    )


@pytest.mark.parametrize(
    ("cosines", "kept"),
    [
        ([1, 1, 1, 1], True),
        ([1, 1, 1, MIN_QUANTIZED_COSINE], True),
        ([1, 1, 1, MIN_QUANTIZED_COSINE - 1e-5], False),
        ([MIN_MEAN_COSINE - 1e-5] * 4, False),
        ([1, 1, 1, np.nan], False),
    ],
)
def test_mean_and_least_cosine_decide_about_the_quantized_form(
    cosines: Sequence[float], kept: bool, reference: Reference, unquantized: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def parity_of(_: Vectors, encoder: OpenVinoEncoder) -> NDArray[np.float64]:
        compared.append(encoder.backend)
        return np.array(cosines)

    monkeypatch.setattr(semsearch.encoding.export, "sample_cosines", parity_of)
    semsearch.encoding.export._add_quantized(unquantized, "wide", encode_samples(reference(Tiny(wide=True))))
    assert compared == ["openvino-int8"]
    assert ({"quantized.xml", "quantized.bin"} <= files(unquantized)) == kept
    assert any(name.startswith("quantized") for name in files(unquantized)) == kept


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("refused")
def test_an_export_with_other_vectors_is_refused(reference: Reference, tmp_path: Path) -> None:
    with pytest.raises(
        ExportRefused, match=r"its vectors differ \(cosine (0\.999\d\d|1\.00000), at least 1\.1 is needed\)"
    ) as caught:
        export(reference(Tiny()), tmp_path)
    assert caught.value.name == reference(Tiny()).card.name
    assert "sentence-transformers is used instead" in str(caught.value)


def test_a_model_with_separate_query_and_document_encoders_is_refused(reference: Reference, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="its vectors differ"):
        export(reference(Tiny(router=True)), tmp_path)


def test_a_conversion_error_is_reported_in_one_line(reference: Reference, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").mkdir()
    with pytest.raises(ExportRefused) as caught:
        export(reference(Tiny()), tmp_path)
    assert caught.value.__cause__ is not None
    assert "\n" not in str(caught.value)
    assert "directory" in str(caught.value)
