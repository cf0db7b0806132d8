"""What did somebody type? A query in; its text, its "phrases" and its -excluded words out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGNS = re.compile(
    r"""(?<!\S)(?:(?P<minus>-?)(?:"(?P<straight>[^"]+)"|“(?P<curly>[^”]+)”)|-(?P<word>[^\W\d_]\S*|\.[^\W\d_]\S*))"""
)
"""A minus before a letter, or a dot and a letter (-.NET): a number may be negative, and a minus alone says nothing."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query, taken apart."""

    text: str
    """What is asked: all of it but what is excluded and the quotation marks. Empty where only something is excluded."""
    phrases: tuple[str, ...]
    """Texts whose words a post must have side by side."""
    excluded: tuple[str, ...]
    """Words and phrases that a post must not have."""

    @classmethod
    def plain(cls, text: str) -> ParsedQuery:
        """A text in which no sign has a meaning."""
        return cls(text, (), ())


def parse(query: str) -> ParsedQuery:
    """Takes a query apart. Quotation marks without a partner, and signs that stand alone, are text."""
    phrases: list[str] = []
    excluded: list[str] = []

    def taken(match: re.Match[str]) -> str:
        quoted = match["straight"] or match["curly"]
        if quoted and not match["minus"]:
            phrases.append(quoted.strip())
            return quoted  # whatever stands in it is text
        excluded.append((quoted or match["word"]).strip())
        return " "

    text = _SIGNS.sub(taken, query)
    return ParsedQuery(" ".join(text.split()), tuple(filter(None, phrases)), tuple(filter(None, excluded)))
