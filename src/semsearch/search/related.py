"""Find related posts: in the lists of the last rebuild where possible, or by comparing posts with the examples."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.phrases import PhraseFinders
from semsearch.encoding import Encoder
from semsearch.index import Filter, Snapshot
from semsearch.index.attributes import Attributes, Mask
from semsearch.index.phrases import PhraseReader
from semsearch.index.related import CANDIDATES, LISTED
from semsearch.posts import Post
from semsearch.relating.diversity import DIVERSITY, marginal_relevance, pairwise_similarities
from semsearch.relating.features import Features, Overlap
from semsearch.relating.relater import DEPTH, Relater, best_places, parts_of
from semsearch.relating.score import (
    HUBNESS_WEIGHT,
    MIN_CONFIDENCE,
    NEGATIVE_WEIGHT,
    Floats,
    Parts,
    confidence,
)
from semsearch.search.examples import ExampleResolver, ResolvedExample, common_language
from semsearch.search.links import links
from semsearch.search.reasons import Common, reasons, side_of
from semsearch.search.requests import RelatedRequest
from semsearch.search.results import Reason
from semsearch.search.visibility import VisiblePosts

Ordinals = NDArray[np.int64]
Examples = Sequence[ResolvedExample]


@dataclass(frozen=True, slots=True)
class RelatedPost:
    """A post of a related list."""

    post: Post
    parts: Parts
    score: float
    """The sum of the parts, in units of relatedness; higher is better."""
    reasons: tuple[Reason, ...]
    """At most three."""


@dataclass(frozen=True, slots=True)
class _Eligibility:
    """Which posts may be listed."""

    attributes: Attributes
    filter: Filter
    excluded_works: NDArray[np.int32]
    """The works of the examples, and of excluded and linked posts."""
    hidden: NDArray[np.int64]
    """Ordinals of hidden posts. Unlike excluded works, their other editions may be listed."""
    newest: float
    """The last day that may be listed, as a day number; infinity without a limit."""

    def of(self, ordinals: Ordinals) -> Mask:
        """Whether each of these posts may be listed, apart from the filter."""
        works = self.attributes.work_of[ordinals]
        excluded = self.excluded_works
        eligible: Mask = works != excluded[0] if len(excluded) == 1 else ~np.isin(works, excluded)
        if np.isfinite(self.newest):
            days, dated = self.attributes.days(ordinals)
            eligible &= ~(dated & (days > self.newest))
        return eligible & ~np.isin(ordinals, self.hidden) if len(self.hidden) else eligible

    def mask(self, language: int) -> Mask:
        """Whether each post of the index may be listed: one edition of each work, preferably in ``language``."""
        eligible, passing = self.of(np.arange(len(self.attributes))), self.attributes.mask(self.filter)
        return self.attributes.one_per_work(eligible if passing is None else eligible & passing, language)

    def have_eligible_editions(self, ordinals: Ordinals) -> bool:
        """Whether some of these posts, which may not be listed, could be replaced by other editions of their works."""
        excluded = np.isin(self.attributes.work_of[ordinals], self.excluded_works)
        return bool(np.any(self.attributes.have_other_editions(ordinals[~excluded])))


@dataclass(frozen=True, slots=True)
class _Pool:
    """The candidates for a list."""

    ordinals: Ordinals
    """Best first."""
    scores: Floats
    listed: NDArray[np.intp] | None
    """Places of the candidates that a list has by default, as chosen by the rebuild; None where that is not known."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """An example compared with a post."""

    example: ResolvedExample
    parts: Parts
    common: Overlap


class RelatedFinder:
    """Finds related posts in one version of an index. Thread-safe."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder) -> None:
        self._snapshot, self._encoder = snapshot, encoder
        self._finders = PhraseFinders(snapshot.analyzer)
        self._phrases = PhraseReader(self._finders)
        self._lock = threading.RLock()

    @property
    def _resolver(self) -> ExampleResolver:
        # Not kept: it refers to this object, and an old version would stay open until a garbage collection.
        return ExampleResolver(self._snapshot, self._encoder, self._get_features, self._phrases)

    def find(self, request: RelatedRequest, hidden: Sequence[int] = ()) -> list[RelatedPost]:
        """The related posts with reasons, best first. ``hidden``: ordinals of posts that must not be listed.

        Texts are encoded, which takes most of the time. Raises PostNotFound for an example that is unknown or
        invisible.
        """
        positive, negative = self._resolver.resolve(request)
        chosen = self._choose(request, positive, negative, request.limit, hidden)
        posts = self._snapshot.documents.get(chosen.tolist())
        found = self._explain(posts, chosen, positive, negative, request.min_confidence)
        return sorted(found, key=lambda related: -related.score)

    def confidence(self, scores: Floats) -> Floats:
        """The probability that no unrelated post would have such a score, 0 to 1, shape as given."""
        return confidence(scores, self._snapshot.manifest.scales.tail, len(self._snapshot))

    def rank(self, request: RelatedRequest, limit: int) -> Ordinals:
        """The ordinals of at most ``limit`` related posts, in the order in which they are chosen, without reasons.

        ``request.limit`` is ignored. Raises PostNotFound.
        """
        return self._choose(request, *self._resolver.resolve(request), limit, ())

    def warm(self) -> None:
        """Load what the first request would have to wait for."""
        with self._lock:
            self._relater  # noqa: B018  (built on first use)

    def _get_features(self) -> Features:
        with self._lock:
            return self._features

    @cached_property
    def _features(self) -> Features:
        snapshot = self._snapshot
        return Features(snapshot, snapshot.related.centres, snapshot.manifest.scales)

    @cached_property
    def _work_count(self) -> int:
        return len(np.unique(self._snapshot.attributes.work_of))

    @cached_property
    def _relater(self) -> Relater:
        return Relater(self._features)

    # --- choosing ---------------------------------------------------------------------------------------------------

    def _choose(
        self, request: RelatedRequest, positive: Examples, negative: Examples, limit: int, hidden: Sequence[int]
    ) -> Ordinals:
        eligibility = self._eligibility(request, positive, negative, hidden)
        is_plain = len(positive) == 1 and not negative and not eligibility.filter
        pool = self._precomputed(positive[0].ordinal, eligibility, limit) if is_plain else None
        if pool is None:
            mask = eligibility.mask(common_language(positive))
            pool = self._computed(positive, negative, mask, limit)
        is_default = (request.diversity, request.min_confidence) == (DIVERSITY, MIN_CONFIDENCE)
        if pool.listed is not None and is_default and limit <= LISTED:
            ordinals: Ordinals = pool.ordinals[pool.listed]
            return ordinals[:limit]
        ordinals, scores = pool.ordinals, pool.scores
        if request.min_confidence > 0:
            # Scores that an earlier rebuild computed are approximate, so the confidence is that of the shown scores.
            shown = np.array([parts.score for parts, _ in self._compare(ordinals, positive, negative)])
            is_confident = self.confidence(shown) >= request.min_confidence
            ordinals, scores = ordinals[is_confident], scores[is_confident]
        if request.diversity > 0 and len(ordinals):
            similarity = pairwise_similarities(self._features.vectors(ordinals)[None], self._features.scales.meaning)
            ordinals = ordinals[marginal_relevance(scores[None], similarity, limit, request.diversity)[0]]
        return ordinals[:limit]

    def _precomputed(self, ordinal: int | None, eligibility: _Eligibility, limit: int) -> _Pool | None:
        """The candidates that the rebuild stored for a post; None where posts outside them might have to be listed."""
        if ordinal is None:
            return None
        candidates, scores = self._snapshot.related.candidates(ordinal)
        eligible, listed = eligibility.of(candidates), self._snapshot.related.listed(ordinal)
        too_few = np.count_nonzero(eligible) < limit and len(candidates) < self._work_count - 1
        if too_few or (not eligible.all() and eligibility.have_eligible_editions(candidates[~eligible])):
            return None
        return _Pool(candidates[eligible], scores[eligible], listed if eligible.all() else None)

    def _computed(self, positive: Examples, negative: Examples, mask: Mask, limit: int) -> _Pool:
        """The posts that are most related to the examples, among those of the mask."""
        related, depth = self._snapshot.related, max(DEPTH, 2 * limit)
        with self._lock:
            relater = self._relater
            examples = [example.features for example in (*positive, *negative)]
            shared = list(zip(examples, relater.shared(examples), strict=True))
            like, unlike = shared[: len(positive)], shared[len(positive) :]
            found = np.unique(np.concatenate([relater.candidates(*pair, mask, depth) for pair in like]))
            vectors = self._features.vectors(found)
            scores = np.mean([relater.scores(*pair, found, vectors) for pair in like], axis=0)
            if unlike:
                away = np.mean([relater.about(*pair, found, vectors) for pair in unlike], axis=0)
                scores -= NEGATIVE_WEIGHT * np.maximum(away, 0.0)
            scores -= HUBNESS_WEIGHT * related.hubness(found)
        places = best_places(found, scores, max(CANDIDATES, limit))
        return _Pool(found[places], scores[places], None)

    def _eligibility(
        self, request: RelatedRequest, positive: Examples, negative: Examples, hidden: Sequence[int]
    ) -> _Eligibility:
        attributes, visible = self._snapshot.attributes, VisiblePosts(self._snapshot, request.visibility)
        excluded = [example.ordinal for example in (*positive, *negative) if example.ordinal is not None]
        excluded += visible.ordinals(request.exclude)
        if request.exclude_linked:
            for example in positive:
                text = f"{example.side.post.teaser}\n{example.side.post.body}"
                excluded += visible.only(attributes.ordinals_at(links(text, example.side.post.url))).tolist()
        days = [example.features.day for example in positive if not np.isnan(example.features.day)]
        return _Eligibility(
            attributes,
            filter=request.filter.intersect(request.visibility),
            excluded_works=attributes.work_of[np.array(excluded, dtype=np.int64)],
            hidden=np.array(hidden, dtype=np.int64),
            newest=np.inf if request.newer or not days else max(days),
        )

    # --- explaining -------------------------------------------------------------------------------------------------

    def _compare(
        self, ordinals: Ordinals, positive: Examples, negative: Examples
    ) -> Iterator[tuple[Parts, _Comparison]]:
        """For each post, the parts of its score, and its comparison with the most related positive example."""
        features, related = self._features, self._snapshot.related
        hubness = related.hubness(ordinals).tolist()
        like = [parts_of(features, example.features, ordinals, hubness) for example in positive]
        unlike = [parts_of(features, example.features, ordinals, hubness) for example in negative]
        for place in range(len(ordinals)):
            comparisons = [_Comparison(example, *found[place]) for example, found in zip(positive, like, strict=True)]
            parts = Parts.mean([comparison.parts for comparison in comparisons], [found[place][0] for found in unlike])
            if len(comparisons) == 1:
                yield parts, comparisons[0]
            else:
                yield parts, max(comparisons, key=lambda comparison: comparison.parts.score)

    def _explain(
        self,
        posts: Sequence[Post],
        ordinals: Ordinals,
        positive: Examples,
        negative: Examples,
        min_confidence: float,
    ) -> Iterator[RelatedPost]:
        """The posts with the parts of their scores, and reasons from the most related positive example.

        Lists of an earlier rebuild may hold posts that are less confident by now; they are left out.
        """
        features = self._features
        compared = list(self._compare(ordinals, positive, negative))
        confidences = self.confidence(np.array([parts.score for parts, _ in compared]))
        vectors = features.vectors(ordinals)
        for post, ordinal, vector, (parts, nearest), confidence_of_post in zip(
            posts, ordinals.tolist(), vectors, compared, confidences.tolist(), strict=True
        ):
            if confidence_of_post < min_confidence:
                continue
            yield RelatedPost(
                post=post,
                parts=parts,
                score=parts.score,
                reasons=reasons(
                    nearest.example.side,
                    side_of(self._snapshot, post, ordinal, vector),
                    nearest.parts,
                    Common(*features.telling(nearest.common, post)),
                    features.scales.meaning,
                    self._finders,
                ),
            )
