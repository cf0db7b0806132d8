from __future__ import annotations

from pathlib import Path

import pytest

import semsearch
from semsearch.index.acronyms import MAX_EXPANSIONS, Acronym, Acronyms
from semsearch.index.lexical.query_model import Alternative, QueryWord
from semsearch.ranking.alternatives import Lexicon, with_acronyms
from semsearch.ranking.word_rules import WordRules
from semsearch.search import Searcher
from semsearch.search.curation import Curation
from tests.builders import write_corpus

POSTS = [
    {"id": "both", "title": "Tuning with Proximal Policy Optimization (PPO)"},
    {"id": "short", "title": "PPO in practice"},
    {"id": "long", "title": "On proximal policy optimization"},
    {"id": "parts", "title": "The policy of a harbour"},
    {"id": "who", "title": "A letter to the World Health Organization (WHO)"},
    {"id": "car", "title": "A car in the rain"},
    {"id": "auto", "title": "Buying an automobile"},
    {"id": "motor", "title": "The motor car of my uncle, a motor and a car"},
    {"id": "rails", "title": "JavaScript for gardeners"},
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Searcher:
    folder = tmp_path_factory.mktemp("alternatives")
    write_corpus(folder / "corpus", POSTS)
    semsearch.rebuild(folder / "corpus", folder / "index", cache=cache)
    return semsearch.open(folder / "index", cache=cache)


def found(searcher: Searcher, q: str) -> list[str]:
    return [hit.id for hit in searcher.search(q, mode="lexical").hits]


def with_rules(searcher: Searcher, **rules: object) -> Searcher:
    return searcher.with_curation(Curation(word_rules=WordRules(**rules)))  # type: ignore[arg-type]


@pytest.mark.parametrize("q", ["PPO", "ppo", "What is PPO?"])
def test_an_acronym_finds_its_expansion_behind_itself(searcher: Searcher, q: str) -> None:
    assert found(searcher, q) == ["short", "both", "long"]


@pytest.mark.parametrize("q", ["proximal policy optimization", "Proximal Policy Optimizations explained"])
def test_an_expansion_finds_its_acronym(searcher: Searcher, q: str) -> None:
    assert found(searcher, q)[:2] == ["long", "both"]
    assert "short" in found(searcher, q)


def test_a_part_of_an_expansion_is_not_the_acronym(searcher: Searcher) -> None:
    assert "short" not in found(searcher, "proximal policy")


def test_a_stop_word_in_lower_case_is_no_acronym(searcher: Searcher) -> None:
    assert found(searcher, "WHO") == ["who"]
    assert found(searcher, "who sailed to the harbour") == ["parts"]


def test_synonyms_find_each_other_as_words_and_as_phrases(searcher: Searcher) -> None:
    cars = with_rules(searcher, synonyms={"car": ("automobile", "motor car"), "automobile": ("car",)})
    assert set(found(cars, "car")) == {"car", "auto", "motor"}
    assert set(found(cars, "Automobile")) == {"auto", "car", "motor"}
    assert set(found(searcher, "car")) == {"car", "motor"}
    assert cars.search("a Car?").synonyms == {"Car": ("automobile", "motor car")}


def test_a_synonym_of_a_word_that_no_post_has_counts_as_the_word(searcher: Searcher) -> None:
    result = with_rules(searcher, synonyms={"js": ("javascript",)}).search("js", mode="lexical")
    literal = searcher.search("javascript", mode="lexical")
    assert [(hit.id, hit.score) for hit in result.hits] == [(hit.id, hit.score) for hit in literal.hits]


def test_a_post_gains_nothing_by_having_several_synonyms(searcher: Searcher) -> None:
    cars = with_rules(searcher, synonyms={"car": ("motor car", "motor")})
    scores = {hit.id: hit.score for hit in cars.search("car", mode="lexical").hits}
    assert scores["motor"] <= 1.5 * scores["car"]


@pytest.mark.parametrize("q", ["PPO", "proximal policy optimization", "car", "ppo automobile car"])
def test_the_explanation_has_the_alternatives_and_sums_up_to_the_score(searcher: Searcher, q: str) -> None:
    rules = with_rules(searcher, synonyms={"car": ("automobile", "motor car")})
    for mode in ("lexical", "hybrid"):
        for hit in rules.search(q, mode=mode, explain=True).hits:
            assert hit.explanation is not None
            assert hit.explanation.score == pytest.approx(hit.score, abs=1e-4)


LEXICON = Lexicon(lambda text: Alternative(text, ((text,),), (text,)), lambda _: 1.0)
ACRONYMS = Acronyms([Acronym("AI", f"meaning {number}", 10 - number) for number in range(MAX_EXPANSIONS + 2)])


def expansions(hidden: set[str]) -> list[str]:
    """The expansions by which a client searches AI that may not know of some of them."""
    [word] = with_acronyms(
        (QueryWord("ai", ("ai",)),), "AI", ACRONYMS, LEXICON, lambda form, other: form == "AI" and other not in hidden
    )
    return [alternative.text for alternative in word.alternatives]


def test_the_most_frequent_expansions_are_searched() -> None:
    assert expansions(set()) == [f"meaning {number}" for number in range(MAX_EXPANSIONS)]


def test_expansions_that_a_client_may_not_know_take_no_place() -> None:
    assert expansions({"meaning 0", "meaning 2"}) == ["meaning 1", "meaning 3", "meaning 4"]
