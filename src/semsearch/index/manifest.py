"""What is in a version? Everything needed to open it rightly, or to say why it cannot be opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from semsearch.errors import DamagedVersion, UnsupportedFormat
from semsearch.model_card import ModelCard

FILE = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file as it was written."""

    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Background:
    """How pairs that have nothing to do with each other score in this corpus (cosines)."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a score is measured against to become a confidence."""

    search: Background
    """A question against a post it is not about."""
    related: Background
    """A post against another at random."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a version, kept in its folder."""

    version: str
    created_at: str
    """ISO 8601, UTC."""
    model: ModelCard
    template: str
    """Which texts were embedded: the name of the template that makes them from a post."""
    vectors: str
    """The kinds of vector index: of whole posts, and of sentences."""
    posts: int
    passages: int
    """Vector rows: one for each whole post, and one for each sentence."""
    corpus_sha256: str
    calibration: Calibration
    libraries: Mapping[str, str]
    build_seconds: float
    files: Mapping[str, FileDigest]
    corpus_files_sha256: str | None = None
    """Over the files that the posts came from; None where they came from elsewhere, or some lines were rejected."""

    def save(self, folder: Path) -> None:
        content = {"format": FORMAT, **asdict(self)}
        content["sha256"] = _digest(content)
        (folder / FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Raises DamagedVersion or UnsupportedFormat."""
        version = folder.name
        try:
            content: Any = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise DamagedVersion(version, FILE, "missing") from error
        except (OSError, ValueError, RecursionError) as error:
            raise DamagedVersion(version, FILE, f"cannot be read ({type(error).__name__})") from error
        if not isinstance(content, dict):
            raise DamagedVersion(version, FILE, f"not a manifest but {type(content).__name__}")
        expected, found = content.pop("sha256", None), content.pop("format", None)
        if found != FORMAT:
            raise UnsupportedFormat(version, found, FORMAT)
        if expected != _digest({"format": found, **content}):
            raise DamagedVersion(version, FILE, "changed since it was written")
        try:
            backgrounds = {name: Background(**value) for name, value in content["calibration"].items()}
            manifest = cls(
                **content
                | {
                    "model": ModelCard(**content["model"]),
                    "calibration": Calibration(**backgrounds),
                    "files": {name: FileDigest(**value) for name, value in content["files"].items()},
                }
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise DamagedVersion(version, FILE, f"not a manifest ({error})") from error
        if manifest.version != version:
            raise DamagedVersion(version, FILE, f"it belongs to version {manifest.version}")
        return manifest

    def with_files(self, files: Mapping[str, FileDigest]) -> Manifest:
        return replace(self, files=files)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
