"""``semsearch.toml`` beside the corpus: the address of the site, and the sources of its posts, checked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from semsearch.errors import InvalidSiteFile

NAME = "semsearch.toml"
_MAX_BYTES = 1_000_000


def _check_url(url: str) -> str:
    if url and not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"{url!r} does not begin with https://")
    return url.rstrip("/")


def _check_name(name: str) -> str:
    if name in (".", "..") or any(character in name for character in "/\\\0"):
        raise ValueError(f"{name!r} is not a file name")
    return name


FieldName = Literal[
    "id", "title", "teaser", "body", "permalink", "date", "updated", "tags", "authors", "language", "series", "image"
]
Url = Annotated[str, AfterValidator(_check_url)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SiteTable(_Table):
    """The table ``[site]``."""

    url: Url = ""
    """The address of the site, which relative links of posts are completed with."""


class SourceTable(_Table):
    """A table ``[[sources]]``."""

    location: str = Field(alias="from", min_length=1)
    """A folder, a file, `kind:PATH`, or an address. A relative path begins at the folder of `semsearch.toml`."""
    kind: str = ""
    """The kind of source, such as `hugo`. By default it is detected."""
    name: Annotated[str, AfterValidator(_check_name)] = ""
    """The name of the file in the corpus, without `.jsonl`. By default that of the source."""
    url: Url = ""
    """The address of this source's site, by default that of `[site]`."""
    include: tuple[Literal["drafts", "future", "expired", "private", "pages"], ...] = ()
    """What is read beside published posts."""
    fields: dict[FieldName, str] = Field(default_factory=dict)
    """Field of a post → its name in the source, or a CSS selector in HTML."""


class SiteFile(_Table):
    """The content of ``semsearch.toml``."""

    site: SiteTable = SiteTable()
    sources: tuple[SourceTable, ...] = ()


def read_site_file(corpus: Path) -> SiteFile:
    """Read ``semsearch.toml`` beside a corpus; empty if there is none. Raises InvalidSiteFile."""
    file = corpus.parent / NAME
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return SiteFile()
    except OSError as error:
        raise InvalidSiteFile(file, error.strerror or str(error)) from error
    if len(content) > _MAX_BYTES:
        raise InvalidSiteFile(file, "it is larger than 1 MB")
    return _parsed(file, content)


def _parsed(file: Path, content: bytes) -> SiteFile:
    try:
        raw: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
        return SiteFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        raise InvalidSiteFile(file, f"{place}: {first['msg'].removeprefix('Value error, ')}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidSiteFile(file, f"not TOML: {error}") from error
