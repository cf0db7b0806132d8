from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

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
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.texts[tag][-1] += data

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]


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
    assert page.texts["h2"][0] == "Best answers"
    assert page.texts["h3"][0] == "Solving Math Word Problems"
    assert page.texts["mark"][:2] == ["Math", "grade school math"]
    assert page.links()[0] == "https://openai.com/index/solving-math-word-problems/"


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
    assert page.texts["span"] == ["Recommended"]
    assert [text for text in page.texts["p"] if text.startswith("Also: ")] == ["Also: Tide tables"] * 2
    assert page.links()[:2] == ["/new", "/older"]  # no link leads to a script


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
        "No post with all of these tags matches."
        in client.get("/search", params={"q": "models", "tag": "cooking"}).text
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
    allowed |= {"main", "p", "a", "span", "h2", "h3", "ol", "li", "mark", "time", "nav"}
    with TestClient(service(index=build(posts))) as client:
        for payload in ["harmless", *chosen]:
            page = Page(client.get("/search", params={"q": payload, "tag": []}).text)
            assert {tag for tag, _ in page.tags} <= allowed
            assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
            assert all(safe_url(link) for link in page.links())
