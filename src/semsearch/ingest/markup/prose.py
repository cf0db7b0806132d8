"""Is a paragraph prose that can introduce a post?"""

from __future__ import annotations

import re

from semsearch.ingest.parsing.dates import parse_date

_MIN_WORDS = 4
_MIN_LETTERS_WITHOUT_SPACES = 12
"""For scripts that put no spaces between words."""
_LABEL_WORDS = 6
"""With a colon at the end, it is a label or introduces a list."""
_MAX_WORDS = 10
_BYLINE = re.compile(
    r"\W*(?:(?:originally|first|cross-?|re)[ -]?(?:posted|published|appeared)\b|editor'?’?s note\b|guest post\b|"
    r"(?:photo|image|picture|cover|illustration)s?(?: credits?)?(?: by|:| courtesy)|translat(?:ed|ion) (?:by|from)\b|"
    r"(?:estimated )?reading time\b|\d+ min(?:ute)?s? read\b|table of contents\b|filed under\b|"
    r"(?:tag|category|categorie|author|date|published|posted|updated)s?:)",
    re.IGNORECASE,
)
"""How a line about the post, not of the post, begins."""
_PUBLISHED = re.compile(
    r"\W*(?:posted|published|written|last (?:updated|modified|edited)|updated|veröffentlicht|aktualisiert|publié|"
    r"publicado|pubblicato|geplaatst)\b",
    re.IGNORECASE,
)
_BY = re.compile(r"\W*(?:by|von|par|por|di|door) (?P<names>.+)", re.IGNORECASE)
_MAX_BYLINE = 120
_LETTER = re.compile(r"[^\W\d_]")


def is_prose(text: str) -> bool:
    """Whether a paragraph is prose: not a label, a date, a line about author and date, or a mark for a generator."""
    if not _has_enough_words(text):
        return False
    if len(text) > _MAX_BYLINE:
        return True
    if _BYLINE.match(text) or _is_date(text):
        return False
    if _PUBLISHED.match(text) and (re.search(r"\d", text) or " by " in text):
        return False
    return not _is_by_somebody(text)


def _has_enough_words(text: str) -> bool:
    words = [word for word in text.split(maxsplit=_MAX_WORDS) if _LETTER.search(word)]
    if len(words) >= _MIN_WORDS:
        return len(words) > _LABEL_WORDS or not text.endswith(":")
    letters = len(_LETTER.findall(text))
    return not text.isascii() and letters >= _MIN_LETTERS_WITHOUT_SPACES and letters > 6 * max(len(words), 1)


def _is_date(text: str) -> bool:
    return len(text) <= 40 and parse_date(text) is not None


def _is_by_somebody(text: str) -> bool:
    """Whether a line is "By Jane Doe and John Roe", all names, and not "By default, …"."""
    match = _BY.match(text)
    if match is None:
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", match["names"]) if len(word) > 3]
    return bool(words) and all(word[0].isupper() for word in words) and not text.endswith((".", "!", "?"))
