"""What can a question be narrowed to on the search page, and which choices does that offer?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.pages.html import Page
from tests.builders import raw_post, service


@pytest.fixture(scope="module")
def boats(build: Callable[..., Path]) -> Iterator[TestClient]:
    """Three posts on boats, two of one year, among others that no question about boats is answered by."""
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


def test_facets_count_the_answers_and_lead_to_just_those(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=boats").text)
    assert page.texts["h2"][:2] == ["Tags", "Years"]
    (aside,) = page.texts["aside"]
    assert (
        " ".join(aside.split()) == "Tags sea 2 answers wood 2 answers paper 1 answer Years 2023 1 answer 2022 2 answers"
    )
    assert "food" not in aside, "no answer has it"
    for link in ("search?q=boats&tag=sea", "search?q=boats&year=2022"):
        assert link in page.links()
        narrowed = Page(boats.get(f"/{link}").text)
        assert sorted(narrowed.texts["h3"]) == ["Boats in the harbour", "Boats on the lake"]


def test_what_is_chosen_can_be_removed_and_goes_along_with_the_next_question(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=boats&tag=wood&year=2022").text)
    assert page.texts["h3"] == ["Boats in the harbour"]
    assert {"search?q=boats&year=2022", "search?q=boats&tag=wood"} <= set(page.links())
    assert (page.values("tag"), page.values("year")) == (["wood"], ["2022"])
    assert "aside" not in page.texts, "one answer is not to be narrowed"


def test_a_question_without_an_answer_has_nothing_to_choose_from(boats: TestClient) -> None:
    page = Page(boats.get("/search?q=quantum+chromodynamics").text)
    assert page.texts["h2"][0] == "No sure answer"
    assert "aside" not in page.texts


@pytest.mark.parametrize("year", ["20x", "0000", "٢٠٢٢", "22", "-2022", "2022-01-01", "9" * 500, "<b>"])
def test_a_year_that_is_none_is_named(year: str, boats: TestClient) -> None:
    answer = boats.get("/search", params={"q": "boats", "year": year})
    assert answer.status_code == 422
    assert "is no year such as 2026" in Page(answer.text).texts["p"][0]


def test_a_tag_that_is_empty_narrows_nothing(boats: TestClient) -> None:
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
def test_what_narrows_the_box_narrows_the_page(narrowed: str, without: str, says: str, boats: TestClient) -> None:
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
def test_what_narrows_to_nothing_that_there_can_be_is_named(given: str, reason: str, boats: TestClient) -> None:
    answer = boats.get(f"/search?q=boats&{given}")
    assert answer.status_code == 422
    assert reason in Page(answer.text).texts["p"][0]


def test_a_year_without_posts_says_so_and_an_empty_one_asks_nothing(boats: TestClient) -> None:
    assert "No post has all that is chosen above." in boats.get("/search?q=boats&year=1999").text
    assert len(Page(boats.get("/search?q=boats&year=").text).texts["h3"]) == 7
