"""The syntax of a query: its text, its "quoted phrases" and its -excluded words."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from semsearch.analysis.emoji import EMOJI_PATTERN

_QUOTATION_MARKS = (
    ('"', '"'), ("\uff02", "\uff02"), ("“", "”"), ("„", "“”\""), ("”", "”"), ("‟", "”"), ("«", "»"), ("»", "«"),
)  # fmt: skip
"""Opening mark and closing marks. They open after white space or a bracket only: 5" is five inches."""
_CORNER_BRACKETS = (("「", "」"), ("『", "』"), ("〝", "〞〟"), ("｢", "｣"))
"""The quotation marks of Chinese and Japanese, which also follow a word without a space."""


def _quoted(marks: tuple[tuple[str, str], ...]) -> str:
    return "|".join(f"{opening}(?P<quoted>[^{closing}]+)[{closing}]" for opening, closing in marks)


_MINUS = "[-\u2010\u2011\u2012\u2013\u2212\uff0d]"
"""A hyphen, a minus, or the en dash that some keyboards make of them. An em dash begins speech."""
_OPERATORS = regex.compile(
    rf"(?<!\S)(?P<minus>{_MINUS})(?:{_quoted(_QUOTATION_MARKS + _CORNER_BRACKETS)}"
    rf"|(?P<word>[.\#@]?[^\W\d_]\S*|(?:{EMOJI_PATTERN})\S*))"
    rf"|(?<![^\s(\[{{])(?:{_quoted(_QUOTATION_MARKS)})|{_quoted(_CORNER_BRACKETS)}",
    regex.VERSION1,
)
"""A minus excludes a word only before a letter, an emoji, or one of the signs . # @ and a letter (-.NET): before a
digit it is a negative number, and on its own it is text."""

_MAY_HAVE_OPERATORS = regex.compile(
    rf"{_MINUS}|[{''.join(opening for opening, _ in _QUOTATION_MARKS + _CORNER_BRACKETS)}]"
)
"""Most queries have none, which this tells in a tenth of the time."""


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

    def extract(match: regex.Match[str]) -> str:
        quoted = match["quoted"]
        if quoted and not match["minus"]:
            phrases.append(quoted.strip())
            return quoted  # operators within quotation marks are text
        excluded.append((quoted or match["word"]).strip())
        return " "

    text = _OPERATORS.sub(extract, query) if _MAY_HAVE_OPERATORS.search(query) else query
    return ParsedQuery(" ".join(text.split()), tuple(filter(None, phrases)), tuple(filter(None, excluded)))
