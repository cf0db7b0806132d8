from __future__ import annotations

import pytest

from semsearch.posts import Post
from semsearch.rebuilding.acronyms import AcronymFinder, expanded_acronyms


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("We met the World Health Organization (WHO) today.", ("WHO", "World Health Organization")),
        ("WHO (World Health Organization) wrote.", ("WHO", "World Health Organization")),
        ("tuned with Proximal Policy Optimization (PPO), again", ("PPO", "Proximal Policy Optimization")),
        ("Large Language Models (LLMs)", ("LLMs", "Large Language Models")),
        ("Optical character recognition (OCR; see below)", ("OCR", "Optical character recognition")),
        ("a cathode-ray tube (CRT) glows", ("CRT", "cathode-ray tube")),
        ("a Department of the Interior and Trade (DIT)", ("DIT", "Department of the Interior and Trade")),
        ("Künstliche Intelligenz (KI) hilft", ("KI", "Künstliche Intelligenz")),
        ("Over the television (TV)", ("TV", "television")),
        ('“Search Engine Optimisation” ("SEO") works', ("SEO", "Search Engine Optimisation")),
        ("The HTTP (Hypertext Transfer Protocol) spec", ("HTTP", "Hypertext Transfer Protocol")),
    ],
)
def test_an_expanded_acronym_is_found_in_either_order(text: str, pair: tuple[str, str]) -> None:
    assert list(expanded_acronyms(text)) == [pair]


@pytest.mark.parametrize(
    "text",
    [
        "It is warm (see below).",
        "She lives there (US).",
        "We tried it (and failed) twice",
        "The end. Health (WHO)",
        "a (B)",
        "()",
        "WHO (2020)",
        "an acronym (ABCDEFGHIJKL)",
        "The WHO (WHO)",
    ],
)
def test_other_parentheses_are_no_acronyms(text: str) -> None:
    assert list(expanded_acronyms(text)) == []


def test_a_pair_counts_once_for_each_post_and_the_most_frequent_comes_first() -> None:
    finder = AcronymFinder()
    finder.add(Post("a", "Continuous Integration (CI)", body="continuous integration (CI). Unit Test (UT)."))
    finder.add(Post("b", "No acronym", teaser="CI (continuous integration)"))
    found = [(acronym.short, acronym.expansion, acronym.posts) for acronym in finder.found()]
    assert found == [("CI", "Continuous Integration", 2), ("UT", "Unit Test", 1)]
