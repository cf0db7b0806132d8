from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.index.acronyms import Acronym, Acronyms

PAIRS = [Acronym("LLMs", "Large Language Models", 3), Acronym("CI", "continuous integration", 2)]


def forms(acronyms: Acronyms, text: str) -> list[tuple[str, ...]]:
    return [match.value for match in acronyms.other_forms.find(text)]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("LLMs", "Large Language Models"),
        ("an llm", "Large Language Models"),
        ("large language model", "LLMs"),
        ("Large Language Models", "LLMs"),
        ("continuous integrations", "CI"),
        ("CI", "continuous integration"),
    ],
)
def test_each_form_leads_to_the_other_in_singular_and_plural(text: str, other: str) -> None:
    assert forms(Acronyms(PAIRS), text) == [(other,)]


def test_the_most_frequent_expansion_of_an_acronym_comes_first() -> None:
    pairs = [Acronym("AI", f"meaning {number}", 10 - number) for number in range(5)]
    assert forms(Acronyms(pairs), "AI") == [tuple(f"meaning {number}" for number in range(5))]


@pytest.mark.parametrize(
    ("form", "other", "expansions"),
    [
        ("ML", "machine learning", ["machine learning"]),
        ("mls", "machine learning", ["machine learning"]),
        ("Maximum-Likelihood", "ML", []),
        ("maximum likelihood", "ML", ["maximum likelihood"]),
        ("machine learning", "maximum likelihood", []),
    ],
)
def test_a_pair_is_found_by_both_of_its_forms(form: str, other: str, expansions: list[str]) -> None:
    acronyms = Acronyms([Acronym("ML", "machine learning", 2), Acronym("ML", "maximum likelihood", 1)])
    assert [pair.expansion for pair in acronyms.pairs_of(form, other)] == expansions


def test_they_are_kept_in_a_version(tmp_path: Path) -> None:
    Acronyms(PAIRS).save(tmp_path)
    assert Acronyms.open(tmp_path).pairs == tuple(PAIRS)
