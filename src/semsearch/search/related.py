"""Which posts belong beside others? Looked up where a rebuild has found them, and else compared with the examples."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.index import Filter, Snapshot
from semsearch.index.attributes import NO_LANGUAGE, Attributes, Mask
from semsearch.index.lexical.terms import counted
from semsearch.index.related import CANDIDATES, LISTED
from semsearch.posts import Post
from semsearch.relating.diversity import DIVERSITY, likeness, marginal_relevance
from semsearch.relating.features import Example, Features, InCommon, middle
from semsearch.relating.relater import DEPTH, Relater, best, parts_of
from semsearch.relating.score import HUBS, NEGATIVE, Floats, Parts, confidence
from semsearch.search import requests
from semsearch.search.links import links
from semsearch.search.reasons import Side, reasons, side_of
from semsearch.search.results import Reason
from semsearch.search.visible import Visible
from semsearch.text import sentences

Ordinals = NDArray[np.int64]

_READ_CHARACTERS = 2_000
"""Of a text, what is embedded as the whole of it."""
_LEAST_CHARACTERS = 400
"""The same of each of very many."""
_READ_SENTENCES = 64
"""Of a text, those that are embedded."""


@dataclass(frozen=True, slots=True)
class RelatedPost:
    """A post for a list."""

    post: Post
    parts: Parts
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """An example as it was given: a post of the index, or a text."""

    ordinal: int | None
    example: Example
    side: Side
    """What the reasons of its related posts are looked for in."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which posts may be listed."""

    attributes: Attributes
    filter: Filter
    works: NDArray[np.int32]
    """Works that must not be: those of examples, excluded and linked posts."""
    hidden: NDArray[np.int64]
    """Posts that must not be, though others of their works may."""
    newest: float
    """The last day that a post may be of."""

    def of(self, ordinals: Ordinals) -> Mask:
        """Whether some posts may be, the filter left aside."""
        works = self.attributes.work_of[ordinals]
        passing: Mask = works != self.works[0] if len(self.works) == 1 else ~np.isin(works, self.works)
        if np.isfinite(self.newest):
            days, dated = self.attributes.days(ordinals)
            passing &= ~(dated & (days > self.newest))
        return passing & ~np.isin(ordinals, self.hidden) if len(self.hidden) else passing

    def of_all(self, language: int) -> Mask:
        """Whether each post of the index may be, the filter too; of each work one, if possible in this language."""
        passing, mask = self.of(np.arange(len(self.attributes))), self.attributes.mask(self.filter)
        return self.attributes.one_of_each_work(passing if mask is None else passing & mask, language)

    def others_may(self, ordinals: Ordinals) -> bool:
        """Whether other posts of the works of some that may not be may take their places."""
        excluded = np.isin(self.attributes.work_of[ordinals], self.works)
        return bool(np.any(self.attributes.have_others(ordinals[~excluded])))


@dataclass(frozen=True, slots=True)
class _Pool:
    """What a list is chosen from."""

    ordinals: Ordinals
    """The most related first."""
    scores: Floats
    listed: NDArray[np.intp] | None
    """Places in it that are chosen by default, if that is known."""


class RelatedFinder:
    """Finds related posts in one version. May be used from many threads."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder) -> None:
        self._snapshot, self._encoder = snapshot, encoder
        self._lock = threading.RLock()

    def find(self, request: requests.RelatedRequest, hidden: Sequence[int] = ()) -> list[RelatedPost]:
        """A list of posts in the order of their scores, with reasons; none of ``hidden`` ones, given by ordinal.

        Raises PostNotFound for an example that is not there.
        """
        positive, negative = self._given(request)
        chosen = self._chosen(request, positive, negative, request.limit, hidden)
        posts = self._snapshot.documents.get(chosen.tolist())
        found = self._explained(posts, chosen, positive, negative)
        return sorted(found, key=lambda one: -one.score)

    def confidence(self, scores: Floats) -> Floats:
        """How surely posts with these scores are no chance, shape as given."""
        return confidence(scores, self._snapshot.manifest.scales.tail, len(self._snapshot))

    def ranked(self, request: requests.RelatedRequest, limit: int) -> Ordinals:
        """The posts that are chosen, in that order, without reasons; ``limit`` counts, not that of the request."""
        return self._chosen(request, *self._given(request), limit, ())

    def warm(self) -> None:
        """Makes ready what the first list would have to wait for."""
        with self._lock:
            self._relater  # noqa: B018  (built on first use)

    def _ready(self) -> Features:
        with self._lock:
            return self._features

    @cached_property
    def _features(self) -> Features:
        related, scales = self._snapshot.related, self._snapshot.manifest.scales
        return Features(self._snapshot, related.centres if related else None, scales)

    @cached_property
    def _works(self) -> int:
        """How many there are."""
        return len(np.unique(self._snapshot.attributes.work_of))

    @cached_property
    def _relater(self) -> Relater:
        return Relater(self._features)

    # --- examples ---------------------------------------------------------------------------------------------------

    def _given(self, request: requests.RelatedRequest) -> tuple[list[_Given], list[_Given]]:
        """The positive and the negative examples."""
        visible = Visible(self._snapshot, request.within)
        texts = sum(one.id is None for one in (*request.positive, *request.negative))

        def read(one: requests.Example) -> _Given:
            return self._text(one.text or "", texts) if one.id is None else self._post(visible.ordinal(one.id))

        return [read(one) for one in request.positive], [read(one) for one in request.negative]

    def _post(self, ordinal: int) -> _Given:
        example = self._ready().of_post(ordinal)
        post = self._snapshot.documents.get([ordinal])[0]
        return _Given(ordinal, example, side_of(self._snapshot, post, ordinal, example.vector))

    def _text(self, text: str, several: int) -> _Given:
        """A text is read as a post is: as a whole, and sentence by sentence. Of ``several`` less is read of each: many
        take no longer than a few, since all others wait."""
        spans = sentences(text)[: _READ_SENTENCES // several]
        parts = [text[start:end] for start, end in spans] if len(spans) > 1 else []
        texts = [text[: max(_LEAST_CHARACTERS, _READ_CHARACTERS // several)], *parts]
        vectors = np.empty((len(texts), self._snapshot.whole.dimension), dtype=np.float32)
        for positions, batch in self._encoder.encode_documents(texts):
            vectors[positions] = batch
        centre = middle(vectors[:1], vectors[1:].sum(axis=0, keepdims=True))[0]
        code, terms = self._terms(text)
        example = self._ready().of_text(centre, terms, self._snapshot.attributes.language_of(code))
        post, each = Post(id="", title="", body=text), parts or texts
        side = Side(post, centre, vectors[1:] if parts else vectors, each.__getitem__)
        return _Given(None, example, side)

    def _terms(self, text: str) -> tuple[str, Mapping[str, int]]:
        """The language of a text, of those that many posts are in, and its terms: that in which most are known."""
        snapshot = self._snapshot
        read = [(code, counted([(text, 1)], snapshot.analyzer, code)) for code in snapshot.manifest.main_languages]
        return max(read, key=lambda one: len(snapshot.terms.of(one[1]).columns))

    # --- choosing ---------------------------------------------------------------------------------------------------

    def _chosen(
        self,
        request: requests.RelatedRequest,
        positive: Sequence[_Given],
        negative: Sequence[_Given],
        limit: int,
        hidden: Sequence[int],
    ) -> Ordinals:
        wanted = self._wanted(request, positive, negative, hidden)
        plain = len(positive) == 1 and not negative and not wanted.filter
        pool = self._known(positive[0].ordinal, wanted, limit) if plain else None
        pool = pool or self._compared(positive, negative, wanted.of_all(self._language(positive)), limit)
        as_usual = request.diversity == DIVERSITY and not request.min_confidence and limit <= LISTED
        if pool.listed is not None and as_usual:
            ordinals: Ordinals = pool.ordinals[pool.listed]
            return ordinals[:limit]
        ordinals, scores = pool.ordinals, pool.scores
        if request.min_confidence > 0:
            shown = np.array([parts.score for parts, _ in self._compare(ordinals, positive, negative)])
            sure = self.confidence(shown) >= request.min_confidence  # those kept from an earlier rebuild are near it
            ordinals, scores = ordinals[sure], scores[sure]
        if request.diversity > 0 and len(ordinals):
            alike = likeness(self._features.vectors(ordinals)[None], self._features.scales.meaning)
            ordinals = ordinals[marginal_relevance(scores[None], alike, limit, request.diversity)[0]]
        return ordinals[:limit]

    def _known(self, ordinal: int | None, wanted: _Wanted, limit: int) -> _Pool | None:
        """The posts that a rebuild found for a post; None where there may be more that should be listed."""
        if self._snapshot.related is None or ordinal is None:
            return None
        candidates, scores = self._snapshot.related.candidates(ordinal)
        passing, listed = wanted.of(candidates), self._snapshot.related.listed(ordinal)
        few = np.count_nonzero(passing) < limit and len(candidates) < self._works - 1
        if few or (not passing.all() and wanted.others_may(candidates[~passing])):
            return None
        return _Pool(candidates[passing], scores[passing], listed if passing.all() else None)

    def _compared(self, positive: Sequence[_Given], negative: Sequence[_Given], mask: Mask, limit: int) -> _Pool:
        """The posts that are most related to the examples, of those that the mask lets pass."""
        related, depth = self._snapshot.related, max(DEPTH, 2 * limit)
        with self._lock:
            relater = self._relater
            examples = [given.example for given in (*positive, *negative)]
            shared = list(zip(examples, relater.shared(examples), strict=True))
            like, unlike = shared[: len(positive)], shared[len(positive) :]
            found = np.unique(np.concatenate([relater.candidates(*pair, mask, depth) for pair in like]))
            scores = np.mean([relater.scores(*pair, found) for pair in like], axis=0)
            if unlike:
                away = np.mean([relater.about(*pair, found) for pair in unlike], axis=0)
                scores -= NEGATIVE * np.maximum(away, 0.0)
            if related:
                scores -= HUBS * related.crowd(found)
        places = best(found, scores, max(CANDIDATES, limit))
        return _Pool(found[places], scores[places], None)

    def _wanted(
        self,
        request: requests.RelatedRequest,
        positive: Sequence[_Given],
        negative: Sequence[_Given],
        hidden: Sequence[int],
    ) -> _Wanted:
        attributes, visible = self._snapshot.attributes, Visible(self._snapshot, request.within)
        unwanted = [given.ordinal for given in (*positive, *negative) if given.ordinal is not None]
        unwanted += visible.ordinals(request.exclude)
        if request.exclude_linked:
            for given in positive:
                text = f"{given.side.post.teaser}\n{given.side.post.body}"
                unwanted += visible.of(attributes.at(links(text, given.side.post.url))).tolist()
        ordinals = np.array(unwanted, dtype=np.int64)
        days = [given.example.day for given in positive if not np.isnan(given.example.day)]
        newest = np.inf if request.newer or not days else max(days)
        chosen = request.filter.both(request.within)
        return _Wanted(attributes, chosen, attributes.work_of[ordinals], np.array(hidden, dtype=np.int64), newest)

    def _language(self, positive: Sequence[_Given]) -> int:
        """The language of all the examples; NO_LANGUAGE where they are in several, or nobody said."""
        languages = {given.example.language for given in positive}
        return languages.pop() if len(languages) == 1 else NO_LANGUAGE

    # --- explaining -------------------------------------------------------------------------------------------------

    def _compare(
        self, ordinals: Ordinals, positive: Sequence[_Given], negative: Sequence[_Given]
    ) -> Iterator[tuple[Parts, _Compared]]:
        """The parts of the score of each of some posts, and the example that is most like it beside it."""
        features, related = self._features, self._snapshot.related
        crowds = related.crowd(ordinals) if related else np.zeros(len(ordinals))
        like = [parts_of(features, given.example, ordinals, crowds.tolist()) for given in positive]
        unlike = [parts_of(features, given.example, ordinals, crowds.tolist()) for given in negative]
        for place in range(len(ordinals)):
            compared = [_Compared(given, *found[place]) for given, found in zip(positive, like, strict=True)]
            parts = Parts.mean([one.parts for one in compared], [found[place][0] for found in unlike])
            yield parts, max(compared, key=lambda one: one.parts.score) if len(compared) > 1 else compared[0]

    def _explained(
        self, posts: Sequence[Post], ordinals: Ordinals, positive: Sequence[_Given], negative: Sequence[_Given]
    ) -> Iterator[RelatedPost]:
        """Posts with their parts and reasons, which are those of the example that is most like each."""
        features = self._features
        compared = self._compare(ordinals, positive, negative)
        vectors = features.vectors(ordinals)
        for post, ordinal, vector, (parts, nearest) in zip(posts, ordinals.tolist(), vectors, compared, strict=True):
            yield RelatedPost(
                post=post,
                parts=parts,
                score=parts.score,
                reasons=reasons(
                    nearest.given.side,
                    side_of(self._snapshot, post, ordinal, vector),
                    nearest.parts,
                    features.named(nearest.common),
                    features.scales.meaning,
                    self._snapshot.analyzer,
                ),
            )


@dataclass(frozen=True, slots=True)
class _Compared:
    """An example and a post side by side."""

    given: _Given
    parts: Parts
    common: InCommon
