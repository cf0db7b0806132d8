"""Directives of reStructuredText that docutils does not know, as those of Sphinx and of themes → what a reader sees.

Imports docutils, which is an extra.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from docutils.parsers.rst import Directive, directives  # type: ignore[import-untyped]
from docutils.parsers.rst.languages import en  # type: ignore[import-untyped]
from docutils.statemachine import StringList  # type: ignore[import-untyped]

_NAME = re.compile(r"^[ \t]*\.\.[ \t]+([^\W_]\w*(?:[-._+:]\w+)*)[ ]?::(?!:)", re.MULTILINE)
_NOT_SHOWN = re.compile(
    # other files, other output, and instructions
    r"auto\w+|only|ifconfig|include|toctree|index|highlight|default-domain|(?:py:)?(?:current)?module|tabularcolumns|"
    r"sectionauthor|codeauthor|metadata?|todo|todolist|test(?:setup|cleanup|output)|jinja|post-?list|postlist|listing|"
    # programs of pictures and charts
    r"graphviz|(?:di)?graph|inheritance-diagram|mermaid|(?:plant)?uml|ditaa|\w+diag|plot|chart|\w+-chart|vega\w*|tikz|"
    # players and galleries
    r"youtube|vimeo|gist|soundcloud\w*|video|audio|media|slides|slideshow|gallery|thumbnail|asciinema|iframe|html|script",
    re.IGNORECASE,
)
_CODE = re.compile(
    r".*(?:code|literal|console|prompt|terminal|shell|listing|doctest|ipython|jupyter|execute|cell|snippet).*",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"(?:.*(?:tab|card|item|grid|panel|dropdown|details|toggle|collapse|accordion|spoiler|step|box|block|title|heading))"
    r"|centered|summary|versionadded|versionchanged|deprecated|glossary|.*:.*",
    re.IGNORECASE,
)
"""Directives whose argument readers see even if it is a single word, such as the name of a tab or of a function."""
_MAX_NAMES = 1_000
_registered: set[str] = set()


def know_directives_of(text: str) -> None:
    """Register the directives in a text with docutils, except those that it already has."""
    for match in _NAME.finditer(text):
        name = match[1].lower()
        if name not in _registered and name not in en.directives and len(_registered) < _MAX_NAMES:
            _registered.add(name)
            directives.register_directive(name, _Unknown)


class _AnyOptions(dict[str, Callable[[str | None], str]]):
    """Any option with any value."""

    def __missing__(self, name: str) -> Callable[[str | None], str]:
        return lambda value: value or ""

    def __bool__(self) -> bool:
        return True


class _Unknown(Directive):  # type: ignore[misc]
    """Its content is text, and so is its argument unless it is a single word, such as the id of a video."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOptions()

    def run(self) -> list[Any]:
        if _NOT_SHOWN.fullmatch(self.name):
            return []
        container = nodes.container()
        argument = "\n".join(self.arguments)
        has_argument = not self.block_text.partition("\n")[0].rstrip().endswith("::")
        if _CODE.fullmatch(self.name):
            lines = self.content if has_argument else [argument, *self.content]
            container += nodes.literal_block("", "\n".join(lines).strip("\n"))
            return [container]
        if argument and not has_argument:
            self._parse(StringList(argument.splitlines(), self.name), container)
        elif argument and (re.search(r"\s", argument) or _TITLED.fullmatch(self.name)):
            text, _ = self.state.inline_text(" ".join(argument.split()), self.lineno)
            container += nodes.rubric("", "", *text)
        self._parse(self.content, container)
        return [container]

    def _parse(self, lines: Any, container: Any) -> None:
        self.state.nested_parse(lines, self.content_offset, container)
