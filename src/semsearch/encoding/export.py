"""How does a sentence-transformers model become its OpenVINO form? Converted, compared, and only then kept."""

from __future__ import annotations

import logging
import warnings
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
"""The same for the quantized form: of all sample texts on average, and of any; all-MiniLM-L6-v2 has 0.9995 and
0.9988."""

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
    name = reference.card.name
    try:
        _convert(reference, folder)
        encoder, expected = OpenVinoEncoder(folder, name), sampled(reference)
        cosine = parity(expected, encoder).min()
        if cosine >= MIN_COSINE:
            _quantize(folder, name, expected)
            return encoder
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


def _convert(reference: ReferenceEncoder, folder: Path) -> None:
    import torch  # noqa: PLC0415

    openvino = load_openvino()

    class Embedding(torch.nn.Module):
        """The whole model, pooling and normalisation included, as one function of tokens and mask."""

        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            embedding: torch.Tensor = features["sentence_embedding"]
            return embedding

    tokenizer = reference.model.tokenizer.backend_tokenizer
    tokenizer.enable_padding(pad_id=int(reference.model.tokenizer.pad_token_id or 0))
    tokenizer.enable_truncation(reference.card.max_tokens)
    tokenizer.save(str(folder / TOKENIZER))
    example = tokenizer.encode_batch(SAMPLE[:2])  # of unlike length, so that the mask matters to what is traced
    tokens = torch.tensor([encoding.ids for encoding in example])
    mask = torch.tensor([encoding.attention_mask for encoding in example])
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns about every shape it fixes; the comparison tells what matters
        model = openvino.convert_model(Embedding(reference.model).eval().cpu(), example_input=(tokens, mask))
    openvino.save_model(model, str(folder / MODEL), compress_to_fp16=False)
    write_card(folder, reference.card)
