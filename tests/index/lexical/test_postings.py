from __future__ import annotations

import numpy as np

from semsearch.index.lexical.postings import Postings


def test_posts_have_the_given_scores_and_others_zero() -> None:
    postings = Postings.from_unsorted(np.array([7, 2, 5]), np.array([1.5, 0.25, 3.0]))
    assert len(postings) == 3
    assert postings.scores_of(np.array([5, 0, 2, 9, 7, 6])).tolist() == [3.0, 0.0, 0.25, 0.0, 1.5, 0.0]
    assert postings.scores_of(np.array([], dtype=np.int64)).tolist() == []


def test_empty_postings_score_zero() -> None:
    nowhere = Postings.from_unsorted(np.array([], dtype=np.int64), np.array([]))
    assert nowhere.scores_of(np.array([0, 3])).tolist() == [0.0, 0.0]
