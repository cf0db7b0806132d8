from __future__ import annotations

import datetime as dt

import pytest

from semsearch.ingest.parsing.dates import date_in_path, parse_date

UTC = dt.UTC


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023-01-05", "2023-01-05"),
        ("2023-1-5", "2023-01-05"),
        ("2023/10/30 12:00", "2023-10-30T12:00:00"),
        ("2020-01-31 10:00:00 -0500", "2020-01-31T10:00:00-05:00"),
        ("2020-01-31T10:00:00.123Z", "2020-01-31T10:00:00+00:00"),
        ("2024-01-05 3:04pm", "2024-01-05T15:04:00"),
        ("March 3, 2021 4:05 PM", "2021-03-03"),
        ("Wednesday, 3 March 2021 4:05 PM", "2021-03-03"),
        ("Wed, 02 Oct 2002 13:00:00 GMT", "2002-10-02T13:00:00+00:00"),
        ("Wed, 02 Oct 2002 13:00:00", "2002-10-02T13:00:00"),
        ("January 5, 2023", "2023-01-05"),
        ("5th Jan. 2023", "2023-01-05"),
        ("1580470000", "2020-01-31T11:26:40+00:00"),
        (1580470000000, "2020-01-31T11:26:40+00:00"),
        ("20230105", "2023-01-05"),
        ("5.1.2023", "2023-01-05"),
        ("31.12.2023 10:30", "2023-12-31T10:30:00"),
        ("31/12/2023", "2023-12-31"),
        ("12/31/2023 3:04 PM", "2023-12-31T15:04:00"),
        ("05/05/2023", "2023-05-05"),
        ("31-12-2023", "2023-12-31"),
        ("2023年1月5日", "2023-01-05"),
        ("2023년 1월 5일 10:30", "2023-01-05T10:30:00"),
        ("\u201c2023-01-05\u201d", "2023-01-05"),
        (dt.date(2023, 1, 5), "2023-01-05"),
        (dt.datetime(2023, 1, 5, 6, 7, tzinfo=UTC), "2023-01-05T06:07:00+00:00"),
    ],
)
def test_a_date_is_read_as_people_and_programs_write_it(written: object, expected: str) -> None:
    assert parse_date(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-30",
        "0000-00-00 00:00:00",
        "01/05/2023",
        "soon",
        "",
        None,
        True,
        [],
        "2023-13-01",
        "01-05-2023",
        "31.13.2023",
        "13/13/2023",
        "1.2.20234",
        "9" * 14,
        1e30,
        -1e30,
    ],
)
def test_what_is_no_possible_date_gives_none(written: object) -> None:
    assert parse_date(written) is None


def test_an_impossible_time_leaves_the_day() -> None:
    assert parse_date("2023-01-05T25:00:00") == "2023-01-05"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("_posts/2020-01-31-title.md", "2020-01-31"),
        ("2015-4-9-title.md", "2015-04-09"),
        ("/2020/1/31/title/", "2020-01-31"),
        ("2024-02-30/2024-03-01-title.md", "2024-03-01"),
        ("v12020-01-31", None),
        ("title.md", None),
    ],
)
def test_a_day_is_found_in_a_path(path: str, expected: str | None) -> None:
    assert date_in_path(path) == expected
