"""The manifest of a version: its format, model, calibration and the digests of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from semsearch.errors import DamagedVersion, IndexFolderError, IndexNotReadable, UnsupportedFormat
from semsearch.index.storage.plain_files import read_plain_file
from semsearch.model_card import ModelCard
from semsearch.system_errors import explain, is_damage

FILE = "manifest.json"
FORMAT = 5
"""The format of versions that this release writes, and the only one that it reads."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size and digest of a file."""

    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Background:
    """The distribution of the scores of unrelated texts in this corpus."""

    mean: float
    deviation: float
    """The standard deviation."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The distributions that turn scores into z-scores and confidences."""

    search: Background
    """The cosine similarity of a query and a random post."""
    posts: Background = Background(mean=0.18, deviation=0.14)
    """The cosine similarity of two random posts."""
    hybrid: Background = Background(mean=5.0, deviation=1.0)
    """The best match of calibration queries, which no post answers, in hybrid mode: the score without hubness and
    feedback."""
    semantic: Background = Background(mean=3.0, deviation=0.8)
    """The same in semantic mode."""
    lexical: Background = Background(mean=1.2, deviation=0.5)
    """The same in lexical mode."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit of one kind of similarity between posts, from 0 to 1."""

    start: float
    """The median similarity of random pairs of posts."""
    unit: float
    """The median over posts of how far the similarity to the most similar post exceeds ``start``."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The upper tail of the relatedness scores of random pairs of posts, modelled as exponential."""

    start: float
    """The score that a fifth of the pairs reach."""
    slope: float
    """The scale of the exponential: one in e of that fifth scores higher than ``start + slope``."""


@dataclass(frozen=True, slots=True)
class Scales:
    """The units of relatedness. The defaults are typical of corpora of posts."""

    meaning: Scale = Scale(start=0.3, unit=0.4)
    words: Scale = Scale(start=0.02, unit=0.22)
    tail: Tail = Tail(start=0.5, slope=0.3)
    changed: int = 0
    """How many posts were added, removed or changed since the related posts were last computed in full."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a version, stored in its folder."""

    version: str
    created_at: str
    """ISO 8601, UTC."""
    model: ModelCard
    template: str
    """The name of the template that makes the encoded texts from a post."""
    vectors: str
    """The kinds of vector index, of posts and of passages."""
    posts: int
    passages: int
    """How many vectors there are: one for each post and one for each passage."""
    corpus_sha256: str
    calibration: Calibration
    libraries: Mapping[str, str]
    build_seconds: float
    files: Mapping[str, FileDigest]
    languages: Mapping[str, int]
    """How many posts are in each language, by ISO 639 code; the lexical index has the stems of these languages."""
    scales: Scales = Scales()
    format: int = FORMAT
    corpus_files_sha256: str | None = None
    """The SHA-256 of the corpus files; None if the posts did not come from files or some lines were rejected."""
    changed_since_measured: int = 0
    """How many posts were added, removed or changed since calibration, scales and compression were last measured."""

    def save(self, folder: Path) -> None:
        """Write the manifest with its own digest."""
        content = asdict(self)
        content["sha256"] = _digest(content)
        (folder / FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of a version. Raises DamagedVersion, UnsupportedFormat or IndexNotReadable."""
        try:
            text = read_plain_file(folder / FILE)
        except FileNotFoundError as error:
            raise DamagedVersion(folder.name, FILE, "missing") from error
        except OSError as error:
            raise unreadable(folder.name, folder, FILE, error) from error
        return cls.parse(text, folder.name)

    @classmethod
    def parse(cls, text: bytes, version: str) -> Manifest:
        """Return the manifest of a version from the content of its file. Raises DamagedVersion, UnsupportedFormat."""
        try:
            content: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedVersion(version, FILE, f"cannot be read ({type(error).__name__})") from error
        if not isinstance(content, dict):
            raise DamagedVersion(version, FILE, f"not a manifest but {type(content).__name__}")
        expected, found = content.pop("sha256", None), content.get("format")
        if found != FORMAT:
            raise UnsupportedFormat(version, found, FORMAT)
        if expected != _digest(content):
            raise DamagedVersion(version, FILE, "changed since it was written")
        try:
            backgrounds = {name: Background(**value) for name, value in content["calibration"].items()}
            manifest = cls(
                **content
                | {
                    "model": ModelCard(**content["model"]),
                    "calibration": Calibration(**backgrounds),
                    "scales": _scales(content["scales"]),
                    "files": {name: FileDigest(**value) for name, value in content["files"].items()},
                }
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise DamagedVersion(version, FILE, f"not a manifest ({error})") from error
        if manifest.version != version:
            raise DamagedVersion(version, FILE, f"it belongs to version {manifest.version}")
        return manifest

    @property
    def main_languages(self) -> tuple[str, ...]:
        """The most frequent language and those of at least a tenth of the posts."""
        min_posts = min(max(self.languages.values()), sum(self.languages.values()) / 10)
        return tuple(language for language, posts in self.languages.items() if posts >= min_posts)

    def with_files(self, files: Mapping[str, FileDigest]) -> Manifest:
        """Return the same manifest with other file digests."""
        return replace(self, files=files)


def unreadable(version: str, folder: Path, name: str, error: OSError) -> IndexFolderError:
    """Return the error for a file of a version that cannot be read: damage, or a lack of permission or resources."""
    if is_damage(error):
        return DamagedVersion(version, name, f"cannot be read ({error.strerror})")
    return IndexNotReadable(folder, explain(error))


def _scales(content: Mapping[str, Any]) -> Scales:
    kinds: Mapping[str, Any] = {"meaning": Scale, "words": Scale, "tail": Tail}
    return Scales(**{name: kinds[name](**value) if name in kinds else value for name, value in content.items()})


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
