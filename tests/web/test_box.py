"""The search box with keyboard, pointer, touch and screen reader."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.web.boxes import BLOG, FORM, SERVICE, Blog, blog_on, completed, found, hit, place_of
from tests.web.pages import wait_until

ALL = "All results for “seas”"


def press(blog: Blog, *keys: str) -> None:
    for key in keys:
        blog.page.keyboard.press(key)


def text_of(blog: Blog) -> str:
    return blog.input.input_value()


@pytest.fixture
def asked(blog: Blog) -> Blog:
    """A box whose list shows two posts and the link to all results."""
    blog.open()
    blog.ask("seas")
    return blog


def test_the_field_is_a_combobox_with_aria_controls_only_while_the_list_is_open(blog: Blog) -> None:
    blog.open()
    field = blog.input
    expect(field).to_have_attribute("aria-autocomplete", "list")
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.get_attribute("aria-controls") is None
    blog.ask("seas")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(blog.page.get_by_role("listbox", name="Results")).to_have_id(field.get_attribute("aria-controls") or "")
    press(blog, "Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.get_attribute("aria-controls") is None
    expect(field).to_have_accessible_name("Search the blog")


def test_the_list_has_only_options_which_are_links_outside_the_tab_order(asked: Blog) -> None:
    children = asked.page.get_by_role("listbox").evaluate(
        "list => [...list.children].map(each => [each.localName, each.role, each.tabIndex, each.ariaSelected])"
    )
    assert children == [["a", "option", -1, "false"]] * 3
    assert asked.titles == ["One on seas", "Two on seas", ALL]


def test_arrows_cycle_through_the_options_and_the_field(asked: Blog) -> None:
    seen = []
    for key in ["ArrowDown"] * 5 + ["ArrowUp"] * 3:
        press(asked, key)
        seen.append(asked.active)
    down = ["One on seas", "Two on seas", ALL, None, "One on seas"]
    assert seen == [*down, None, ALL, "Two on seas"]
    assert text_of(asked) == "seas", "choosing does not change what was typed"


def test_an_active_option_is_scrolled_into_view_without_scrolling_the_page(blog: Blog) -> None:
    blog.page.set_viewport_size({"width": 800, "height": 400})
    blog.searched = lambda q: found(*(hit(f"Post {n}", teaser="Some words.") for n in range(6)))
    blog.open()
    blog.ask("seas")
    press(blog, "ArrowUp")
    box, option = place_of(blog.page.locator("[part=list]")), place_of(blog.options.last)
    assert box["y"] <= option["y"]
    assert option["y"] + option["height"] <= box["y"] + box["height"] + 1
    assert blog.page.evaluate("scrollY") == 0


def test_home_end_and_horizontal_arrows_move_the_cursor(asked: Blog) -> None:
    press(asked, "ArrowDown", "Home")
    assert asked.input.evaluate("each => each.selectionStart") == 0
    press(asked, "ArrowRight", "x", "End", "y")
    assert text_of(asked) == "sxeasy"


def test_enter_opens_the_active_option(asked: Blog) -> None:
    press(asked, "ArrowDown", "Enter")
    asked.page.wait_for_url(f"{BLOG}/posts/1")


def test_enter_without_an_active_option_submits_the_form(asked: Blog) -> None:
    press(asked, "Enter")
    asked.page.wait_for_url(f"{SERVICE}/search?q=seas")


@pytest.mark.parametrize("held", ["Control", "Meta"])
def test_enter_with_control_or_command_opens_another_tab(asked: Blog, held: str) -> None:
    for keys, address in (((), f"{SERVICE}/search?q=seas"), (("ArrowDown",), f"{BLOG}/posts/1")):
        press(asked, *keys)
        with asked.page.context.expect_page() as opened:
            press(asked, f"{held}+Enter")
        assert opened.value.url == address
        assert opened.value.evaluate("window.opener") is None
    assert asked.is_open
    assert asked.page.url == f"{BLOG}/?q=seas"


def test_escape_closes_and_then_clears(asked: Blog) -> None:
    press(asked, "ArrowDown", "Escape")
    assert (asked.is_open, text_of(asked), asked.active) == (False, "seas", None)
    press(asked, "Escape")
    assert (asked.is_open, text_of(asked)) == (False, "")
    expect(asked.input).to_be_focused()


def test_escape_reaches_the_surrounding_dialog_only_if_the_box_is_closed_and_empty(blog: Blog) -> None:
    blog.open(f"<dialog><semsearch-box>{FORM}</semsearch-box></dialog>".replace("<dialog", "<dialog open"))
    blog.page.evaluate("() => { const d = document.querySelector('dialog'); d.close(); d.showModal(); }")
    blog.ask("seas")
    is_shown = "() => document.querySelector('dialog').open"
    for left in (True, True, False):
        press(blog, "Escape")
        assert blog.page.evaluate(is_shown) is left


def test_a_closed_list_reopens_without_a_new_request(asked: Blog) -> None:
    press(asked, "Escape", "ArrowDown")
    assert (asked.is_open, asked.active) == (True, None)
    press(asked, "Escape")
    asked.input.click()
    assert asked.is_open
    assert asked.asked == ["suggest?q=seas&limit=5", "search?q=seas&limit=6&page_language=en"]


def test_arrows_with_a_modifier_key_edit_the_text(asked: Blog) -> None:
    press(asked, "Shift+ArrowUp")
    assert asked.active is None
    assert asked.input.evaluate("each => [each.selectionStart, each.selectionEnd]") == [0, 4]


def test_tab_closes_the_list_and_focuses_the_button(asked: Blog) -> None:
    press(asked, "Tab")
    assert not asked.is_open
    expect(asked.page.get_by_role("button", name="Search")).to_be_focused()


def test_the_list_closes_when_the_page_gets_the_focus(asked: Blog) -> None:
    asked.page.get_by_label("Other").focus()
    assert not asked.is_open
    asked.page.wait_for_url(f"{BLOG}/")


def test_typing_resets_the_active_option(asked: Blog) -> None:
    press(asked, "ArrowDown", "o")
    assert asked.active is None


# ---- input methods


def compose(page: Page, text: str, done: str | None = None) -> None:
    """Type with an input method; `done` is the text it inserts at the end."""
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    if done is not None:
        session.send("Input.insertText", {"text": done})


def test_keys_are_ignored_while_an_input_method_composes(asked: Blog) -> None:
    compose(asked.page, "うみ")
    asked.page.wait_for_function("() => location.search.includes('%E3%81%86%E3%81%BF')")
    for key in ("ArrowDown", "Enter", "Escape"):
        asked.input.dispatch_event("keydown", {"key": key, "isComposing": True})
        asked.input.dispatch_event("keydown", {"key": key, "keyCode": 229})
    assert (asked.is_open, asked.active, text_of(asked)) == (True, None, "seasうみ")


def test_text_in_composition_is_searched_for(blog: Blog) -> None:
    blog.open()
    blog.input.focus()
    compose(blog.page, "seas")
    blog.reached("results")
    assert blog.titles[0] == "One on seas"
    compose(blog.page, "うみ", "海")
    blog.page.wait_for_function("() => location.search.includes('%E6%B5%B7')")
    assert blog.titles[0] == "One on 海"


# ---- keys of the page


@pytest.mark.parametrize("key", ["/", "Control+k", "Meta+K"])
def test_a_shortcut_focuses_the_box_and_selects_its_text(asked: Blog, key: str) -> None:
    asked.page.evaluate("() => document.activeElement.blur()")
    press(asked, key)
    expect(asked.input).to_be_focused()
    assert text_of(asked) == "seas"
    assert asked.input.evaluate("each => each.selectionEnd - each.selectionStart") == 4


def test_shortcuts_do_nothing_while_another_field_has_the_focus(blog: Blog) -> None:
    blog.open(f"""<semsearch-box>{FORM}</semsearch-box><textarea></textarea><select><option>One</select>
        <p contenteditable><b>Text</b></p><x-shadow></x-shadow>""")
    blog.page.evaluate("""() => {
        const root = document.querySelector("x-shadow").attachShadow({ mode: "open" });
        root.append(document.createElement("input"));
    }""")
    for place in ("main > input", "textarea", "select", "[contenteditable]", "x-shadow input"):
        blog.page.locator(place).focus()
        press(blog, "/", "Control+k")
        expect(blog.input).not_to_be_focused()
    assert blog.page.locator("main > input").input_value() == "/"


def test_a_slash_can_be_typed_into_the_box(asked: Blog) -> None:
    press(asked, "End", "/")
    assert text_of(asked) == "seas/"


def test_other_key_combinations_are_not_shortcuts(blog: Blog) -> None:
    blog.open()
    press(blog, "Control+/", "k", "Alt+/", "Control+Shift+k")
    expect(blog.input).not_to_be_focused()
    blog.page.evaluate("() => document.body.addEventListener('keydown', (event) => event.preventDefault())")
    press(blog, "/")
    expect(blog.input).not_to_be_focused()


def test_shortcuts_do_nothing_while_a_dialog_is_open(blog: Blog) -> None:
    blog.open(f"<semsearch-box>{FORM}</semsearch-box><dialog><button>Close</button></dialog>")
    blog.page.evaluate("() => document.querySelector('dialog').showModal()")
    press(blog, "/")
    expect(blog.input).not_to_be_focused()
    blog.page.evaluate("() => document.querySelector('dialog').close()")
    press(blog, "/")
    expect(blog.input).to_be_focused()


def test_a_hidden_dialog_does_not_block_shortcuts(blog: Blog) -> None:
    blog.open(f"""<semsearch-box>{FORM}</semsearch-box><div role="dialog" aria-modal="true" hidden>Menu</div>""")
    press(blog, "/")
    expect(blog.input).to_be_focused()


@pytest.mark.parametrize("how", ["display: none", "visibility: hidden"])
def test_a_hidden_box_does_not_react_to_shortcuts(blog: Blog, how: str) -> None:
    blog.head = f"<style nonce=page>.drawer {{ {how} }}</style>"
    one = f"<semsearch-box>{FORM}</semsearch-box>"
    blog.open(f'<div class="drawer">{one}</div>{one}')
    press(blog, "/")
    expect(blog.page.locator("semsearch-box [role=combobox]").last).to_be_focused()


def test_key_events_that_the_box_handles_do_not_reach_the_page(asked: Blog) -> None:
    asked.page.evaluate("""() => {
        window.heard = [];
        document.addEventListener("keydown", (event) => window.heard.push(event.key));
    }""")
    press(asked, "p", "n")
    asked.reached("results")
    press(asked, "ArrowDown", "Escape", "Control+s", "F2", "Tab")
    assert asked.page.evaluate("() => window.heard") == ["Control", "s", "F2", "Tab"]


def test_the_shortcuts_attribute_sets_or_disables_shortcuts(blog: Blog) -> None:
    blog.open(f'<semsearch-box shortcuts="s mod+j">{FORM}</semsearch-box>')
    press(blog, "/")
    expect(blog.input).not_to_be_focused()
    for key in ("s", "Control+j"):
        press(blog, key)
        expect(blog.input).to_be_focused()
        blog.page.evaluate("() => document.activeElement.blur()")
    blog.page.evaluate("() => document.querySelector('semsearch-box').setAttribute('shortcuts', '')")
    press(blog, "s", "/", "Control+k")
    expect(blog.input).not_to_be_focused()


def test_a_shortcut_focuses_the_first_visible_box(blog: Blog) -> None:
    one = f"<semsearch-box>{FORM}</semsearch-box>"
    blog.open(one.replace("box>", "box hidden>", 1) + one + one)
    press(blog, "/")
    expect(blog.page.get_by_role("combobox").first).to_be_focused()


# ---- pointers and fingers


def test_rows_under_a_resting_pointer_are_not_highlighted(blog: Blog) -> None:
    blog.open()
    blog.input.focus()
    field = place_of(blog.input)
    x, y = field["x"] + 90, field["y"] + field["height"] + 30
    blog.page.mouse.move(x, y)
    blog.ask("seas")
    row = blog.page.locator("[role=option]:hover")
    expect(row).to_have_count(1)
    usual = blog.options.last.evaluate("each => getComputedStyle(each).backgroundColor")
    assert blog.active is None
    assert row.evaluate("each => getComputedStyle(each).backgroundColor") == usual
    blog.page.mouse.move(x + 4, y + 2)
    assert row.evaluate("each => getComputedStyle(each).backgroundColor") != usual
    press(blog, "Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=seas")


def test_a_click_follows_a_row_and_the_field_keeps_the_focus(asked: Blog) -> None:
    asked.page.evaluate("() => document.addEventListener('click', (event) => event.preventDefault())")
    asked.options.first.click()
    expect(asked.input).to_be_focused()
    assert not asked.is_open


def test_middle_and_control_clicks_open_another_tab_and_leave_the_list(blog: Blog, site: str) -> None:
    blog.searched = lambda q: found(hit("One", url=f"{site}/healthz"))
    blog.open()
    blog.ask("seas")
    requested: list[str] = []

    def note(request: Request) -> None:
        requested.append(request.url)

    def shows(tab: Page) -> bool:
        # The headless shell requests the page of a tab in the background, but does not always show it.
        return f"{site}/healthz" in (tab.url, *requested)

    blog.page.context.on("request", note)
    for how in ({"button": "middle"}, {"modifiers": ["Control"]}):
        requested.clear()
        with blog.page.context.expect_page() as opened:
            blog.options.first.click(**how)
        wait_until(blog.page, partial(shows, opened.value))
        assert blog.page.url == f"{BLOG}/?q=seas"
        assert blog.is_open
    blog.page.context.remove_listener("request", note)


def test_a_click_on_a_row_that_changed_since_pointerdown_is_ignored(asked: Blog) -> None:
    first = place_of(asked.options.first)
    asked.page.mouse.move(first["x"] + 9, first["y"] + 9)
    asked.page.mouse.down()
    asked.searched = lambda q: found("Another", "And another")
    asked.ask("lakes")
    asked.page.wait_for_function("() => location.search === '?q=lakes'")
    asked.page.mouse.up()
    assert asked.titles[0] == "Another"
    # The click of a touch goes to the element under the finger at its end.
    asked.page.evaluate("""() => {
        const rows = document.querySelector("semsearch-box").shadowRoot.querySelectorAll("a");
        rows[0].dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
        rows[1].dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, cancelable: true, detail: 1 }));
    }""")
    assert asked.page.url == f"{BLOG}/?q=lakes"
    assert asked.is_open


@pytest.mark.parametrize("left_by", ["contextmenu", "drag"])
def test_enter_opens_a_row_after_an_unfinished_click_on_another(asked: Blog, left_by: str) -> None:
    place = place_of(asked.options.nth(1))
    asked.page.mouse.move(place["x"] + 9, place["y"] + 9)
    asked.page.mouse.down(button="right" if left_by == "contextmenu" else "left")
    if left_by == "drag":
        asked.page.mouse.move(5, 5)
        asked.page.mouse.up()
    press(asked, "ArrowDown", "Enter")
    asked.page.wait_for_url(f"{BLOG}/posts/1")


def test_new_rows_are_scrolled_to_the_top(blog: Blog) -> None:
    blog.page.set_viewport_size({"width": 800, "height": 400})
    blog.searched = lambda q: found(*(hit(f"{q} {n}", teaser="Some words.") for n in range(6)))
    blog.open()
    blog.ask("seas")
    press(blog, "ArrowUp")
    shown = blog.page.locator("[part=list]")
    assert shown.evaluate("list => list.scrollTop") > 0
    blog.input.fill("lakes")
    expect(blog.options.first).to_have_text(re.compile("lakes 0"))
    assert shown.evaluate("list => list.scrollTop") == 0


def test_later_rows_do_not_move_earlier_ones(blog: Blog) -> None:
    blog.suggested = lambda q: completed("Seas of old", "Seas today")
    blog.searched = lambda q: found("Seas today", "Tides")
    blog.holds = lambda what: what.startswith("search")
    blog.open()
    blog.input.fill("seas")
    blog.reached("completions")
    places = [place_of(blog.options.nth(n)) for n in range(2)]
    press(blog, "ArrowDown", "ArrowDown")
    blog.release("search")
    blog.reached("results")
    assert blog.titles == ["Seas of old", "Seas today", "Tides", ALL], "each once"
    assert [place_of(blog.options.nth(n)) for n in range(2)] == places
    assert blog.active == "Seas today"


def test_rows_are_large_enough_for_touch_and_scrolling_keeps_the_list_open(browser: Browser) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 500})
    with blog_on(context.new_page()) as blog:
        blog.searched = lambda q: found(*(hit(f"Post {n}", teaser="Some words.") for n in range(6)))
        blog.suggested = lambda q: completed("Seas of old")
        blog.open()
        blog.input.tap()
        blog.ask("seas")
        assert all(place_of(blog.options.nth(n))["height"] >= 44 for n in range(8))
        assert blog.input.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") >= 16
        session = context.new_cdp_session(blog.page)
        session.send("Input.synthesizeScrollGesture", {"x": 200, "y": 250, "yDistance": -150})
        assert blog.page.locator("[part=list]").evaluate("each => each.scrollTop") > 0
        assert blog.is_open
        assert blog.page.evaluate("document.documentElement.scrollWidth") <= 390
        blog.options.nth(4).tap()
        blog.page.wait_for_url(re.compile("/posts/1"))
    context.close()
