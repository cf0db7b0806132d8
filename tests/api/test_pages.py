from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.pages.rows import segments
from semsearch.rendering import safe_url
from tests.builders import SHARED, raw_post, service


class Page(HTMLParser):
    """The tags of a page, in order, and the text inside some of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input"):
            texts = self.texts.setdefault(tag, [])
            self._open.append((tag, len(texts)))
            texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for tag, place in self._open:
            self.texts[tag][place] += data

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]

    def links_out(self) -> list[str]:
        """Those to posts, not to other pages of the service."""
        return [link for link in self.links() if not link.startswith(("search?", "related?"))]

    def values(self, name: str) -> list[str | None]:
        """What the controls of a form have under a name."""
        return [attributes.get("value") for tag, attributes in self.tags if attributes.get("name") == name]


@given(st.text(), st.sets(st.integers(0, 30)))
def test_segments_joined_are_the_text(text: str, cuts: set[int]) -> None:
    places = sorted(cut for cut in cuts if cut <= len(text))
    ranges = tuple(zip(places[::2], places[1::2], strict=False))
    cut = segments(text, ranges)
    assert "".join(segment.text for segment in cut) == text
    assert [segment.text for segment in cut if segment.marked] == [text[start:end] for start, end in ranges]


@pytest.mark.parametrize("url", ["https://example.org/a", "http://example.org", "/a?b#c", "a/b", "?q=1", "#x"])
def test_http_and_relative_addresses_are_links(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "file:///etc",
        "mailto:a@b",
        "https:evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "",
        None,
    ],
)
def test_other_addresses_are_not(url: str | None) -> None:
    assert safe_url(url) is None


def test_the_empty_page_is_a_form(client: TestClient) -> None:
    page = Page(client.get("/").text)
    assert ("form", {"role": "search", "action": "search", "method": "get"}) in page.tags
    assert page.texts["label"] == ["Search 9 posts"]


def test_a_question_gets_marked_hits_with_links(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "grade school maths"})
    page = Page(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Best answers" in page.texts["h2"]
    assert page.texts["h3"][0] == "Solving Math Word Problems"
    assert page.texts["mark"][:2] == ["Math", "grade school math"]
    assert page.links_out()[0] == "https://openai.com/index/solving-math-word-problems/"


def test_a_question_the_posts_do_not_answer_says_so(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "how long do I boil an egg?"}).text)
    assert page.texts["h2"] == ["No sure answer", "The nearest posts"]


def test_a_misspelt_word_is_corrected_in_words(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "grade scool math"}).text)
    assert page.texts["p"][0] == "No post has “scool”. Searched for “school”."
    assert page.texts["h3"][0] == "Solving Math Word Problems"


def test_a_query_that_only_excludes_is_refused_in_words(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "-models"})
    assert answer.status_code == 422
    assert "only what to leave out; add a word to look for" in Page(answer.text).texts["p"][0]


def test_a_pinned_post_is_a_recommended_answer_and_names_its_near_duplicates(
    build: Callable[..., Path], tmp_path: Path
) -> None:
    tides = "The tide tables for the harbour were printed again this spring, with corrected times for every day."
    posts = [
        raw_post("old", title="Tide tables", teaser=tides, date="2024-05-01", url="javascript:alert(1)"),
        raw_post("older", title="Tide tables", teaser=tides, date="2023-05-01", url="/older"),
        raw_post("new", title="Tide tables", teaser=tides, date="2024-05-02", url="/new"),
        raw_post("bread", title="Bread from the oven", teaser="Flour and water, and time."),
    ]
    (tmp_path / "curation.yaml").write_text("queries: [{query: opening hours, pin: [new]}]", encoding="utf-8")
    with TestClient(service(index=build(posts), corpus=tmp_path)) as client:
        page = Page(client.get("/search", params={"q": "opening hours"}).text)
    assert page.texts["h2"] == ["Best answers", "Perhaps also"]
    assert page.texts["h3"] == ["Tide tables", "Bread from the oven"]
    assert "Recommended" in page.texts["span"]
    assert page.texts["li"][1] == "Tide tables 2023-05-01"  # the other says nothing that the hit itself does not
    assert page.links_out() == ["/new", "/older"]  # no link leads to a script


def test_a_tag_narrows_the_hits_and_can_be_removed(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "models", "tag": ["mathematics", "reasoning"]}).text)
    assert set(page.texts["h3"]) == {"Solving Math Word Problems", "Solving (Some) Formal Math Olympiad Problems"}
    assert page.links()[:2] == ["search?q=models&tag=reasoning", "search?q=models&tag=mathematics"]
    assert [attributes["value"] for tag, attributes in page.tags if attributes.get("type") == "hidden"] == [
        "mathematics",
        "reasoning",
    ]


def test_a_tag_that_no_post_has_says_so(client: TestClient) -> None:
    assert (
        "No post has all that is chosen above." in client.get("/search", params={"q": "models", "tag": "cooking"}).text
    )


def test_a_question_that_is_too_long_is_refused_in_words(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "a" * 10_000})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "10000 characters, the limit is 512" in page.texts["p"][0]


def test_a_long_teaser_gives_way_to_its_sentence_that_answers(build: Callable[..., Path]) -> None:
    teaser = "The weather was fair and the sea was calm that day. " * 8 + "Penguins nest beside the volcano."
    with TestClient(service(index=build([raw_post("a", teaser=teaser), raw_post("b")]))) as client:
        page = Page(client.get("/search", params={"q": "penguins near a volcano"}).text)
    assert "Penguins nest beside the volcano." in page.texts["p"]


def test_a_sentence_without_a_word_of_the_question_is_not_marked(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "how long do I boil an egg?"}).text)
    assert "mark" not in page.texts


# --- facets -----------------------------------------------------------------------------------------------------------


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


# --- why --------------------------------------------------------------------------------------------------------------


def test_a_hit_says_why_it_is_there_with_bars_that_can_be_read(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "grade school maths"}).text)
    first = page.texts["details"][1]
    assert first.startswith("\n      Why this result “Solving Math Word Problems”")
    assert "“school” in teaser" in first
    assert "Of 100 questions that no post here answers, 99 would find nothing as near as this." in first
    meters = [attributes for tag, attributes in page.tags if tag == "meter"]
    assert [meter["aria-label"] for meter in meters[:2]] == ["Meaning", "Words"]
    assert max(float(meter["value"] or "") for meter in meters) == float(meters[0]["max"] or "")


# --- related posts ----------------------------------------------------------------------------------------------------


def test_a_hit_leads_to_what_is_related_to_it_with_reasons(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "critiques help humans notice flaws"}).text)
    assert "related?post=critiques" in page.links()
    related = Page(client.get("/related?post=critiques").text)
    assert related.texts["h1"] == ["AI-Written Critiques Help Humans Notice Flaws"]
    assert related.texts["h2"][0] == "Our approach to alignment research"
    assert "Both are tagged alignment, human feedback" in related.texts["li"][0]
    assert "AI-Written Critiques Help Humans Notice Flaws" not in related.texts["h2"]


@pytest.mark.parametrize("post", ["nope", "", "../critiques", "critiques\n"])
def test_an_unknown_post_is_told_in_words(post: str, client: TestClient) -> None:
    answer = client.get("/related", params={"post": post})
    page = Page(answer.text)
    if post.strip() == "critiques":  # as ids are read everywhere
        assert answer.status_code == 200
    else:
        assert (answer.status_code, page.texts["h1"]) == (404, ["There is no such post"])


# --- around the pages -------------------------------------------------------------------------------------------------


def test_pages_may_be_kept_as_answers_are_but_not_those_with_a_mistake(client: TestClient) -> None:
    for path in ("/", "/search?q=maths", "/related?post=vpt"):
        assert client.get(path).headers["cache-control"] == "public, max-age=60"
    for path in ("/search?q=-maths", "/related?post=nope", "/playground"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_behind_the_path_of_another_server_every_address_is_below_it(demo_index: Path) -> None:
    with TestClient(service(index=demo_index), root_path="/find") as client:
        for path in (
            "/find/search?q=maths",
            "/find/related?post=vpt",
            "/find/playground?q=maths",
            "/find/related?post=no",
        ):
            page = Page(client.get(path).text)
            files = [
                attributes.get("href") or attributes["src"]
                for tag, attributes in page.tags
                if tag in ("link", "script")
            ]
            assert files
            assert all((file or "").startswith("/find/web/") for file in files)
            assert all(client.get(file or "").status_code == 200 for file in files if file != "/find/web/box.js")
            own = [link for link in page.links() if not link.startswith("https://")]
            assert all(link.startswith(("search?", "related?", "/find/")) for link in own)
            actions = [attributes["action"] for tag, attributes in page.tags if tag == "form"]
            assert set(actions) <= {"search", "playground"}


@pytest.fixture(scope="module")
def many(build: Callable[..., Path]) -> Iterator[TestClient]:
    index = build([raw_post(f"post-{number}", title=f"Boats and harbours {number}") for number in range(25)])
    with TestClient(service(index=index)) as client:
        yield client


def test_pages_follow_each_other_and_lose_nothing(many: TestClient) -> None:
    path, titles = "search?q=boats", []
    while path:
        page = Page(many.get(f"/{path}").text)
        titles += page.texts["h3"]
        following = [attributes["href"] for tag, attributes in page.tags if attributes.get("rel") == "next"]
        path = following[0] or "" if following else ""
    assert sorted(titles) == sorted(f"Boats and harbours {number}" for number in range(25))
    assert path == ""


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "", "00", "9" * 5_000])
def test_a_page_number_that_is_none_does_no_harm(page: str, many: TestClient) -> None:
    assert many.get("/search", params={"q": "boats", "page": page}).status_code == 200


@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile inputs are kept outside the project")
def test_no_payload_becomes_markup(build: Callable[..., Path]) -> None:
    payloads = (SHARED / "bad_inputs/xss/xss-payload-list.txt").read_text(encoding="utf-8").splitlines()
    chosen = list(dict.fromkeys(payload[:200] for payload in payloads if payload.strip()))[::150]
    assert len(chosen) > 20
    posts = [
        raw_post(f"p{number}", title=f"harmless {payload}", teaser=payload, tags=[payload], url=payload)
        for number, payload in enumerate(chosen)
    ]
    allowed = {"html", "head", "meta", "title", "link", "body", "header", "form", "label", "div", "input", "button"}
    allowed |= {"main", "p", "a", "span", "h1", "h2", "h3", "ol", "ul", "li", "mark", "time", "nav", "aside", "section"}
    allowed |= {"details", "summary", "dl", "dt", "dd", "meter", "select", "option", "output", "pre", "code", "script"}
    allowed |= {"semsearch-box"}
    asked: list[tuple[str, dict[str, Any]]] = [
        *(("/search", {"q": payload, "year": payload}) for payload in ["harmless", *chosen]),
        *(("/search", {"q": "harmless", "tag": [payload]}) for payload in chosen[::5]),
        *(("/related", {"post": f"p{number}"}) for number in range(0, len(chosen), 5)),
        *(("/related", {"post": payload}) for payload in chosen[::5]),
        *(("/playground", {"q": f"harmless {payload}", "tag": payload}) for payload in chosen[::8]),
        *(
            ("/playground", {"q": payload, "ticked": payload, "ratio": payload, "pin": ["p1", payload], "hide": ["p2"]})
            for payload in chosen[::8]
        ),
    ]
    with TestClient(service(index=build(posts))) as client:
        for path, parameters in asked:
            page = Page(client.get(path, params=parameters).text)
            assert {tag for tag, _ in page.tags} <= allowed
            assert not [name for _, attributes in page.tags for name in attributes if name.startswith(("on", "style"))]
            assert all(safe_url(link) for link in page.links())
            assert set(page.texts.get("script", ())) <= {""}, "a script comes from a file alone"
