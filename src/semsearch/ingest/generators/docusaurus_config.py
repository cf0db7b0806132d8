"""``docusaurus.config.js`` → the address of the site, and the folders of its blogs and documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.generators.config_text import read_text
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites.authors import people_of
from semsearch.ingest.sites.data_files import load
from semsearch.ingest.sites.values import as_text, lookup, text_of, texts
from semsearch.ingest.templates import javascript

_OBJECT = re.compile(r"(?:\bconfig\b\s*(?::[^=\n]+)?=|export\s+default|module\.exports\s*=)\s*(?:\(\s*)?(?=\{)")
_BLOG_PLUGIN = "plugin-content-blog"
_DOCS_PLUGIN = "plugin-content-docs"
_BLOG_OPTIONS = frozenset(("blogTitle", "blogSidebarTitle", "blogSidebarCount", "postsPerPage", "authorsMapPath"))


@dataclass(frozen=True, slots=True)
class Section:
    """A folder of documents and the part of the site that they are."""

    id: str
    """Of the plugin; the same for all languages."""
    folder: str
    """In the site, with a slash at the end; empty: the whole site."""
    route: str
    """The path under the base of the site, without slashes around it."""
    is_blog: bool
    locale: str = ""
    """The language of a folder with translations; empty for the originals."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Keys of authors, in lower case → names."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Keys of tags, in lower case → labels."""

    def has(self, path: str) -> bool:
        """Tell whether a document, by its path in the site, is in this section."""
        return path.startswith(self.folder)

    def relative(self, path: str) -> str:
        """Return the path in the section."""
        return path.removeprefix(self.folder)


@dataclass(frozen=True, slots=True)
class DocusaurusConfig:
    """What reading needs of a configuration."""

    url: str
    base_url: str
    default_locale: str
    sections: tuple[Section, ...]


def read_config(files: Files, path: str) -> DocusaurusConfig:
    """Read the configuration of a site; with ``path`` empty, all documents are posts of a blog."""
    if not path:
        return DocusaurusConfig("", "", "", (_with_data(files, Section("blog", "", "blog", is_blog=True)),))
    source = read_text(files, path)
    values = _top_level(source)
    url = text_of(values, "url") or _first_text(source, "url", "http")
    base_url = text_of(values, "baseUrl") or _first_text(source, "baseUrl", "/")
    default_locale = as_text(lookup(values, "i18n.defaultLocale"))
    locales = [locale for locale in texts(lookup(values, "i18n.locales")) if locale != default_locale]
    originals = [
        *(_with_data(files, section) for section in _sections(values, source)),
        Section("pages", "src/pages/", "", is_blog=False),
    ]
    folder = as_text(lookup(values, "i18n.path")) or "i18n"
    translated = [_translated(section, f"{folder}/{locale}", locale) for locale in locales for section in originals]
    sections = tuple(_with_data(files, section) for section in translated)
    return DocusaurusConfig(url, base_url, default_locale, (*sections, *originals))


def _top_level(source: str) -> Mapping[str, Any]:
    """Return the object that is the configuration: the last that could be it, if there are several."""
    found: Mapping[str, Any] = {}
    for match in _OBJECT.finditer(source):
        value, _ = javascript.value_at(source, match.end())
        if isinstance(value, dict) and ("url" in value or "baseUrl" in value or "presets" in value):
            found = value
    return found


def _first_text(source: str, name: str, start: str) -> str:
    values = javascript.properties(source, name)
    return next((value for value in values if isinstance(value, str) and value.startswith(start)), "")


def _sections(values: Mapping[str, Any], source: str) -> Iterator[Section]:
    """Yield the plugins of the presets, then those that are named by themselves."""
    presets = _with_options(values, "presets")
    preset = next((options for _, options in presets if "blog" in options or "docs" in options), None)
    if preset is None:
        preset = {name: value for name in ("blog", "docs") for value in javascript.properties(source, name)}
    plugins = list(_with_options(values, "plugins"))
    blogs = [
        options for name, options in plugins if _BLOG_PLUGIN in name or (not name and _BLOG_OPTIONS & set(options))
    ]
    docs = [options for name, options in plugins if _DOCS_PLUGIN in name or (not name and "sidebarPath" in options)]
    if preset.get("blog", {}) is not False:
        blogs.insert(0, _mapping(preset.get("blog")))
    if preset.get("docs", {}) is not False:
        docs.append(_mapping(preset.get("docs")))
    yield from (_section(options, "blog", is_blog=True) for options in blogs)
    yield from (_section(options, "docs", is_blog=False) for options in docs)


def _with_options(values: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and options of each preset or plugin; the name is empty if it is computed."""
    entries = values.get(name)
    if not isinstance(entries, list):
        return
    for entry in entries:
        if isinstance(entry, list):
            yield next((part for part in entry if isinstance(part, str)), ""), _mapping(entry[-1] if entry else None)


def _section(options: Mapping[str, Any], default: str, *, is_blog: bool) -> Section:
    folder = PurePosixPath(text_of(options, "path") or default).as_posix()
    route = text_of(options, "routeBasePath") if "routeBasePath" in options else default
    name = text_of(options, "id")
    return Section(
        f"{default}-{name}" if name and name != "default" else default, f"{folder}/", route.strip("/"), is_blog
    )


def _translated(section: Section, folder: str, locale: str) -> Section:
    plugin, _, name = section.id.partition("-")
    part = f"docusaurus-plugin-content-{plugin}" + (f"-{name}" if name else "")
    inner = "current/" if plugin == "docs" else ""
    return replace(section, folder=f"{folder}/{part}/{inner}", locale=locale)


def _with_data(files: Files, section: Section) -> Section:
    """Add the authors and tags that the folder of a blog names; those that it does not name stay."""
    if not section.is_blog:
        return section
    people = people_of(_first_file(files, section, ("authors.yml", "authors.yaml", "authors.json")))
    labels = _mapping(_first_file(files, section, ("tags.yml", "tags.yaml", "tags.json")))
    tags = {str(key).lower(): text_of(entry, "label") or str(key) for key, entry in labels.items() if _mapping(entry)}
    return replace(section, people={**section.people, **people}, tags={**section.tags, **tags})


def _first_file(files: Files, section: Section, names: tuple[str, ...]) -> Any:
    for name in names:
        try:
            return load(files, section.folder + name)
        except InvalidData:
            continue
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
