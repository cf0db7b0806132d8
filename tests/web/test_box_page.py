"""The search box and its page: the form, the service and hostile content."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, Request, Route, expect

from semsearch.api.pages.static_files import router
from tests.builders import service
from tests.client.servers import Reply, running, scripted
from tests.web.boxes import BLOG, FORM, POLICY, SERVICE, Blog, blog_on, completed, found, hit, place_of
from tests.web.hostile import dialogs, needs_payloads, payloads

MAX_BYTES = 8_700


def test_the_scripts_of_the_box_are_small() -> None:
    app = FastAPI()
    app.include_router(router)
    client = TestClient(app)
    sent = [client.get(f"/web/{name}").content for name in ("box.js", "common.js")]
    assert b"import" in sent[0]
    assert set(re.findall(rb'from "./(\w+).js"', sent[0])) == {b"common"}
    assert sum(len(gzip.compress(content, 9, mtime=0)) for content in sent) <= MAX_BYTES


# ---- the form of the page


def test_without_javascript_the_form_leads_to_the_results_page(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    with blog_on(context.new_page()) as blog:
        blog.page.goto(BLOG)
        blog.pages["/"] = f"<semsearch-box>{FORM}</semsearch-box>"
        blog.page.reload()
        blog.page.get_by_label("Search the blog").fill("seas & tides")
        blog.page.get_by_role("button", name="Search").click()
        blog.page.wait_for_url(f"{SERVICE}/search?q=seas+%26+tides")
    context.close()


def test_the_form_of_the_page_is_not_changed(blog: Blog) -> None:
    blog.open()
    assert blog.page.evaluate("() => document.querySelector('semsearch-box').innerHTML") == FORM


def test_a_box_without_a_form_creates_one(blog: Blog) -> None:
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
def test_the_field_keeps_its_accessible_name(blog: Blog, form: str, name: str) -> None:
    blog.open(f"<semsearch-box>{form}</semsearch-box>")
    expect(blog.input).to_have_accessible_name(name)


def test_an_accessible_name_from_outside_the_form_is_kept(blog: Blog) -> None:
    form = '<form><input name="q" aria-labelledby="name"></form>'
    blog.open(f'<h2 id="name">Find a post</h2><semsearch-box>{form}</semsearch-box>')
    session = blog.page.context.new_cdp_session(blog.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    assert [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "combobox"] == [
        "Find a post"
    ]


def test_a_form_around_the_box_is_not_used(blog: Blog) -> None:
    blog.open('<form><p>Before</p><semsearch-box><input name="q"></semsearch-box><p>After</p></form>')
    assert blog.page.get_by_text("After").count() == 1
    blog.ask("seas")
    assert blog.titles[0] == "One on seas"


def test_a_form_inserted_after_the_box_is_used(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate("""() => {
        const old = document.querySelector("semsearch-box");
        const box = document.createElement("semsearch-box");
        old.replaceWith(box);
        box.append(old.querySelector("form"));
    }""")
    expect(blog.input).to_have_accessible_name("Search the blog")


def test_focusing_the_original_field_focuses_the_box(blog: Blog) -> None:
    blog.open(f"<semsearch-box>{FORM.replace('<input', '<input id=s')}</semsearch-box>")
    blog.page.evaluate("() => document.getElementById('s').focus()")
    expect(blog.input).to_be_focused()
    blog.page.evaluate("() => { document.activeElement.blur(); document.querySelector('semsearch-box').focus(); }")
    expect(blog.input).to_be_focused()


def test_resetting_the_form_closes_the_list(blog: Blog) -> None:
    blog.open(f"<semsearch-box>{FORM.replace('</form>', '<button type=reset>Empty</button></form>')}</semsearch-box>")
    blog.ask("seas")
    blog.page.get_by_role("button", name="Empty").click()
    expect(blog.page.locator("[part=popup]")).to_be_hidden()
    assert blog.page.url == f"{BLOG}/"


@pytest.mark.parametrize("name", ["part", "role", "action"])
def test_a_field_may_have_any_name(blog: Blog, name: str) -> None:
    blog.open(
        f"<semsearch-box>{FORM.replace('</form>', f'<input type=hidden name={name} value=x></form>')}</semsearch-box>"
    )
    blog.ask("seas")
    assert blog.options.last.get_attribute("href") == f"{SERVICE}/search?q=seas&{name}=x"


def test_a_visually_hidden_label_stays_hidden(blog: Blog) -> None:
    form = '<form><label for="f" class="gone">Look</label><input id="f" name="q"></form>'
    blog.head = "<style nonce=page>.gone { position: absolute; width: 1px; height: 1px; overflow: hidden }</style>"
    blog.open(f"<semsearch-box>{form}</semsearch-box>")
    expect(blog.input).to_have_accessible_name("Look")
    assert place_of(blog.page.locator("semsearch-box [part=label]"))["height"] == 1


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(("style", "seen"), [("width: 1px; height: 1px", False), ("font-weight: 600", True)])
def test_the_label_of_a_hidden_box_is_shown_or_hidden_correctly(
    blog: Blog, style: str, seen: bool, hidden: bool
) -> None:
    blog.head = f"<style nonce=page>.label {{ position: relative; overflow: hidden; {style} }}</style>"
    form = '<form><label for="f" class="label">Look</label><input id="f" name="q"></form>'
    blog.open(f"<semsearch-box {'hidden' * hidden}>{form}</semsearch-box>")
    blog.page.evaluate("() => (document.querySelector('semsearch-box').hidden = false)")
    assert (place_of(blog.page.locator("semsearch-box [part=label]"))["height"] > 1) is seen


def test_a_hidden_box_shows_a_field_inside_its_label(blog: Blog) -> None:
    blog.open(f"<semsearch-box hidden>{FORM}</semsearch-box>")
    blog.page.evaluate("() => (document.querySelector('semsearch-box').hidden = false)")
    assert place_of(blog.input)["width"] > 100


@pytest.mark.parametrize("inside", [False, True])
def test_the_description_of_the_field_is_kept(blog: Blog, inside: bool) -> None:
    hint = '<p id="hint">Two words or more</p>'
    form = f'<form><input name="q" aria-describedby="hint">{hint * inside}</form>'
    blog.open(f"<semsearch-box>{form}</semsearch-box>{hint * (not inside)}")
    session = blog.page.context.new_cdp_session(blog.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    fields = [node for node in nodes if node.get("role", {}).get("value") == "combobox"]
    assert [node["description"]["value"] for node in fields] == ["Two words or more"]


def test_text_and_selection_typed_before_loading_are_kept(blog: Blog) -> None:
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


def test_a_box_created_by_a_script_works(blog: Blog) -> None:
    blog.open()
    blog.page.evaluate("""() => {
        const box = document.querySelector("semsearch-box");
        const other = document.createElement("semsearch-box");
        other.append(box.querySelector("form").cloneNode(true));
        box.replaceWith(other);
    }""")
    blog.ask("seas")
    assert blog.titles[0] == "One on seas"


def test_autofocus_does_not_open_the_list(blog: Blog) -> None:
    blog.open()
    blog.ask("seas")
    blog.page.keyboard.press("Enter")
    blog.page.wait_for_url(f"{SERVICE}/**")
    blog.open(f"<semsearch-box>{FORM.replace('<input', '<input autofocus')}</semsearch-box>")
    expect(blog.input).to_be_focused()
    assert not blog.is_open


# ---- the service itself


def test_a_site_searches_the_demo_posts(tab: Page, demo_index: Path) -> None:
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
        expect(tab.locator("[part=status]")).to_contain_text("Searched for “mathematics” instead of “mathmatics”.")
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"{address}/search?q=solving+mathmatics")


# ---- safety


@needs_payloads
def test_no_payload_runs_in_results(blog: Blog) -> None:
    ran = dialogs(blog.page)
    requested: list[str] = []

    def note(request: Request) -> None:
        requested.append(request.url)

    blog.page.on("request", note)
    every = payloads()
    assert len(every) > 1_000
    pages = [every[start : start + 1_000] for start in range(0, len(every), 1_000)]
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


def test_a_payload_as_a_query_or_recent_search_stays_text(blog: Blog) -> None:
    ran = dialogs(blog.page)
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
