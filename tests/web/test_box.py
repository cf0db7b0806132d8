"""The search box under the keyboard, the pointer, a finger and a screen reader."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.boxes import BLOG, FORM, SERVICE, Blog, blog_on, completed, found, hit, place_of

ALL = "All results for “seas”"


def press(blog: Blog, *keys: str) -> None:
    for key in keys:
        blog.page.keyboard.press(key)


def text_of(blog: Blog) -> str:
    return blog.input.input_value()


@pytest.fixture
def asked(blog: Blog) -> Blog:
    """Two posts and the link to all are open under the field."""
    blog.open()
    blog.ask("seas")
    return blog


def test_the_field_is_a_combobox_that_names_its_list_only_while_there_is_one(blog: Blog) -> None:
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


def test_the_list_has_options_only_and_each_is_a_link_that_tab_passes_over(asked: Blog) -> None:
    children = asked.page.get_by_role("listbox").evaluate(
        "list => [...list.children].map(each => [each.localName, each.role, each.tabIndex, each.ariaSelected])"
    )
    assert children == [["a", "option", -1, "false"]] * 3
    assert asked.titles == ["One on seas", "Two on seas", ALL]


def test_arrows_go_round_through_the_field(asked: Blog) -> None:
    seen = []
    for key in ["ArrowDown"] * 5 + ["ArrowUp"] * 3:
        press(asked, key)
        seen.append(asked.active)
    down = ["One on seas", "Two on seas", ALL, None, "One on seas"]
    assert seen == [*down, None, ALL, "Two on seas"]
    assert text_of(asked) == "seas", "choosing does not change what was typed"


def test_an_active_option_is_scrolled_to_in_the_list_alone(blog: Blog) -> None:
    blog.page.set_viewport_size({"width": 800, "height": 400})
    blog.searched = lambda q: found(*(hit(f"Post {n}", teaser="Some words.") for n in range(6)))
    blog.open()
    blog.ask("seas")
    press(blog, "ArrowUp")
    box, option = place_of(blog.page.locator("[part=list]")), place_of(blog.options.last)
    assert box["y"] <= option["y"]
    assert option["y"] + option["height"] <= box["y"] + box["height"] + 1
    assert blog.page.evaluate("scrollY") == 0


def test_home_end_and_arrows_to_the_side_are_for_the_text(asked: Blog) -> None:
    press(asked, "ArrowDown", "Home")
    assert asked.input.evaluate("each => each.selectionStart") == 0
    press(asked, "ArrowRight", "x", "End", "y")
    assert text_of(asked) == "sxeasy"


def test_enter_opens_the_active_option(asked: Blog) -> None:
    press(asked, "ArrowDown", "Enter")
    asked.page.wait_for_url(f"{BLOG}/posts/1")


def test_enter_without_one_sends_the_form(asked: Blog) -> None:
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


def test_escape_is_left_to_a_dialog_around_only_when_there_is_nothing_to_close(blog: Blog) -> None:
    blog.open(f"<dialog><semsearch-box>{FORM}</semsearch-box></dialog>".replace("<dialog", "<dialog open"))
    blog.page.evaluate("() => { const d = document.querySelector('dialog'); d.close(); d.showModal(); }")
    blog.ask("seas")
    is_shown = "() => document.querySelector('dialog').open"
    for left in (True, True, False):
        press(blog, "Escape")
        assert blog.page.evaluate(is_shown) is left


def test_what_was_closed_opens_again_as_it_was(asked: Blog) -> None:
    press(asked, "Escape", "ArrowDown")
    assert (asked.is_open, asked.active) == (True, None)
    press(asked, "Escape")
    asked.input.click()
    assert asked.is_open
    assert asked.asked == ["suggest?q=seas&limit=5", "search?q=seas&limit=6"]


def test_arrows_with_another_key_are_for_the_text(asked: Blog) -> None:
    press(asked, "Shift+ArrowUp")
    assert asked.active is None
    assert asked.input.evaluate("each => [each.selectionStart, each.selectionEnd]") == [0, 4]


def test_tab_closes_and_goes_on_to_the_button(asked: Blog) -> None:
    press(asked, "Tab")
    assert not asked.is_open
    expect(asked.page.get_by_role("button", name="Search")).to_be_focused()


def test_the_list_closes_when_the_visitor_turns_to_the_page(asked: Blog) -> None:
    asked.page.get_by_label("Other").focus()
    assert not asked.is_open
    asked.page.wait_for_url(f"{BLOG}/")


def test_typing_drops_the_choice(asked: Blog) -> None:
    press(asked, "ArrowDown", "o")
    assert asked.active is None


# ---- input methods


def compose(page: Page, text: str, done: str | None = None) -> None:
    """Types with an input method, and takes what it offers where `done` says so."""
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    if done is not None:
        session.send("Input.insertText", {"text": done})


def test_no_key_is_taken_while_an_input_method_composes(asked: Blog) -> None:
    compose(asked.page, "うみ")
    asked.page.wait_for_function("() => location.search.includes('%E3%81%86%E3%81%BF')")
    for key in ("ArrowDown", "Enter", "Escape"):
        asked.input.dispatch_event("keydown", {"key": key, "isComposing": True})
        asked.input.dispatch_event("keydown", {"key": key, "keyCode": 229})
    assert (asked.is_open, asked.active, text_of(asked)) == (True, None, "seasうみ")


def test_what_is_being_composed_is_searched_for_as_phones_compose_all_that_is_typed(blog: Blog) -> None:
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
def test_a_key_of_the_page_brings_the_cursor_into_the_box_with_its_text_selected(asked: Blog, key: str) -> None:
    asked.page.evaluate("() => document.activeElement.blur()")
    press(asked, key)
    expect(asked.input).to_be_focused()
    assert text_of(asked) == "seas"
    assert asked.input.evaluate("each => each.selectionEnd - each.selectionStart") == 4


def test_keys_of_the_page_are_for_other_fields_where_one_has_the_cursor(blog: Blog) -> None:
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


def test_in_the_box_itself_a_slash_is_a_slash(asked: Blog) -> None:
    press(asked, "End", "/")
    assert text_of(asked) == "seas/"


def test_keys_that_mean_something_else_are_left_alone(blog: Blog) -> None:
    blog.open()
    press(blog, "Control+/", "k", "Alt+/", "Control+Shift+k")
    expect(blog.input).not_to_be_focused()
    blog.page.evaluate("() => document.body.addEventListener('keydown', (event) => event.preventDefault())")
    press(blog, "/")
    expect(blog.input).not_to_be_focused()


def test_keys_of_the_page_wait_while_a_dialog_is_open_elsewhere(blog: Blog) -> None:
    blog.open(f"<semsearch-box>{FORM}</semsearch-box><dialog><button>Close</button></dialog>")
    blog.page.evaluate("() => document.querySelector('dialog').showModal()")
    press(blog, "/")
    expect(blog.input).not_to_be_focused()
    blog.page.evaluate("() => document.querySelector('dialog').close()")
    press(blog, "/")
    expect(blog.input).to_be_focused()


def test_a_dialog_that_is_not_shown_keeps_no_key(blog: Blog) -> None:
    blog.open(f"""<semsearch-box>{FORM}</semsearch-box><div role="dialog" aria-modal="true" hidden>Menu</div>""")
    press(blog, "/")
    expect(blog.input).to_be_focused()


@pytest.mark.parametrize("how", ["display: none", "visibility: hidden"])
def test_a_box_in_a_drawer_that_is_closed_takes_no_key(blog: Blog, how: str) -> None:
    blog.head = f"<style nonce=page>.drawer {{ {how} }}</style>"
    one = f"<semsearch-box>{FORM}</semsearch-box>"
    blog.open(f'<div class="drawer">{one}</div>{one}')
    press(blog, "/")
    expect(blog.page.locator("semsearch-box [role=combobox]").last).to_be_focused()


def test_the_page_hears_nothing_of_what_is_typed_or_chosen_and_all_of_what_is_not_for_the_box(asked: Blog) -> None:
    asked.page.evaluate("""() => {
        window.heard = [];
        document.addEventListener("keydown", (event) => window.heard.push(event.key));
    }""")
    press(asked, "p", "n")
    asked.reached("results")
    press(asked, "ArrowDown", "Escape", "Control+s", "F2", "Tab")
    assert asked.page.evaluate("() => window.heard") == ["Control", "s", "F2", "Tab"]


def test_an_owner_chooses_the_keys_of_the_page_or_none(blog: Blog) -> None:
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


def test_of_several_boxes_the_first_that_can_be_seen_reacts(blog: Blog) -> None:
    one = f"<semsearch-box>{FORM}</semsearch-box>"
    blog.open(one.replace("box>", "box hidden>", 1) + one + one)
    press(blog, "/")
    expect(blog.page.get_by_role("combobox").first).to_be_focused()


# ---- pointers and fingers


def test_a_pointer_at_rest_chooses_nothing_when_rows_come_under_it(blog: Blog) -> None:
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


def test_a_click_follows_a_row_and_the_field_keeps_the_cursor(asked: Blog) -> None:
    asked.page.evaluate("() => document.addEventListener('click', (event) => event.preventDefault())")
    asked.options.first.click()
    expect(asked.input).to_be_focused()
    assert not asked.is_open


def test_middle_and_control_clicks_open_another_tab_and_leave_the_list(blog: Blog, site: str) -> None:
    blog.searched = lambda q: found(hit("One", url=f"{site}/healthz"))
    blog.open()
    blog.ask("seas")
    for how in ({"button": "middle"}, {"modifiers": ["Control"]}):
        with blog.page.context.expect_page() as opened:
            blog.options.first.click(**how)
        opened.value.wait_for_url(f"{site}/healthz")
        assert blog.is_open


def test_a_click_that_began_on_one_row_opens_no_other(asked: Blog) -> None:
    first = place_of(asked.options.first)
    asked.page.mouse.move(first["x"] + 9, first["y"] + 9)
    asked.page.mouse.down()
    asked.searched = lambda q: found("Another", "And another")
    asked.ask("lakes")
    asked.page.wait_for_function("() => location.search === '?q=lakes'")
    asked.page.mouse.up()
    assert asked.titles[0] == "Another"
    # As a finger does it, whose click goes to what is there at its end.
    asked.page.evaluate("""() => {
        const rows = document.querySelector("semsearch-box").shadowRoot.querySelectorAll("a");
        rows[0].dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
        rows[1].dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, cancelable: true, detail: 1 }));
    }""")
    assert asked.page.url == f"{BLOG}/?q=lakes"
    assert asked.is_open


@pytest.mark.parametrize("left_by", ["contextmenu", "drag"])
def test_enter_opens_a_row_whatever_a_pointer_began_on_another(asked: Blog, left_by: str) -> None:
    place = place_of(asked.options.nth(1))
    asked.page.mouse.move(place["x"] + 9, place["y"] + 9)
    asked.page.mouse.down(button="right" if left_by == "contextmenu" else "left")
    if left_by == "drag":
        asked.page.mouse.move(5, 5)
        asked.page.mouse.up()
    press(asked, "ArrowDown", "Enter")
    asked.page.wait_for_url(f"{BLOG}/posts/1")


def test_other_rows_are_shown_from_the_first(blog: Blog) -> None:
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


def test_rows_that_come_later_move_none_that_are_there(blog: Blog) -> None:
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


def test_fingers_have_rows_to_hit_and_scrolling_closes_nothing(browser: Browser) -> None:
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
