"""The configuration files of a Hugo site → what its documents depend on.

Source: https://gohugo.io/configuration/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites import data_files, values
from semsearch.ingest.sites.site import Site

_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
_FOLDERS = ("config/_default", "config/production")
"""The later wins; ``production`` is what ``hugo`` builds."""
CONFIG_NAMES = (
    *(f"hugo{suffix}" for suffix in _SUFFIXES),
    *(f"{folder}/{name}{suffix}" for folder in _FOLDERS for name in ("hugo", "config") for suffix in _SUFFIXES),
    *(f"config{suffix}" for suffix in _SUFFIXES),
)
_TYPICAL = frozenset(
    """baseurl languagecode defaultcontentlanguage theme params menu menus permalinks taxonomies markup outputs
    enablerobotstxt paginate pagination disqusshortname googleanalytics contentdir module buildfuture""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class ContentFolder:
    """A folder with documents."""

    path: str
    """In the site, with a slash at the end."""
    language: str = ""
    """The language of its documents; empty: by file name, else the default."""
    target: str = ""
    """What stands before the paths of its documents, with a slash at the end; from a module mount."""


@dataclass(frozen=True, slots=True)
class HugoConfig:
    """What the documents of a site depend on."""

    is_known: bool = False
    """Whether there is a configuration."""
    base_url: str = ""
    folders: tuple[ContentFolder, ...] = (ContentFolder("content/"),)
    languages: tuple[str, ...] = ()
    """Keys in lower case. Empty: the site has one language."""
    default_language: str = "en"
    language_code: str = ""
    """Of a site in one language, if it is said."""
    default_in_subfolder: bool = False
    permalinks: Mapping[str, str] = field(default_factory=dict)
    """Top section → pattern."""
    ugly: bool | Mapping[str, Any] = False
    """Whether addresses end in ``.html``, for all or by section."""
    main_sections: frozenset[str] = frozenset()
    taxonomies: tuple[str, ...] | None = None
    """Fields with tags; None: ``tags`` and ``categories``."""
    build_drafts: bool = False
    build_future: bool = False
    build_expired: bool = False
    date_fields: tuple[str, ...] = ()
    """Where the date is taken from, in order; ``:filename`` among them."""
    keeps_case: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    cascade: Any = None
    """Fields of all documents; see :class:`semsearch.ingest.generators.hugo_cascade.Cascades`."""


def is_config(files: Files, path: str) -> bool:
    """Tell whether a configuration file is one of Hugo; ``config.toml`` may be another generator's."""
    if PurePosixPath(path).name.startswith("hugo."):
        return True
    try:
        config = data_files.load_mapping(files, path)
    except InvalidData:
        return False
    keys = {str(key).lower() for key in config}
    if path.startswith("config/"):
        return "base_url" not in keys
    return "base_url" not in keys and bool(keys & _TYPICAL)


def read_config(site: Site) -> tuple[HugoConfig, list[Note]]:
    """Read the configuration of a site. A file that cannot be read is named in a note and counts as empty."""
    if not site.config:
        return HugoConfig(), []
    notes: list[Note] = []
    raw: dict[str, Any] = {}
    for path, key in _config_files(site):
        try:
            content = data_files.load_mapping(site.base, path)
        except InvalidData as error:
            place = Place(site.path_in_source(path), error.line)
            notes.append(Note(place, Severity.WARNING, "invalid configuration", f"{error}; correct this line"))
            continue
        for part in reversed(key):
            content = {part: content}
        _merge(raw, content)
    return _config(raw), notes


def _config_files(site: Site) -> Iterator[tuple[str, list[str]]]:
    """Yield path and key (``languages.fr.toml`` → languages, fr) of each file, the weakest first."""
    if "/" not in site.config:
        yield site.config, []
    for folder in _FOLDERS:
        for path in site.files_in(folder, *_SUFFIXES):
            names = PurePosixPath(path.removeprefix(f"{folder}/")).with_suffix("").as_posix()
            if "/" in names:
                continue
            parts = names.lower().split(".")
            yield path, [] if parts[0] in ("hugo", "config") else parts


def _merge(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    for key, value in source.items():
        name = str(key).lower()
        if isinstance(value, Mapping):
            child = target.setdefault(name, {})
            if isinstance(child, dict):
                _merge(child, value)
                continue
        target[name] = value


def _config(raw: Mapping[str, Any]) -> HugoConfig:
    languages = _languages(raw)
    default = values.text_of(raw, "defaultcontentlanguage").lower() or (languages[0] if languages else "en")
    return HugoConfig(
        is_known=True,
        base_url=values.text_of(raw, "baseurl"),
        folders=tuple(_folders(raw, languages)),
        languages=languages if len(languages) > 1 else (),
        default_language=default,
        language_code=values.text_of(raw, "languagecode", "locale", "defaultcontentlanguage")
        or (languages[0] if languages else ""),
        default_in_subfolder=values.flag(raw, "defaultcontentlanguageinsubdir"),
        permalinks=_permalinks(raw),
        ugly=_ugly(raw),
        main_sections=frozenset(
            section.lower() for section in values.texts(values.first(raw, "mainsections", "params.mainsections"))
        ),
        taxonomies=_taxonomies(raw),
        build_drafts=values.flag(raw, "builddrafts"),
        build_future=values.flag(raw, "buildfuture"),
        build_expired=values.flag(raw, "buildexpired"),
        date_fields=tuple(name.lower() for name in values.texts(values.lookup(raw, "frontmatter.date"))),
        keeps_case=values.flag(raw, "disablepathtolower"),
        cascade=raw.get("cascade"),
        params=values.lookup(raw, "params") if isinstance(values.lookup(raw, "params"), Mapping) else {},
    )


def _languages(raw: Mapping[str, Any]) -> tuple[str, ...]:
    languages = values.lookup(raw, "languages")
    if not isinstance(languages, Mapping):
        return ()
    return tuple(
        str(key).lower()
        for key, entry in languages.items()
        if isinstance(entry, Mapping) and not values.flag(entry, "disabled")
    )


def _folders(raw: Mapping[str, Any], languages: tuple[str, ...]) -> Iterator[ContentFolder]:
    main = values.text_of(raw, "contentdir").strip("./") or "content"
    for language in languages:
        if folder := values.text_of(raw, f"languages.{language}.contentdir").removeprefix("./").strip("/"):
            yield ContentFolder(f"{folder}/", language)
    mounts = values.lookup(raw, "module.mounts")
    for mount in mounts if isinstance(mounts, list) else ():
        source = values.text_of(mount, "source").strip("/") if isinstance(mount, Mapping) else ""
        target = values.text_of(mount, "target").strip("/") if source else ""
        if target == "content" or target.startswith("content/"):
            inner = target.removeprefix("content").strip("/")
            yield ContentFolder(f"{source}/", values.text_of(mount, "lang").lower(), f"{inner}/" if inner else "")
    yield ContentFolder(f"{main}/")


def _permalinks(raw: Mapping[str, Any]) -> dict[str, str]:
    """Patterns by section: ``permalinks.page.post``, and ``permalinks.post`` of older releases."""
    permalinks = values.lookup(raw, "permalinks")
    if not isinstance(permalinks, Mapping):
        return {}
    of_pages = values.lookup(permalinks, "page")
    return {
        str(section).strip("/").lower(): pattern
        for patterns in (permalinks, of_pages)
        if isinstance(patterns, Mapping)
        for section, pattern in patterns.items()
        if isinstance(pattern, str)
    }


def _ugly(raw: Mapping[str, Any]) -> bool | Mapping[str, Any]:
    ugly = values.lookup(raw, "uglyurls")
    return ugly if isinstance(ugly, Mapping) else bool(values.is_true(ugly))


def _taxonomies(raw: Mapping[str, Any]) -> tuple[str, ...] | None:
    taxonomies = values.first(raw, "taxonomies", "indexes")
    if not isinstance(taxonomies, Mapping):
        return None
    return tuple(values.as_text(name).lower() for name in taxonomies.values() if values.as_text(name))
