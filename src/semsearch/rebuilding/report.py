"""The result of a rebuild."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from semsearch.corpus import Rejection
from semsearch.encoding.models import languages_of_model
from semsearch.index import Manifest
from semsearch.rebuilding.post_language import unknown_languages
from semsearch.relating.site import SiteReport


@dataclass(frozen=True, slots=True)
class Report:
    """A rebuild that published a version."""

    version: str
    posts: int
    passages: int
    """Vector rows: one for each post, and one for each sentence."""
    embedded: int
    """Texts that were encoded for rows. The queries of the calibration are not counted."""
    reused: int
    """Rows whose vector was cached, by an earlier rebuild or for an equal text in this one."""
    rejections: tuple[Rejection, ...]
    """The first hundred rejected lines."""
    rejected: int
    """All rejected lines."""
    seconds: float
    stages: Mapping[str, float]
    """Seconds by stage."""
    model: str
    encoder: str
    """The backend that ran the model, such as ``openvino-bf16``."""

    related: SiteReport
    """Statistics of the related lists, and how many of them changed."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Posts by language, ISO 639 codes."""
    unknown_languages: Mapping[str, int] = field(default_factory=dict)
    """Those that the model was not trained for, if they are many."""
    unchanged: bool = False
    """True if the corpus was unchanged: the version is then a copy of the one before."""

    @classmethod
    def of_unchanged(
        cls, manifest: Manifest, seconds: float, stages: Mapping[str, float], encoder: str, related: SiteReport
    ) -> Report:
        """Report a rebuild that published a copy of the version before."""
        return cls(
            version=manifest.version,
            posts=manifest.posts,
            passages=manifest.passages,
            embedded=0,
            reused=manifest.passages,
            rejections=(),
            rejected=0,
            seconds=seconds,
            stages=stages,
            model=manifest.model.name,
            encoder=encoder,
            related=related,
            languages=manifest.languages,
            unknown_languages=unknown_languages(manifest.languages, languages_of_model(manifest.model.name)),
            unchanged=True,
        )

    @property
    def posts_per_second(self) -> float:
        return self.posts / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the command line prints."""
        return {
            "version": self.version,
            "posts": self.posts,
            "passages": self.passages,
            "embedded": self.embedded,
            "reused": self.reused,
            "unchanged": self.unchanged,
            "related": asdict(self.related),
            "languages": dict(self.languages),
            "unknown_languages": dict(self.unknown_languages),
            "rejected": self.rejected,
            "rejections": [
                {"file": str(rejection.file), "line": rejection.line, "reason": rejection.reason}
                for rejection in self.rejections
            ],
            "seconds": round(self.seconds, 3),
            "stages": {stage: round(seconds, 3) for stage, seconds in self.stages.items()},
            "posts_per_second": round(self.posts_per_second, 1),
            "model": self.model,
            "encoder": self.encoder,
        }
