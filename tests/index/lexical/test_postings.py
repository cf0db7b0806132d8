"""What a word is worth in a post is looked up."""

from __future__ import annotations

import numpy as np

from semsearch.index.lexical.postings import Postings


def test_posts_have_the_scores_that_they_were_given_and_others_none() -> None:
    postings = Postings.of(np.array([7, 2, 5]), np.array([1.5, 0.25, 3.0]))
    assert len(postings) == 3
    assert postings.scores_of(np.array([5, 0, 2, 9, 7, 6])).tolist() == [3.0, 0.0, 0.25, 0.0, 1.5, 0.0]
    assert postings.scores_of(np.array([], dtype=np.int64)).tolist() == []


def test_a_word_that_no_post_has_is_worth_nothing() -> None:
    nowhere = Postings.of(np.array([], dtype=np.int64), np.array([]))
    assert nowhere.scores_of(np.array([0, 3])).tolist() == [0.0, 0.0]
