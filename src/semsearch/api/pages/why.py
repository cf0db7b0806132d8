"""Why is a hit where it is? The parts of its score in; bars and plain words out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from semsearch.ranking.score import Explanation, LexicalPart, SemanticPart
from semsearch.search import Hit

_LEVELS = ((1.0, "hardly closer"), (2.0, "somewhat closer"), (4.0, "closer"))
_FURTHEST = "much closer"
_SHOWN_WORDS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a score."""

    name: str
    worth: float
    """In deviations, as it is added to the score."""
    says: str


@dataclass(frozen=True, slots=True)
class Why:
    """The parts of a score, and how sure it makes of a hit."""

    bars: tuple[Bar, ...]
    most: float
    """What a full bar is worth."""
    sure: str


def why_of(hit: Hit, most: float) -> Why | None:
    """What the score of a hit is made of; None where that was not asked for."""
    if not isinstance(hit.explanation, Explanation):
        return None
    return Why(tuple(_bars(hit.explanation)), most, _sureness(hit.confidence))


def most_of(hits: Iterable[Hit]) -> float:
    """The greatest part of any of some hits, so that their bars can be compared."""
    explained = [hit.explanation for hit in hits if isinstance(hit.explanation, Explanation)]
    return max((bar.worth for explanation in explained for bar in _bars(explanation)), default=0.0) or 1.0


def _bars(explanation: Explanation) -> Iterator[Bar]:
    if (semantic := explanation.semantic) is not None:
        yield Bar("Meaning", explanation.semantic_weight * semantic.deviations, _of_meaning(semantic))
    if (lexical := explanation.lexical) is not None:
        yield Bar("Words", explanation.lexical_weight * lexical.deviations, _of_words(lexical))
    if (recency := explanation.recency) is not None:
        yield Bar("Newness", recency.deviations, "What it gains for being new.")
    if (reranking := explanation.reranking) is not None:
        yield Bar(
            "Closer look", reranking.score, "What a second model made of it: it takes the place of the other parts."
        )


def _of_meaning(part: SemanticPart) -> str:
    nearer = next((says for most, says in _LEVELS if part.deviations < most), _FURTHEST)
    where = ", by one sentence above all" if part.passage > part.whole else ""
    return f"It is {nearer} to the question than posts usually are{where}."


def _of_words(part: LexicalPart) -> str:
    fields: dict[str, list[str]] = {}
    for share in sorted(part.words, key=lambda share: -share.bm25):
        where = fields.setdefault(share.word, [])
        if share.field not in where:
            where.append(share.field)
    if not fields:
        return "It has no word of the question."
    said = [f"“{word}” in {_listed(where)}" for word, where in list(fields.items())[:_SHOWN_WORDS]]
    return f"It has {'; '.join(said)}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sureness(confidence: float) -> str:
    of_100 = min(99, int(100 * confidence))
    return f"Of 100 questions that no post here answers, {of_100 or 'none'} would find nothing as near as this."
