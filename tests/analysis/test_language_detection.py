from __future__ import annotations

import pytest

from semsearch.analysis.language_detection import detect_language, likeliest_language

TEXTS = {
    "en": "The ferry was late because of fog in the channel, and we waited for three hours.",
    "de": "Der Nebel über dem Kanal hielt die Fähre fest, und wir warteten drei Stunden im Hafen.",
    "fr": "Le brouillard sur le chenal a retenu le ferry au port pendant trois longues heures.",
    "es": "La niebla en el canal retuvo el transbordador en el puerto durante tres largas horas.",
    "ru": "Туман над проливом задержал паром в гавани на целых три часа, и все его ждали.",  # noqa: RUF001
    "ja": "海峡の霧のため、フェリーは三時間も港にとどまっていました。みんなは桟橋で長い時間待っていました。",
}


@pytest.mark.parametrize("code", TEXTS)
def test_the_language_of_a_text_is_detected(code: str) -> None:
    assert detect_language(TEXTS[code]) == code
    assert detect_language(TEXTS[code] * 10_000) == code


@pytest.mark.parametrize(
    "text", ["", "Hello", "Kubernetes", "CVE-2024-6387 " * 20, "12345 " * 40, "Ann Lee, Bo Ek, Cy Oh", "😀" * 60]
)
def test_short_texts_and_texts_without_a_language_have_none(text: str) -> None:
    assert detect_language(text) is None


def test_of_a_few_languages_the_likeliest_is_found_for_a_query() -> None:
    found = likeliest_language("wie repariere ich ein Fahrrad", ["en", "de", "fr"])
    assert found is not None
    assert found[0] == "de"
    assert 0.95 < found[1] <= 1


def test_fewer_than_two_languages_that_can_be_told_have_no_likeliest() -> None:
    assert likeliest_language("anything", ["en"]) is None
    assert likeliest_language("anything", ["en", "xx", "tlh"]) is None
