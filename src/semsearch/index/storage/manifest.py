"""What is in a version? Everything needed to open it rightly, or to say why it cannot be opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from semsearch.errors import DamagedVersion, UnsupportedFormat
from semsearch.model_card import ModelCard

FILE = "manifest.json"
FORMAT = 3
READABLE = (1, 2, FORMAT)
"""Format 1 has a lexical field for each field of a post, English stems, no vocabulary, and no record of what
unanswerable questions score; format 2 has no terms and no related posts."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file as it was written."""

    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Background:
    """How what has nothing to do with each other scores in this corpus."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a score is measured against to become a confidence."""

    search: Background
    """A question against a post it is not about, as cosines."""
    hybrid: Background = Background(mean=5.0, deviation=1.0)
    """The best score of questions that no post answers, by meaning and words."""
    semantic: Background = Background(mean=3.0, deviation=0.8)
    """The same by meaning alone."""
    lexical: Background = Background(mean=1.2, deviation=0.5)
    """The same by words alone."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How alike two posts are, of one kind of likeness from 0 to 1."""

    start: float
    """The median of posts at random."""
    unit: float
    """How much closer the closest post is than that, for half of the posts."""


@dataclass(frozen=True, slots=True)
class Tail:
    """How posts at random are related, where they are most: a share of them that falls exponentially with the score."""

    start: float
    """What a fifth of them score."""
    slope: float
    """The score beyond it that only a third of that fifth reach (one in e)."""


@dataclass(frozen=True, slots=True)
class Scales:
    """What relatedness is measured in; as they are here, what is usual in corpora of posts."""

    meaning: Scale = Scale(start=0.3, unit=0.4)
    words: Scale = Scale(start=0.02, unit=0.22)
    tail: Tail = Tail(start=0.5, slope=0.3)
    changed: int = 0
    """Posts that came, went or changed since all of them were compared."""


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
    languages: Mapping[str, int] = field(default_factory=lambda: {"en": 1})
    """Languages whose stems are in the lexical index, by ISO 639 code, and how many posts have each."""
    scales: Scales = Scales()
    format: int = FORMAT
    corpus_files_sha256: str | None = None
    """Over the files that the posts came from; None where they came from elsewhere, or some lines were rejected."""

    def save(self, folder: Path) -> None:
        content = asdict(self)
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
        expected, found = content.pop("sha256", None), content.get("format")
        if found not in READABLE:
            raise UnsupportedFormat(version, found, FORMAT)
        if expected != _digest(content):
            raise DamagedVersion(version, FILE, "changed since it was written")
        try:
            measured = {name: value for name, value in content["calibration"].items() if name != "related"}  # format 2
            backgrounds = {name: Background(**value) for name, value in measured.items()}
            manifest = cls(
                **content
                | {
                    "model": ModelCard(**content["model"]),
                    "calibration": Calibration(**backgrounds),
                    "scales": _scales(content.get("scales", {})),
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
        """Those that a tenth of the posts have, or the most have: words that say nothing in them are not looked for."""
        least = min(max(self.languages.values()), sum(self.languages.values()) / 10)
        return tuple(language for language, posts in self.languages.items() if posts >= least)

    def with_files(self, files: Mapping[str, FileDigest]) -> Manifest:
        return replace(self, files=files)


def _scales(content: Mapping[str, Any]) -> Scales:
    kinds: Mapping[str, Any] = {"meaning": Scale, "words": Scale, "tail": Tail}
    return Scales(**{name: kinds[name](**value) if name in kinds else value for name, value in content.items()})


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
