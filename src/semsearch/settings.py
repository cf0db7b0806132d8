"""What is set by the environment? SEMSEARCH_* variables in, one checked record out; read by cli and api alone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from semsearch.errors import InvalidSetting
from semsearch.model_card import BUILT_IN

PREFIX = "SEMSEARCH_"


class Settings(BaseSettings):
    """Each field is also a variable: ``index`` is ``SEMSEARCH_INDEX``. Options of the command line come before them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    corpus: Path = Path("corpus")
    """A folder of posts, or one file."""
    index: Path = Path("index")
    """The folder that holds the versions."""
    model: str = BUILT_IN
    """The sentence-transformers model that a rebuild uses: a folder, or a name on the hub."""
    cache: Path | None = None
    """Where vectors and exported models are kept; ``cache`` in the index folder unless set."""
    curation: Path | None = None
    """A YAML file of pinned and hidden posts; ``curation.yaml`` beside the posts unless set."""
    reranker: str | None = None
    """A sentence-transformers CrossEncoder that looks at the first hits again: a folder, or a name on the hub."""
    rerank_budget_ms: float = Field(default=300.0, gt=0, le=60_000)
    """Milliseconds that it may take; after that the hits stay in the order of the first stage."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    """0 takes any free one."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that answer, each with the index in its memory."""
    capacity: int = Field(default=64, ge=1, le=10_000)
    """Requests that may be under way at once in one worker; more are refused."""
    deadline_seconds: float = Field(default=2.0, gt=0, le=600)
    """After which a request is given up."""
    max_age_seconds: int = Field(default=60, ge=0, le=86_400)
    """How long browsers and proxies may keep an answer without asking again."""
    poll_seconds: float = Field(default=1.0, gt=0, le=3_600)
    """How often a running service looks for a new version."""
    log_format: Literal["text", "json"] = "text"
    """What a service says: lines for people, or one JSON object a line, and then one for each request too."""
    log_queries: bool = False
    """Whether the lines of requests say what was asked."""

    @property
    def curation_file(self) -> Path:
        """The file of pinned and hidden posts, whether it is there or not."""
        if self.curation is not None:
            return self.curation
        return (self.corpus.parent if self.corpus.is_file() else self.corpus) / "curation.yaml"


def read_settings() -> Settings:
    """The settings of this process. Raises InvalidSetting, which names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSetting(f"{PREFIX}{first['loc'][0]}".upper(), first["msg"]) from error
