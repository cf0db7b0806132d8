"""The scales of relatedness: how similar posts of a corpus are at random, and to the most similar of all posts."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scale, Scales, Snapshot, Tail
from semsearch.relating.features import Features, Ordinals
from semsearch.relating.relater import Relater
from semsearch.relating.score import Floats

SAMPLE = 512
_PRIOR = Scales()
"""Scales of a usual corpus."""
_PRIOR_POSTS = 64
"""With this many posts, measured and prior scales have equal weight."""
_MIN_UNIT = 0.05
_TAIL_QUANTILES = (0.8, 0.95)
"""Range of the scores of a post and random others in which the tail is measured. Pairs above it may be related."""


def measure(snapshot: Snapshot, centres: NDArray[np.float16]) -> Scales:
    """Measure the scales of a corpus on a sample of posts. The fewer posts it has, the more weight the prior has."""
    posts = len(snapshot)
    if posts < 3:
        return _PRIOR
    sample = np.sort(np.random.default_rng(0).choice(posts, min(SAMPLE, posts), replace=False))
    weight = posts / (posts + _PRIOR_POSTS)
    meaning, words = _scales(Relater(Features(snapshot, centres, _PRIOR)), sample, weight)
    measured = replace(_PRIOR, meaning=meaning, words=words)
    return replace(measured, tail=_tail(Relater(Features(snapshot, centres, measured)), sample, weight))


def _scales(relater: Relater, sample: Ordinals, weight: float) -> tuple[Scale, Scale]:
    """Return the scales of meaning and words, from pairs of the sample and from each post's most similar post."""
    features, works = relater.features, relater.features.snapshot.attributes.work_of
    random: tuple[list[Floats], list[Floats]] = [], []
    greatest: tuple[list[float], list[float]] = [], []
    for ordinal in sample.tolist():
        example = features.of_post_words(ordinal)
        shared = relater.shared([example])[0]
        candidates = relater.candidates(example, shared, works != works[ordinal])
        rest = sample[sample != ordinal]
        for kind, compare in enumerate(
            (partial(features.similarities, example), partial(relater.shared_weight, shared))
        ):
            random[kind].append(compare(rest))
            greatest[kind].append(float(np.max(compare(candidates), initial=-1.0)))
    unit = _PRIOR.words.unit
    return (
        _scale(np.concatenate(random[0]), np.array(greatest[0]), _PRIOR.meaning, weight),
        _scale(np.concatenate(random[1]) * unit, np.array(greatest[1]) * unit, _PRIOR.words, weight),
    )


def _scale(random: Floats, greatest: Floats, prior: Scale, weight: float) -> Scale:
    start = float(np.median(random))
    unit = max(float(np.median(greatest)) - start, _MIN_UNIT)
    return Scale(start=weight * start + (1 - weight) * prior.start, unit=weight * unit + (1 - weight) * prior.unit)


def _tail(relater: Relater, sample: Ordinals, weight: float) -> Tail:
    """Fit an exponential to the upper tail of the scores of a post and random others, at the median over posts.

    The tail of all pairs together would be that of posts which resemble many others, such as release notes: among a
    third of the posts, they are a tenth of the pairs. Then no other post would have a related one.
    """
    examples = [relater.features.of_post(ordinal) for ordinal in sample.tolist()]
    scores = [
        relater.scores(example, shared, sample[sample != ordinal])
        for ordinal, example, shared in zip(sample.tolist(), examples, relater.shared(examples), strict=True)
    ]
    low, high = np.median([np.quantile(of_post, _TAIL_QUANTILES) for of_post in scores], axis=0).tolist()
    slope = max((high - low) / math.log((1 - _TAIL_QUANTILES[0]) / (1 - _TAIL_QUANTILES[1])), _MIN_UNIT)
    prior = _PRIOR.tail
    return Tail(start=weight * low + (1 - weight) * prior.start, slope=weight * slope + (1 - weight) * prior.slope)
