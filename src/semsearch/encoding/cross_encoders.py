"""Find a cross-encoder by name or folder, and check its files before they are loaded; no torch needed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from semsearch.errors import ModelError

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL_FILES = ("*.json", "*.jinja", "*.txt", "*.model", "*.safetensors")
_PICKLES = ("pytorch_model*.bin", "adapter_model*.bin")  # weights that the libraries fall back on
_MODEL_TYPE = "CrossEncoder"
_ARCHITECTURE = "ForSequenceClassification"


def resolve_cross_encoder(name: str) -> tuple[str, Path]:
    """Find a cross-encoder by folder or hub name, check it, and return its name and folder.

    The name of a local folder is its full path.

    Raises ModelError if there is none of that name, or it is of another kind, would be unpickled, or needs code of its
    own.
    """
    try:
        path = Path(name).expanduser()
        exists = path.exists()
    except (OSError, RuntimeError) as error:  # too long for a path, no permission, or no such home directory
        raise _not_found(name, f"it cannot be looked up ({type(error).__name__})") from error
    if exists:
        folder, name = path.resolve(), str(path.resolve())
    elif _HUB_NAME.fullmatch(name):
        folder = _hub_folder(name)
    else:
        raise _not_found(name, "there is no such folder")
    _check(folder)
    return name, folder


def not_a_reranker_error(folder: Path, reason: str) -> ModelError:
    """Return the error for a folder that cannot be used as a reranker."""
    return ModelError(
        f"{folder} is not a reranker: {reason}; use a CrossEncoder with a single label, saved with save_pretrained, "
        "or leave the option out to search without"
    )


def _not_found(name: str, reason: str) -> ModelError:
    return ModelError(
        f"reranker {name!r} not found: {reason}; give a folder that holds a cross-encoder, the name of one on the "
        "Hugging Face hub, or leave the option out to search without"
    )


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (0.3 s, and only hub models need it)

    try:
        return Path(snapshot_download(name, allow_patterns=list(_MODEL_FILES)))
    except Exception as error:  # the hub client raises a dozen unrelated types, network errors among them
        raise _not_found(name, f"the hub gave {type(error).__name__}") from error


def _check(folder: Path) -> None:
    """Raise ModelError for a folder that is not a cross-encoder, would be unpickled, or would run code of its own."""
    if not folder.is_dir():
        raise not_a_reranker_error(folder, "it is not a folder")
    _check_kind(folder)
    safe_folders = {file.parent for file in folder.rglob("*.safetensors")}
    if not safe_folders:
        raise not_a_reranker_error(folder, "it has no .safetensors weights")
    for file in sorted(file for pattern in _PICKLES for file in folder.rglob(pattern)):
        if file.parent not in safe_folders:
            raise not_a_reranker_error(
                folder, f"{file.relative_to(folder)} is a pickle; only .safetensors weights are loaded"
            )


def _check_kind(folder: Path) -> None:
    """Raise ModelError unless the model scores pairs of texts.

    sentence-transformers would give any other model a head of random weights, and its relevances would be noise.
    """
    modules = _read_json(folder, "modules.json", list)
    if modules is None:  # older releases of sentence-transformers wrote none
        _check_architecture(folder)
        return
    settings = _read_json(folder, "config_sentence_transformers.json", dict) or {}
    model_type = settings.get("model_type", "SentenceTransformer")
    if model_type != _MODEL_TYPE:
        raise not_a_reranker_error(
            folder, f"it is a {model_type}, which makes vectors: give it as the model of a rebuild instead"
        )
    for module in modules:
        module_type = str(module.get("type", "")) if isinstance(module, dict) else ""
        if not module_type.startswith("sentence_transformers."):
            raise not_a_reranker_error(
                folder, f"it needs code of its own ({module_type}), which semsearch does not run"
            )


def _check_architecture(folder: Path) -> None:
    config = _read_json(folder, "config.json", dict)
    if config is None:
        raise not_a_reranker_error(folder, "it has no config.json")
    architectures = config.get("architectures")
    if not isinstance(architectures, list) or not any(str(name).endswith(_ARCHITECTURE) for name in architectures):
        raise not_a_reranker_error(
            folder, f"its config.json names no architecture {_ARCHITECTURE}, which scores pairs of texts"
        )


def _read_json(folder: Path, file: str, expected: type) -> Any:
    """Read a JSON file whose content must be of the expected type; None if there is no such file."""
    try:
        content = json.loads((folder / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise not_a_reranker_error(folder, f"its {file} is damaged") from error
    if not isinstance(content, expected):
        raise not_a_reranker_error(folder, f"its {file} is damaged")
    return content
