"""MkDocs hooks: add the generated pages of the reference and the documents at the root of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import reference
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
ROOT_DOCUMENTS = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
"""Pages of the same name: they link only to each other."""
_ROLE = re.compile(r":(?:attr|class|func|meth|mod):<code>~?(?P<name>[^<]+)</code>")
"""A Sphinx role in a docstring, such as :class:`Post`, as Markdown renders it."""
_DOCTEST = re.compile(r"(?:<blockquote>\s*){3}<p>.*?</p>\s*(?:</blockquote>\s*){3}", re.DOTALL)
"""A doctest in a docstring, which Markdown renders as nested quotations."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those in docs/."""
    pages = {name: (ROOT / name).read_text(encoding="utf-8") for name in ROOT_DOCUMENTS}
    pages |= {
        "reference/command-line.md": reference.command_line(),
        "reference/http.md": reference.http(),
        "reference/settings.md": reference.settings(),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    icon = ROOT / "src/semsearch/web/static/icon.svg"
    files.append(File.generated(config, "images/icon.svg", content=icon.read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Insert the table of errors into the Python reference, and the tables of ``semsearch.toml`` into its page."""
    return markdown.replace("{{ errors }}", reference.errors()).replace("{{ site_file }}", reference.site_file())


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Show Sphinx roles of docstrings as code, and leave doctests out: the pages have examples of their own."""
    return _DOCTEST.sub("", _ROLE.sub(r"<code>\g<name></code>", html))
