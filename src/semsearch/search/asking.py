"""How is a query put to an index? It is understood, matched and encoded, the last two at once."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.ranking.background import beside
from semsearch.ranking.matches import Matches
from semsearch.ranking.question import understand
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import WORDS_ALONE, Weights


class Asking:
    """A query that is understood. What needs its vector, :attr:`text`'s, and what does not can be done at once."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        query: ParsedQuery,
        weights: Weights,
        chosen: Filter = NO_FILTER,
        *,
        hidden: Collection[int] = (),
        with_copies: bool = False,
    ) -> None:
        """``hidden``: ordinals of posts that may not be found; ``with_copies`` finds with every post its
        near-duplicates."""
        question = understand(query, snapshot, encoder.knows)
        meant = bool(weights.semantic) and encoder.reads(question.text)
        self.text = question.text if meant else None
        """What is to be encoded; None where words alone find posts."""
        weights = weights if meant or not weights.lexical else WORDS_ALONE
        self._matching = (snapshot, question, weights, chosen, hidden)
        self._with_copies = with_copies

    def matches(self) -> Matches:
        """What is found by words."""
        return Matches(*self._matching)

    def ranker(self, matches: Matches, vector: NDArray[np.float32] | None) -> Ranker:
        """What ranks the posts; ``vector``: shape (dimension,), None where there is no text."""
        return Ranker(matches, vector, with_copies=self._with_copies)

    def ask(self, encoder: Encoder) -> Ranker:
        """The same on the spot."""
        if self.text is None:
            return self.ranker(self.matches(), None)
        matches = beside(self.matches)
        [vector] = encoder.encode_queries([self.text])
        return self.ranker(matches.result(), vector)
