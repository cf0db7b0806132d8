"""How is a query put to an index? It is understood, matched and encoded, the last two at once."""

from __future__ import annotations

from collections.abc import Collection

from semsearch.encoding import Encoder
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.ranking.beside import beside
from semsearch.ranking.matches import WORDS_ALONE, Matches, Weights
from semsearch.ranking.question import understand
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import ParsedQuery


def ask(
    snapshot: Snapshot,
    encoder: Encoder,
    query: ParsedQuery,
    weights: Weights,
    chosen: Filter = NO_FILTER,
    *,
    hidden: Collection[int] = (),
    with_copies: bool = False,
) -> Ranker:
    """What ranks the posts of a snapshot for a query. ``hidden``: ordinals of posts that may not be found;
    ``with_copies`` finds with every post its near-duplicates."""
    question = understand(query, snapshot, encoder.knows)
    meant = bool(weights.semantic) and encoder.reads(question.text)
    if weights.lexical and not meant:
        weights = WORDS_ALONE
    if not meant:
        return Ranker(Matches(snapshot, question, weights, chosen, hidden), with_copies=with_copies)
    matches = beside(Matches, snapshot, question, weights, chosen, hidden)
    [vector] = encoder.encode_queries([question.text])
    return Ranker(matches.result(), vector, with_copies=with_copies)
