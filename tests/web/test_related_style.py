"""Layout, style and safety of the list of related posts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.boxes import barriers
from tests.web.hostile import dialogs, needs_payloads, payloads
from tests.web.lists import (
    LIGHT,
    MAX_BYTES,
    Opened,
    answers,
    fail_requests,
    hit,
    hold_responses,
    respond,
    settled,
    shift,
    titles,
    wait_for,
)
from tests.web.sites import Site

# --- nothing moves ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["focus", "hover"])
def test_inner_markup_in_use_is_not_replaced(how: str, opened: Opened, page: Page) -> None:
    waiting = hold_responses(page)
    related = opened(LIGHT)
    wait_for(page, waiting, 1)
    getattr(page.get_by_role("link", name="An old post"), how)()
    respond(waiting[0], hit())
    page.wait_for_timeout(100)
    assert titles(related) == ["An old post"]


@pytest.mark.parametrize("hits", [1, 20])
def test_visible_inner_markup_is_replaced_only_without_layout_shift(hits: int, opened: Opened, page: Page) -> None:
    waiting = hold_responses(page)
    related, footer = opened(LIGHT), page.locator("footer")
    wait_for(page, waiting, 1)
    page.wait_for_timeout(50)
    places = [entry.bounding_box() for entry in (related, footer)]
    respond(waiting[0], *(hit(f"{number}") for number in range(hits)))
    if hits == 1:
        expect(related.get_by_role("link")).to_have_text("Title of 0")
    else:
        page.wait_for_timeout(100)
        assert titles(related) == ["An old post"]
    for entry, place in zip((related, footer), places, strict=True):
        box = entry.bounding_box()
        assert box == pytest.approx(place, abs=2), "but for what fonts of other sizes make of margins"
    assert shift(page) < 0.001


def test_a_list_outside_the_viewport_may_change_its_height(opened: Opened, page: Page) -> None:
    waiting = hold_responses(page)
    related = opened(LIGHT, before="<p>A text.</p>" * 30)
    wait_for(page, waiting, 1)
    respond(waiting[0], *(hit(f"{number}") for number in range(20)))
    expect(related.get_by_role("link")).to_have_count(20)
    assert shift(page) == 0


# --- looks ------------------------------------------------------------------------------------------------------------

EVERYTHING = [
    {"kind": "words", "values": ["tides", "moon"]},
    {"kind": "tags", "values": ["sea"]},
    {"kind": "newer", "values": ["2024-05-17"]},
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["list", "kept", "empty"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_page_with_the_element_has_no_accessibility_violations(
    scheme: Any, state: str, direction: str, opened: Opened, page: Page
) -> None:
    page.emulate_media(color_scheme=scheme)
    if state == "kept":
        fail_requests(page)
    else:
        answers(page, *([hit(reasons=EVERYTHING), hit("b", url=None)] if state == "list" else []))
    related = opened("" if state == "list" else LIGHT.replace("h3", "h2"), page_is=f"dir={direction}")
    if state == "kept":
        page.wait_for_event("console", lambda message: message.type == "warning")
    settled(related, shown=state != "empty")
    assert barriers(page) == []


def test_it_follows_the_direction_of_the_page_and_of_each_title(opened: Opened, page: Page) -> None:
    answers(page, hit(title="كيف تتعلم النماذج", reasons=EVERYTHING), hit("b"))
    related = opened(page_is="dir=rtl")
    settled(related, shown=True)
    edges = "element => { const box = element.getBoundingClientRect(); return [box.left, box.right]; }"
    left, right = related.locator("nav").evaluate(edges)
    arabic, latin = (link.evaluate(edges) for link in related.locator("li a").all())
    assert arabic[1] == pytest.approx(right, abs=1)
    assert latin[0] == pytest.approx(left, abs=1)
    first, second = (chip.evaluate(edges) for chip in related.locator("li >> nth=0").locator("[part=reason]").all()[:2])
    assert second[1] < first[0]


def test_reasons_have_a_border_in_forced_colours(opened: Opened, page: Page) -> None:
    page.emulate_media(forced_colors="active")
    answers(page, hit(reasons=EVERYTHING), hit("b", url=None))
    related = opened()
    settled(related, shown=True)
    style = (
        "element => { const style = getComputedStyle(element); return [style.borderTopStyle, style.borderTopWidth]; }"
    )
    assert related.locator("[part=reason]").first.evaluate(style) == ["solid", "1px"]
    line = "element => getComputedStyle(element).textDecorationLine"
    assert [title.evaluate(line) for title in related.locator("[part=title]").all()] == ["underline", "none"]


def test_nothing_is_animated(opened: Opened, page: Page) -> None:
    answers(page, hit(reasons=EVERYTHING))
    related = opened()
    settled(related, shown=True)
    moving = """element => [...element.shadowRoot.querySelectorAll("*")].map((inner) => getComputedStyle(inner))
      .filter((style) => style.animationName !== "none" || style.transitionDuration !== "0s").length"""
    assert related.evaluate(moving) == 0


def test_custom_properties_set_colours_and_font(opened: Opened, page: Page) -> None:
    answers(page, hit())
    related = opened(LIGHT)
    expect(related.get_by_role("link")).to_have_text("Title of new")
    page.evaluate(
        """() => {
          const style = document.documentElement.style;
          style.setProperty("--semsearch-link", "rgb(1, 2, 3)");
          style.setProperty("--semsearch-text", "rgb(4, 5, 6)");
          style.setProperty("--semsearch-font", "serif");
        }"""
    )
    value = "(element, name) => getComputedStyle(element)[name]"
    assert related.get_by_role("link").evaluate(value, "color") == "rgb(1, 2, 3)"
    assert related.locator("p").last.evaluate(value, "fontFamily") == "serif"
    assert related.get_by_role("heading").evaluate(value, "color") == "rgb(4, 5, 6)"


def test_inner_markup_has_the_style_of_the_page(opened: Opened, page: Page) -> None:
    waiting = hold_responses(page)
    opened(LIGHT, before="<p id='other'>A text.</p>")
    wait_for(page, waiting, 1)
    fonts = [
        page.locator(name).evaluate("element => getComputedStyle(element).font") for name in ("#other", "li p >> nth=0")
    ]
    assert fonts[0] == fonts[1]


# --- safety -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["texts", "addresses"])
@needs_payloads
def test_no_payload_of_a_post_runs(where: str, opened: Opened, page: Page, world: tuple[Site, str]) -> None:
    ran, every = dialogs(page), payloads()
    if where == "texts":
        hits = [
            hit("x", title=text, teaser=text, url="/x", date=text[:10], reasons=[{"kind": "tags", "values": [text]}])
            for text in every
        ]
    else:
        hits = [hit("x", url=url) for text in every for url in (text, f"javascript:{text}")]
    answers(page, *hits)
    related = opened()
    expect(related.locator("li").last).to_be_attached(timeout=60_000)
    seen = related.evaluate(
        """(element) => {
          const all = [...element.shadowRoot.querySelectorAll("*")];
          const links = all.filter((inner) => inner.localName === "a");
          return {
            names: [...new Set(all.map((inner) => inner.localName))],
            attributes: [...new Set(all.flatMap((inner) => inner.getAttributeNames()))],
            schemes: [...new Set(links.filter((link) => link.href).map((link) => link.protocol))],
            foreign: links.filter((link) => link.href && link.origin !== location.origin)
              .map((link) => link.getAttribute("href")).filter((url) => !/^https?:[/][/]/i.test(url)),
            titles: links.map((link) => link.textContent),
          };
        }"""
    )
    assert set(seen["names"]) <= {"nav", "h2", "ul", "li", "a", "p", "span", "i"}
    assert set(seen["attributes"]) <= {"part", "aria-labelledby", "id", "dir", "href"}
    assert set(seen["schemes"]) <= {"http:", "https:"}
    assert seen["foreign"] == []
    assert seen["titles"] == [entry["title"] for entry in hits]
    assert page.url == f"{world[0].address}/"
    assert ran == []


# --- size -------------------------------------------------------------------------------------------------------------


def test_the_scripts_are_small(site: str, page: Page) -> None:
    sizes = [
        int(page.request.head(f"{site}/web/{name}", headers={"Accept-Encoding": "gzip"}).headers["content-length"])
        for name in ("related.js", "common.js")
    ]
    assert sum(sizes) <= MAX_BYTES
