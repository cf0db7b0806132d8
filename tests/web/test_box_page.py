"""How does the search box live with the page around it: its form, its address, its history, and what it remembers?"""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Dialog, Page, Request, Route, expect

from semsearch.api.files import router
from tests.builders import SHARED, service
from tests.client.servers import Reply, running, scripted
from tests.web.boxes import BLOG, FORM, POLICY, SERVICE, Blog, blog_on, completed, found, hit, place_of

MAX_BYTES = 8_000
PAYLOADS = SHARED / "bad_inputs" / "xss" / "xss-payload-list.txt"
SHELF = f"semsearch:{SERVICE}/"


def remembered(blog: Blog) -> list[str]:
    kept: list[str] = json.loads(blog.page.evaluate("shelf => localStorage.getItem(shelf) ?? '[]'", SHELF))
    return kept


def test_what_is_sent_for_a_box_is_small() -> None:
    app = FastAPI()
    app.include_router(router)
    client = TestClient(app)
    sent = [client.get(f"/web/{name}").content for name in ("box.js", "common.js")]
    assert b"import" in sent[0]
    assert set(re.findall(rb'from "./(\w+).js"', sent[0])) == {b"common"}
    assert sum(len(gzip.compress(content, 9, mtime=0)) for content in sent) <= MAX_BYTES


# ---- the form of the page


def test_without_javascript_the_form_goes_to_the_results_page(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    with blog_on(context.new_page()) as blog:
        blog.page.goto(BLOG)
        blog.pages["/"] = f"<semsearch-box>{FORM}</semsearch-box>"
        blog.page.reload()
        blog.page.get_by_label("Search the blog").fill("seas & tides")
        blog.page.get_by_role("button", name="Search").click()
        blog.page.wait_for_url(f"{SERVICE}/search?q=seas+%26+tides")
    context.close()


def test_the_form_of_the_page_stays_as_it_is(blog: Blog) -> None:
    blog.open()
    assert blog.page.evaluate("() => document.querySelector('semsearch-box').innerHTML") == FORM


def test_without_a_form_there_is_one_all_the_same(blog: Blog) -> None:
    blog.open("<semsearch-box></semsearch-box>")
    expect(blog.input).to_have_accessible_name("Search")
    blog.input.fill("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/search?q=seas")


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ('<label for="f">Find</label><form><input id="f" name="q"></form>', "Find"),
        ('<form><input name="q" aria-label="Seek"></form>', "Seek"),
        ('<form><input name="q"></form>', "Search"),
        ('<form><label for="f">Look</label><input id="f" type="search" name="s"></form>', "Look"),
    ],
)
def test_a_field_has_the_name_that_the_page_gives_it(blog: Blog, form: str, name: str) -> None:
    blog.open(f"<semsearch-box>{form}</semsearch-box>")
    expect(blog.input).to_have_accessible_name(name)


def test_a_label_that_the_page_hides_is_hidden_here_too(blog: Blog) -> None:
    form = '<form><label for="f" class="gone">Look</label><input id="f" name="q"></form>'
    blog.head = "<style nonce=page>.gone { position: absolute; width: 1px; height: 1px; overflow: hidden }</style>"
    blog.open(f"<semsearch-box>{form}</semsearch-box>")
    expect(blog.input).to_have_accessible_name("Look")
    assert place_of(blog.page.locator("semsearch-box [part=label]"))["height"] == 1


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(("style", "seen"), [("width: 1px; height: 1px", False), ("font-weight: 600", True)])
def test_a_box_that_is_hidden_at_first_has_its_label_as_it_would_be(
    blog: Blog, style: str, seen: bool, hidden: bool
) -> None:
    blog.head = f"<style nonce=page>.label {{ position: relative; overflow: hidden; {style} }}</style>"
    form = '<form><label for="f" class="label">Look</label><input id="f" name="q"></form>'
    blog.open(f"<semsearch-box {'hidden' * hidden}>{form}</semsearch-box>")
    blog.page.evaluate("() => (document.querySelector('semsearch-box').hidden = false)")
    assert (place_of(blog.page.locator("semsearch-box [part=label]"))["height"] > 1) is seen


def test_a_box_that_is_hidden_at_first_shows_a_field_that_stands_in_its_label(blog: Blog) -> None:
    blog.open(f"<semsearch-box hidden>{FORM}</semsearch-box>")
    blog.page.evaluate("() => (document.querySelector('semsearch-box').hidden = false)")
    assert place_of(blog.input)["width"] > 100


@pytest.mark.parametrize("inside", [False, True])
def test_what_describes_the_field_does_so_still(blog: Blog, inside: bool) -> None:
    hint = '<p id="hint">Two words or more</p>'
    form = f'<form><input name="q" aria-describedby="hint">{hint * inside}</form>'
    blog.open(f"<semsearch-box>{form}</semsearch-box>{hint * (not inside)}")
    session = blog.page.context.new_cdp_session(blog.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    fields = [node for node in nodes if node.get("role", {}).get("value") == "combobox"]
    assert [node["description"]["value"] for node in fields] == ["Two words or more"]


def test_what_was_typed_before_the_script_came_is_kept_with_the_cursor(blog: Blog) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    blog.page.route("**/web/box.js", hold)
    blog.pages["/"] = f"<semsearch-box>{FORM}</semsearch-box>"
    blog.page.goto(BLOG, wait_until="commit")
    light = blog.page.get_by_label("Search the blog")
    light.fill("seas and lakes")
    light.evaluate("field => field.setSelectionRange(5, 8)")
    blog.route(held[0])
    blog.reached("results")
    blog.page.unroute("**/web/box.js")
    expect(blog.input).to_be_focused()
    assert blog.input.evaluate("field => [field.value, field.selectionStart, field.selectionEnd]") == [
        "seas and lakes",
        5,
        8,
    ]


def test_a_box_that_is_made_by_a_script_works(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate("""() => {
        const box = document.querySelector("semsearch-box");
        const other = document.createElement("semsearch-box");
        other.append(box.querySelector("form").cloneNode(true));
        box.replaceWith(other);
    }""")
    blog.ask("seas")
    assert blog.titles[0] == "One on seas"


def test_a_page_that_comes_with_the_cursor_in_its_box_is_not_covered(blog: Blog) -> None:
    blog.open()
    blog.ask("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/**")
    blog.open(f"<semsearch-box>{FORM.replace('<input', '<input autofocus')}</semsearch-box>")
    expect(blog.input).to_be_focused()
    assert not blog.is_open


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
    blog.page.keyboard.press("ArrowDown")
    assert blog.is_open
    for _ in range(2):
        blog.page.keyboard.press("Tab")
        assert blog.is_open
    expect(blog.page.get_by_role("button", name="Forget them")).to_be_focused()
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


def test_a_question_that_the_page_has_in_its_address_stays_there(blog: Blog) -> None:
    blog.open(path="/?q=theirs")
    blog.input.fill("")
    blog.page.keyboard.press("Escape")
    blog.page.get_by_label("Other").focus()
    assert blog.page.url == f"{BLOG}/?q=theirs"


# ---- the service itself


def test_a_site_asks_the_service_over_the_demo_posts(tab: Page, demo_index: Path) -> None:
    with scripted() as blog, running(service(index=demo_index, origins=(blog.address,))) as address:
        head = f'<!doctype html><html lang="en"><script type="module" src="{address}/web/box.js"></script>'
        policy = POLICY.replace(SERVICE, address)
        headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
        form = FORM.replace(SERVICE, address)
        blog.replies.append(Reply(body=f"{head}<semsearch-box>{form}</semsearch-box>".encode(), headers=headers))
        tab.goto(blog.address)
        tab.get_by_role("combobox").fill("solving m")
        tab.locator("[part=popup][data-state=results]").wait_for()
        titles = tab.locator("[part=title]").all_inner_texts()
        assert set(titles[:2]) == {"Solving Math Word Problems", "Solving (Some) Formal Math Olympiad Problems"}
        assert titles[-1] == "All results for “solving m”"
        tab.get_by_role("combobox").fill("solving mathmatics")
        expect(tab.locator("[part=status]")).to_contain_text("No post has “mathmatics”; searched for “mathematics”.")
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"{address}/search?q=solving+mathmatics")


# ---- safety


def dialogs(blog: Blog) -> list[str]:
    """What opens by a script that was smuggled in: nearly all payloads show a box of the browser."""
    ran: list[str] = []

    def note(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    blog.page.on("dialog", note)
    return ran


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the hostile inputs are kept outside the project")
def test_no_payload_runs_wherever_it_stands(blog: Blog) -> None:
    ran = dialogs(blog)
    requested: list[str] = []

    def note(request: Request) -> None:
        requested.append(request.url)

    blog.page.on("request", note)
    payloads = list(dict.fromkeys(line for line in PAYLOADS.read_text("utf-8", "replace").split("\n") if line.strip()))
    assert len(payloads) > 1_000
    pages = [payloads[start : start + 1_000] for start in range(0, len(payloads), 1_000)]
    blog.suggested = lambda q: {"suggestions": [{"id": p, "text": p, "url": p} for p in pages[int(q)][::10]]}

    def searched(q: str) -> object:
        hits = [
            hit(p, teaser=p, url=p, date=p, highlights={"title": [[0, 3]], "teaser": [[1, 4]]}) for p in pages[int(q)]
        ]
        return found(*hits, answerable=False, **{p: p for p in pages[int(q)][:50]})

    blog.searched = searched
    blog.open()
    del requested[:]
    for number, page in enumerate(pages):
        blog.ask(str(number))
        seen = blog.options.evaluate_all("""all => ({
            titles: all.map(each => each.querySelector("[part=title]").textContent),
            protocols: [...new Set(all.map(each => each.protocol))],
            names: [...new Set(all.flatMap(each => [...each.querySelectorAll("*")].map(inner => inner.localName)))],
            handlers: all.some(each => each.getAttributeNames().some(name => name.startsWith("on"))),
        })""")
        assert sorted(seen["titles"]) == sorted([*page, f"All results for “{number}”"])
        assert set(seen["protocols"]) <= {"http:", "https:"}
        assert set(seen["names"]) <= {"span", "time", "mark", "bdi"}
        assert not seen["handlers"]
        blog.input.fill("")
    assert ran == []
    assert {url.split("/v1/")[0] for url in requested} == {SERVICE}


def test_a_payload_as_a_question_or_a_recent_search_stays_text(blog: Blog) -> None:
    ran = dialogs(blog)
    payload = '"><img src=x onerror=alert(1)>{q}<svg/onload=alert(2)>'
    blog.suggested = lambda q: completed(payload, url="javascript:alert(3)")
    blog.searched = lambda q: found(hit("One", url="javascript:alert(4)"))
    blog.open()
    blog.ask(payload)
    assert blog.titles == [payload, "One", f"All results for “{payload}”"]
    for key in ("ArrowDown", "Enter"):
        blog.page.keyboard.press(key)
    blog.page.wait_for_url(f"{SERVICE}/search?**")
    blog.open()
    blog.input.click()
    assert blog.titles == [payload]
    assert ran == []
