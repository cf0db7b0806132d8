"""The acronyms that the posts of a version expand, such as "Reinforcement Learning from Human Feedback (RLHF)"."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from semsearch.analysis.phrase_table import PhraseKey, PhraseTable, phrase_key

FILE = "acronyms.json"
MAX_EXPANSIONS = 3
"""Expansions of one acronym that are searched, those of most posts that a client may see."""


@dataclass(frozen=True, slots=True)
class Acronym:
    """An acronym and what it stands for, as the first post that has both writes them."""

    short: str
    expansion: str
    posts: int
    """How many posts have the acronym beside this expansion."""


class Acronyms:
    """The acronyms of a version. Thread-safe."""

    def __init__(self, pairs: Iterable[Acronym] = ()) -> None:
        self.pairs = tuple(pairs)
        """By posts, the most frequent first."""
        others: dict[PhraseKey, dict[str, None]] = {}
        for pair in self.pairs:
            for phrase, other in ((pair.short, pair.expansion), (pair.expansion, pair.short)):
                for key in _keys(phrase):
                    others.setdefault(key, {})[other] = None
        self.other_forms = PhraseTable({key: tuple(forms) for key, forms in others.items()})
        """By acronym its expansions, and by expansion its acronyms, those of most posts first."""

    def pairs_of(self, form: str, other_form: str) -> Iterator[Acronym]:
        """Yield the pairs of a form as typed and one of its other forms."""
        key = phrase_key(form)
        for pair in self.pairs:
            if other_form in (pair.short, pair.expansion):
                one = pair.expansion if other_form == pair.short else pair.short
                if key in _keys(one):
                    yield pair

    def save(self, folder: Path) -> None:
        content = [asdict(pair) for pair in self.pairs]
        (folder / FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Acronyms:
        """Read the acronyms of a version."""
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(Acronym(**pair) for pair in content)


def _keys(phrase: str) -> Iterator[PhraseKey]:
    """Yield the keys of a phrase in singular and plural, as far as an s makes the difference."""
    *words, last = phrase_key(phrase) or ("",)
    if not last:
        return
    yield (*words, last)
    yield (*words, last.removesuffix("s") if last.endswith("s") and not last.endswith("ss") else f"{last}s")
