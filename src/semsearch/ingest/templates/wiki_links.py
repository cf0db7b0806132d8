"""What note-taking tools such as Obsidian add to Markdown → plain Markdown."""

from __future__ import annotations

import re

from semsearch.ingest.occurrence import has_any
from semsearch.ingest.templates import code

_EMBED = re.compile(r"!\[\[[^\[\]\n]{1,500}\]\]")
_LINK = re.compile(r"\[\[(?P<target>[^\[\]|\n]{1,500})(?:\|(?P<text>[^\[\]\n]{0,500}))?\]\](?!\()")
_HIGHLIGHT = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]{1,500}?)(?<=\S)==(?![=\w])")
_COMMENT = re.compile(r"%%[\s\S]{0,20000}?%%")
_BLOCK_ID = re.compile(r"[ \t]\^[A-Za-z0-9-]+[ \t]*$", re.MULTILINE)


def plain_markdown(text: str, *, is_vault: bool = False) -> str:
    """Return the text with ``[[target|text]]`` and ``==text==`` as their text, without ``![[embedded file]]``.

    ``is_vault``: of Obsidian; then ``%%comments%%`` and the names of blocks (``^name``) go as well.
    """
    if not has_any(text, "[[", "==", "%%", " ^"):
        return text
    parts = code.take_out(text)
    bare = _LINK.sub(_text_of, _EMBED.sub("", parts.text))
    bare = _HIGHLIGHT.sub(r"\1", bare)
    if is_vault:
        bare = _BLOCK_ID.sub("", _COMMENT.sub("", bare))
    return parts.restored(bare)


def _text_of(link: re.Match[str]) -> str:
    """Return what readers see of a link: its text, or the last part of its target."""
    if link["text"]:
        return link["text"]
    page, _, heading = link["target"].partition("#")
    return (page.rpartition("/")[2] or heading.lstrip("^")).removesuffix(".md")
