"""How well does a text answer a question, read together with it? A cross-encoder's name in, relevances out.

A cross-encoder reads question and text at once, which is surer than comparing two vectors, and too slow for more than
the first hits (Nogueira and Cho, "Passage Re-ranking with BERT", 2019).
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from semsearch.errors import ModelError

_AT_ONCE = 8
"""Texts between two looks at the clock; larger batches are hardly faster on a processor."""
_MAX_TOKENS = 512
"""What is read of a question and a text together, where the model would take more. Some take 8,192 or 32,768, and a
single batch of those would take minutes; most were trained with 512."""
_MAX_LOGIT = 36.0
"""Beyond it, a probability in double precision is 1 exactly."""

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL_FILES = ("*.json", "*.jinja", "*.txt", "*.model", "*.safetensors")
# What the libraries below fall back on; see encoding/models.py.
_PICKLES = ("pytorch_model*.bin", "adapter_model*.bin")
_KIND = "CrossEncoder"
_SCORES_PAIRS = "ForSequenceClassification"


class Reranker(Protocol):
    """Questions and texts to relevances, with one model."""

    @property
    def name(self) -> str:
        """The model, as its user named it: a hub name, or the full path of a folder."""

    def relevances(self, question: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        """Yields the relevance of each text to the question, above 0 and below 1, a small batch at a time and in the
        order of the texts. Nothing is computed before it is asked for. May be called from many threads."""


class CrossEncoderReranker:
    """A cross-encoder as sentence-transformers runs it; needs torch, and several seconds to load."""

    def __init__(self, folder: Path, name: str) -> None:
        """Loads a checked folder. Raises ModelError where it does not load, or does not give one number a pair."""
        self.name = name
        # Threads take turns, a batch at a time, which costs little, as a batch has all cores. For models with a chat
        # template the library changes how the one tokenizer cuts, and changes it back, within a call.
        self._lock = threading.Lock()
        try:
            self._model = _load(folder)
            labels = self._model.num_labels
        except Exception as error:  # whatever a damaged model makes of the libraries below
            raise _does_not_load(folder, error) from error
        if labels != 1:
            raise _unusable(folder, f"it gives {labels} labels a pair, and relevance is one number")
        self._model.max_seq_length = min(self._model.max_seq_length or _MAX_TOKENS, _MAX_TOKENS)
        self._is_squashed = _ends_in_sigmoid(self._model)
        self._try_out(folder)

    def relevances(self, question: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        for start in range(0, len(texts), _AT_ONCE):
            pairs = [(question, text) for text in texts[start : start + _AT_ONCE]]
            with self._lock:
                scores = self._model.predict(pairs, batch_size=_AT_ONCE, show_progress_bar=False)
            yield _between_0_and_1(np.asarray(scores, dtype=np.float64), is_squashed=self._is_squashed)

    def _try_out(self, folder: Path) -> None:
        """Reads a short and a long text: what cannot be read, or gives no numbers, shows now and not in a search."""
        try:
            (tried,) = self.relevances("search", ["a post", "a post " * _MAX_TOKENS])
        except Exception as error:  # as above
            raise _does_not_load(folder, error) from error
        if not np.isfinite(tried).all():
            raise _unusable(folder, "its relevances are not numbers")


def open_reranker(name: str) -> Reranker:
    """The reranker of a cross-encoder, which is a folder, or else a name on the Hugging Face hub; what was fetched once
    needs no network.

    Raises ModelError where there is none of that name, or it is of another kind, has more than one label, would be
    unpickled, or needs code of its own.
    """
    try:
        path = Path(name).expanduser()
        exists = path.exists()
    except (OSError, RuntimeError) as error:  # too long for a path, not ours to look into, or in no one's home
        raise _not_found(name, f"it cannot be looked up ({type(error).__name__})") from error
    if exists:
        folder, name = path.resolve(), str(path.resolve())
    elif _HUB_NAME.fullmatch(name):
        folder = _hub_folder(name)
    else:
        raise _not_found(name, "there is no such folder")
    _check(folder)
    return CrossEncoderReranker(folder, name)


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (0.3 s, and only hub models need it)

    try:
        return Path(snapshot_download(name, allow_patterns=list(_MODEL_FILES)))
    except Exception as error:  # the hub client raises a dozen unrelated types, network errors among them
        raise _not_found(name, f"the hub gave {type(error).__name__}") from error


def _load(folder: Path) -> Any:
    """The model as sentence-transformers opens it, giving logits in single precision."""
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
        # Half precision, in which some are kept, is slow on a processor, and gives many texts the same relevance.
        model_kwargs={"use_safetensors": True, "torch_dtype": "float32"},
        activation_fn=_as_it_is,  # else the library calls whatever name in torch the model's settings give
    )


def _as_it_is(logits: Any) -> Any:
    return logits


def _ends_in_sigmoid(model: Any) -> bool:
    """Whether a model of several modules gives probabilities itself, and not logits."""
    return type(getattr(model[-1], "activation_function", None)).__name__ == "Sigmoid"


def _between_0_and_1(scores: NDArray[np.float64], *, is_squashed: bool) -> NDArray[np.float64]:
    """Probabilities of logits, or of probabilities those that are neither 0 nor 1 exactly."""
    least, most = _sigmoid(np.array([-_MAX_LOGIT, _MAX_LOGIT]))
    return np.clip(scores if is_squashed else _sigmoid(np.clip(scores, -_MAX_LOGIT, _MAX_LOGIT)), least, most)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


# --- which folders hold a cross-encoder -------------------------------------------------------------------------------


def _check(folder: Path) -> None:
    """Refuses what is no cross-encoder, what would be unpickled, and what would run code of its own. Needs no torch."""
    if not folder.is_dir():
        raise _unusable(folder, "it is not a folder")
    _check_kind(folder)
    with_weights = {file.parent for file in folder.rglob("*.safetensors")}
    if not with_weights:
        raise _unusable(folder, "it has no .safetensors weights")
    for file in sorted(file for pattern in _PICKLES for file in folder.rglob(pattern)):
        if file.parent not in with_weights:
            raise _unusable(folder, f"{file.relative_to(folder)} is a pickle; only .safetensors weights are loaded")


def _check_kind(folder: Path) -> None:
    """Without this, the library would give a bi-encoder a head of random weights, and its relevances would be noise."""
    modules = _read(folder, "modules.json", list)
    if modules is None:  # older releases saved none
        config = _read(folder, "config.json", dict)
        if config is None:
            raise _unusable(folder, "it has no config.json")
        architectures = config.get("architectures")
        if not isinstance(architectures, list) or not any(str(kind).endswith(_SCORES_PAIRS) for kind in architectures):
            raise _unusable(
                folder, f"its config.json names no architecture {_SCORES_PAIRS}, which scores pairs of texts"
            )
        return
    kind = (_read(folder, "config_sentence_transformers.json", dict) or {}).get("model_type", "SentenceTransformer")
    if kind != _KIND:
        raise _unusable(folder, f"it is a {kind}, which makes vectors, and belongs where a model for rebuilds is named")
    for module in modules:
        made_by = str(module.get("type", "")) if isinstance(module, dict) else ""
        if not made_by.startswith("sentence_transformers."):
            raise _unusable(folder, f"it needs code of its own ({made_by}), which semsearch does not run")


def _read(folder: Path, file: str, kind: type) -> Any:
    """What a JSON file holds, which is of a kind; None where there is no such file."""
    try:
        content = json.loads((folder / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(folder, f"its {file} is damaged") from error
    if not isinstance(content, kind):
        raise _unusable(folder, f"its {file} is damaged")
    return content


def _not_found(name: str, reason: str) -> ModelError:
    return ModelError(
        f"reranker {name!r} not found: {reason}; give a folder that holds a cross-encoder, the name of one on the "
        "Hugging Face hub, or leave the option out to search without"
    )


def _unusable(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"{folder} is not a reranker: {reason}; save one with one label with CrossEncoder.save_pretrained, "
        "or leave the option out to search without"
    )


def _does_not_load(folder: Path, error: Exception) -> ModelError:
    return _unusable(folder, f"it does not load ({type(error).__name__}: {error})".split("\n")[0])
