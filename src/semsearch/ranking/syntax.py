"""The syntax of a query: its text, its "quoted phrases" and its -excluded words."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPERATORS = re.compile(
    r"""(?<!\S)(?:(?P<minus>-?)(?:"(?P<straight>[^"]+)"|“(?P<curly>[^”]+)”)|-(?P<word>[^\W\d_]\S*|\.[^\W\d_]\S*))"""
)
"""A minus excludes a word only before a letter, or a dot and a letter (-.NET): before a digit it is a negative number,
and on its own it is text."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query split into its parts."""

    text: str
    """The query without quotation marks and exclusions. Empty if the query only excludes."""
    phrases: tuple[str, ...]
    """Phrases whose words a hit must contain next to each other."""
    excluded: tuple[str, ...]
    """Words and phrases that a hit must not contain."""

    @classmethod
    def plain(cls, text: str) -> ParsedQuery:
        """Return a query in which no character is an operator."""
        return cls(text, (), ())


def parse(query: str) -> ParsedQuery:
    """Split a query into its parts. Unpaired quotation marks and operators on their own are text."""
    phrases: list[str] = []
    excluded: list[str] = []

    def extract(match: re.Match[str]) -> str:
        quoted = match["straight"] or match["curly"]
        if quoted and not match["minus"]:
            phrases.append(quoted.strip())
            return quoted  # operators within quotation marks are text
        excluded.append((quoted or match["word"]).strip())
        return " "

    text = _OPERATORS.sub(extract, query)
    return ParsedQuery(" ".join(text.split()), tuple(filter(None, phrases)), tuple(filter(None, excluded)))
