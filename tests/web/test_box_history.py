"""Recent searches, and the query in the URL of the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.boxes import BLOG, FORM, SERVICE, Blog, found, hit

STORAGE_KEY = f"semsearch:{SERVICE}/"


def stored_searches(blog: Blog) -> list[str]:
    stored: list[str] = json.loads(blog.page.evaluate("key => localStorage.getItem(key) ?? '[]'", STORAGE_KEY))
    return stored


# ---- recent searches


def test_the_last_five_submitted_or_followed_queries_are_stored(blog: Blog) -> None:
    blog.searched = lambda q: found(hit(f"On {q}", url="#here"))
    blog.open()
    for n in range(7):
        blog.ask(f"Question {n % 6}")
        blog.page.keyboard.press("ArrowDown")
        blog.page.keyboard.press("Enter")
        assert not blog.is_open
    blog.ask("only looked at")
    assert stored_searches(blog) == [f"Question {n}" for n in (0, 5, 4, 3, 2)]
    blog.input.fill("sent")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/**")
    blog.open()
    assert stored_searches(blog)[0] == "sent"


def test_an_empty_field_shows_recent_searches_with_a_button_to_clear_them(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate('key => localStorage.setItem(key, \'["seas", "lakes"]\')', STORAGE_KEY)
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
        expect(blog.page.get_by_role("button", name="Clear")).to_be_focused()
        if closing == "Escape":
            blog.page.keyboard.press("Escape")
            assert not blog.is_open
            expect(blog.input).to_be_focused()
    blog.page.keyboard.press("Enter")
    assert (blog.is_open, stored_searches(blog)) == (False, [])
    expect(blog.input).to_be_focused()
    expect(blog.page.locator("semsearch-box [role=status]")).to_have_text("Recent searches cleared.")


def test_a_recent_search_is_repeated_on_the_results_page(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate('key => localStorage.setItem(key, \'["seas", "lakes"]\')', STORAGE_KEY)
    blog.input.click()
    blog.page.keyboard.press("ArrowUp")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=lakes")


@pytest.mark.parametrize("kept", ["{", "null", "7", '{"a": 1}', '[1, {"b": 2}]'])
def test_invalid_stored_searches_are_ignored(blog: Blog, kept: str) -> None:
    blog.open()
    blog.page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [STORAGE_KEY, kept])
    blog.input.click()
    blog.ask("seas")
    assert blog.titles[0] == "One on seas"


def test_blocked_storage_is_not_an_error(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate("""() => Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("No", "SecurityError"); },
    })""")
    blog.input.click()
    assert not blog.is_open
    blog.ask("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=seas")


# ---- URL and history


def test_the_url_has_the_query_while_results_are_shown(blog: Blog) -> None:
    blog.open(path="/?page=2#part")
    blog.input.fill("seas")
    assert blog.page.url == f"{BLOG}/?page=2#part"
    blog.reached("results")
    assert blog.page.url == f"{BLOG}/?page=2&q=seas#part"
    blog.page.keyboard.press("Escape")
    assert blog.page.url == f"{BLOG}/?page=2#part"


def test_going_back_from_a_result_restores_the_results(blog: Blog) -> None:
    blog.open()
    blog.ask("seas")
    blog.options.first.click()
    blog.page.wait_for_url(f"{BLOG}/posts/1")
    blog.page.go_back()
    blog.reached("results")
    assert blog.input.input_value() == "seas"
    expect(blog.input).to_be_focused()
    assert blog.titles[0] == "One on seas"


def test_going_back_focuses_the_field_even_if_another_precedes_it(blog: Blog) -> None:
    form = FORM.replace("<label>", '<select name="tag" aria-label="Tag"><option value="">All</select><label>', 1)
    blog.open(f"<semsearch-box>{form}</semsearch-box>")
    blog.ask("seas")
    blog.page.locator("a[role=option]").first.click()
    blog.page.wait_for_url(f"{BLOG}/posts/1")
    blog.page.go_back()
    blog.reached("results")
    expect(blog.input).to_be_focused()


def test_going_back_in_a_single_page_app_restores_the_results(blog: Blog) -> None:
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


def test_a_page_from_the_back_forward_cache_restores_the_results(blog: Blog) -> None:
    blog.searched = lambda q: found(hit("One", url="#here"))
    blog.open()
    blog.ask("seas")
    blog.options.first.click()
    assert not blog.is_open
    blog.page.go_back()
    blog.reached("results")
    blog.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert blog.is_open


def test_going_back_after_an_early_enter_restores_the_query(blog: Blog) -> None:
    blog.open()
    blog.input.fill("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=seas")
    blog.page.go_back()
    expect(blog.input).to_have_value("seas")
    blog.reached("results")


def test_a_url_with_a_query_fills_the_field_without_opening_the_list(blog: Blog) -> None:
    blog.open(path="/?q=seas")
    assert blog.input.input_value() == "seas"
    expect(blog.input).not_to_be_focused()
    blog.ask("lakes")
    blog.page.reload()
    blog.input.wait_for()
    assert blog.input.input_value() == "lakes"
    blog.page.wait_for_timeout(300)
    assert not blog.is_open


def test_going_back_within_the_page_takes_the_query_of_the_url(blog: Blog) -> None:
    blog.open(path="/?q=seas")
    blog.page.evaluate("() => history.pushState(null, '', '?q=lakes')")
    blog.page.go_back()
    expect(blog.input).to_have_value("seas")


def test_a_link_within_the_page_keeps_the_typed_text(blog: Blog) -> None:
    blog.open(f'<semsearch-box>{FORM}</semsearch-box><a href="#part">Part</a>')
    blog.ask("seas")
    blog.page.keyboard.press("Escape")
    blog.page.get_by_role("link", name="Part").click()
    assert blog.input.input_value() == "seas"
    assert not blog.is_open


def test_the_url_of_the_results_page_is_not_changed(blog: Blog) -> None:
    blog.open(
        '<semsearch-box><form action="/"><input name="q" aria-label="Search"></form></semsearch-box>',
        path="/?q=a&page=2",
    )
    assert blog.input.input_value() == "a"
    blog.ask("seas")
    blog.page.keyboard.press("Escape")
    assert blog.page.url == f"{BLOG}/?q=a&page=2"


@pytest.mark.parametrize("state", [{"scroll": 7}, "seven", 7])
def test_history_state_of_the_page_is_kept(blog: Blog, state: Any) -> None:
    blog.open()
    blog.page.evaluate("(state) => history.replaceState(state, '')", state)
    blog.ask("seas")
    kept = blog.page.evaluate("() => history.state")
    assert {**kept, "semsearch": None} == {**state, "semsearch": None} if isinstance(state, dict) else kept == state


@pytest.mark.parametrize("query", ["?threads/tides.1/&flag", "?page=a%20b"])
def test_a_url_that_urlsearchparams_would_rewrite_is_not_changed(blog: Blog, query: str) -> None:
    blog.open(path=f"/{query}")
    blog.ask("seas")
    assert blog.page.url == f"{BLOG}/{query}"


def test_a_query_that_the_page_set_in_its_url_stays(blog: Blog) -> None:
    blog.open(path="/?q=theirs")
    blog.input.fill("")
    blog.page.keyboard.press("Escape")
    blog.page.get_by_label("Other").focus()
    assert blog.page.url == f"{BLOG}/?q=theirs"
