"""How does a sentence-transformers model become its OpenVINO form? Converted, compared, and only then kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.encoder import Encoder, Vectors
from semsearch.encoding.openvino import MODEL, QUANTIZED, TOKENIZER, OpenVinoEncoder, write_card
from semsearch.encoding.quantization import quantize
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import load_openvino, openvino_core
from semsearch.errors import ExportRefused

log = logging.getLogger(__name__)

MIN_COSINE = 0.999
"""The least cosine between the two forms' vectors of any sample text; bf16 gives about 0.99996."""
MIN_MEAN_COSINE, MIN_QUANTIZED_COSINE = 0.999, 0.998
"""The same for the quantized form: of all sample texts on average, and of any; all-MiniLM-L6-v2 has 0.9997 and
0.9993."""

_LONG = "The committee published its findings in the spring, and the discussion that followed changed the plan. "
SAMPLE = (
    "search",
    "How do people solve problems they have never seen?",
    "Coastal towns measure the tide twice a day.",
    "Ten ways to keep bread fresh, from a baker's notebook",
    "C++ templates, node.js streams and GPT-3: a glossary",
    "Prices rose by 3.5 % in 2021; wages did not.",
    "Überraschend schnell wächst der Garten im Mai.",
    "Les musées rouvrent leurs portes au printemps.",
    "今日の天気は晴れです。",
    "Новый маршрут открыт для велосипедистов.",
    "مكتبة المدينة مفتوحة كل يوم",
    "UPPER CASE SHOUTS, lower case whispers",
    "😀 emoji, “quotes” — and dashes…",
    _LONG * 2,
    _LONG * 8,
    _LONG * 60,
)
"""Short and long, several scripts, letter case, and more tokens than any model reads."""


def export(reference: ReferenceEncoder, folder: Path) -> OpenVinoEncoder:
    """Writes the OpenVINO form of a model into an empty folder, and the quantized one if it is good; opens the former.

    Raises ExportRefused where the model cannot be converted, has no fast tokenizer, or gives other vectors; OSError or
    MemoryError where this machine has no room just now, which says nothing of the model.
    """
    from semsearch.encoding.conversion import converted, converted_to_share  # noqa: PLC0415  (it loads torch)

    name = reference.card.name
    try:
        example = _write_tokenizer(reference, folder)
        write_card(folder, reference.card)
        expected = sampled(reference)
        cosine = _try_to_share(lambda: _write(converted_to_share(reference, example), folder, name, expected), name)
        if not cosine >= MIN_COSINE:
            log.info("%s reads one text a row (cosine with several: %.5f)", name, cosine)
            cosine = _write(converted(reference, example), folder, name, expected)
        if cosine >= MIN_COSINE:
            _quantize(folder, name, expected)
            return OpenVinoEncoder(folder, name)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # conversion runs the model's own code, which may raise anything
        raise ExportRefused(name, f"{type(error).__name__}: {error}".split("\n")[0]) from error
    raise ExportRefused(name, f"its vectors differ (cosine {cosine:.5f}, at least {MIN_COSINE} is needed)")


def sampled(encoder: Encoder) -> Vectors:
    """An encoder's vectors of each sample text, as a document and as a question: shape (2 * texts, dimension)."""
    documents = np.empty((len(SAMPLE), encoder.card.dimension), dtype=np.float32)
    for positions, batch in encoder.encode_documents(SAMPLE):
        documents[positions] = batch
    return np.concatenate((documents, encoder.encode_queries(SAMPLE)))


def parity(expected: Vectors, encoder: Encoder) -> NDArray[np.float32]:
    """The cosines of the vectors of another encoder, as :func:`sampled`, to those of this one: shape (2 * texts,). NaN
    where one of them is no vector."""
    cosines: NDArray[np.float32] = (expected * sampled(encoder)).sum(axis=1)
    return cosines


def _quantize(folder: Path, name: str, expected: Vectors) -> None:
    """Adds the quantized form to an export, unless the model has nothing to quantize or its vectors change too much."""
    file = folder / QUANTIZED
    try:
        model = openvino_core().read_model(str(folder / MODEL))
        if not quantize(model):
            return
        load_openvino().save_model(model, str(file), compress_to_fp16=False)
        cosines = parity(expected, OpenVinoEncoder(folder, name, quantized=True))
        if cosines.mean() >= MIN_MEAN_COSINE and cosines.min() >= MIN_QUANTIZED_COSINE:
            return
        log.info("%s is not quantized: its vectors would differ (cosine %.5f)", name, cosines.mean())
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever it is, the other form is good)
        log.info("%s is not quantized: %s", name, error)
    file.unlink(missing_ok=True)
    file.with_suffix(".bin").unlink(missing_ok=True)


def _try_to_share(write: Callable[[], float], name: str) -> float:
    """The least cosine of the form in which texts share rows; NaN where there is none, as with some models."""
    try:
        return write()
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (the model's own code runs with inputs that it may not have)
        log.info("in %s, texts do not share rows: %s", name, error)
        return float("nan")


def _write(model: Any, folder: Path, name: str, expected: Vectors) -> float:
    """Writes a converted model, in place of any other, and returns the least cosine of its vectors."""
    for end in (".xml", ".bin"):
        (folder / MODEL).with_suffix(end).unlink(missing_ok=True)  # it may still be mapped: it is not written over
    load_openvino().save_model(model, str(folder / MODEL), compress_to_fp16=False)
    return float(parity(expected, OpenVinoEncoder(folder, name)).min())


def _write_tokenizer(reference: ReferenceEncoder, folder: Path) -> Sequence[Sequence[int]]:
    """Returns the tokens of two texts of unlike length."""
    tokenizer = reference.model.tokenizer.backend_tokenizer
    tokenizer.enable_padding(pad_id=int(reference.model.tokenizer.pad_token_id or 0))
    tokenizer.enable_truncation(reference.card.max_tokens)
    tokenizer.save(str(folder / TOKENIZER))
    tokenizer.no_padding()
    return [encoding.ids for encoding in tokenizer.encode_batch(SAMPLE[:2])]
