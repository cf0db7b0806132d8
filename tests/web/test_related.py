from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.api.middleware.test_access import keys_file
from tests.builders import service
from tests.client.servers import running
from tests.web.boxes import place_of
from tests.web.lists import (
    FAR,
    LIGHT,
    Opened,
    answers,
    fail_requests,
    hit,
    hold_responses,
    respond,
    settled,
    titles,
    wait_for,
)
from tests.web.sites import Site

# --- from another site ------------------------------------------------------------------------------------------------


def test_a_page_of_another_site_shows_the_list_of_the_service(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    related = opened()
    settled(related, shown=True)
    hits = page.request.get(f"{world[1]}/v1/posts/formal-math/related").json()["hits"]
    links = related.locator("nav a").all()
    assert [(link.inner_text(), link.get_attribute("href")) for link in links] == [
        (hit["title"], hit["url"]) for hit in hits
    ]
    expect(page.get_by_role("navigation", name="Related posts")).to_be_visible()
    expect(related.get_by_role("heading", level=2)).to_have_text("Related posts")


def test_a_key_is_sent_after_a_cors_preflight(
    opened: Opened, world: tuple[Site, str], demo_index: Path, tmp_path: Path
) -> None:
    settings = {"origins": (world[0].address,), "keys_file": keys_file(tmp_path, "site")}
    with running(service(index=demo_index, **settings)) as locked:
        settled(opened(service=locked, **{"api-key": "site"}), shown=True)
        settled(opened(service=locked, **{"api-key": "nobody"}), shown=False)
        settled(opened(service=locked), shown=False)


def test_a_site_that_is_not_allowed_keeps_its_list_and_gets_a_warning(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    stranger = world[0].address.replace("127.0.0.1", "localhost")
    with page.expect_console_message(lambda message: message.type == "warning") as warned:
        related = opened(LIGHT, origin=stranger)
    settled(related, shown=True)
    assert titles(related) == ["An old post"]
    for said in (world[1], stranger, "SEMSEARCH_ORIGINS"):
        assert said in warned.value.text


def test_without_javascript_the_inner_markup_is_shown(page: Page, opened: Opened, world: tuple[Site, str]) -> None:
    opened(LIGHT)
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(world[0].address)
    expect(plain.get_by_role("link", name="An old post")).to_be_visible()
    context.close()


# --- when it is asked -------------------------------------------------------------------------------------------------


def test_it_loads_once_when_it_comes_near_the_viewport(opened: Opened, page: Page) -> None:
    asked = answers(page, hit())
    related = opened(before=FAR, after=FAR)
    page.wait_for_timeout(100)
    assert asked == []
    page.evaluate("scrollTo(0, document.querySelector('semsearch-related').offsetTop - innerHeight - 500)")
    settled(related, shown=True)
    assert not related.evaluate("element => element.getBoundingClientRect().top < innerHeight"), (
        "it is still out of sight"
    )
    for place in (0, 10_000, 0, 5_000):
        page.evaluate(f"scrollTo(0, {place})")
        page.wait_for_timeout(30)
    related.evaluate("element => element.parentElement.append(element)")
    page.wait_for_timeout(50)
    assert len(asked) == 1
    assert titles(related) == ["Title of new"]


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ({}, "/v1/posts/formal-math/related?limit=5"),
        ({"limit": 2}, "/v1/posts/formal-math/related?limit=2"),
        ({"post": "2024/a day?#é%"}, "/v1/posts/2024%2Fa%20day%3F%23%C3%A9%25/related?limit=5"),
    ],
)
def test_it_requests_the_related_posts_of_its_attributes(
    attributes: dict[str, Any], path: str, opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    asked = answers(page, hit())
    settled(opened(**attributes), shown=True)
    assert asked == [world[1] + path]


def test_without_a_post_nothing_is_requested(opened: Opened, page: Page) -> None:
    asked = answers(page, hit())
    related = opened(LIGHT, post=None)
    page.wait_for_timeout(50)
    assert asked == []
    assert titles(related) == ["An old post"]
    related.evaluate("element => element.setAttribute('post', 'b')")
    settled(related, shown=True)
    expect(related.locator("a").last).to_have_text("Title of new")


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_the_inner_markup_is_shown_until_the_response(opened: Opened, page: Page) -> None:
    waiting = hold_responses(page)
    related = opened(LIGHT)
    wait_for(page, waiting, 1)
    page.wait_for_timeout(100)
    assert titles(related) == ["An old post"]
    respond(waiting[0], hit())
    expect(related.get_by_role("link")).to_have_text("Title of new")
    assert titles(related) == ["Title of new"]


def test_the_heading_of_the_inner_markup_is_kept(opened: Opened, page: Page) -> None:
    answers(page, hit())
    related = opened(LIGHT)
    expect(related.get_by_role("link")).to_have_text("Title of new")
    expect(page.get_by_role("navigation", name="Read on")).to_be_visible()
    expect(related.get_by_role("heading", level=3)).to_have_text("Read on")


def test_an_item_has_title_teaser_date_and_reasons(opened: Opened, page: Page) -> None:
    reasons = [
        {"kind": "words", "values": ["tides", "moon"]},
        {"kind": "tags", "values": ["sea"]},
        {"kind": "authors", "values": ["Ann"]},
        {"kind": "series", "values": ["Water"]},
        {"kind": "newer", "values": ["2024-05-17"]},
        {"kind": "sentences", "values": ["One.", "Other."]},
        {"kind": "of a later version", "values": ["x"]},
    ]
    answers(page, hit(reasons=reasons, date="2024-05-17T23:30:00-08:00"), hit("bare", teaser="", date=None, url=None))
    related = opened()
    settled(related, shown=True)
    first, second = related.get_by_role("listitem").all()
    lines = [line for line in first.inner_text().splitlines() if line]
    assert lines[:3] == ["Title of new", "What it is about.", "2024-05-17"]
    assert [chip.text_content() for chip in first.locator("[part=reason]").all()] == [
        "Both write of tides, moon",
        "Both are tagged sea",
        "Both are by Ann",
        "Both are in the series Water",
        "Newer",
    ]
    words = first.locator("[part=reason] i").first
    assert words.evaluate("element => getComputedStyle(element).opacity") == "0", "they are heard, not seen"
    assert second.inner_text().strip() == "Title of bare"
    assert second.get_by_role("link").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_item_shows_its_picture_and_no_hole_for_a_broken_one(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    world[0].files["/good.svg"] = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="90"/>'
    pictures = {"with": "/good.svg", "broken": "/missing.png", "unsafe": "javascript:alert(1)", "without": None}
    answers(page, *(hit(name, image=image) for name, image in pictures.items()))
    related = opened()
    settled(related, shown=True)
    expect(related.locator("img")).to_have_count(1)
    picture = related.locator("li").first.locator("img")
    expect(picture).to_have_attribute("alt", "")
    expect(picture).to_have_attribute("loading", "lazy")
    expect(picture).to_have_attribute("referrerpolicy", "no-referrer")
    place = place_of(picture)
    assert place["width"] / place["height"] == pytest.approx(1.5, abs=0.02)


def test_a_long_teaser_is_cut_between_words(opened: Opened, page: Page) -> None:
    answers(page, hit(teaser="word " * 80), hit("b", teaser="x" * 130), hit("c", teaser="😀" * 129 + " a b"))
    related = opened()
    settled(related, shown=True)
    first, second, third = (teaser.text_content() or "" for teaser in related.locator("[part=teaser]").all())
    assert re.fullmatch(r"(word ){26}word…", first)
    assert second == "x" * 130
    assert third == "😀" * 129 + " a…"


def test_messages_can_be_translated(opened: Opened, page: Page) -> None:
    answers(page, hit(reasons=[{"kind": "words", "values": ["Mond"]}, {"kind": "newer", "values": ["2024-05-17"]}]))
    said = {"heading": "Mehr davon", "words": "Gemeinsam: ", "newer": "Neuer"}
    related = opened(LIGHT, messages=json.dumps(said))
    expect(related.get_by_role("heading")).to_have_text("Mehr davon")
    assert [chip.text_content() for chip in related.locator("[part=reason]").all()] == ["Gemeinsam: Mond", "Neuer"]


@pytest.mark.parametrize("inside", ["", LIGHT])
def test_without_related_posts_the_element_is_hidden(inside: str, opened: Opened, page: Page) -> None:
    answers(page)
    related = opened(inside)
    settled(related, shown=False)
    assert page.get_by_role("navigation").count() == page.get_by_role("heading", level=2).count() == 0


# --- when there is no answer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "inside"),
    [
        *((status, LIGHT) for status in (404, 422, 429, 500, 503, None)),
        *((status, inside) for status in (404, None) for inside in ("", "<p>No links.</p>")),
    ],
)
def test_after_a_failure_only_inner_markup_with_links_stays(
    status: int | None, inside: str, opened: Opened, page: Page
) -> None:
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
    if status:
        answers(page, status=status)
    else:
        fail_requests(page)
    related = opened(inside)
    if inside == LIGHT:
        wait_for(page, warned, 1)
        page.wait_for_timeout(20)
        assert titles(related) == ["An old post"]
        assert related.get_attribute("hidden") is None
    else:
        settled(related, shown=False)
    assert len(warned) == 1


def test_after_a_failure_the_fallback_file_is_read(opened: Opened, page: Page, world: tuple[Site, str]) -> None:
    fail_requests(page)
    world[0].files["/lists/formal-math.json"] = json.dumps(
        {"post_id": "formal-math", "hits": [hit("kept")], "limit": 5}
    )
    related = opened(fallback="lists/formal-math.json")
    settled(related, shown=True)
    assert titles(related) == ["Title of kept"]


def test_the_fallback_file_is_not_read_if_the_inner_markup_has_links(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    fail_requests(page)
    related = opened(LIGHT, fallback="lists/unread.json")
    page.wait_for_event("console", lambda message: message.type == "warning")
    page.wait_for_timeout(50)
    assert titles(related) == ["An old post"]
    assert not [path for path in world[0].asked if "unread" in path]


@pytest.mark.parametrize("content", [None, "<html>", "[]", '{"hits": []}', "null"])
def test_an_invalid_fallback_file_hides_the_element(
    content: str | None, opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    fail_requests(page)
    world[0].files.pop("/lists/odd.json", None)
    if content is not None:
        world[0].files["/lists/odd.json"] = content
    settled(opened(fallback="lists/odd.json"), shown=False)


# --- what changes -----------------------------------------------------------------------------------------------------


def test_changing_the_post_aborts_the_request_and_loads_another_list(opened: Opened, page: Page) -> None:
    waiting, failed = hold_responses(page), []
    page.on("requestfailed", lambda request: failed.append(request.url))
    related = opened()
    wait_for(page, waiting, 1)
    related.evaluate("element => element.setAttribute('post', 'b')")
    wait_for(page, waiting, 2)
    assert [urlsplit(url).path for url in failed] == ["/v1/posts/formal-math/related"]
    respond(waiting[1], hit("of-b"))
    settled(related, shown=True)
    assert titles(related) == ["Title of of-b"]


def test_inner_markup_of_a_changed_post_is_not_shown(opened: Opened, page: Page) -> None:
    fail_requests(page)
    related = opened(LIGHT, before=FAR)
    related.evaluate("element => element.setAttribute('post', 'b')")
    with page.expect_console_message(lambda message: message.type == "warning"):
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    settled(related, shown=False)


def test_inner_markup_of_the_first_post_is_never_shown_for_another(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    answers(page, hit())
    related = opened(LIGHT)
    settled(related, shown=True)
    page.unroute("**/v1/**")
    fail_requests(page)
    world[0].files["/lists/b.json"] = json.dumps({"hits": [hit("kept")]})
    related.evaluate("element => element.setAttribute('post', 'b')")
    settled(related, shown=False)
    related.evaluate("""element => {
        element.setAttribute('fallback', '/lists/b.json');
        element.setAttribute('post', 'c');
    }""")
    expect(related.get_by_role("link")).to_have_text(["Title of kept"])


@pytest.mark.parametrize("second", ["list", "empty", "away"])
def test_a_list_is_never_shown_for_another_post(second: str, opened: Opened, page: Page) -> None:
    waiting = hold_responses(page)
    related = opened()
    for count, hits in enumerate([[], [hit("a")]], start=1):  # what was hidden comes back
        wait_for(page, waiting, count)
        respond(waiting[-1], *hits)
        settled(related, shown=bool(hits))
        related.evaluate("(element, post) => element.setAttribute('post', post)", f"next-{count}")
    wait_for(page, waiting, 3)
    if second == "away":
        waiting[-1].abort()
    else:
        respond(waiting[-1], *([hit("b")] if second == "list" else []))
    if second == "list":
        expect(related.get_by_role("link")).to_have_text("Title of b")
    else:
        settled(related, shown=False)


def test_a_removed_element_aborts_and_loads_again_when_inserted(opened: Opened, page: Page) -> None:
    waiting, failed = hold_responses(page), []
    page.on("requestfailed", lambda request: failed.append(request.url))
    related = opened()
    wait_for(page, waiting, 1)
    page.evaluate("() => { window.kept = document.querySelector('semsearch-related'); kept.remove(); }")
    wait_for(page, failed, 1)
    assert len(failed) == 1
    page.evaluate("() => document.querySelector('main').append(kept)")
    wait_for(page, waiting, 2)
    respond(waiting[1], hit())
    settled(related, shown=True)
