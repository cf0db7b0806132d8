from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.grouping import duplicates, sketches
from semsearch.index.grouping.duplicates import DuplicateFinder
from semsearch.posts import Post
from tests.index.builders import plain_text, post

RELEASE = post(
    "release",
    title="Harbour Bakery opens a second shop in Leeds",
    teaser="A family firm grows beyond its first street.",
    body="LEEDS, 3 March 2024 - Harbour Bakery, a family firm that has baked bread since 1987, will open a second shop "
    'in the old customs house this spring. "We\'ve wanted an oven by the water for years," said Zoë Marsh, who runs '
    "the firm with her brother. The shop will employ 14 people; half of them are to be trained as bakers at the city's "
    "college, which welcomed the plan.",
)
WORDS = RELEASE.body.split()
VOCABULARY = [f"{first}{last}" for first in ("ba", "ke", "lo", "mi", "nu", "po", "ri") for last in "bcdfghjklmnpqrst"]


def groups_of(posts: Iterable[Post]) -> list[int]:
    finder = DuplicateFinder()
    for one in posts:
        finder.add(one)
    return list(map(int, finder.groups()))


def are_near_duplicates(one: Post, other: Post) -> bool:
    return groups_of([one, other]) == [0, 0]


def titles(*values: str) -> list[Post]:
    return [post(str(number), title=value) for number, value in enumerate(values)]


def texts(*bodies: str) -> list[Post]:
    """Posts with different titles."""
    return [post(str(number), title=f"Title {VOCABULARY[number]}", body=body) for number, body in enumerate(bodies)]


def random_words(seed: int, count: int) -> list[str]:
    return random.Random(seed).choices(VOCABULARY, k=count)


def edited(old: str, new: str) -> Post:
    assert old in RELEASE.body
    return replace(RELEASE, id="other", body=RELEASE.body.replace(old, new))


# --- texts of some length ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        replace(RELEASE, id="other", title="Bread by the water"),
        replace(RELEASE, id="other", title="Leeds baker to hire 14"),  # the number is in the text too
        replace(RELEASE, id="other", title="Of 3 March: a second shop"),  # dates are ignored
        replace(RELEASE, id="other", teaser=""),
        replace(RELEASE, id="other", teaser="", body=f"{RELEASE.teaser}\n\n{RELEASE.body}"),
        replace(RELEASE, id="other", tags=("bread",), authors=("Zoë",), url="https://example.org", date="2025-01-01"),
        edited("customs", "custons"),
        edited("welcomed the plan", "welcomed the plan, as did the council and the mayor"),
        edited("3 March 2024", "11 December 2025"),
        edited("3 March 2024", "3rd of March"),
        edited("3 March 2024", "March 3, 2024"),
        edited("3 March 2024", "2024-03-03T09:30:00+01:00"),
        edited("3 March 2024", "3.3.2024"),
        edited("3 March 2024", "3. März 2024"),
        edited("3 March 2024", "3 de marzo de 2024"),
        edited("LEEDS, 3 March 2024 - ", ""),
        edited(" - ", "\u2014"),
        edited("Zoë", "Zoe"),
        edited("Zoë", "Zoe\u0308"),
        edited("We've", "We\u2019ve"),
        replace(RELEASE, id="other", body=RELEASE.body.upper()),
        replace(RELEASE, id="other", body=RELEASE.body.replace(",", "").replace(".", "!")),
        replace(RELEASE, id="other", body=RELEASE.body.replace(" ", "\n\n ")),
        replace(RELEASE, id="other", body=RELEASE.body.replace(" ", "\u00a0")),
        replace(RELEASE, id="other", body=RELEASE.body.replace('"', "\u201c")),
    ],
    ids=lambda other: other.body[:30] + other.title[-10:],
)
def test_a_republished_text_with_small_changes_is_a_near_duplicate(other: Post) -> None:
    assert are_near_duplicates(RELEASE, other)
    assert are_near_duplicates(other, RELEASE)


@pytest.mark.parametrize(
    "other",
    [
        edited("14 people", "15 people"),
        edited("since 1987", "since 1988"),  # a year alone is no date
        edited("14 people", "fourteen people"),
        edited("employ 14", "employ -14"),
        edited("14 people", "14% people"),
        replace(RELEASE, id="other", title="Harbour Bakery opens shop number 2 in Leeds"),
        replace(RELEASE, id="other", title="Bread by the water", language="en"),
        replace(RELEASE, id="other", body=" ".join(WORDS[len(WORDS) // 2 :])),
        replace(RELEASE, id="other", body=" ".join(sorted(WORDS))),
        edited("a family firm that has baked bread", "the youngest of three breweries to have poured beer"),
    ],
    ids=lambda other: other.body[:30] + other.title[-10:],
)
def test_texts_that_differ_in_a_number_the_language_or_several_words_are_no_near_duplicates(other: Post) -> None:
    assert not are_near_duplicates(RELEASE, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Release 3", "Release 4"),
        ("Release 1.2.1", "Release 1.2.2"),
        ("Results of the third quarter 2024", "Results of the third quarter 2025"),
        ("Figures for March 2024", "Figures for April 2025"),
        ("Q3 at a glance", "Q4 at a glance"),
    ],
)
def test_a_different_number_in_the_title_separates_texts_of_one_form(one: str, other: str) -> None:
    assert not are_near_duplicates(replace(RELEASE, title=one), replace(RELEASE, id="other", title=other))


def test_translations_are_no_near_duplicates() -> None:
    german = post(
        "de",
        title=RELEASE.title,
        body="LEEDS, 3. März 2024 - Die Bäckerei Harbour, ein Familienbetrieb, der seit 1987 Brot backt, eröffnet in "
        "diesem Frühjahr einen zweiten Laden im alten Zollhaus. „Wir wollten seit Jahren einen Ofen am Wasser haben“, "
        "sagt Zoë Marsh, die den Betrieb mit ihrem Bruder führt. Der Laden wird 14 Menschen beschäftigen; die Hälfte "
        "von ihnen lernt das Handwerk an der Schule der Stadt, die den Plan begrüßt.",
    )
    assert not are_near_duplicates(RELEASE, german)


def test_digits_of_any_script_count_as_numbers() -> None:
    letters = "абвгдежзиклмнопрстуфхцчшщъыьэюя"
    body = " ".join(f"{word}{letter}" for word in ("слово", "дело") for letter in letters) + " длина {}"
    assert not are_near_duplicates(*texts(body.format("٤٢"), body.format("٤٣")))
    assert are_near_duplicates(*texts(body.format("٤٢"), body.format("42")))


def test_repeated_halves_of_texts_do_not_cancel_out() -> None:
    """In parities alone a repeated shingle leaves no trace."""
    shared, one, other = (random_words(seed, 30) for seed in range(3))
    assert not are_near_duplicates(*texts(*(" ".join([*shared, *own] * 2) for own in (one, other))))


def test_a_repeated_phrase_is_no_long_text() -> None:
    assert not are_near_duplicates(*texts("buy bread now " * 60, "buy bread now " * 80))


def test_long_texts_may_differ_in_no_more_words_than_short_ones() -> None:
    words = random_words(1, 2_000)
    assert are_near_duplicates(*texts(" ".join(words), " ".join([*words, *random_words(2, 30)])))
    assert not are_near_duplicates(*texts(" ".join(words), " ".join([*words, *random_words(2, 120)])))


# --- short texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bread, by the water", "BREAD BY THE WATER!"),
        ("“Café” it's", '"cafe" it\u2019s'),
        ("Straße", "STRASSE"),
        ("Tiếng Việt", "tieng viet"),
        ("Άρτος", "αρτοσ"),
        ("A - B", "a \u2014 B"),
        ("five\u00a0loaves", "Five loaves"),
        ("Is it so?", "is it so…"),
        ("🎉", "🎉"),
        ("C++", "c++"),
    ],
)
def test_short_texts_are_equal_up_to_case_accents_and_punctuation(one: str, other: str) -> None:
    assert are_near_duplicates(*titles(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"),
        ("C", "C#"),
        ("NET", ".NET"),
        ("Blood group A", "Blood group A-"),
        ("Release 1.2.1", "Release 12.1"),
        ("Release 1.2.1", "Release 1.2.2"),
        ("Minus 5", "Minus -5"),
        ("Up 5", "Up 5%"),
        ("Costs $5", "Costs €5"),
        ("x²", "x2"),
        ("🎉", "🎉!"),
        ("🎉", "🎊"),
        ("!!!", "???"),
        ("你好。", "你好!"),
        ("你好", "你们好"),
        ("か", "が"),  # the mark is no accent
        ("мой", "мои"),
        ("हिन्दी", "हिन्द"),
        ("2024", "2024!"),
        ("bread", "breads"),
        ("cooperate", "co operate"),
    ],
)
def test_short_texts_with_another_meaning_are_no_near_duplicates(one: str, other: str) -> None:
    assert not are_near_duplicates(*titles(one, other))


def test_short_teasers_with_other_titles_or_numbers_are_no_near_duplicates() -> None:
    teaser = "This is a reserved placeholder package, to mitigate confusion of dependencies. Do not install it, please."
    posts = [post("1", title="alpha", teaser=teaser), post("2", title="beta", teaser=teaser)]
    posts += [
        post(f"r{n}", title=f"Release 1.2.{n}", teaser=f"Release 1.2.{n} of the oven mends two bugs.") for n in (1, 2)
    ]
    assert groups_of(posts) == [0, 1, 2, 3]


def test_short_texts_with_the_same_words_in_other_fields_are_no_near_duplicates() -> None:
    fields = [("a b", "c", ""), ("a", "b c", ""), ("a", "b", "c"), ("a b c", "", ""), ("a", "", "b c")]
    posts = [post(str(n), title=title, teaser=teaser, body=body) for n, (title, teaser, body) in enumerate(fields)]
    assert groups_of(posts) == list(range(5))


def test_a_text_is_long_from_42_words_on() -> None:
    words = random_words(0, 42)
    assert are_near_duplicates(*texts(" ".join(words), " ".join(words)))
    assert not are_near_duplicates(*texts(" ".join(words[1:]), " ".join(words[1:])))


# --- groups -----------------------------------------------------------------------------------------------------------


def changed(words: list[str], *places: int) -> str:
    return " ".join(f"x{word[::-1]}" if n in places else word for n, word in enumerate(words))


def test_every_member_of_a_group_is_near_its_representative() -> None:
    words = random_words(3, 100)
    steps = [" ".join(words[:count]) for count in (60, 68, 76, 84)]
    # Each is near the previous one; the third is too far from the first and starts a group.
    assert [are_near_duplicates(*texts(*pair)) for pair in pairwise(steps)] == [True] * 3
    assert groups_of(texts(*steps)) == [0, 0, 2, 2]


def test_a_post_near_two_groups_joins_the_earlier() -> None:
    words = random_words(3, 100)
    shorter, middle, longer = (" ".join(words[:count]) for count in (60, 68, 76))
    assert groups_of(texts(shorter, longer, middle)) == [0, 1, 0]
    assert groups_of(texts(longer, shorter, middle)) == [0, 1, 0]
    assert groups_of(texts(middle, longer, shorter)) == [0, 0, 0]


def test_equal_posts_and_near_duplicates_are_one_group() -> None:
    near = edited("customs", "custons")
    retitled = replace(near, title="Bread by the water")
    same = [RELEASE, near, retitled]
    copies = [replace(one, language="en") for one in same]  # of another language, so only equal to one another
    assert groups_of([post("x"), *same, *copies, post("y")]) == [0, *[1] * 6, 7]


def test_groups_do_not_depend_on_the_window_size(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [changed(random_words(seed, 120), *places) for seed in range(12) for places in ((), (7,), (40,))]
    posts = random.Random(0).sample(texts(*bodies), len(bodies))
    whole = groups_of(posts)
    assert len(set(whole)) == 12
    for words in (1, 120, 1_000):
        monkeypatch.setattr(duplicates, "_WINDOW_WORDS", words)
        assert groups_of(posts) == whole


def test_no_posts_have_no_groups() -> None:
    found = DuplicateFinder().groups()
    assert found.shape == (0,)
    assert found.dtype == np.int32


@pytest.mark.parametrize(
    "body", ["3 March 2024 " * 20, "word" * 50_000, "- " * 500, "字" * 5_000, "\u0301" * 200, "1 " * 100]
)
def test_unusual_texts_are_grouped_only_with_equal_ones(body: str) -> None:
    posts = [*texts(body, "bread"), replace(texts(body)[0], id="copy"), RELEASE]
    assert groups_of(posts) == [0, 1, 0, 3]


# --- invariants -------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.builds(Post, id=st.just("a"), title=plain_text, teaser=plain_text, body=plain_text), min_size=1),
    st.data(),
)
def test_an_equal_post_joins_the_group_of_the_first(posts: list[Post], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(posts))
    found = groups_of([*posts, one])
    assert found[-1] == found[posts.index(one)]
    assert all(found[first] == first <= place for place, first in enumerate(found))


@settings(max_examples=30)
@given(st.permutations([(seed, place) for seed in range(4) for place in (None, None, 3, 30, 56)]))
def test_the_order_of_posts_changes_only_the_representatives(order: list[tuple[int, int | None]]) -> None:
    # With changes near an end or next to each other all texts of a group are near-duplicates.
    bodies = [changed(random_words(seed, 120), *([] if place is None else [place])) for seed, place in order]
    found = groups_of(texts(*bodies))
    assert found == [next(n for n, (other, _) in enumerate(order) if other == seed) for seed, _ in order]


@settings(max_examples=30)
@given(st.integers(0, 1_000_000), st.integers(1, 200))
def test_texts_of_random_words_are_no_near_duplicates(seed: int, length: int) -> None:
    posts = texts(*(" ".join(random_words(60 * seed + n, length)) for n in range(60)))
    assert groups_of(posts) == list(range(60))


@settings(max_examples=50)
@given(st.integers(0, 1_000_000), st.integers(58, 400), st.data())
def test_one_word_changed_in_sixty_is_always_found(seed: int, length: int, data: st.DataObject) -> None:
    words = random_words(seed, length)
    place = data.draw(st.integers(0, length - 1))
    assert are_near_duplicates(*texts(" ".join(words), changed(words, place)))


# --- work and memory --------------------------------------------------------------------------------------------------


def test_a_shingle_in_all_posts_causes_no_quadratic_work() -> None:
    count = 3_000
    minima = np.random.default_rng(0).integers(0, 2**32, (count, sketches._MINHASHES), dtype=np.uint32)
    minima[:, :2] = 7
    pairs = sum(len(one) for one, _ in sketches.candidate_pairs(minima))
    assert count < pairs < 60 * count


def test_many_near_duplicates_of_one_post_are_one_group() -> None:
    words = random_words(5, 60)
    crowd = [" ".join([*words[:n], VOCABULARY[m], *words[n:]]) for n in range(2, 58) for m in range(3)]
    posts = [post(str(n), title=" ".join(random_words(n, 4)), body=body) for n, body in enumerate(crowd)]
    assert groups_of([*texts(" ".join(words)), *posts]) == [0] * (len(posts) + 1)


def test_a_post_takes_8_bytes_and_56_more_if_it_is_long() -> None:
    finder = DuplicateFinder()
    for one in (RELEASE, *titles("a", "b")):
        finder.add(one)
    finder.groups()
    (sketch,) = finder._sketches
    assert len(finder._digests) == 3 * 8
    assert sum(column.nbytes for column in (sketch.ordinals, sketch.sizes, sketch.minima, sketch.parities)) == 56


@pytest.mark.parametrize("differing", [1, 2, 6, 12, 30, sketches.MAX_DIFFERING])
def test_parities_estimate_how_many_shingles_differ(differing: int) -> None:
    """Common shingles cancel out; only differing ones contribute to the parities."""
    hashes = np.random.default_rng(differing).integers(0, 2**40, 400 * differing, dtype=np.uint64)
    left = sketches.parities(hashes, np.arange(0, len(hashes), differing))
    counted = sketches.DIFFERING_SHINGLES[np.bitwise_count(left).sum(axis=1)]
    assert counted.mean() == pytest.approx(differing, rel=0.05)


def test_sketches_are_the_same_in_every_process() -> None:
    program = (
        "from semsearch.index.grouping.duplicates import DuplicateFinder; from semsearch.posts import Post\n"
        "finder = DuplicateFinder(); finder.add(Post('a', 'Zoë', body=' '.join(f'word{n}é' for n in range(50))))\n"
        "finder.groups(); [one] = finder._sketches\n"
        "print(finder._digests.hex(), one.minima.tolist(), one.parities.tolist())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
