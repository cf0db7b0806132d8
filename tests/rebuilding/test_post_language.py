from __future__ import annotations

import pytest

from semsearch.posts import Post
from semsearch.rebuilding.post_language import unknown_languages, with_detected_language
from tests.analysis.test_language_detection import TEXTS


@pytest.mark.parametrize("part", ["teaser", "body"])
def test_a_missing_language_is_detected_from_the_texts(part: str) -> None:
    post = Post("a", "Die Fähre", **{part: TEXTS["de"]})  # type: ignore[arg-type]
    assert with_detected_language(post).language == "de"


def test_the_declared_language_counts_even_if_the_text_is_in_another() -> None:
    post = Post("a", "Die Fähre", teaser=TEXTS["de"], language="nl")
    assert with_detected_language(post) is post


def test_a_post_whose_language_is_not_sure_has_none() -> None:
    post = Post("a", "Kubernetes 1.31")
    assert with_detected_language(post) is post


@pytest.mark.parametrize(
    ("languages", "known", "unknown"),
    [
        ({"en": 90, "de": 10}, {"en"}, {"de": 10}),
        ({"en": 91, "de": 5, "fr": 4}, {"en"}, {}),
        ({"en": 8, "de": 1, "fr": 1}, {"en", "fr"}, {"de": 1}),
        ({"de": 10}, set(), {}),
        ({"de": 10}, {"de"}, {}),
    ],
)
def test_languages_that_the_model_does_not_know_are_reported_if_they_are_many(
    languages: dict[str, int], known: set[str], unknown: dict[str, int]
) -> None:
    assert unknown_languages(languages, known) == unknown
