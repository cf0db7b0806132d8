"""What is set by the environment? SEMSEARCH_* variables in, one checked record out; read by cli and api alone."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from semsearch.errors import InvalidSetting
from semsearch.model_card import BUILT_IN

PREFIX = "SEMSEARCH_"
PUBLIC_RATE = 600
"""Requests a minute from one address, where anybody may ask."""
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:.]+\](:\d+)?")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def _words(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _ORIGIN.fullmatch(value):
            raise ValueError(f"{value!r} is no origin; write scheme and host, as in https://example.org")
    return values


def _hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _HOST.fullmatch(value):
            raise ValueError(f"{value!r} is no name of a host; write it alone, as in example.org")
    return values


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""Several values in one variable, with spaces or commas between them."""


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
    public: bool = False
    """Whether anybody may search without a key."""
    keys_file: Path | None = None
    """A YAML file of keys, which is read again when it changes."""
    keys: str | None = Field(default=None, repr=False)
    """The same in the variable itself, as YAML or JSON."""
    rate_per_minute: int | None = Field(default=None, ge=0, le=1_000_000)
    """Requests from one address; 0 for no limit. 600 where anybody may ask, and none else, unless set."""
    hosts: Annotated[Words, AfterValidator(_hosts)] = ()
    """Names that the service is asked by. Those of this machine, where it listens there alone; else any."""
    origins: Annotated[Words, AfterValidator(_origins)] = ()
    """Sites whose pages may ask from a browser."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that answer, each with the index in its memory."""
    capacity: int = Field(default=32, ge=1, le=10_000)
    """Requests that may be under way at once in one worker; more are refused, and half as many let in for a while."""
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
    def is_local(self) -> bool:
        """Whether the service listens where only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def has_keys(self) -> bool:
        return self.keys is not None or self.keys_file is not None

    @property
    def rate_of_address(self) -> int:
        """Requests a minute; 0 for no limit."""
        return (PUBLIC_RATE if self.public else 0) if self.rate_per_minute is None else self.rate_per_minute

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """In lower case; none where any will do."""
        local = ("localhost", "127.0.0.1", "::1", self.host) if self.is_local and not self.public else ()
        return frozenset(name.lower() for name in self.hosts or local)

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
        raise InvalidSetting(
            f"{PREFIX}{first['loc'][0]}".upper(), first["msg"].removeprefix("Value error, ")
        ) from error
