"""``pelicanconf.py`` → the settings that are literals. The file is parsed, never run."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.generators.config_text import read_text
from semsearch.ingest.sites.values import as_text, texts

_LOCAL = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class PelicanConfig:
    """What reading needs of the settings; defaults are those of Pelican.

    https://docs.getpelican.com/en/latest/settings.html
    """

    content: str = ""
    """The folder of the documents in the site, with a slash at the end; empty: the whole site."""
    url: str = ""
    article_folders: tuple[str, ...] = ("",)
    """In the content, with a slash at the end."""
    page_folders: tuple[str, ...] = ("pages/",)
    excluded_folders: tuple[str, ...] = ()
    article_url: str = "{slug}.html"
    article_lang_url: str = "{slug}-{lang}.html"
    page_url: str = "pages/{slug}.html"
    page_lang_url: str = "pages/{slug}-{lang}.html"
    language: str = "en"
    author: str = ""
    has_folder_categories: bool = True
    filename_pattern: str = r"(?P<date>\d{4}-\d{2}-\d{2}).*"
    path_pattern: str = ""
    slug_source: str = "title"
    hides_future: bool = False
    has_default_date: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Metadata of all documents, keys in lower case."""


def read_config(files: Files, path: str) -> PelicanConfig:
    """Read the settings of a site, with the address from ``publishconf.py`` if it is there."""
    values = _literals(read_text(files, path))
    published = _literals(read_text(files, "publishconf.py")) if files.exists("publishconf.py") else {}
    defaults = {str(key).lower(): value for key, value in _mapping(values.get("DEFAULT_METADATA")).items()}
    usual = PelicanConfig()

    def text(name: str, default: str) -> str:
        value = values.get(name)
        return value if isinstance(value, str) else default

    def folders(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = values.get(name)
        return tuple(map(_as_folder, texts(value) or ([""] if value else []))) if value is not None else default

    content = text("PATH", "content" if files.paths(under="content") else "")
    return PelicanConfig(
        content=_as_folder(content),
        url=next((url for source in (published, values) if (url := _public(source.get("SITEURL")))), ""),
        article_folders=folders("ARTICLE_PATHS", usual.article_folders) or ("",),
        page_folders=folders("PAGE_PATHS", usual.page_folders),
        excluded_folders=folders("ARTICLE_EXCLUDES", ()),
        article_url=text("ARTICLE_URL", usual.article_url),
        article_lang_url=text("ARTICLE_LANG_URL", usual.article_lang_url),
        page_url=text("PAGE_URL", usual.page_url),
        page_lang_url=text("PAGE_LANG_URL", usual.page_lang_url),
        language=text("DEFAULT_LANG", usual.language),
        author=text("AUTHOR", ""),
        has_folder_categories=values.get("USE_FOLDER_AS_CATEGORY") is not False,
        filename_pattern=text("FILENAME_METADATA", usual.filename_pattern),
        path_pattern=text("PATH_METADATA", ""),
        slug_source=text("SLUGIFY_SOURCE", usual.slug_source),
        hides_future=values.get("WITH_FUTURE_DATES") is False,
        has_default_date="DEFAULT_DATE" in values or "date" in defaults,
        defaults=defaults,
    )


def _literals(source: str) -> dict[str, Any]:
    """Return the values assigned at the top of a Python file, as far as they are literals, or texts put together."""
    values: dict[str, Any] = {}
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return values
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name):
                with contextlib.suppress(ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                    values[target.id] = _value(statement.value, values)  # type: ignore[attr-defined]
    return values


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _value(node.left, known), _value(node.right, known)
        if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) < 10_000:
            return left + right
    return ast.literal_eval(node)


def _public(url: Any) -> str:
    text = as_text(url)
    return text if text and not any(host in text for host in _LOCAL) else ""


def _as_folder(path: str) -> str:
    normal = normpath(path or ".")
    return "" if normal == "." else f"{normal}/"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
