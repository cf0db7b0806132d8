from __future__ import annotations

from semsearch.ranking.word_rules import NO_WORD_RULES, WordRules, merge_synonyms


def test_always_corrections_replace_whole_words_and_phrases_whatever_their_case() -> None:
    rules = WordRules(always={"k8s": "kubernetes", "open ai": "OpenAI"})
    assert rules.correct("K8s by Open AI, k8sx") == (
        "kubernetes by OpenAI, k8sx",
        {"K8s": "kubernetes", "Open AI": "OpenAI"},
    )
    assert (rules.corrects("K8S"), rules.corrects("k9s")) == (True, False)
    assert NO_WORD_RULES.correct("K8s") == ("K8s", {})


def test_words_that_are_never_corrected_and_those_with_synonyms_are_kept() -> None:
    rules = WordRules(synonyms={"motor car": ("automobile",)}, never=frozenset({"Mastodon"}))
    assert [rules.keeps(word) for word in ("mastodon", "motor", "car", "mastodont")] == [True, True, True, False]


def test_synonyms_of_several_entries_add_up_and_no_phrase_is_its_own() -> None:
    car = ("car", "Automobile")
    merged = merge_synonyms([(car, car), (("auto",), ("car",)), (("Car",), ("vehicle",))])
    assert merged == {"car": ("Automobile", "vehicle"), "Automobile": ("car",), "auto": ("car",)}


def test_of_two_rules_for_a_phrase_that_of_the_extension_counts() -> None:
    rules = WordRules({"a": ("b",)}, {"c": "d"}).extended(WordRules({"a": ("e",)}, {"f": "g"}, frozenset({"h"})))
    assert rules == WordRules({"a": ("e",)}, {"c": "d", "f": "g"}, frozenset({"h"}))
