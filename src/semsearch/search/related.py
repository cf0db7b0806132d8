"""Which posts belong beside others? Likeness to examples, less likeness to counter-examples, and not all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.errors import PostNotFound
from semsearch.index import Snapshot
from semsearch.search.confidence import confidence
from semsearch.search.explanation import NEGATIVE_WEIGHT, relatedness
from semsearch.search.requests import Example, RelatedRequest

_DEPTH = 200
"""Candidates that the list is chosen from, unless the list is longer."""


@dataclass(frozen=True, slots=True)
class Related:
    """Chosen posts, the most related first. All arrays have shape (posts,)."""

    ordinals: NDArray[np.int64]
    positive: NDArray[np.float64]
    """Mean cosine with the positive examples."""
    negative: NDArray[np.float64]
    confidence: NDArray[np.float64]


def find_related(
    snapshot: Snapshot,
    encoder: Encoder,
    request: RelatedRequest,
    limit: int | None = None,
    hidden: Sequence[int] = (),
) -> Related:
    """Chooses ``limit`` posts, the request's unless given, by maximal marginal relevance, and orders them by relevance.

    The examples themselves, their near-duplicates and excluded posts are never chosen, and of near-duplicates only the
    first is; nor are ``hidden`` ones, given by ordinal. Raises PostNotFound for an example that is not there.
    """
    limit = request.limit if limit is None else limit
    positive, examples = _vectors(snapshot, encoder, request.positive)
    negative, counter = _vectors(snapshot, encoder, request.negative)
    wanted = positive.mean(axis=0)
    unwanted = negative.mean(axis=0) if len(negative) else np.zeros_like(wanted)
    direction = (wanted - NEGATIVE_WEIGHT * unwanted).astype(np.float32)

    mask = _allowed(snapshot, request, [*examples, *counter], hidden)
    nearest, _ = snapshot.whole.search(direction, max(_DEPTH, 4 * limit), mask)
    ordinals = np.sort(nearest)  # ties stay in the order of the corpus
    vectors = snapshot.whole.vectors(ordinals)
    parts = (vectors @ wanted).astype(np.float64), (vectors @ unwanted).astype(np.float64)
    scores = relatedness(*parts)

    background = snapshot.manifest.calibration.related
    sureness = confidence((scores - background.mean) / background.deviation, len(snapshot))
    sure = np.flatnonzero(sureness >= request.min_confidence)
    chosen = sure[marginal_relevance(scores[sure], vectors[sure], limit, request.diversity)]
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    return Related(ordinals[chosen], parts[0][chosen], parts[1][chosen], sureness[chosen])


def marginal_relevance(
    scores: NDArray[np.float64], vectors: NDArray[np.float32], limit: int, diversity: float
) -> NDArray[np.intp]:
    """Places of ``limit`` candidates, chosen one by one: the most relevant, less what the list has of its kind already.

    Carbonell and Goldstein, 1998. ``diversity`` from 0 (relevance only) to 1.
    """
    chosen: list[int] = []
    left = np.ones(len(scores), dtype=np.bool_)
    likeness = np.zeros(len(scores))
    while len(chosen) < min(limit, len(scores)):
        gain = np.where(left, (1 - diversity) * scores - diversity * likeness, -np.inf)
        place = int(np.argmax(gain)) if chosen else int(np.argmax(scores))
        chosen.append(place)
        left[place] = False
        cosines = (vectors @ vectors[place]).astype(np.float64)
        likeness = cosines if len(chosen) == 1 else np.maximum(likeness, cosines)
    return np.array(chosen, dtype=np.intp)


def _vectors(
    snapshot: Snapshot, encoder: Encoder, examples: tuple[Example, ...]
) -> tuple[NDArray[np.float32], list[int]]:
    """One vector an example, in any order, and the ordinals of those that are posts."""
    ordinals = []
    for example in examples:
        if example.id is not None:
            ordinal = snapshot.documents.ordinal(example.id)
            if ordinal is None:
                raise PostNotFound(example.id)
            ordinals.append(ordinal)
    texts = [example.text for example in examples if example.text is not None]
    vectors = [snapshot.whole.vectors(np.array(ordinals, dtype=np.int64))]
    vectors += [batch for _, batch in encoder.encode_documents(texts)] if texts else []
    return np.concatenate(vectors), ordinals


def _allowed(
    snapshot: Snapshot, request: RelatedRequest, examples: list[int], hidden: Sequence[int]
) -> NDArray[np.bool_]:
    mask = snapshot.attributes.mask(request.filter)
    mask = np.ones(len(snapshot), dtype=np.bool_) if mask is None else mask
    copies = snapshot.attributes.copy_of
    mask &= ~np.isin(copies, copies[examples])
    excluded = [snapshot.documents.ordinal(post_id) for post_id in request.exclude]
    mask[[*hidden, *(ordinal for ordinal in excluded if ordinal is not None)]] = False
    return _without_copies(mask, copies)


def _without_copies(mask: NDArray[np.bool_], copies: NDArray[np.int32]) -> NDArray[np.bool_]:
    """The posts that pass, of copies only the first: were they left out later, they could fill the depth."""
    passing = np.flatnonzero(mask)[::-1]
    first = np.full(len(mask), -1)
    first[copies[passing]] = passing  # of equal ones, the first is written last
    kept: NDArray[np.bool_] = mask & (first[copies] == np.arange(len(mask)))
    return kept
