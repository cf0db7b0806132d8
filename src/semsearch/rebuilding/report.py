"""What did a rebuild do?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semsearch.corpus import Rejection


@dataclass(frozen=True, slots=True)
class Report:
    """A rebuild that published a version."""

    version: str
    posts: int
    passages: int
    """Vector rows: one for each whole post, and one for each sentence."""
    embedded: int
    """Texts that went through the model."""
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

    @property
    def posts_per_second(self) -> float:
        return self.posts / max(self.seconds, 1e-9)
