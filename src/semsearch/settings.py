"""Settings from the environment (``SEMSEARCH_*`` variables), checked. Only the packages cli and api read them."""

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
"""Default rate limit of a public service, in requests per minute from one address."""
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:.]+\](:\d+)?")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def _split(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _check_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _ORIGIN.fullmatch(value):
            raise ValueError(f"{value!r} is not an origin; write scheme and host, as in https://example.org")
    return values


def _check_hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _HOST.fullmatch(value):
            raise ValueError(f"{value!r} is not a host name; write the name alone, as in example.org")
    return values


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several values in one variable, separated by spaces or commas."""


class Settings(BaseSettings):
    """Settings of commands and of the service. The variable of ``index`` is ``SEMSEARCH_INDEX``, and so on.

    Command line options take precedence over variables. An empty variable counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    corpus: Path = Path("corpus")
    """The posts to index: a folder of JSON Lines files, or one such file."""
    index: Path = Path("index")
    """The folder of the index, which holds its versions."""
    model: str = BUILT_IN
    """The sentence-transformers model that a rebuild uses: a folder, a name on the Hugging Face hub, or the name of the
    built-in model."""
    cache: Path | None = None
    """The folder of cached vectors and exported models. By default `cache` in the index folder."""
    curation: Path | None = None
    """A YAML file of pinned and hidden posts, read again when it changes. By default `curation.yaml` beside the posts;
    it need not exist."""
    reranker: str | None = None
    """A sentence-transformers CrossEncoder that reranks the first hits: a folder, or a name on the Hugging Face hub. By
    default hits are not reranked."""
    rerank_budget_ms: float = Field(default=300.0, gt=0, le=60_000)
    """Time budget of the reranker for a search, in milliseconds. If it runs out, the hits keep the order of the first
    stage."""
    host: str = "127.0.0.1"
    """The address that the service listens on. For an address other machines can reach, set keys, or `public`."""
    port: int = Field(default=8000, ge=0, le=65_535)
    """The TCP port that the service listens on. 0 chooses a free port."""
    public: bool = False
    """Whether anyone may search without an API key."""
    keys_file: Path | None = None
    """A YAML file of API keys, read again when it changes."""
    keys: str | None = Field(default=None, repr=False)
    """API keys as YAML or JSON, in the form of the keys file. They are valid in addition to those of the file."""
    rate_per_minute: int | None = Field(default=None, ge=0, le=1_000_000)
    """Rate limit for each client address, in requests per minute; 0 for no limit. By default 600 if the service is
    public, otherwise no limit."""
    hosts: Annotated[Words, AfterValidator(_check_hosts)] = ()
    """Host names of the service, separated by spaces or commas; requests for other hosts are refused. By default the
    names of this machine if the service listens on a loopback address and is not public, otherwise any name."""
    origins: Annotated[Words, AfterValidator(_check_origins)] = ()
    """Origins, such as `https://example.org`, whose pages may use the service from a browser (CORS), separated by
    spaces or commas."""
    workers: int = Field(default=1, ge=1, le=64)
    """Number of worker processes. Each has the index in its own memory."""
    capacity: int = Field(default=32, ge=1, le=10_000)
    """Concurrency limit: the number of requests in flight in one worker. Further requests are refused, and the limit is
    halved for a while."""
    deadline_seconds: float = Field(default=2.0, gt=0, le=600)
    """Time limit of a request in seconds."""
    max_age_seconds: int = Field(default=60, ge=0, le=86_400)
    """How long browsers and proxies may cache a response, in seconds."""
    poll_seconds: float = Field(default=1.0, gt=0, le=3_600)
    """How often a running service checks for a new version and changed files, in seconds."""
    log_format: Literal["text", "json"] = "text"
    """Format of the log of the service: `text` for people, or `json`, one object per line. Only `json` logs every
    request."""
    log_queries: bool = False
    """Whether a `json` log contains the queries of visitors."""

    @property
    def is_local(self) -> bool:
        """Whether the service listens on a loopback address only."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def has_keys(self) -> bool:
        return self.keys is not None or self.keys_file is not None

    @property
    def rate_of_address(self) -> int:
        """The rate limit for each client address, in requests per minute; 0 for no limit."""
        return (PUBLIC_RATE if self.public else 0) if self.rate_per_minute is None else self.rate_per_minute

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The host names of the service, in lower case; empty if any name is allowed."""
        local = ("localhost", "127.0.0.1", "::1", self.host) if self.is_local and not self.public else ()
        return frozenset(name.lower() for name in self.hosts or local)

    @property
    def curation_file(self) -> Path:
        """The file of pinned and hidden posts. It need not exist."""
        if self.curation is not None:
            return self.curation
        return (self.corpus.parent if self.corpus.is_file() else self.corpus) / "curation.yaml"


def read_settings() -> Settings:
    """Read the settings of this process. Raises InvalidSetting, which names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSetting(
            f"{PREFIX}{first['loc'][0]}".upper(), first["msg"].removeprefix("Value error, ")
        ) from error
