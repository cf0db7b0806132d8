"""What is boilerplate in a corpus, and what is left of its posts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.posts import Post
from semsearch.rebuilding.boilerplate import BoilerplateRemover
from semsearch.rebuilding.unit_counts import UnitCounts, min_posts

DONATE = "Please donate to our harbour if you can."
WORDS = "anchor boat crane dock eel fog gull hull ice jetty kelp lock mast net oar pier quay reef sail tide"


def own(number: int, sentences: int = 5) -> list[str]:
    """Return sentences that only post ``number`` has."""
    rng = random.Random(number)
    return [f"{' '.join(rng.choices(WORDS.split(), k=9)).capitalize()}." for _ in range(sentences)]


def posts(count: int, start: int = 0) -> list[Post]:
    """Return posts of which each has sentences of its own."""
    return [Post(f"p{n}", f"{own(n)[0][:20]}", body=" ".join(own(n))) for n in range(start, start + count)]


def with_text(some: Sequence[Post], text: str) -> list[Post]:
    """Return the posts with a text before the last sentence of the body, which differs in length from post to post."""
    return [
        replace(post, body=" ".join([*own(int(post.id[1:]))[:-1], text, own(int(post.id[1:]))[-1]])) for post in some
    ]


def cleaned(tmp_path: Path, corpus: Sequence[Post]) -> tuple[list[Post], list[tuple[str, int, str]]]:
    """Return the posts without boilerplate, and the boilerplate as (sentence, posts, example)."""
    with UnitCounts(tmp_path) as counts:
        for post in corpus:
            counts.add(post)
        keys, has_some = counts.boilerplate()
    remover = BoilerplateRemover(keys)
    result = [remover.clean(post) if some else post for post, some in zip(corpus, has_some.tolist(), strict=True)]
    return result, [(found.sentence, found.posts, found.example) for found in remover.found]


# --- how often --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "needed"),
    [(0, 5), (5, 5), (100, 5), (121, 7), (400, 20), (900, 30), (10_000, 100), (1_000_000, 10_000)],
)
def test_the_number_of_posts_that_is_needed(count: int, needed: int) -> None:
    assert min_posts(count) == needed


@pytest.mark.parametrize("having", [6, 7, 44])
def test_a_sentence_in_enough_posts_is_removed_and_the_rest_stays(tmp_path: Path, having: int) -> None:
    plain = posts(121)
    corpus = [*with_text(plain[:having], DONATE), *plain[having:]]
    result, found = cleaned(tmp_path, corpus)
    if having < min_posts(121):
        assert (result, found) == (corpus, [])
    else:
        assert (result, found) == (plain, [(DONATE, having, "p0")])


def test_the_most_frequent_comes_first(tmp_path: Path) -> None:
    plain = posts(30)
    corpus = [*with_text(plain[:8], f"{DONATE} All rights are reserved."), *with_text(plain[8:20], DONATE), *plain[20:]]
    result, found = cleaned(tmp_path, corpus)
    assert result == plain
    assert found == [(DONATE, 20, "p0"), ("All rights are reserved.", 8, "p0")]


def test_posts_in_another_language_do_not_count(tmp_path: Path) -> None:
    german = [replace(post, language="de") for post in with_text(posts(10), "Bitte spenden Sie für unseren Hafen.")]
    english = posts(300, start=10)
    result, found = cleaned(tmp_path, [*german, *english])
    assert [(sentence, count) for sentence, count, _ in found] == [("Bitte spenden Sie für unseren Hafen.", 10)]
    assert [post.body for post in result[:10]] == [post.body for post in posts(10)]


def test_a_refrain_within_a_post_is_counted_once(tmp_path: Path) -> None:
    plain = posts(30)
    corpus = [*with_text(plain[:4], " ".join([DONATE] * 10)), *plain[4:]]
    assert cleaned(tmp_path, corpus) == (corpus, [])


def test_a_post_that_repeats_boilerplate_is_no_copy(tmp_path: Path) -> None:
    plain = posts(30)
    corpus = [replace(post, teaser=DONATE, body=f"{DONATE} {post.body} {' '.join([DONATE] * 9)}") for post in plain]
    assert cleaned(tmp_path, corpus) == (plain, [(DONATE, 30, "p0")])


def test_a_tiny_corpus_has_no_boilerplate(tmp_path: Path) -> None:
    corpus = with_text(posts(4), DONATE)
    assert cleaned(tmp_path, corpus) == (corpus, [])


# --- in which form ----------------------------------------------------------------------------------------------------


def test_a_sentence_whose_date_author_and_title_differ_is_removed(tmp_path: Path) -> None:
    plain = [
        replace(post, authors=(f"{name} Doe",))
        for post, name in zip(posts(30), itertools.cycle(WORDS.split()), strict=False)
    ]
    lines = [f"“{post.title}” was posted by {post.authors[0]} on {n + 1} May 2019." for n, post in enumerate(plain)]
    corpus = [replace(post, body=f"{post.body}\n\n{line}") for post, line in zip(plain[:10], lines, strict=False)]
    result, found = cleaned(tmp_path, [*corpus, *plain[10:]])
    assert result == plain
    assert found == [(lines[0], 10, "p0")]


@pytest.mark.parametrize("having", [9, 10])
def test_other_numbers_may_differ_only_in_what_a_quarter_of_all_posts_have(tmp_path: Path, having: int) -> None:
    plain = posts(40)
    corpus = [
        with_text([post], f"Read the {7 * n + 3} comments on this post.")[0] for n, post in enumerate(plain[:having])
    ]
    result, found = cleaned(tmp_path, [*corpus, *plain[having:]])
    assert result == (plain if having == 10 else [*corpus, *plain[having:]])
    assert len(found) == (having == 10)


def test_short_lines_code_and_headings_stay(tmp_path: Path) -> None:
    kept = "Conclusion\n\nimport harbour from tides\n\nif (tide) { return; }"
    corpus = [replace(post, body=f"{post.body}\n\n{kept}\n\n{own(n + 99)[0]}") for n, post in enumerate(posts(30))]
    assert cleaned(tmp_path, corpus) == (corpus, [])


def test_a_short_line_goes_with_the_boilerplate_beside_it(tmp_path: Path) -> None:
    plain = posts(30)
    corpus = [replace(post, body=f"{post.body}\n\nThanks!\n{DONATE}") for post in plain]
    result, found = cleaned(tmp_path, corpus)
    assert result == plain
    assert [sentence for sentence, _, _ in found] == [DONATE, "Thanks!"]


# --- copies -----------------------------------------------------------------------------------------------------------


def test_the_sentences_of_copies_stay(tmp_path: Path) -> None:
    copies = [Post(f"copy{n}", f"Another title {own(900 + n)[0]}", body=" ".join(own(500, 12))) for n in range(12)]
    corpus = [*copies, *posts(30)]
    assert cleaned(tmp_path, corpus) == (corpus, [])


def test_the_sentences_of_revisions_stay(tmp_path: Path) -> None:
    common = own(500, 12)
    revisions = [Post(f"r{n}", "Tides", body=" ".join([*common, *own(600 + n, 3)])) for n in range(12)]
    corpus = [*revisions, *posts(30)]
    assert cleaned(tmp_path, corpus) == (corpus, [])


def test_copies_of_a_post_count_once(tmp_path: Path) -> None:
    quoting = with_text(posts(2), "A sentence that two posts have in common.")
    copies = [replace(post, id=f"{post.id}-{n}") for post in quoting for n in range(4)]
    corpus = [*copies, *posts(30, start=2)]
    assert cleaned(tmp_path, corpus) == (corpus, [])


def test_boilerplate_is_removed_from_copies_too(tmp_path: Path) -> None:
    plain = posts(30)
    mirrored = [copy for post in plain for copy in (post, replace(post, id=f"{post.id}-mirror"))]
    result, found = cleaned(tmp_path, [replace(post, body=f"{post.body}\n\n{DONATE}") for post in mirrored])
    assert result == mirrored
    assert found == [(DONATE, 60, "p0")]


def test_forms_that_differ_in_numbers_stay(tmp_path: Path) -> None:
    corpus = [
        Post(f"p{n}", f"Town {n}", body=f"It has {n * 37 + 11} inhabitants in all. Its area is {n + 5} km.")
        for n in range(40)
    ]
    assert cleaned(tmp_path, corpus) == (corpus, [])


# --- what remains -----------------------------------------------------------------------------------------------------


def test_the_only_text_of_a_post_stays(tmp_path: Path) -> None:
    corpus = [
        *with_text(posts(30), DONATE),
        Post("bare", "Bare", teaser=DONATE),
        Post("both", "Both", teaser=DONATE, body="***"),
    ]
    result, found = cleaned(tmp_path, corpus)
    assert result == [*posts(30), *corpus[30:]]
    assert found == [(DONATE, 30, "p0")]


def test_the_teaser_loses_it_too_and_a_title_never_changes(tmp_path: Path) -> None:
    teaser = f"{own(77)[0]} {DONATE}"
    changed = [
        Post("t", f"{DONATE} Now!", teaser=teaser, body=own(78)[0]),
        Post("u", "Empty teaser", teaser=DONATE, body=own(79)[0]),
    ]
    result, _ = cleaned(tmp_path, [*with_text(posts(30), DONATE), *changed])
    assert result[30:] == [replace(changed[0], teaser=own(77)[0]), replace(changed[1], teaser="")]


def test_a_post_that_is_named_like_boilerplate_keeps_it(tmp_path: Path) -> None:
    about = Post("about", DONATE, body=f"{own(77)[0]} {DONATE}")
    result, _ = cleaned(tmp_path, [*with_text(posts(30), DONATE), about])
    assert result == [*posts(30), about]


def test_no_posts_have_no_boilerplate(tmp_path: Path) -> None:
    assert cleaned(tmp_path, []) == ([], [])
    assert cleaned(tmp_path, [Post("a", "Title")]) == ([Post("a", "Title")], [])


def test_corpora_of_several_windows_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = posts(50)
    monkeypatch.setattr("semsearch.rebuilding.unit_counts._WINDOW_UNITS", 20)
    result, found = cleaned(tmp_path, with_text(plain, DONATE))
    assert (result, found) == (plain, [(DONATE, 50, "p0")])
