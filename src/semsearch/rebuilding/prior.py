"""What is known of scores before a corpus is measured, and how it is combined with what is measured.

The constants were measured for the built-in model on open test collections, by ``benchmarks/confidence.py --prior``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from semsearch.index import Background

SIMILARITY = Background(mean=0.18, deviation=0.12)
"""The cosine similarity of a query and a random post."""
POSTS = Background(mean=0.18, deviation=0.14)
"""The cosine similarity of two random posts."""


_MAX_MEASURED_POSTS = 100
"""The prior was measured for corpora of up to so many posts, and stays the same beyond. There the corpus itself counts
more."""


@dataclass(frozen=True, slots=True)
class BestScorePrior:
    """The distribution of the best score of an unanswerable query, by the number of posts."""

    one_post: float
    """The mean for a corpus of one post."""
    growth: float
    """How much the mean grows with the natural logarithm of the number of posts: the best of many is better."""
    deviation: float

    def of(self, posts: int) -> Background:
        """Return the distribution for a corpus of so many posts, at least one."""
        logarithm = math.log(min(posts, _MAX_MEASURED_POSTS))
        return Background(mean=self.one_post + self.growth * logarithm, deviation=self.deviation)


BEST_SCORES = {
    "hybrid": BestScorePrior(one_post=3.95, growth=0.39, deviation=1.9),
    "semantic": BestScorePrior(one_post=1.76, growth=0.23, deviation=1.13),
    "lexical": BestScorePrior(one_post=1.15, growth=0.0, deviation=0.75),
}
"""By mode. For lexical search it is a third of the best possible score, and not what was measured (0.21 for one post,
0.81 for 100): in the abstracts of test collections any common word tells more than in a title and a short teaser."""


def blend(measured: Background, prior: Background, observations: float, prior_observations: float) -> Background:
    """Return the mean of two distributions' parameters: the measured ones weigh by the number of observations, and the
    prior as much as ``prior_observations`` of them."""
    weight = observations / (observations + prior_observations)
    return Background(
        mean=weight * measured.mean + (1 - weight) * prior.mean,
        deviation=weight * measured.deviation + (1 - weight) * prior.deviation,
    )
