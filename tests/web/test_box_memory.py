"""What does the search box remember: recent searches, and the question of an address?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.boxes import BLOG, FORM, SERVICE, Blog, found, hit

SHELF = f"semsearch:{SERVICE}/"


def remembered(blog: Blog) -> list[str]:
    kept: list[str] = json.loads(blog.page.evaluate("shelf => localStorage.getItem(shelf) ?? '[]'", SHELF))
    return kept


# ---- recent searches


def test_questions_that_were_sent_or_answered_are_remembered_the_last_five(blog: Blog) -> None:
    blog.searched = lambda q: found(hit(f"On {q}", url="#here"))
    blog.open()
    for n in range(7):
        blog.ask(f"Question {n % 6}")
        blog.page.keyboard.press("ArrowDown")
        blog.page.keyboard.press("Enter")
        assert not blog.is_open
    blog.ask("only looked at")
    assert remembered(blog) == [f"Question {n}" for n in (0, 5, 4, 3, 2)]
    blog.input.fill("sent")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/**")
    blog.open()
    assert remembered(blog)[0] == "sent"


def test_an_empty_field_shows_recent_searches_and_a_button_forgets_them(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate('shelf => localStorage.setItem(shelf, \'["seas", "lakes"]\')', SHELF)
    blog.page.keyboard.press("/")
    assert blog.titles == ["seas", "lakes"]
    expect(blog.page.get_by_role("listbox", name="Recent searches")).to_be_visible()
    assert blog.options.first.get_attribute("href") == f"{SERVICE}/search?q=seas"
    blog.page.keyboard.press("Escape")
    assert not blog.is_open
    for closing in ("Escape", "Enter"):
        blog.page.keyboard.press("ArrowDown")
        for _ in range(2):
            blog.page.keyboard.press("Tab")
            assert blog.is_open
        expect(blog.page.get_by_role("button", name="Forget them")).to_be_focused()
        if closing == "Escape":
            blog.page.keyboard.press("Escape")
            assert not blog.is_open
            expect(blog.input).to_be_focused()
    blog.page.keyboard.press("Enter")
    assert (blog.is_open, remembered(blog)) == (False, [])
    expect(blog.input).to_be_focused()
    expect(blog.page.locator("semsearch-box [role=status]")).to_have_text("Recent searches are forgotten.")


def test_a_recent_search_is_repeated_on_the_results_page(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate('shelf => localStorage.setItem(shelf, \'["seas", "lakes"]\')', SHELF)
    blog.input.click()
    blog.page.keyboard.press("ArrowUp")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=lakes")


@pytest.mark.parametrize("kept", ["{", "null", "7", '{"a": 1}', '[1, {"b": 2}]'])
def test_what_cannot_be_read_is_not_remembered(blog: Blog, kept: str) -> None:
    blog.open()
    blog.page.evaluate("([shelf, kept]) => localStorage.setItem(shelf, kept)", [SHELF, kept])
    blog.input.click()
    blog.ask("seas")
    assert blog.titles[0] == "One on seas"


def test_a_browser_that_keeps_nothing_is_no_error(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate("""() => Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("No", "SecurityError"); },
    })""")
    blog.input.click()
    assert not blog.is_open
    blog.ask("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=seas")


# ---- the address, and going back


def test_the_address_has_the_question_while_results_are_shown(blog: Blog) -> None:
    blog.open(path="/?page=2#part")
    blog.input.fill("seas")
    assert blog.page.url == f"{BLOG}/?page=2#part"
    blog.reached("results")
    assert blog.page.url == f"{BLOG}/?page=2&q=seas#part"
    blog.page.keyboard.press("Escape")
    assert blog.page.url == f"{BLOG}/?page=2#part"


def test_who_follows_a_result_and_goes_back_finds_the_results(blog: Blog) -> None:
    blog.open()
    blog.ask("seas")
    blog.options.first.click()
    blog.page.wait_for_url(f"{BLOG}/posts/1")
    blog.page.go_back()
    blog.reached("results")
    assert blog.input.input_value() == "seas"
    expect(blog.input).to_be_focused()
    assert blog.titles[0] == "One on seas"


def test_who_goes_back_finds_the_cursor_in_the_field_whatever_stands_before_it(blog: Blog) -> None:
    form = FORM.replace("<label>", '<select name="tag" aria-label="Tag"><option value="">All</select><label>', 1)
    blog.open(f"<semsearch-box>{form}</semsearch-box>")
    blog.ask("seas")
    blog.page.locator("a[role=option]").first.click()
    blog.page.wait_for_url(f"{BLOG}/posts/1")
    blog.page.go_back()
    blog.reached("results")
    expect(blog.input).to_be_focused()


def test_a_page_whose_scripts_put_another_in_its_place_finds_the_question_on_the_way_back(blog: Blog) -> None:
    blog.open()
    blog.ask("seas")
    blog.page.evaluate("""() => {
        const main = document.querySelector("main");
        const before = main.cloneNode(true);
        history.pushState(null, "", "/posts/1");
        main.replaceChildren("Another page");
        addEventListener("popstate", () => main.replaceChildren(...before.childNodes));
    }""")
    blog.page.go_back()
    blog.reached("results")
    assert blog.input.input_value() == "seas"
    assert blog.page.url == f"{BLOG}/?q=seas"


def test_a_page_that_the_browser_kept_shows_them_too(blog: Blog) -> None:
    blog.searched = lambda q: found(hit("One", url="#here"))
    blog.open()
    blog.ask("seas")
    blog.options.first.click()
    assert not blog.is_open
    blog.page.go_back()
    blog.reached("results")
    blog.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert blog.is_open


def test_who_pressed_enter_before_there_was_an_answer_finds_the_question_all_the_same(blog: Blog) -> None:
    blog.open()
    blog.input.fill("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=seas")
    blog.page.go_back()
    expect(blog.input).to_have_value("seas")
    blog.reached("results")


def test_other_visits_find_the_question_and_no_list_over_the_page(blog: Blog) -> None:
    blog.open(path="/?q=seas")
    assert blog.input.input_value() == "seas"
    expect(blog.input).not_to_be_focused()
    blog.ask("lakes")
    blog.page.reload()
    blog.input.wait_for()
    assert blog.input.input_value() == "lakes"
    blog.page.wait_for_timeout(300)
    assert not blog.is_open


def test_going_back_in_the_page_itself_takes_its_question(blog: Blog) -> None:
    blog.open(path="/?q=seas")
    blog.page.evaluate("() => history.pushState(null, '', '?q=lakes')")
    blog.page.go_back()
    expect(blog.input).to_have_value("seas")


def test_a_link_within_the_page_takes_nothing_that_was_typed(blog: Blog) -> None:
    blog.open(f'<semsearch-box>{FORM}</semsearch-box><a href="#part">Part</a>')
    blog.ask("seas")
    blog.page.keyboard.press("Escape")
    blog.page.get_by_role("link", name="Part").click()
    assert blog.input.input_value() == "seas"
    assert not blog.is_open


def test_on_the_page_of_the_results_the_address_is_left_alone(blog: Blog) -> None:
    blog.open(
        '<semsearch-box><form action="/"><input name="q" aria-label="Search"></form></semsearch-box>',
        path="/?q=a&page=2",
    )
    assert blog.input.input_value() == "a"
    blog.ask("seas")
    blog.page.keyboard.press("Escape")
    assert blog.page.url == f"{BLOG}/?q=a&page=2"


@pytest.mark.parametrize("state", [{"scroll": 7}, "seven", 7])
def test_the_state_of_others_in_the_history_is_kept(blog: Blog, state: Any) -> None:
    blog.open()
    blog.page.evaluate("(state) => history.replaceState(state, '')", state)
    blog.ask("seas")
    kept = blog.page.evaluate("() => history.state")
    assert {**kept, "semsearch": None} == {**state, "semsearch": None} if isinstance(state, dict) else kept == state


@pytest.mark.parametrize("query", ["?threads/tides.1/&flag", "?page=a%20b"])
def test_an_address_that_would_not_be_the_same_after_is_left_alone(blog: Blog, query: str) -> None:
    blog.open(path=f"/{query}")
    blog.ask("seas")
    assert blog.page.url == f"{BLOG}/{query}"


def test_a_question_that_the_page_has_in_its_address_stays_there(blog: Blog) -> None:
    blog.open(path="/?q=theirs")
    blog.input.fill("")
    blog.page.keyboard.press("Escape")
    blog.page.get_by_label("Other").focus()
    assert blog.page.url == f"{BLOG}/?q=theirs"
