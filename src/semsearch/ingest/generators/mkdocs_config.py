"""``mkdocs.yml`` → the folder and addresses of the documents, and the blogs of the Material theme in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites.authors import people_of
from semsearch.ingest.sites.data_files import load, load_mapping
from semsearch.ingest.sites.values import as_text, flag, lookup, text_of, texts

_BLOG_PLUGINS = ("blog", "material/blog")
_MAX_NAV_DEPTH = 20
_MACRO_PLUGINS = frozenset(("macros", "mkdocs-macros", "markdownextradata", "jinja2"))


@dataclass(frozen=True, slots=True)
class Blog:
    """A blog in the documentation."""

    folder: str
    """In the documentation, with a slash at the end; empty: all of it."""
    posts: str
    """The folder of the posts in the documentation, likewise."""
    url_format: str = "{date}/{slug}"
    date_format: str = "yyyy/MM/dd"
    hides_future: bool = False
    people: Mapping[str, str] = field(default_factory=dict)
    """Keys of authors, in lower case → names."""


@dataclass(frozen=True, slots=True)
class MkdocsConfig:
    """What reading needs of a configuration."""

    folder: str = "docs/"
    """Of the documents in the site, with a slash at the end; empty: the whole site."""
    url: str = ""
    has_folder_urls: bool = True
    """Whether ``a.md`` has the address ``a/``, not ``a.html``."""
    has_macros: bool = False
    language: str = ""
    blogs: tuple[Blog, ...] = ()
    drafts: tuple[str, ...] = ()
    """Patterns of documents that are not published."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Path of a document → its title in the navigation."""
    excluded: tuple[str, ...] = ()
    """Patterns of files that are no documents."""


def read_config(files: Files, path: str) -> MkdocsConfig:
    """Read the configuration of a site. Raises InvalidData, with what is wrong with the file."""
    values = _with_inherited(files, path)
    plugins = dict(_named(values.get("plugins")))
    folder = _as_folder(text_of(values, "docs_dir") or "docs")
    blogs = (options for name, options in _named(values.get("plugins")) if name in _BLOG_PLUGINS)
    return MkdocsConfig(
        folder=folder,
        url=next((text for text in reversed(texts(values.get("site_url"))) if "://" in text), ""),
        has_folder_urls=flag(values, "use_directory_urls", default=True),
        has_macros=not _MACRO_PLUGINS.isdisjoint(plugins),
        language=as_text(lookup(values, "theme.language")),
        blogs=tuple(_blog(files, folder, options) for options in blogs),
        drafts=tuple(text_of(values, "draft_docs").split()),
        excluded=tuple(text_of(values, "exclude_docs").split()),
        titles=dict(_titles(values.get("nav"), 0)),
    )


def without_config(files: Files, blog_folder: str) -> MkdocsConfig:
    """Return the configuration of a site of which only the folder of a blog is known, with a slash at the end."""
    docs = "docs/" if blog_folder.startswith("docs/") else ""
    return MkdocsConfig(docs, blogs=(_blog(files, docs, {"blog_dir": blog_folder.removeprefix(docs) or "."}),))


def matches(patterns: tuple[str, ...], path: str) -> bool:
    """Tell whether a path matches patterns in the syntax of ``.gitignore``: ``!`` negates one, the last match wins."""
    result = False
    parts = path.split("/")
    for pattern in patterns:
        wanted = pattern.removeprefix("!").strip("/")
        starts = range(1) if "/" in pattern.removeprefix("!").rstrip("/") else range(len(parts))
        if any(
            fnmatchcase("/".join(parts[start:end]), wanted)
            for start in starts
            for end in range(start + 1, len(parts) + 1)
        ):
            result = not pattern.startswith("!")
    return result


def _with_inherited(files: Files, path: str) -> Mapping[str, Any]:
    """Return the values of a file over those of the files that it inherits from."""
    values: dict[str, Any] = {}
    for _ in range(5):
        loaded = load_mapping(files, path)
        values = {**loaded, **values}
        parent = text_of(loaded, "INHERIT")
        path = normpath(str(PurePosixPath(path).parent / parent))
        if not parent or not files.exists(path):
            break
    return values


def _named(plugins: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and options of each plugin, from a list of names and mappings or from one mapping."""
    for plugin in plugins if isinstance(plugins, list) else [plugins]:
        if isinstance(plugin, Mapping):
            yield from ((str(name), _mapping(options)) for name, options in plugin.items())
        elif plugin:
            yield as_text(plugin), {}


def _titles(nav: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Yield path and title of the documents in a navigation: lists of paths, and of titles with a path or a list."""
    for entry in nav if isinstance(nav, list) and depth < _MAX_NAV_DEPTH else ():
        for title, value in entry.items() if isinstance(entry, Mapping) else ():
            if isinstance(value, str):
                yield normpath(value), as_text(title)
            else:
                yield from _titles(value, depth + 1)


def _blog(files: Files, docs: str, options: Mapping[str, Any]) -> Blog:
    name = text_of(options, "blog_dir") or "blog"
    folder = _as_folder(name)
    posts = _as_folder((text_of(options, "post_dir") or "{blog}/posts").replace("{blog}", name))
    authors = normpath((text_of(options, "authors_file") or "{blog}/.authors.yml").replace("{blog}", name))
    try:
        people = people_of(load(files, docs + authors))
    except InvalidData:
        people = {}
    return Blog(
        folder,
        posts,
        text_of(options, "post_url_format") or "{date}/{slug}",
        text_of(options, "post_url_date_format") or "yyyy/MM/dd",
        flag(options, "draft_if_future_date"),
        people,
    )


def _as_folder(path: str) -> str:
    normal = normpath(path)
    return "" if normal == "." else f"{normal}/"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
