"""How is a query evaluated? It is interpreted, then matched and encoded at the same time, then ranked."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.ranking.analyzed_query import analyze_query
from semsearch.ranking.background import run_in_background
from semsearch.ranking.matches import Matches
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import LEXICAL_ONLY, Weights
from semsearch.ranking.word_rules import NO_WORD_RULES, WordRules


class QueryPlan:
    """The steps that rank the posts of a snapshot for one query.

    :meth:`matches` does not need the query vector, so it can run while the encoder computes it.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        query: ParsedQuery,
        weights: Weights,
        condition: Filter = NO_FILTER,
        *,
        hidden: Collection[int] = (),
        collapse: bool = False,
        rules: WordRules = NO_WORD_RULES,
        visibility: Filter = NO_FILTER,
    ) -> None:
        """``condition``: the filter that posts must pass. ``hidden``: ordinals of posts that must not be found.

        ``collapse``: whether near-duplicates will be collapsed into one hit; see Ranker. ``rules``: those of an editor
        for the words of queries. ``visibility``: the posts that the client may see; ``condition`` is within it.
        """
        analyzed = analyze_query(query, snapshot, encoder.is_known_word, rules, visibility)
        is_semantic = bool(weights.semantic) and encoder.can_read(analyzed.text)
        self.text = analyzed.text if is_semantic else None
        """The text to encode; None where the ranking is lexical only."""
        weights = weights if is_semantic or not weights.lexical else LEXICAL_ONLY
        self._match_arguments = (snapshot, analyzed, weights, condition, hidden, visibility)
        self._collapse = collapse

    def matches(self) -> Matches:
        """Match the terms of the query against the lexical index."""
        return Matches(*self._match_arguments)

    def ranker(self, matches: Matches, vector: NDArray[np.float32] | None) -> Ranker:
        """Return the ranker. ``vector``: the encoded :attr:`text`, shape (dimension,); None without a text."""
        return Ranker(matches, vector, collapse=self._collapse)

    def run(self, encoder: Encoder) -> Ranker:
        """Match in the background while ``encoder`` encodes the text, and return the ranker."""
        if self.text is None:
            return self.ranker(self.matches(), None)
        matches = run_in_background(self.matches)
        [vector] = encoder.encode_queries([self.text])
        return self.ranker(matches.result(), vector)
