"""Filters and facets of the search page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.pages.html import Page
from tests.builders import raw_post, service


@pytest.fixture(scope="module")
def boats(build: Callable[..., Path]) -> Iterator[TestClient]:
    """A service over three posts on boats, two of one year, and posts on other subjects."""
    posts = [
        raw_post(
            "a",
            title="Boats in the harbour",
            teaser="Where boats lie.",
            date="2022-03-01",
            tags=["sea", "wood"],
            authors=["Ann"],
        ),
        raw_post("b", title="Boats on the lake", teaser="Where boats sail.", date="2022-05-01", tags=["sea"]),
        raw_post(
            "c", title="Boats of paper", teaser="How boats are folded.", date="2023-05-01", tags=["paper", "wood"]
        ),
        *(
            raw_post(
                f"bread-{number}",
                title=f"Bread {number}",
                teaser="Flour, water, time.",
                date="2021-01-01",
                tags=["food"],
            )
            for number in range(4)
        ),
    ]
    with TestClient(service(index=build(posts))) as client:
        yield client


def test_facets_count_answers_and_link_to_them(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=boats").text)
    assert page.texts["h2"][:2] == ["Tags", "Years"]
    (aside,) = page.texts["aside"]
    assert (
        " ".join(aside.split()) == "Tags sea 2 results wood 2 results paper 1 result Years 2023 1 result 2022 2 results"
    )
    assert "food" not in aside, "no answer has this tag"
    for link in ("search?q=boats&tag=sea", "search?q=boats&year=2022"):
        assert link in page.links()
        narrowed = Page(boats.get(f"/{link}").text)
        assert sorted(narrowed.texts["h3"]) == ["Boats in the harbour", "Boats on the lake"]


@pytest.mark.parametrize("tag", ["SEA", "sea"])
def test_a_tag_is_chosen_in_any_case_and_then_not_offered(boats: TestClient, tag: str) -> None:
    page = Page(boats.get(f"/search?q=boats&tag={tag}").text)
    assert sorted(page.texts["h3"]) == ["Boats in the harbour", "Boats on the lake"]
    assert not [link for link in page.links() if link.lower().count("tag=sea") > 1]


def test_chosen_filters_can_be_removed_and_are_kept_for_the_next_query(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=boats&tag=wood&year=2022").text)
    assert page.texts["h3"] == ["Boats in the harbour"]
    assert {"search?q=boats&year=2022", "search?q=boats&tag=wood"} <= set(page.links())
    assert (page.values("tag"), page.values("year")) == (["wood"], ["2022"])
    assert "aside" not in page.texts, "a single answer has no facets"


def test_a_query_without_an_answer_has_no_facets(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=quantum+chromodynamics").text)
    assert page.texts["h2"][0] == "No clear answer"
    assert "aside" not in page.texts


@pytest.mark.parametrize("year", ["20x", "0000", "٢٠٢٢", "22", "-2022", "2022-01-01", "9" * 500, "<b>"])
def test_an_invalid_year_shows_a_message(year: str, boats: TestClient) -> None:
    answer = boats.get("/search", params={"q": "boats", "year": year})
    assert answer.status_code == 422
    assert "is not a year such as 2026" in Page(answer.text).texts["p"][0]


def test_an_empty_tag_is_ignored(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=boats&tag=").text)
    assert len(page.texts["h3"]) == 7
    assert "Only posts" not in page.texts.get("div", [])


@pytest.mark.parametrize(
    ("narrowed", "without", "says"),
    [
        ("author=Ann", "search?q=boats", "by Ann"),
        ("language=de", "search?q=boats", "in the language de"),
        ("date_from=2022-04-01&date_to=2022-07-01", "search?q=boats&date_from=2022-04-01", "from 2022-04-01 on"),
        ("date_to=2022-04-01&year=2022", "search?q=boats&date_to=2022-04-01", "until 2022-04-01"),
    ],
)
def test_the_page_has_the_filters_of_the_box(narrowed: str, without: str, says: str, boats: TestClient) -> None:
    page = Page(boats.get(f"/search?q=boats&{narrowed}").text)
    hits = boats.get(f"/v1/search?q=boats&{narrowed.replace('year=2022', 'date_from=2022-01-01')}").json()["hits"]
    assert len(hits) < 3
    assert page.texts.get("h3", []) == [hit["title"] for hit in hits]
    given = [(each["name"], each["value"]) for tag, each in page.tags if tag == "input" and each["type"] == "hidden"]
    assert "&".join(f"{name}={value}" for name, value in given) == narrowed
    assert without in page.links()
    assert says in " ".join(page.texts["div"])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("language=x y", "is not a BCP 47 tag"),
        ("date_from=tomorrow", "is not a day"),
        ("date_to=2022-13-01", "is not a day"),
    ],
)
def test_an_invalid_filter_shows_a_message(given: str, reason: str, boats: TestClient) -> None:
    answer = boats.get(f"/search?q=boats&{given}")
    assert answer.status_code == 422
    assert reason in Page(answer.text).texts["p"][0]


def test_a_year_without_posts_shows_a_message_and_an_empty_year_is_ignored(boats: TestClient) -> None:
    assert "No post matches all of the filters above." in boats.get("/search?q=boats&year=1999").text
    assert len(Page(boats.get("/search?q=boats&year=").text).texts["h3"]) == 7


def test_an_unknown_tag_is_reported_with_a_link_to_the_nearest_one(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "maths", "tag": ["mathmatics", "reasoning"], "page": "1"}).text)
    assert "No post has the tag “mathmatics”. Did you mean mathematics?" in page.texts["p"]
    assert "search?q=maths&tag=mathematics&tag=reasoning" in page.links()
