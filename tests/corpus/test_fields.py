from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.corpus.fields import (
    MAX_CHARACTERS,
    MAX_ENTRIES,
    MAX_ENTRY_CHARACTERS,
    MAX_ID_BYTES,
    InvalidField,
    post_from,
)
from semsearch.corpus.json_values import MAX_DEPTH
from semsearch.posts import Post, Section
from semsearch.text import has_control_characters
from tests.corpus.builders import ANY_JSON, ANY_TEXT, LIKELY_POSTS, raw_of

TEXTS = ["title", "teaser", "url", "image", "series", "body"]
LISTS = ["tags", "authors"]
DATES = ["date", "updated"]
KEYS = ["id", *TEXTS, *LISTS, *DATES, "language", "translation_of", "sections"]
NOT_TEXT = [(1, "a number"), (1.5, "a number"), (True, "true or false"), ([], "a list"), ({"a": 1}, "an object")]


def made(**fields: Any) -> Post:
    return post_from({"id": "a", "title": "A"} | fields)


def outcome(**fields: Any) -> Post | str:
    try:
        return made(**fields)
    except InvalidField as error:
        return str(error)


def reason(**fields: Any) -> str:
    found = outcome(**fields)
    assert isinstance(found, str), "taken"
    return found


def nested(depth: int, value: Any = 1) -> Any:
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def test_every_field_is_read() -> None:
    raw = {
        "id": "post-1",
        "title": "A title",
        "teaser": "A teaser.",
        "url": "https://example.org/1",
        "date": "2024-02-29T08:30:00Z",
        "tags": ["one", "two"],
        "authors": ["Ada Lovelace"],
        "language": "pt-BR",
        "body": "A body.\nOf two lines.",
        "updated": "2024-03-01",
        "image": "/one.png",
        "series": "Numbers",
        "translation_of": "post-0",
        "sections": [{"title": "Second line", "anchor": "second", "start": 8, "end": 21}],
        "rating": 5,
        "see": {"name": "s", "part": None},
    }

    assert post_from(raw) == Post(
        id="post-1",
        title="A title",
        teaser="A teaser.",
        url="https://example.org/1",
        date="2024-02-29T08:30:00Z",
        tags=("one", "two"),
        authors=("Ada Lovelace",),
        language="pt-BR",
        body="A body.\nOf two lines.",
        updated="2024-03-01",
        image="/one.png",
        series="Numbers",
        translation_of="post-0",
        sections=(Section("Second line", "second", 8, 21),),
        extra={"rating": 5, "see": {"name": "s", "part": None}},
    )


@pytest.mark.parametrize("absent", [{}, dict.fromkeys(KEYS[2:])])
def test_all_but_id_and_title_may_be_absent_or_null(absent: dict[str, None]) -> None:
    assert made(**absent) == Post(id="a", title="A")


@pytest.mark.parametrize("field", [*TEXTS[1:], *DATES, "language", "translation_of"])
def test_an_empty_text_is_absent(field: str) -> None:
    assert made(**{field: ""}) == Post(id="a", title="A")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": None}, "id is missing"),
        ({"id": ""}, "id is empty"),
        ({"id": " \u00a0"}, "id is empty"),
        ({"id": "a\tb"}, "id has control characters"),
        ({"id": "a\n"}, "id has control characters"),
        ({"id": "a\x00"}, "id has control characters"),
        ({"id": "a\ud800"}, "id has control characters"),
        ({"title": None}, "title is missing or empty"),
        ({"title": " \n\x00"}, "title is missing or empty"),
        ({"tags": "one"}, "tags must be a list of texts"),
        ({"tags": {"one": 1}}, "tags must be a list of texts"),
        ({"tags": ["one", 2]}, "tags must be a list of texts"),
        ({"authors": [None]}, "authors must be a list of texts"),
        ({"authors": [["Ada"]]}, "authors must be a list of texts"),
        ({"date": 2024}, "date must be text, not a number"),
        ({"date": "yesterday"}, "date 'yesterday' is not an ISO 8601 date such as 2026-01-31"),
        ({"date": "2024-02-29\x0008:30"}, r"date '2024-02-29\x0008:30' is not an ISO 8601 date such as 2026-01-31"),
        ({"date": "9" * 1_000}, f"date '{'9' * 40}' is not an ISO 8601 date such as 2026-01-31"),
        ({"language": 1}, "language is not a BCP 47 tag such as en or pt-BR"),
        ({"language": "English"}, "language is not a BCP 47 tag such as en or pt-BR"),
        ({"updated": "soon"}, "updated 'soon' is not an ISO 8601 date such as 2026-01-31"),
        ({"translation_of": "a\tb"}, "translation_of has control characters"),
        ({"translation_of": "a" * 201}, "translation_of has 201 bytes, the limit is 200"),
        ({"language": "e"}, "language is not a BCP 47 tag such as en or pt-BR"),
        ({"language": "en-"}, "language is not a BCP 47 tag such as en or pt-BR"),
        ({"language": "en" + "-a" * 8}, "language is not a BCP 47 tag such as en or pt-BR"),
        ({"score": float("inf")}, "'score' has a number that is too large"),
        ({"score": {"a": [1, float("nan")]}}, "'score' has a number that is too large"),
        ({"note": ["\udc00"]}, "'note' has a lone surrogate"),
        ({"note": {"\ud800": 1}}, "'note' has a lone surrogate"),
        ({"\ud800": 1}, r"'\ud800' has a lone surrogate"),
        ({"k" * 99: "\ud800"}, f"'{'k' * 40}' has a lone surrogate"),
        ({"tree": nested(MAX_DEPTH + 1)}, f"'tree' is nested more than {MAX_DEPTH} levels deep"),
    ],
)
def test_a_bad_field_is_named_with_the_reason(fields: dict[str, Any], expected: str) -> None:
    assert reason(**fields) == expected


@pytest.mark.parametrize(("value", "name"), NOT_TEXT)
@pytest.mark.parametrize("field", TEXTS)
def test_text_must_be_text(field: str, value: Any, name: str) -> None:
    assert reason(**{field: value}) == f"{field} must be text, not {name}"


@pytest.mark.parametrize(("value", "name"), NOT_TEXT)
@pytest.mark.parametrize("field", ["id", "translation_of"])
def test_an_id_must_be_text(field: str, value: Any, name: str) -> None:
    assert reason(**{field: value}) == f"{field} must be text, not {name}; write it in quotes"


@pytest.mark.parametrize("field", KEYS)
def test_reason_is_short_for_any_value(field: str) -> None:
    for value in (["x" * 10_000], "x" * 3_000_000, 10**4_000, {"x" * 10_000: 1}, "x\ny\x00" * 1_000_000):
        found = reason(**{field: value})

        assert field in found
        assert len(found) < 150
        assert found.splitlines() == [found]


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", TEXTS)
def test_a_text_may_have_as_many_characters_as_its_limit(field: str) -> None:
    limit = MAX_CHARACTERS[field]

    assert getattr(made(**{field: "é" * limit}), field) == "é" * limit
    assert reason(**{field: "é" * (limit + 1)}) == f"{field} has {limit + 1} characters, the limit is {limit}"


def test_length_limit_applies_to_the_cleaned_text() -> None:
    limit = MAX_CHARACTERS["title"]

    assert made(title="e\u0301" * limit).title == "é" * limit
    assert made(title=" " * limit + "A").title == "A"
    # This note has no composed form: NFC makes three characters of it.
    assert reason(title="\U0001d160" * limit) == f"title has {3 * limit} characters, the limit is {limit}"
    assert reason(tags=["\U0001d160" * 100]) == f"tags has an entry of more than {MAX_ENTRY_CHARACTERS} characters"


def test_an_id_is_limited_in_bytes() -> None:
    assert made(id="é" * 100).id == "é" * 100
    assert reason(id="é" * 100 + "a") == f"id has 201 bytes, the limit is {MAX_ID_BYTES}"


@pytest.mark.parametrize("field", LISTS)
def test_a_list_is_limited(field: str) -> None:
    entries = [f"{number:0{MAX_ENTRY_CHARACTERS}}" for number in range(MAX_ENTRIES)]

    assert getattr(made(**{field: entries}), field) == tuple(entries)
    assert reason(**{field: [*entries, "x"]}) == f"{field} has 101 entries, the limit is 100"
    assert reason(**{field: ["x" * 201]}) == f"{field} has an entry of more than 200 characters"


def test_an_unknown_key_may_nest_to_the_limit() -> None:
    deep = nested(MAX_DEPTH)

    assert made(tree=deep).extra == {"tree": deep}


# --- what is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["id", *TEXTS])
def test_text_is_cleaned(field: str) -> None:
    assert getattr(made(**{field: " e\u0301 "}), field) == "é"


def test_entries_are_cleaned_and_kept_once_in_their_order() -> None:
    assert made(authors=["b", " a ", "", "\x00", "e\u0301", "b", "é", "B"]).authors == ("b", "a", "é")


def test_tags_that_differ_in_case_are_kept_once() -> None:
    assert made(tags=["b", " a ", "", "e\u0301", "É", "B", "Straße", "STRASSE"]).tags == ("b", "a", "é", "Straße")


@pytest.mark.parametrize(("given", "language"), [("pt-BR", "pt-BR"), ("zh_hant_tw", "zh-Hant-TW"), (" EN\n", "en")])
def test_a_language_is_normalised(given: str, language: str) -> None:
    assert made(language=given).language == language


def test_unknown_keys_are_unchanged() -> None:
    extra = {"": "", "Title": "e\u0301\x00 ", "big": 10**30, "tags ": [None, True, -0.5], "\x00": {}}

    assert made(**extra).extra == extra


@settings(deadline=None)
@given(LIKELY_POSTS)
def test_a_post_read_again_is_the_same_post(raw: dict[str, Any]) -> None:
    try:
        post = post_from(raw)
    except InvalidField:
        return

    assert post_from(raw_of(post)) == post
    assert post_from(json.loads(json.dumps(raw_of(post)))) == post


@settings(deadline=None)
@given(LIKELY_POSTS)
def test_invariants_of_posts_hold(raw: dict[str, Any]) -> None:
    try:
        post = post_from(raw)
    except InvalidField:
        return

    optional = [text or "" for text in (post.url, post.image, post.series, post.translation_of)]
    for text in (post.id, post.title, post.teaser, post.body, *optional, *post.tags, *post.authors):
        assert unicodedata.is_normalized("NFC", text)
        assert text == text.strip()
        assert not has_control_characters(text.replace("\n", "").replace("\t", ""))
    assert 0 < len(post.id.encode()) <= MAX_ID_BYTES
    assert post.title
    assert (post.day is None) == (post.date is None)
    json.dumps(raw_of(post), ensure_ascii=False, allow_nan=False).encode()


def test_values_that_share_parts_are_measured_without_following_every_use() -> None:
    shared: Any = ["x"]
    for _ in range(60):
        shared = [shared, shared]

    assert reason(tree=shared) == "'tree' and the keys before it have more than 8,388,608 characters as JSON"


@settings(deadline=None)
@given(st.sampled_from(KEYS), ANY_JSON | ANY_TEXT)
def test_any_value_makes_a_post_or_a_reason(field: str, value: Any) -> None:
    found = outcome(**{field: value})

    assert isinstance(found, Post) or found.startswith(field)
