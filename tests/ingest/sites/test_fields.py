"""Front matter → dates, tags, authors, image, status, in all the shapes that people write."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from semsearch.ingest.entries import Place, Status
from semsearch.ingest.sites.authors import authors_of, people_of
from semsearch.ingest.sites.dating import dates_of, is_after, paths_with_date
from semsearch.ingest.sites.images import image_of
from semsearch.ingest.sites.statuses import status_of
from semsearch.ingest.sites.tags import tags_of
from semsearch.ingest.sites.values import Fields, is_true, lookup

HERE = Place("a.md")


@pytest.mark.parametrize(
    ("fields", "path", "date", "updated"),
    [
        ({"date": "2024-1-5"}, "", "2024-01-05", None),
        ({"date": {"created": "2024-01-05", "updated": "2024-02-06"}}, "", "2024-01-05", "2024-02-06"),
        ({"pubdate": dt.date(2024, 1, 5), "lastmod": dt.date(2024, 1, 6)}, "", "2024-01-05", "2024-01-06"),
        ({"date": "2024-01-05"}, "2020-01-01-a.md", "2024-01-05", None),
        ({}, "2020-1-1-a.md", "2020-01-01", None),
        ({"permalink": "/2021/02/03/a/"}, "2020-01-01-a.md", "2021-02-03", None),
        ({"published": True}, "a.md", None, None),
        ({"last_modified_at": "2024-01-05"}, "", None, "2024-01-05"),
        ({"last_update": {"date": "2024-01-05", "author": "Ada"}}, "", None, "2024-01-05"),
    ],
)
def test_a_date_is_in_the_front_matter_then_in_a_path(
    fields: dict[str, Any], path: str, date: str | None, updated: str | None
) -> None:
    found = dates_of(Fields(fields), HERE, paths_with_date(Fields(fields), path))
    assert (found.date, found.updated, found.notes) == (date, updated, ())


def test_an_impossible_date_is_dropped_and_said() -> None:
    found = dates_of(Fields({"date": "2024-02-30"}), HERE)
    assert found.date is None
    assert [(note.reason, "2024-02-30" in note.detail) for note in found.notes] == [("impossible date", True)]


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2026-01-01", False), ("2026-01-02", True), ("2026-01-01T01:00:00+02:00", False), ("2026-01-01T01:00:00", True)],
)
def test_the_future_begins_now(date: str, expected: bool) -> None:
    assert is_after(date, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tags": None, "tag": "ropes"}, ("ropes",)),
        ({"tags": ["a", "b"], "categories": "C", "category": "a"}, ("a", "b", "C")),
        ({"tags": [["a"], ["b", None]]}, ("a", "b")),
        ({"tags": [{"label": "A", "permalink": "/a"}, True, 2013]}, ("A", "true", "2013")),
        ({"taxonomies": {"tags": ["a"], "authors": ["Ada"], "series": ["S"]}}, ("a",)),
        ({"keywords": "a, b"}, ("a", "b")),
        ({"keywords": "a, b", "tags": ["c"]}, ("c",)),
        ({"tags": "one tag, with a comma"}, ("one tag, with a comma",)),
        ({}, ()),
    ],
)
def test_tags_have_many_spellings(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert tags_of(Fields(fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"author": "Ada Quay, Harbour master"}, ("Ada Quay, Harbour master",)),
        ({"authors": ["aq", "Bo"]}, ("Ada Quay", "Bo")),
        ({"authors": [{"name": "Ada", "url": "/ada"}, {"key": "aq"}]}, ("Ada", "Ada Quay")),
        ({"author": {"name": "Ada", "email": "ada@quay.test"}}, ("Ada",)),
        ({"author": "Ada", "authorurl": "https://quay.test"}, ("Ada",)),
        ({"by": ["Ada", "Ada"]}, ("Ada",)),
        ({"author": "Ada <ada@quay.test>"}, ("Ada",)),
        ({"author": "[Ada](https://quay.test)"}, ("Ada",)),
        ({"extra": {"author": "Ada"}}, ("Ada",)),
        ({"author": True}, ()),
    ],
)
def test_authors_have_many_shapes(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert authors_of(Fields(fields), {"aq": "Ada Quay"}) == expected


@pytest.mark.parametrize(
    "data",
    [
        {"Ada": {"name": "Ada Quay"}},
        {"ada": "Ada Quay"},
        {"authors": {"ada": {"name": "Ada Quay"}}},
        [{"username": "ada", "display_name": "Ada Quay"}],
        {"ada": {"first_name": "Ada", "last_name": "Quay"}},
    ],
)
def test_data_files_of_authors_have_many_shapes(data: Any) -> None:
    assert people_of(data) == {"ada": "Ada Quay"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"image": "/a.jpg"}, "/a.jpg"),
        ({"cover": {"image": "a.jpg", "alt": "A"}}, "a.jpg"),
        ({"images": ["a.jpg", "b.jpg"]}, "a.jpg"),
        ({"header": {"overlay_color": "#000", "image": "/a.jpg"}}, "/a.jpg"),
        ({"image": {"path": "/a.jpg", "width": 10}}, "/a.jpg"),
        ({"hero": False, "thumbnail": "https://quay.test/a.png"}, "https://quay.test/a.png"),
        ({"image": "{{ site.logo }}"}, ""),
        ({"image": "data:image/png;base64,AAAA"}, ""),
        ({"image": "blue"}, ""),
    ],
)
def test_images_have_many_shapes(fields: dict[str, Any], expected: str) -> None:
    assert image_of(Fields(fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"draft": "yes"}, Status.DRAFT),
        ({"published": False}, Status.DRAFT),
        ({"published": "2024-01-01"}, Status.PUBLISHED),
        ({"status": "hidden"}, Status.PRIVATE),
        ({"unlisted": True}, Status.PRIVATE),
        ({}, Status.PUBLISHED),
    ],
)
def test_the_status_is_told_by_flags(fields: dict[str, Any], expected: Status) -> None:
    assert status_of(Fields(fields)) is expected


def test_names_are_compared_without_case_also_inside_of_mappings() -> None:
    assert lookup({"Extra": {"Author": "Ada"}}, "extra.author") == "Ada"
    assert (is_true("on"), is_true("0"), is_true("perhaps")) == (True, False, None)
