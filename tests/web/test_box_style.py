"""Layout and style of the search box."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.web.boxes import FORM, Blog, barriers, blog_on, completed, found, hit, place_of


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [390, 1000])
def test_the_list_stays_inside_the_window(blog: Blog, direction: str, width: int) -> None:
    blog.page.set_viewport_size({"width": width, "height": 500})
    blog.head = "<style nonce=page>semsearch-box { width: 200px } .end { margin-inline-start: auto } "
    blog.head += ".low { position: fixed; inset-block-end: 10px }</style>"
    for place in ("start", "end", "low"):
        blog.open(f'<div dir="{direction}"><semsearch-box class="{place}">{FORM}</semsearch-box></div>')
        blog.ask("seas")
        box = place_of(blog.page.locator("[part=popup]"))
        field = place_of(blog.input)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["width"] == min(544, width - 32)
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 500
        assert (box["y"] < field["y"]) is (place == "low")


def test_a_list_above_the_field_stays_inside_a_low_window(blog: Blog) -> None:
    blog.page.set_viewport_size({"width": 700, "height": 390})
    blog.head = "<style nonce=page>main { padding-top: 110px }</style>"
    blog.searched = lambda q: found(*(hit(f"Post {n}", teaser="Some words.") for n in range(6)))
    blog.open()
    blog.ask("seas")
    popup, field = place_of(blog.page.locator("[part=popup]")), place_of(blog.input)
    assert 0 <= popup["y"] < field["y"]
    assert popup["y"] + popup["height"] <= field["y"]


def test_filter_fields_are_large_enough_for_touch(blog: Blog) -> None:
    choice = '<select name="tag" aria-label="Tag"><option value="">All<option>sea</select>'
    blog.open(f"<semsearch-box>{FORM.replace('</form>', choice + '</form>')}</semsearch-box>")
    assert place_of(blog.page.locator("semsearch-box [part=select]"))["height"] >= 44
    assert barriers(blog.page) == []


def test_each_text_has_its_own_direction(blog: Blog) -> None:
    blog.searched = lambda q: found(hit("שלום עולם", teaser="Left to right."), hit("Left", teaser="مرحبا"))
    blog.open()
    blog.ask("seas")
    directions = blog.page.locator("[part=title], [part=excerpt]").evaluate_all(
        "all => all.map(each => getComputedStyle(each).direction)"
    )
    assert directions == ["rtl", "ltr", "ltr", "rtl", "ltr"]


@pytest.mark.parametrize(
    "how",
    [
        {"color_scheme": "dark"},
        {"color_scheme": "dark", "contrast": "more"},
        {"forced_colors": "active"},
        {"contrast": "more", "reduced_motion": "reduce"},
    ],
)
def test_colour_and_motion_preferences_are_respected(browser: Browser, how: dict[str, Any]) -> None:
    context = browser.new_context(**how, viewport={"width": 800, "height": 600})
    with blog_on(context.new_page()) as blog:
        blog.head = '<meta name="color-scheme" content="light dark">'
        blog.suggested = lambda q: completed("Seas today")
        marks = {"title": [[0, 3]], "teaser": [[0, 4]]}
        blog.searched = lambda q: found(hit("One", teaser="Some words", highlights=marks), answerable=False, a="b")
        blog.open()
        blog.ask("seas")
        blog.page.keyboard.press("ArrowDown")
        blog.page.keyboard.press("ArrowDown")
        assert barriers(blog.page) == []
        row, other = blog.options.nth(1), blog.options.nth(0)
        look = "each => { const s = getComputedStyle(each); return s.outlineStyle + s.backgroundColor; }"
        assert row.evaluate(look) != other.evaluate(look), "the active option can be told"
        blog.holds = lambda what: True
        blog.input.fill("lakes")
        blog.page.locator("[part=status]", has_text="Searching").wait_for()
        assert barriers(blog.page) == []
        assert blog.page.evaluate("() => document.getAnimations().length") == 0
        blog.page.keyboard.press("Control+Enter")
        blog.input.fill("")
        blog.reached("recent")
        assert barriers(blog.page) == []
    context.close()
