"""Which pages of the documentation are generated? A hook of MkDocs: the parts of the reference that the program knows
best, and the documents at the root of the repository."""

from __future__ import annotations

from pathlib import Path

import reference
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
ROOT_DOCUMENTS = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
"""They link to each other alone, so they are pages under their own names."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds what is generated to the pages that are written by hand."""
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
    """Puts the table of errors into the reference of Python."""
    return markdown.replace("{{ errors }}", reference.errors())
