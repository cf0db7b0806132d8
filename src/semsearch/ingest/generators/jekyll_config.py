"""The configuration of a Jekyll site → what its documents depend on.

Source: https://jekyllrb.com/docs/configuration/
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites import data_files, values
from semsearch.ingest.sites.site import Site

CONFIG_NAMES = ("_config.yml", "_config.yaml", "_config.toml")
_OF_OTHERS = frozenset(("public_dir", "new_post_name", "theme_config", "sphinx", "execute", "bibtex_bibfiles"))
"""Keys of other programs whose configuration has the same name: Hexo, Jupyter Book."""
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of documents."""

    is_output: bool
    permalink: str = ""


@dataclass(frozen=True, slots=True)
class Default:
    """Front matter for the documents of a scope."""

    path: str
    type: str
    values: Mapping[str, Any]

    def applies_to(self, path: str, kind: str) -> bool:
        """Tell whether a document is in the scope."""
        if self.type and self.type != kind:
            return False
        if "*" in self.path:
            return fnmatch.fnmatch(path, self.path) or fnmatch.fnmatch(path, f"{self.path}/*")
        return not self.path or path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class JekyllConfig:
    """What the documents of a site depend on."""

    raw: Mapping[str, Any] = field(default_factory=dict)
    """All of it, for templates."""
    url: str = ""
    baseurl: str = ""
    source: str = ""
    """The folder of the documents in the site, with a slash at the end; empty: the site."""
    permalink: str = _STYLES["date"]
    """The pattern for posts."""
    has_folders: bool = False
    """Whether addresses of pages end in a slash."""
    collections: Mapping[str, Collection] = field(default_factory=dict)
    collections_folder: str = ""
    defaults: tuple[Default, ...] = ()
    """The weakest first."""
    excluded: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    """Folders that are read although their names begin with an underscore."""
    shows_future: bool = False
    shows_drafts: bool = False
    shows_unpublished: bool = False
    excerpt_separator: str = ""
    """Empty: the first paragraph."""
    language: str = ""
    includes_folder: str = "_includes"
    data_folder: str = "_data"


def is_config(files: Files, path: str) -> bool:
    """Tell whether a file named like the configuration of Jekyll is one."""
    try:
        keys = {str(key).lower() for key in data_files.load_mapping(files, path)}
    except InvalidData:
        return True
    return not keys & _OF_OTHERS


def read_config(site: Site) -> tuple[JekyllConfig, list[Note]]:
    """Read the configuration of a site. If it cannot be read, a note says so and the defaults apply."""
    if not site.config:
        return JekyllConfig(), []
    try:
        raw = data_files.load_mapping(site.base, site.config)
    except InvalidData as error:
        place = Place(site.path_in_source(site.config), error.line)
        return JekyllConfig(), [Note(place, Severity.WARNING, "invalid configuration", f"{error}; correct this line")]
    return _config(raw), []


def _config(raw: Mapping[str, Any]) -> JekyllConfig:
    collections = _collections(raw)
    style = values.text_of(raw, "permalink") or "date"
    own = collections.get("posts", Collection(True)).permalink
    return JekyllConfig(
        raw=raw,
        url=values.text_of(raw, "url"),
        baseurl=values.text_of(raw, "baseurl"),
        source=_folder(values.text_of(raw, "source")),
        permalink=_STYLES.get(own or style, own or style),
        has_folders=style == "pretty" or (style not in _STYLES and style.endswith("/")),
        collections=collections,
        collections_folder=_folder(values.text_of(raw, "collections_dir")),
        defaults=_defaults(raw),
        excluded=tuple(path.strip("/") for path in values.texts(values.lookup(raw, "exclude"))),
        included=tuple(path.strip("/") for path in values.texts(values.lookup(raw, "include"))),
        shows_future=values.flag(raw, "future"),
        shows_drafts=values.flag(raw, "show_drafts"),
        shows_unpublished=values.flag(raw, "unpublished"),
        excerpt_separator=values.text_of(raw, "excerpt_separator"),
        language=values.text_of(raw, "lang", "language", "default_lang", "default_language", "locale"),
        includes_folder=_folder(values.text_of(raw, "includes_dir")).strip("/") or "_includes",
        data_folder=_folder(values.text_of(raw, "data_dir")).strip("/") or "_data",
    )


def _folder(text: str) -> str:
    parts = [part for part in text.split("/") if part not in ("", ".", "..")]
    return "/".join(parts) + "/" if parts else ""


def _collections(raw: Mapping[str, Any]) -> dict[str, Collection]:
    collections = values.lookup(raw, "collections")
    if isinstance(collections, list):
        return {name: Collection(False) for name in values.texts(collections)}
    if not isinstance(collections, Mapping):
        return {}
    return {
        str(name): Collection(values.flag(entry, "output"), values.text_of(entry, "permalink"))
        if isinstance(entry, Mapping)
        else Collection(False)
        for name, entry in collections.items()
    }


def _defaults(raw: Mapping[str, Any]) -> tuple[Default, ...]:
    entries = values.lookup(raw, "defaults")
    found = []
    for entry in entries if isinstance(entries, list) else ():
        fields = values.lookup(entry, "values") if isinstance(entry, Mapping) else None
        if isinstance(fields, Mapping):
            path = values.text_of(entry, "scope.path").strip("/")
            own = {str(key).lower(): value for key, value in fields.items()}
            found.append(Default(path, values.text_of(entry, "scope.type"), own))
    return tuple(sorted(found, key=lambda default: (len(default.path), bool(default.type))))
