from __future__ import annotations

import pytest

from semsearch.posts import Post
from semsearch.rebuilding.forms import forms_of

POST = Post("p", "Tide tables, 2nd edition", authors=("Åsa Öst", "Bo"))


def form(sentence: str, post: Post = POST) -> str:
    return forms_of(post, [sentence])[0][0].decode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Please donate!", "please  donate"),
        ("“Please” – donate…", "Please donate"),
        ("Published on 3 May 2019.", "Published on 14th of September 2020."),
        ("Published on Friday, May 3rd, 2019", "Published on Sep 1 2020"),
        ("Published on 2019-05-03", "Published on 14.9.2020"),
        ("Published in March 2019", "Published in 2020"),
        ("Veröffentlicht am 3. März 2019", "Veröffentlicht am 12. Oktober 2020"),
        ("公開日2019年5月3日", "公開日2020年12月31日"),
        ("First seen at https://example.org/a/1?x=2 today", "First seen at https://example.org/b today"),
    ],
)
def test_sentences_that_differ_in_signs_case_dates_and_paths_have_one_form(one: str, other: str) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We donate.", "We donated."),
        ("It has 3 ports.", "It has 4 ports."),
        ("You may leave.", "You leave."),
        ("See https://example.org/a", "See https://example.com/a"),
        ("Das ist schön.", "Das ist schon."),
    ],
)
def test_other_sentences_have_other_forms(one: str, other: str) -> None:
    assert form(one) != form(other)


def test_the_title_and_the_authors_of_the_post_are_left_out() -> None:
    written = "“Tide tables, 2nd edition” by Åsa Öst appeared first on Harbour News."
    other = Post("q", "Boats", authors=("Jo Doe",))
    assert form(written) == form("Boats by Jo Doe appeared first on Harbour News.", other)
    assert form("Boats in the harbour", Post("r", "at")) == "boatsintheharbour"  # a short title may be in any word


def test_forms_without_numbers_are_equal_where_only_numbers_differ() -> None:
    forms, numberless = forms_of(POST, ["Read 5 comments at 10:30.", "Read 1,200 comments at 9:05.", "No number."])
    assert forms[0] != forms[1]
    assert numberless[0] == numberless[1] != forms[0]
    assert numberless[2] == forms[2]


def test_every_sentence_has_a_form() -> None:
    assert forms_of(POST, ["One.", "***", "", "Two."]) == ([b"one", b"", b"", b"two"],) * 2
    assert forms_of(POST, [""]) == ([b""], [b""])
