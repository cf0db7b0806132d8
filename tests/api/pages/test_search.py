from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.pages.rows import segments
from semsearch.rendering import safe_url, url_with_anchor
from tests.api.pages.html import Page
from tests.builders import SHARED, raw_post, service


@given(st.text(), st.sets(st.integers(0, 30)))
def test_the_texts_of_segments_add_up_to_the_text(text: str, cuts: set[int]) -> None:
    places = sorted(cut for cut in cuts if cut <= len(text))
    ranges = tuple(zip(places[::2], places[1::2], strict=False))
    cut = segments(text, ranges)
    assert "".join(segment.text for segment in cut) == text
    assert [segment.text for segment in cut if segment.is_marked] == [text[start:end] for start, end in ranges]


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
def test_other_urls_are_not_links(url: str | None) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize(
    ("url", "anchor", "linked"),
    [
        ("https://example.org/a", "results", "https://example.org/a#results"),
        ("/a?b=c", "results", "/a?b=c#results"),
        ("/a#top", "results", "/a#results"),
        ("/a?b#", "results", "/a?b#results"),
        ("/a#b", "", "/a#b"),
        ("/app#/posts/1", "results", "/app#/posts/1"),
        ("/app#!posts/1", "results", "/app#!posts/1"),
        ("/a", "über uns", "/a#%C3%BCber%20uns"),
        ("/a", "%C3%BCber", "/a#%C3%BCber"),
        ("/a", 'a"><script>#b', "/a#a%22%3E%3Cscript%3E%23b"),
        ("/a", "4.2:b/c?d", "/a#4.2:b/c?d"),
    ],
)
def test_an_anchor_replaces_a_fragment_that_is_a_place_in_the_page(url: str, anchor: str, linked: str) -> None:
    assert url_with_anchor(url, anchor) == linked


@pytest.fixture(scope="module")
def illustrated(build: Callable[..., Path]) -> Iterator[TestClient]:
    """A service over posts with sections and pictures."""
    body = "Bees make honey from nectar all summer long. Wasps build their nests of paper in the attic."
    titled = [
        {"title": "Bees & honey", "anchor": "bees", "start": 0, "end": 44},
        {"title": "Wasps", "anchor": "", "start": 44, "end": len(body)},
    ]
    posts = [
        raw_post("insects", title="Insects", teaser="", url="/insects?page=1#top", body=body, sections=titled),
        raw_post("honey", title="Honey", teaser="On honey.", url="/honey", image="https://img.example/honey.jpg"),
        raw_post("evil", title="Honey and harm", teaser="More on honey.", image="javascript:alert(1)"),
    ]
    with TestClient(service(index=build(posts))) as client:
        yield client


def test_a_hit_links_to_the_section_of_its_passage(illustrated: TestClient) -> None:
    html = illustrated.get("/search", params={"q": "bees make honey from nectar"}).text
    assert '<a href="/insects?page=1#bees">Bees &amp; honey</a>' in html
    assert "/insects?page=1#top" in Page(html).links_out(), "the title leads to the post"


def test_a_section_without_an_anchor_is_shown_without_a_link(illustrated: TestClient) -> None:
    page = Page(illustrated.get("/search", params={"q": "wasps build nests of paper"}).text)
    assert "\u203a Wasps" in page.texts["p"]
    assert "Wasps" not in page.texts["a"]


@pytest.mark.parametrize("path", ["/search?q=honey", "/related?post=insects"])
def test_a_hit_shows_its_picture_if_it_may_be_loaded(illustrated: TestClient, path: str) -> None:
    answer = illustrated.get(path)
    pictures = [attributes for tag, attributes in Page(answer.text).tags if tag == "img"]
    assert [picture["src"] for picture in pictures] == ["https://img.example/honey.jpg"]
    assert {"alt": "", "loading": "lazy", "referrerpolicy": "no-referrer"}.items() <= pictures[0].items()
    assert "img-src 'self' http: https:;" in answer.headers["Content-Security-Policy"]


def test_the_empty_page_is_a_form(client: TestClient) -> None:
    page = Page(client.get("/").text)
    assert ("form", {"role": "search", "action": "search", "method": "get"}) in page.tags
    assert page.texts["label"] == ["Search 9 posts"]


def test_hits_have_highlights_and_links(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "grade school maths"})
    page = Page(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Best answers" in page.texts["h2"]
    assert page.texts["h3"][0] == "Solving Math Word Problems"
    assert page.texts["mark"][:2] == ["Math", "grade school math"]
    assert page.links_out()[0] == "https://openai.com/index/solving-math-word-problems/"


def test_a_query_without_an_answer_has_a_heading_that_says_so(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "how long do I boil an egg?"}).text)
    assert page.texts["h2"] == ["No clear answer", "Closest posts"]
    assert "Try other words, or look at the closest posts below." in page.texts["p"]


def test_a_correction_is_shown(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "grade scool math"}).text)
    assert page.texts["p"][0] == "No post has “scool”. Searched for “school”."
    assert page.texts["h3"][0] == "Solving Math Word Problems"


def test_what_no_post_mentions_is_said(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "models of 1723 <b> x_z"}).text)
    assert page.texts["p"][:2] == ["No post mentions “1723”.", "No post mentions “x_z”."]
    assert page.texts["h2"][0] == "No clear answer"


def test_a_phrase_that_no_post_has_is_not_explained_twice(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": '"zebra crossing"'}).text)
    assert page.texts["p"] == [
        "No post mentions “zebra crossing”.",
        "Try other words, or leave out quotation marks and words with a minus.",
    ]


def test_all_that_is_said_of_a_query_is_in_one_status(build: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "curation.yaml").write_text(
        "synonyms: [[boat, ship]]\nredirects: [{query: boat 77x, to: 'https://example.org/a'}]", encoding="utf-8"
    )
    index = build([raw_post("a", title="Ships in the harbour", tags=["harbours"]), raw_post("b", title="Boats")])
    with TestClient(service(index=index, corpus=tmp_path)) as client:
        page = Page(client.get("/search", params={"q": "boat 77x", "tag": "harbors"}).text)
        silent = Page(client.get("/search", params={"q": "harbour"}).text)
    [status] = [attributes for _, attributes in page.tags if attributes.get("role") == "status"]
    assert status["class"] == "messages"
    assert page.texts["p"][:4] == [
        "No post has the tag “harbors”. Did you mean harbours?",
        "Are you looking for https://example.org/a?",
        "No post mentions “77x”.",
        "For “boat”, searched for “ship” as well.",
    ]
    assert not [attributes for _, attributes in silent.tags if attributes.get("role") == "status"]


def test_a_query_of_exclusions_only_shows_a_message(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "-models"})
    assert answer.status_code == 422
    assert "only exclusions; add a word to search for" in Page(answer.text).texts["p"][0]


def test_a_pinned_post_is_an_answer_and_lists_its_near_duplicates(build: Callable[..., Path], tmp_path: Path) -> None:
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
    assert page.texts["h2"] == ["Best answers", "Other results"]
    assert page.texts["h3"] == ["Tide tables", "Bread from the oven"]
    assert "Recommended" in page.texts["span"]
    assert page.texts["li"][1] == "Tide tables 2023-05-01"  # the other has no link and the same title as the hit
    assert page.links_out() == ["/new", "/older"]  # no link leads to a script


def test_a_tag_narrows_the_hits_and_can_be_removed(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "models", "tag": ["mathematics", "reasoning"]}).text)
    assert set(page.texts["h3"]) == {"Solving Math Word Problems", "Solving (Some) Formal Math Olympiad Problems"}
    assert page.links()[:2] == ["search?q=models&tag=reasoning", "search?q=models&tag=mathematics"]
    assert [attributes["value"] for tag, attributes in page.tags if attributes.get("type") == "hidden"] == [
        "mathematics",
        "reasoning",
    ]


def test_an_unknown_tag_shows_a_message(client: TestClient) -> None:
    assert (
        "No post matches all of the filters above."
        in client.get("/search", params={"q": "models", "tag": "cooking"}).text
    )


def test_a_query_that_is_too_long_shows_a_message(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "a" * 10_000})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "10000 characters, the limit is 2000" in page.texts["p"][0]


def test_a_long_teaser_is_replaced_by_its_best_passage(build: Callable[..., Path]) -> None:
    teaser = "The weather was fair and the sea was calm that day. " * 8 + "Penguins nest beside the volcano."
    with TestClient(service(index=build([raw_post("a", teaser=teaser), raw_post("b")]))) as client:
        page = Page(client.get("/search", params={"q": "penguins near a volcano"}).text)
    assert "Penguins nest beside the volcano." in page.texts["p"]


def test_a_passage_without_words_of_the_query_is_not_marked(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "how long do I boil an egg?"}).text)
    assert "mark" not in page.texts


# --- scores ----------------------------------------------------------------------------------------------------------


def test_a_hit_explains_its_score_with_labelled_bars(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "grade school maths"}).text)
    first = page.texts["details"][1]
    assert first.startswith("\n      Why this result “Solving Math Word Problems”")
    assert "“school” in teaser" in first
    assert re.search(r"Of 100 queries that no post here answers, [89]\d would find only weaker matches\.", first)
    meters = [attributes for tag, attributes in page.tags if tag == "meter"]
    assert [meter["aria-label"] for meter in meters[:2]] == ["Meaning", "Words"]
    assert max(float(meter["value"] or "") for meter in meters) == float(meters[0]["max"] or "")


# --- related posts ----------------------------------------------------------------------------------------------------


def test_a_hit_links_to_its_related_posts_with_reasons(client: TestClient) -> None:
    page = Page(client.get("/search", params={"q": "critiques help humans notice flaws"}).text)
    assert "related?post=critiques" in page.links()
    related = Page(client.get("/related?post=critiques").text)
    assert related.texts["h1"] == ["AI-Written Critiques Help Humans Notice Flaws"]
    assert related.texts["h2"][0] == "Our approach to alignment research"
    assert "Both are tagged alignment, human feedback" in related.texts["li"][0]
    assert "AI-Written Critiques Help Humans Notice Flaws" not in related.texts["h2"]


@pytest.mark.parametrize("post", ["nope", "", "../critiques", "critiques\n"])
def test_an_unknown_post_is_a_404_page(post: str, client: TestClient) -> None:
    answer = client.get("/related", params={"post": post})
    page = Page(answer.text)
    if post.strip() == "critiques":  # ids are trimmed
        assert answer.status_code == 200
    else:
        assert (answer.status_code, page.texts["h1"]) == (404, ["There is no such post"])


# --- caching and links ------------------------------------------------------------------------------------------------


def test_pages_are_cacheable_except_errors_and_the_playground(client: TestClient) -> None:
    for path in ("/", "/search?q=maths", "/related?post=vpt"):
        assert client.get(path).headers["cache-control"] == "public, max-age=60"
    for path in ("/search?q=-maths", "/related?post=nope", "/playground"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_links_respect_the_root_path(demo_index: Path) -> None:
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


def test_paging_reaches_every_hit_once(many: TestClient) -> None:
    path, titles = "search?q=boats", []
    while path:
        page = Page(many.get(f"/{path}").text)
        titles += page.texts["h3"]
        following = [attributes["href"] for tag, attributes in page.tags if attributes.get("rel") == "next"]
        path = following[0] or "" if following else ""
    assert sorted(titles) == sorted(f"Boats and harbours {number}" for number in range(25))
    assert path == ""


def test_a_page_after_the_last_hit_links_to_the_last_page_with_hits(many: TestClient) -> None:
    page = Page(many.get("/search?q=boats&page=9").text)
    assert "There are no more results." in page.texts["p"]
    [previous] = [attributes["href"] for _, attributes in page.tags if attributes.get("rel") == "prev"]
    assert previous == "search?q=boats&page=3"


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "", "00", "9" * 5_000])
def test_an_invalid_page_number_is_not_an_error(page: str, many: TestClient) -> None:
    assert many.get("/search", params={"q": "boats", "page": page}).status_code == 200


@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile inputs are not part of the project")
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
    allowed |= {"textarea"}  # of the playground
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
