from __future__ import annotations

import datetime as dt
import re
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.posts import LANGUAGE_TAG, Post, language_ranges, normalized_language, parse_day

TIMES = st.datetimes(timezones=st.none() | st.timezones())
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "20240229",
        "2024-W09-4",  # the Thursday of the ninth week
        "2024-02-29T23:59:59Z",
        "2024-02-29t08:30",
        "2024-02-29 08:30:15.123456+14:00",  # its author's day, not that of UTC
        "2024-02-29T00:30-11:00",
        "20240229T083015,5+0200",
        "2024-02-29T08",
    ],
)
def test_day_of_an_iso_date(text: str) -> None:
    assert parse_day(text) == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "T",
        "2024",
        "2024-02",
        "2023-02-29",
        "2024-13-01",
        "0000-01-01",
        "10000-01-01",
        "2024-2-29",
        "29.02.2024",
        "Feb 29, 2024",
        " 2024-02-29",
        "2024-02-29 ",
        "2024-02-29\n",
        "2024-02-29T",
        "2024-02-29T25:00",
        "2024-02-29T08:61",
        "2024-02-29T08:30+25:00",
        "2024-02-29T08:30T08:30",
        "T08:30",
        "\uff12\uff10\uff12\uff14-02-29",
        # Python takes any character where the T should be, and a NUL for a plus
        "2024-02-29x08:30",
        "2024-02-29\x0008:30",
        "2024-02-29\n08:30",
        "2024-02-29\x0008:30 +02:00",
        "2024-02-29\ud80008:30",
        "2024-02-29\u00a008:30",
        "2024-02-29-08:30",
        "2024-02-29-08 +02:00",
        "2024-02-29T08:30:00.000001\x0002:00",
        "2024-02-29208:30",
        "\ud800",
    ],
)
def test_invalid_iso_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_day(text)


@settings(deadline=None)
@given(TIMES, st.sampled_from("T "))
def test_a_date_and_time_that_python_writes_gives_its_day(moment: dt.datetime, separator: str) -> None:
    assert parse_day(moment.isoformat(separator)) == moment.date()
    assert parse_day(moment.date().isoformat()) == moment.date()


@settings(deadline=None)
@given(TIMES, st.integers(0, 40), st.characters(exclude_categories=()))
def test_accepted_date_has_no_unexpected_character(moment: dt.datetime, place: int, character: str) -> None:
    text = moment.isoformat()
    text = text[:place] + character + text[place + 1 :]
    try:
        parse_day(text)
    except ValueError:
        return
    assert set(text) <= set("0123456789-:+.,WTtZ ")


def test_a_post_has_the_day_of_its_date() -> None:
    assert Post("a", "A", date="2022-01-27T22:00:00-08:00").day == dt.date(2022, 1, 27)
    assert Post("a", "A").day is None


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en_US", "en-US"),
        ("EN-us", "en-US"),
        ("zh_cn", "zh-CN"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("SR_LATN", "sr-Latn"),
        ("es-419", "es-419"),
        ("pt_br.UTF-8", "pt-BR"),
        ("de_DE@euro", "de-DE"),
        (" fil \n", "fil"),
        ("sl-ROZAJ-biske-1994", "sl-rozaj-biske-1994"),
        ("en-ca-X-CA-latn", "en-CA-x-ca-latn"),
        ("de-DE-U-CO-phonebk", "de-DE-u-co-phonebk"),
        *((text, None) for text in ["", " ", "e", "en-", "-en", "en--US", "en US", "C", "C.UTF-8", "POSIX", "deutsch"]),
        *(
            (text, None)
            for text in ["English", "x-own", "en/us", "e1", "\uff45\uff4e", "en\x00", "en" + "-a" * 8, "en-abcdefghi"]
        ),
    ],
)
def test_a_language_is_written_as_bcp_47_writes_it(given: str, tag: str | None) -> None:
    assert normalized_language(given) == tag


@given(st.from_regex(LANGUAGE_TAG, fullmatch=True))
def test_a_normalised_language_stays_and_has_the_same_letters(text: str) -> None:
    tag = normalized_language(text)

    assert tag is not None
    assert tag.lower() == re.split("[.@]", text, maxsplit=1)[0].lower().replace("_", "-")
    assert normalized_language(tag) == tag


@pytest.mark.parametrize(
    ("tag", "ranges"),
    [
        ("en", ("en",)),
        ("pt-BR", ("pt-br", "pt")),
        ("zh-Hant-TW", ("zh-hant-tw", "zh-hant", "zh")),
    ],
)
def test_a_language_is_also_each_of_its_prefixes(tag: str, ranges: tuple[str, ...]) -> None:
    assert language_ranges(tag) == ranges


@settings(deadline=None)
@given(st.lists(st.text("abcXYZ09", min_size=1, max_size=8), min_size=1, max_size=8))
def test_every_range_of_a_language_is_a_prefix_at_a_hyphen(subtags: list[str]) -> None:
    tag = "-".join(subtags)
    ranges = language_ranges(tag)

    assert len(ranges) == len(subtags)
    assert all(f"{tag.lower()}-".startswith(f"{found}-") for found in ranges)
    assert ranges[0] == tag.lower()
    assert ranges[-1] == subtags[0].lower()


def test_post_is_immutable() -> None:
    post = Post("a", "A")

    with pytest.raises(FrozenInstanceError):
        post.title = "B"  # type: ignore[misc]


def test_posts_do_not_share_extra() -> None:
    assert Post("a", "A").extra is not Post("b", "B").extra
    assert Post("a", "A").extra == {}
