"""Rerank the first hits with a cross-encoder, which reads query and text together.

That is more accurate than comparing two vectors, and too slow for more than the first hits (Nogueira and Cho, "Passage
Re-ranking with BERT", 2019).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.cross_encoders import not_a_reranker_error, resolve_cross_encoder
from semsearch.errors import ModelError

_BATCH_SIZE = 8
"""Texts between two checks of the deadline; larger batches are hardly faster on a CPU."""
_MAX_TOKENS = 512
"""Tokens that are read of a query and a text together, even if the model takes more. Some take 8,192 or 32,768, and one
batch of those would take minutes; most were trained with 512."""
_MAX_LOGIT = 36.0
"""Beyond it, the sigmoid in double precision is exactly 1."""


class Reranker(Protocol):
    """Computes how relevant texts are to a query, with one model."""

    @property
    def name(self) -> str:
        """The model, as its user named it: a hub name, or the full path of a folder."""

    def relevances(self, query: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        """Yield the relevance of each text to the query, above 0 and below 1, in small batches in the order of the
        texts. Each batch is computed when it is requested. Thread-safe."""


class CrossEncoderReranker:
    """A cross-encoder as sentence-transformers runs it. Loads torch, which takes several seconds."""

    def __init__(self, name: str, folder: Path) -> None:
        """Load a checked folder. Raises ModelError if it does not load or does not give one number per pair."""
        self.name = name
        # One batch at a time: it uses all cores, so threads lose little. Besides, for models with a chat template the
        # library changes the settings of the only tokenizer during a call.
        self._lock = threading.Lock()
        try:
            self._model = _load(folder)
            labels = self._model.num_labels
        except Exception as error:  # a damaged model can raise anything in the libraries
            raise _does_not_load(folder, error) from error
        if labels != 1:
            raise not_a_reranker_error(folder, f"it gives {labels} labels per pair, and relevance is one number")
        self._model.max_seq_length = min(self._model.max_seq_length or _MAX_TOKENS, _MAX_TOKENS)
        self._gives_probabilities = _ends_in_sigmoid(self._model)
        self._check_relevances(folder)

    def relevances(self, query: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        for start in range(0, len(texts), _BATCH_SIZE):
            pairs = [(query, text) for text in texts[start : start + _BATCH_SIZE]]
            with self._lock:
                scores = self._model.predict(pairs, batch_size=_BATCH_SIZE, show_progress_bar=False)
            yield _to_probabilities(np.asarray(scores, dtype=np.float64), are_logits=not self._gives_probabilities)

    def _check_relevances(self, folder: Path) -> None:
        """Read a short and a long text, so that a model that fails or gives NaN is refused now and not in a search."""
        try:
            (relevances,) = self.relevances("search", ["a post", "a post " * _MAX_TOKENS])
        except Exception as error:  # as above
            raise _does_not_load(folder, error) from error
        if not np.isfinite(relevances).all():
            raise not_a_reranker_error(folder, "its relevances are not numbers")


def open_reranker(name: str) -> Reranker:
    """Open a cross-encoder by folder, or else by its name on the Hugging Face hub; a cached hub model needs no network.

    Raises ModelError if there is none of that name, it is of another kind, has more than one label, would be unpickled,
    or needs code of its own.
    """
    return CrossEncoderReranker(*resolve_cross_encoder(name))


def _load(folder: Path) -> Any:
    """Load the model with sentence-transformers, in single precision and without an activation: it returns logits."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from sentence_transformers import CrossEncoder  # noqa: PLC0415  (5 s: torch)
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()  # type: ignore[no-untyped-call]
    for noisy in ("sentence_transformers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return CrossEncoder(
        str(folder),
        trust_remote_code=False,
        local_files_only=True,
        # Some models are stored in half precision, which is slow on a CPU and gives many texts equal relevances.
        model_kwargs={"use_safetensors": True, "torch_dtype": "float32"},
        activation_fn=_identity,  # else the library calls any function of torch that the model's settings name
    )


def _identity(logits: Any) -> Any:
    return logits


def _ends_in_sigmoid(model: Any) -> bool:
    """Return whether the last module of a model makes probabilities of logits itself."""
    return type(getattr(model[-1], "activation_function", None)).__name__ == "Sigmoid"


def _to_probabilities(scores: NDArray[np.float64], *, are_logits: bool) -> NDArray[np.float64]:
    """Turn logits into probabilities, and keep all of them above 0 and below 1; shape as given."""
    lowest, highest = _sigmoid(np.array([-_MAX_LOGIT, _MAX_LOGIT]))
    return np.clip(_sigmoid(np.clip(scores, -_MAX_LOGIT, _MAX_LOGIT)) if are_logits else scores, lowest, highest)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


def _does_not_load(folder: Path, error: Exception) -> ModelError:
    return not_a_reranker_error(folder, f"it does not load ({type(error).__name__}: {error})".split("\n")[0])
