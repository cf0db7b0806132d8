"""``astro.config.mjs``, collections and routes of an Astro site → where its documents lie, and their addresses."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.generators.config_text import read_text
from semsearch.ingest.sites.languages import is_language
from semsearch.ingest.sites.values import lookup
from semsearch.ingest.templates import javascript

_COLLECTION_FILES = ("content.config", "content/config")
_CODE_SUFFIXES = ("ts", "mjs", "js", "mts")
_DEFINITION = re.compile(
    r"(?:\b(?:const|let|var)\s+(?P<variable>\w+)\s*(?::[^=]+)?=|['\"]?(?P<name>[\w-]+)['\"]?\s*:)\s*defineCollection\b"
)
_EXPORTED = re.compile(r"\bcollections\s*(?::[^=]+)?=\s*\{([^}]*)\}")
_EXPORTED_NAME = re.compile(r"(?:['\"]?([\w-]+)['\"]?\s*:\s*)?(\w+)\s*(?:,|$)")
_FILE_LOADER = re.compile(r"\bfile\(\s*['\"]([^'\"]+)['\"]")
_USED_COLLECTION = re.compile(r"\b(?:getCollection|getEntry|getLiveCollection)\s*(?:<[^>]*>)?\(\s*['\"]([\w-]+)['\"]")
_PARAMETER = re.compile(r"\[(?:\.\.\.)?(\w+)\]")
_NO_POSTS = frozenset(("page", "tag", "tags", "category", "categories", "author", "authors", "year", "series"))
"""Parameters of routes that list posts."""
_BLOG_NAMES = frozenset(("blog", "posts", "post", "articles", "article", "writing", "news", "notes", "journal"))


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of documents."""

    name: str
    folder: str
    """In the site, with a slash at the end."""
    data_file: str = ""
    """The file that holds all of its entries, if it is not a folder."""


@dataclass(frozen=True, slots=True)
class AstroConfig:
    """What reading needs of a site."""

    url: str
    base: str
    pages: str
    """The folder of the pages, with a slash at the end."""
    content: str
    """The folder of the collections that are not declared, with a slash at the end."""
    collections: tuple[Collection, ...]
    """The most deeply nested first."""
    routes: tuple[tuple[str, frozenset[str]], ...]
    """Folder of each route with a parameter for a document, and the collections that its file names."""
    locales: frozenset[str]
    """In lower case."""
    default_locale: str
    has_slash: bool = True
    """Whether addresses end with a slash."""

    def prefix_of(self, collection: str) -> str:
        """Return the folder of the route of a collection, without slashes around it; may hold ``[lang]``."""
        named = [route for route, names in self.routes if collection in names]
        routes = [route for route, _ in self.routes]
        last = {_last_name(route): route for route in routes}
        if named:
            return named[0]
        if collection in last:
            return last[collection]
        if collection == "docs":
            return ""
        blogs = [route for route in routes if _last_name(route) in _BLOG_NAMES]
        if blogs and collection in _BLOG_NAMES:
            return blogs[0]
        return "" if "" in routes else collection


def read_config(files: Files, path: str) -> AstroConfig:
    """Read the configuration of a site; defaults where there is none."""
    source = read_text(files, path) if path else ""
    src = f"{normpath(_text(source, 'srcDir') or 'src')}/"
    locales = {locale for value in javascript.properties(source, "locales") for locale in _locales(value)}
    return AstroConfig(
        url=_text(source, "site", "http"),
        base=_text(source, "base", "/"),
        pages=f"{src}pages/",
        content=f"{src}content/",
        collections=tuple(sorted(_collections(files, src), key=lambda collection: -collection.folder.count("/"))),
        routes=tuple(_routes(files, f"{src}pages/")),
        locales=frozenset(locale.lower() for locale in locales if locale != "root"),
        default_locale=_default_locale(source),
        has_slash=_text(source, "trailingSlash") != "never",
    )


def _text(source: str, name: str, start: str = "") -> str:
    values = javascript.properties(source, name)
    return next((value for value in values if isinstance(value, str) and value.startswith(start)), "")


def _default_locale(source: str) -> str:
    """Return the default language; with Starlight, that of the documents outside of folders of languages."""
    locale = _text(source, "defaultLocale")
    roots = (lookup(value, "root.lang") for value in javascript.properties(source, "locales"))
    return locale if locale and locale != "root" else next((root for root in roots if isinstance(root, str)), "")


def _locales(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (key for key in value if is_language(key))
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict) and isinstance(entry.get("path"), str):
            yield entry["path"]


def _collections(files: Files, src: str) -> Iterator[Collection]:
    """Yield the declared collections. Those without a loader lie in a folder of their name."""
    paths = (f"{src}{name}.{suffix}" for name in _COLLECTION_FILES for suffix in _CODE_SUFFIXES)
    path = next((path for path in paths if files.exists(path)), "")
    source = javascript.without_comments(read_text(files, path)) if path else ""
    exported = _EXPORTED.search(source)
    names = {match[2]: match[1] or match[2] for match in _EXPORTED_NAME.finditer(exported[1])} if exported else {}
    definitions = list(_DEFINITION.finditer(source))
    ends = [definition.start() for definition in definitions[1:]]
    for match, end in itertools.zip_longest(definitions, ends):
        definition = source[match.end() : end]
        name = match["name"] or names.get(match["variable"], match["variable"])
        base = _text(definition, "base")
        data_file = _FILE_LOADER.search(definition)
        folder = normpath(base.removeprefix("/")) if base else f"{src}content/{name}"
        yield Collection(name, f"{folder}/", normpath(data_file[1].removeprefix("/")) if data_file else "")


def _routes(files: Files, pages: str) -> Iterator[tuple[str, frozenset[str]]]:
    for path in files.paths(".astro", ".ts", ".js", ".tsx", under=pages):
        route = PurePosixPath(path.removeprefix(pages))
        if route.stem == "index":
            route = route.parent
        parameter = _PARAMETER.fullmatch(route.name.removesuffix(".astro"))
        if parameter and parameter[1].lower() not in _NO_POSTS and path.endswith(".astro"):
            folder = route.parent.as_posix()
            names = frozenset(_USED_COLLECTION.findall(read_text(files, path)))
            yield "" if folder == "." else folder, names


def _last_name(route: str) -> str:
    """Return the last folder that is no parameter."""
    return next((part for part in reversed(route.split("/")) if not part.startswith("[")), "")
