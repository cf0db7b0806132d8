"""Export a sentence-transformers model to OpenVINO, and accept the export only if its vectors agree."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
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
"""Least cosine similarity, over all sample texts, of exported and original vectors; bf16 has about 0.99996."""
MIN_MEAN_COSINE, MIN_QUANTIZED_COSINE = 0.999, 0.998
"""For the quantized model: least mean, and least value for any sample text. all-MiniLM-L6-v2 has 0.9997 and 0.9993."""

_NUMBERED = re.compile(r"[A-Za-z][A-Za-z0-9]*_\d+")
"""A generated name of an operation, such as ``Concat_2066``. The others come from the model, and have dots."""

_LONG = "The committee published its findings in the spring, and the discussion that followed changed the plan. "
SAMPLE_TEXTS = (
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
"""Short and long texts, several scripts, letter case, and more tokens than any model reads."""


def export(reference: ReferenceEncoder, folder: Path) -> OpenVinoEncoder:
    """Export a model into an empty folder, with a quantized model if that is accurate, and open the exact one.

    Raises ExportRefused if the model cannot be converted, has no fast tokenizer, or its vectors differ; OSError or
    MemoryError if this machine lacks disk or memory, which says nothing about the model.
    """
    from semsearch.encoding.conversion import convert_padded  # noqa: PLC0415  (it loads torch)

    name = reference.card.name
    try:
        example = _write_tokenizer(reference, folder)
        write_card(folder, reference.card)
        expected = encode_samples(reference)
        cosine = _try_packed(reference, example, folder, expected)
        if not cosine >= MIN_COSINE:  # NaN too
            log.info("%s is exported without sequence packing (cosine with it: %.5f)", name, cosine)
            cosine = _write(convert_padded(reference, example), folder, name, expected)
        if cosine >= MIN_COSINE:
            _add_quantized(folder, name, expected)
            return OpenVinoEncoder(folder, name)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # conversion runs the model's own code, which may raise anything
        raise ExportRefused(name, f"{type(error).__name__}: {error}".split("\n")[0]) from error
    raise ExportRefused(name, f"its vectors differ (cosine {cosine:.5f}, at least {MIN_COSINE} is needed)")


def encode_samples(encoder: Encoder) -> Vectors:
    """Encode each sample text as a document, then each as a query: shape (2 * texts, dimension)."""
    documents = np.empty((len(SAMPLE_TEXTS), encoder.card.dimension), dtype=np.float32)
    for positions, batch in encoder.encode_documents(SAMPLE_TEXTS):
        documents[positions] = batch
    return np.concatenate((documents, encoder.encode_queries(SAMPLE_TEXTS)))


def sample_cosines(expected: Vectors, encoder: Encoder) -> NDArray[np.float32]:
    """Compare an encoder with the expected vectors of :func:`encode_samples`.

    Returns cosine similarities, shape (2 * texts,); NaN where a vector is not finite.
    """
    cosines: NDArray[np.float32] = (expected * encode_samples(encoder)).sum(axis=1)
    return cosines


def _add_quantized(folder: Path, name: str, expected: Vectors) -> None:
    """Add the quantized model to an export, unless nothing can be quantized or its vectors differ too much."""
    file = folder / QUANTIZED
    try:
        model = openvino_core().read_model(str(folder / MODEL))
        if not quantize(model):
            return
        _save(model, file)
        cosines = sample_cosines(expected, OpenVinoEncoder(folder, name, quantized=True))
        if cosines.mean() >= MIN_MEAN_COSINE and cosines.min() >= MIN_QUANTIZED_COSINE:
            return
        log.info("%s is not quantized: its vectors would differ (cosine %.5f)", name, cosines.mean())
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever fails, the exact model is good)
        log.info("%s is not quantized: %s", name, error)
    file.unlink(missing_ok=True)
    file.with_suffix(".bin").unlink(missing_ok=True)


def _try_packed(
    reference: ReferenceEncoder, example: Sequence[Sequence[int]], folder: Path, expected: Vectors
) -> float:
    """Write the model for packed rows.

    Returns the lowest cosine similarity of its vectors with those of the reference, or NaN if it cannot be packed.
    """
    from semsearch.encoding.conversion import convert_packed  # noqa: PLC0415  (it loads torch)

    name = reference.card.name
    try:
        return _write(convert_packed(reference, example), folder, name, expected)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (the model's own code may not take these inputs)
        log.info("%s cannot be packed: %s", name, error)
        return float("nan")


def _write(model: Any, folder: Path, name: str, expected: Vectors) -> float:
    """Write a converted model in place of any other, and return the least cosine similarity of its vectors."""
    for suffix in (".xml", ".bin"):
        (folder / MODEL).with_suffix(suffix).unlink(missing_ok=True)  # not overwritten: it may still be mapped
    _save(model, folder / MODEL)
    return float(sample_cosines(expected, OpenVinoEncoder(folder, name)).min())


def _save(model: Any, file: Path) -> None:
    """Write a model. The names that OpenVINO numbered in this process are numbered anew, so that the same model is the
    same file whenever it is written."""
    model.set_friendly_name(file.stem)
    for number, operation in enumerate(model.get_ordered_ops()):
        if _NUMBERED.fullmatch(operation.get_friendly_name()):
            operation.set_friendly_name(f"{operation.get_type_name()}_{number}")
    load_openvino().save_model(model, str(file), compress_to_fp16=False)


def _write_tokenizer(reference: ReferenceEncoder, folder: Path) -> Sequence[Sequence[int]]:
    """Write the tokenizer, and return the tokens of two texts of different length."""
    tokenizer = reference.model.tokenizer.backend_tokenizer
    tokenizer.enable_padding(pad_id=int(reference.model.tokenizer.pad_token_id or 0))
    tokenizer.enable_truncation(reference.card.max_tokens)
    tokenizer.save(str(folder / TOKENIZER))
    tokenizer.no_padding()
    return [encoding.ids for encoding in tokenizer.encode_batch(SAMPLE_TEXTS[:2])]
