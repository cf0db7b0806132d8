"""The parts of the score of a hit, as bars with a sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from semsearch.ranking.score import Explanation, FeedbackPart, LexicalPart, SemanticPart
from semsearch.search import Hit

_CLOSENESS = ((1.0, "hardly closer"), (2.0, "somewhat closer"), (4.0, "closer"))
"""Upper bounds, in standard deviations above the background, and what they are called."""
_CLOSEST = "much closer"
_MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a score."""

    name: str
    value: float
    """What it adds to the score, in standard deviations of the background."""
    description: str


@dataclass(frozen=True, slots=True)
class ScoreBars:
    """The parts of a score."""

    bars: tuple[Bar, ...]
    max_value: float
    """The value of a full bar."""
    confidence: str
    """What the confidence of the hit means, as a sentence."""


def score_bars(hit: Hit, max_value: float) -> ScoreBars | None:
    """Return the bars of a search hit; None for a hit without an explanation of its score."""
    if not isinstance(hit.explanation, Explanation):
        return None
    return ScoreBars(tuple(_bars(hit.explanation)), max_value, _confidence(hit.confidence))


def max_bar_value(hits: Iterable[Hit]) -> float:
    """Return the greatest value of a bar of any of the hits, so that their bars can be compared."""
    explanations = [hit.explanation for hit in hits if isinstance(hit.explanation, Explanation)]
    return max((bar.value for explanation in explanations for bar in _bars(explanation)), default=0.0) or 1.0


def _bars(explanation: Explanation) -> Iterator[Bar]:
    if (semantic := explanation.semantic) is not None:
        yield Bar("Meaning", explanation.semantic_weight * semantic.score, _describe_semantic(semantic))
    if (lexical := explanation.lexical) is not None:
        yield Bar("Words", explanation.lexical_weight * lexical.score, _describe_lexical(lexical))
    if (feedback := explanation.feedback) is not None:
        yield Bar("First hits", explanation.semantic_weight * feedback.score, _describe_feedback(feedback))
    if (recency := explanation.recency) is not None:
        yield Bar("Recency", recency.score, "Added because the post is recent.")
    if (language := explanation.language) is not None:
        yield Bar("Language", language.score, "Added because the post is in your language.")
    if (reranking := explanation.reranking) is not None:
        yield Bar("Reranking", reranking.score, "The score of a second model, which replaces the other parts.")


def _describe_semantic(part: SemanticPart) -> str:
    closeness = next((name for bound, name in _CLOSENESS if part.score < bound), _CLOSEST)
    passage = ", mostly because of one sentence" if part.passage > part.whole else ""
    return f"Its meaning is {closeness} to your query than that of most posts{passage}."


def _describe_feedback(part: FeedbackPart) -> str:
    alike = "more" if part.similarity > part.background_mean else "no more"
    return f"It is {alike} similar to the first hits than two posts usually are."


def _describe_lexical(part: LexicalPart) -> str:
    fields: dict[str, list[str]] = {}
    for share in sorted(part.words, key=lambda share: -share.bm25):
        of_word = fields.setdefault(share.word, [])
        if share.field not in of_word:
            of_word.append(share.field)
    if not fields:
        return "It contains no word of your query."
    described = [f"“{word}” in {_enumerate(names)}" for word, names in list(fields.items())[:_MAX_WORDS]]
    return f"It contains {'; '.join(described)}."


def _enumerate(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _confidence(confidence: float) -> str:
    percent = min(99, int(100 * confidence))
    return f"Of 100 queries that no post here answers, {percent or 'none'} would find only weaker matches."
