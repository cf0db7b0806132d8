"""What did a rebuild do?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from semsearch.corpus import Rejection
from semsearch.index import Manifest
from semsearch.relating.site import SiteReport


@dataclass(frozen=True, slots=True)
class Report:
    """A rebuild that published a version."""

    version: str
    posts: int
    passages: int
    """Vector rows: one for each whole post, and one for each sentence."""
    embedded: int
    """Texts of rows that went through the model; the few titles that calibration reads are not counted."""
    reused: int
    """Rows whose vector was known: from an earlier rebuild, or from an equal text in this one."""
    rejections: tuple[Rejection, ...]
    """The first hundred rejected lines."""
    rejected: int
    seconds: float
    stages: Mapping[str, float]
    """Seconds by stage."""
    model: str
    encoder: str
    """What ran the model, such as ``openvino-bf16``."""

    related: SiteReport
    """How the lists of related posts hang together, and how many of them changed."""
    unchanged: bool = False
    """Whether the corpus was as before: then the version is a copy of the one that was in use."""

    @classmethod
    def of_copy(
        cls, manifest: Manifest, seconds: float, stages: Mapping[str, float], encoder: str, related: SiteReport
    ) -> Report:
        """Of a rebuild that had nothing to do."""
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
            unchanged=True,
        )

    @property
    def posts_per_second(self) -> float:
        return self.posts / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the command line prints."""
        return {
            "version": self.version,
            "posts": self.posts,
            "passages": self.passages,
            "embedded": self.embedded,
            "reused": self.reused,
            "unchanged": self.unchanged,
            "related": asdict(self.related),
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
