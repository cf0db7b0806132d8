"""Find the acronyms that posts expand, in either order: "Example Words First (EWF)" and "EWF (Example Words First)".

The algorithm is that of Schwartz and Hearst: A simple algorithm for identifying abbreviation definitions in biomedical
text, Pacific Symposium on Biocomputing, 2003. Two rules are added. An acronym has two capital letters: else words in
parentheses, such as "(more below)", would often pass for abbreviations in prose. And words whose initials are the
acronym come before the shortest text that has its letters, which for PPO is "Policy Optimization".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from semsearch.analysis.phrase_table import PhraseKey, phrase_key
from semsearch.index.acronyms import Acronym
from semsearch.posts import Post

MAX_PAIRS = 50_000
"""Pairs of acronym and expansion that are kept, the first ones that occur."""
_MIN_LETTERS, _MAX_LETTERS = 2, 10
_MAX_WORDS = 2
"""Of an acronym."""
_MIN_CAPITALS = 2
_WINDOW = 200
"""Characters before a parenthesis in which an expansion is looked for."""
_MAX_LETTERS_LEFT_OUT = 4
"""Of a word that is not part of the acronym."""
_WORD = re.compile(r"\w+")
_PARENTHESES = re.compile(r"\(([^()\n]{2,200})\)")
_SENTENCE_END = re.compile(r"[.!?;:]\s|[\n()]")
_FIRST_PART = re.compile("[^,;]+")
_OUTER_SIGNS = " \t\"'\u201c\u201d\u2018\u2019*_"


class AcronymFinder:
    """Collects the acronyms of posts."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[PhraseKey, PhraseKey], tuple[str, str]] = {}
        """By the keys of acronym and expansion, both as first written."""
        self._posts: dict[tuple[PhraseKey, PhraseKey], int] = {}

    def add(self, post: Post) -> None:
        """Look for acronyms in title, teaser and body."""
        found: dict[tuple[PhraseKey, PhraseKey], tuple[str, str]] = {}
        for text in (post.title, post.teaser, post.body):
            if "(" in text:
                for pair in expanded_acronyms(text):
                    found.setdefault((phrase_key(pair[0]), phrase_key(pair[1])), pair)
        for key, pair in found.items():
            if key in self._pairs or len(self._pairs) < MAX_PAIRS:
                self._pairs.setdefault(key, pair)
                self._posts[key] = self._posts.get(key, 0) + 1

    def found(self) -> tuple[Acronym, ...]:
        """Return the acronyms, those of most posts first."""
        acronyms = [Acronym(*pair, posts=self._posts[key]) for key, pair in self._pairs.items()]
        return tuple(sorted(acronyms, key=lambda acronym: (-acronym.posts, acronym.short, acronym.expansion)))


def expanded_acronyms(text: str) -> Iterator[tuple[str, str]]:
    """Yield acronyms and expansions that stand side by side in a text, one of them in parentheses."""
    for match in _PARENTHESES.finditer(text):
        before = _SENTENCE_END.split(text[max(0, match.start() - _WINDOW) : match.start()])[-1].strip(_OUTER_SIGNS)
        inside = match[1].strip(_OUTER_SIGNS)
        first_part = _FIRST_PART.match(inside)
        short = first_part[0].strip(_OUTER_SIGNS) if first_part else ""
        if _is_acronym(short):
            words = before.split()[-_max_words(short) :]
            expansion = _expansion(short, " ".join(words))
        else:
            short = before.split()[-1].strip(_OUTER_SIGNS) if before else ""
            expansion = _expansion(short, inside) if _is_acronym(short) else None
        if expansion:
            yield short, expansion


def _is_acronym(text: str) -> bool:
    return (
        _MIN_LETTERS <= len(text) <= _MAX_LETTERS
        and len(text.split()) <= _MAX_WORDS
        and text[0].isalnum()
        and sum(map(str.isupper, text)) >= _MIN_CAPITALS
    )


def _max_words(short: str) -> int:
    """Return how many words an expansion has at most."""
    return min(len(short) + 5, 2 * len(short))


def _expansion(short: str, candidate: str) -> str | None:
    return _words_with_initials(short, candidate) or _words_with_letters(short, candidate)


def _words_with_initials(short: str, candidate: str) -> str | None:
    """Return the end of a text whose words have the letters of an acronym as initials; None if it does not end so.

    Short words in lower case, such as *of*, may be left out of the acronym.
    """
    letters = [letter.lower() for letter in short.removesuffix("s") if letter.isalnum()]
    for word in reversed(list(_WORD.finditer(candidate))):
        if word[0][0].lower() == letters[-1]:
            letters.pop()
            if not letters:
                return candidate[word.start() :].strip(_OUTER_SIGNS)
        elif len(word[0]) > _MAX_LETTERS_LEFT_OUT or not word[0].islower():
            return None
    return None


def _words_with_letters(short: str, candidate: str) -> str | None:
    """Return the shortest end of a text that has every letter of an acronym in order, the first one at the start of a
    word; None if there is none, or if it is no expansion."""
    end = len(candidate)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        if not letter.isalnum():
            continue
        end -= 1
        while end >= 0 and not (
            candidate[end].lower() == letter and (place or not end or not candidate[end - 1].isalnum())
        ):
            end -= 1
        if end < 0:
            return None
    expansion = candidate[candidate.rfind(" ", 0, end + 1) + 1 :].strip(_OUTER_SIGNS)
    words = expansion.split()
    is_longer = len(expansion) > len(short) and short not in words
    return expansion if is_longer and len(words) <= _max_words(short) else None
