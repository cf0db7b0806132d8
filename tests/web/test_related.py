from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from tests.api.test_gate import keys_file
from tests.builders import SHARED, service
from tests.client.servers import running
from tests.web.sites import POLICY, Site, site_elsewhere

MOST_BYTES = 3_000
"""Of what a browser loads for the list, compressed."""
PAYLOADS = SHARED / "bad_inputs/xss/xss-payload-list.txt"
FAR = "<p>A long text.</p>" * 200
"""More than the list is asked for ahead."""
LIGHT = (
    '<nav aria-labelledby="related"><h3 id="related">Read on</h3><ul><li><a href="/old">An old post</a>'
    "<p>Which was there when the page was made, and has a teaser of some length, as the others have, for the room.</p>"
    "<p>2020-01-01</p><p>Both write of tides</p></li></ul></nav>"
)
STYLE = (
    "body { background: light-dark(#fff, #15181c); color: light-dark(#1c2024, #e7eaee); font: 1.1rem/1.6 serif; }"
    "a { color: light-dark(#0b57c2, #8ab8ff); }"
)


@pytest.fixture(scope="module")
def world(demo_index: Path) -> Iterator[tuple[Site, str]]:
    """A site, and a service that its pages may ask."""
    with site_elsewhere() as site, running(service(index=demo_index, origins=(site.address,))) as address:
        yield site, address


Opened = Callable[..., Locator]


@pytest.fixture
def opened(page: Page, world: tuple[Site, str]) -> Iterator[Opened]:
    """Opens a page with the element, under a strict policy; no script may fail in it."""
    site, address = world
    errors: list[object] = []

    def failed(error: object) -> None:
        errors.append(error)

    page.on("pageerror", failed)
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)

    def open_page(
        inside: str = "",
        before: str = "",
        after: str = "<footer>The end</footer>",
        page_is: str = "",
        origin: str = "",
        **attributes: Any,
    ) -> Locator:
        given = {"post": "formal-math", "service": address} | attributes
        written = " ".join(f"{name}='{value}'" for name, value in given.items() if value is not None)
        site.policy = POLICY.format(service=f"{address} {given['service']}")
        site.files["/page.css"] = STYLE
        site.files["/"] = (
            f"<!doctype html><html lang=en {page_is}><meta charset=utf-8><meta name=color-scheme content='light dark'>"
            "<link rel=stylesheet href=/page.css>"
            f"<title>A page</title><script type=module src='{address}/web/related.js'></script><main><h1>A post</h1>"
            f"{before}<semsearch-related {written}>{inside}</semsearch-related>{after}</main>"
        )
        page.goto(origin or site.address)
        return page.locator("semsearch-related")

    yield open_page
    assert errors == []


def hit(post_id: str = "new", **fields: Any) -> dict[str, Any]:
    usual = {"title": f"Title of {post_id}", "teaser": "What it is about.", "url": f"/{post_id}", "date": "2024-05-17"}
    return {"id": post_id, "reasons": []} | usual | fields


def answers(page: Page, *hits: dict[str, Any], status: int = 200) -> list[str]:
    """Has the service answer with these hits. The addresses that are asked from now on."""
    asked: list[str] = []
    body = json.dumps({"hits": hits} if status == 200 else {"detail": 'no post has the id "x"'})

    def reply(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, body=body, headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/v1/**", reply)
    return asked


def away(page: Page) -> None:
    page.route("**/v1/**", lambda route: route.abort())


def held(page: Page) -> list[Route]:
    """Has the service keep whoever asks waiting. The requests that wait."""
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    page.route("**/v1/**", keep)
    return waiting


def give(route: Route, *hits: dict[str, Any]) -> None:
    route.fulfill(body=json.dumps({"hits": hits}), headers={"Access-Control-Allow-Origin": "*"})


def wait_for(page: Page, waiting: list[Route], count: int) -> None:
    while len(waiting) < count:
        page.wait_for_timeout(5)


def settled(related: Locator, shown: bool) -> None:
    """Waits until the element has what it will have: something, or nothing and no box."""
    if shown:
        expect(related.locator("nav").last).to_be_visible()
    else:
        expect(related).to_have_attribute("hidden", "")
        assert related.bounding_box() is None


def titles(related: Locator) -> list[str]:
    """Of the list that can be seen."""
    return [link.inner_text() for link in related.locator("li a").all() if link.is_visible()]


def shift(page: Page) -> float:
    """How much what can be seen has moved by itself."""
    return float(
        page.evaluate(
            """() => new Promise((done) => {
              let sum = 0;
              new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
                .observe({ type: "layout-shift", buffered: true });
              requestAnimationFrame(() => setTimeout(() => done(sum), 50));
            })"""
        )
    )


# --- from another site ------------------------------------------------------------------------------------------------


def test_a_page_of_another_site_shows_what_the_service_answers(
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


def test_a_key_is_sent_after_the_browser_asked_whether_it_may(
    opened: Opened, world: tuple[Site, str], demo_index: Path, tmp_path: Path
) -> None:
    settings = {"origins": (world[0].address,), "keys_file": keys_file(tmp_path, "site")}
    with running(service(index=demo_index, **settings)) as locked:
        settled(opened(service=locked, key="site"), shown=True)
        settled(opened(service=locked, key="nobody"), shown=False)
        settled(opened(service=locked), shown=False)


def test_a_site_that_may_not_ask_keeps_its_list_and_its_owner_reads_why(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    stranger = world[0].address.replace("127.0.0.1", "localhost")
    with page.expect_console_message(lambda message: message.type == "warning") as warned:
        related = opened(LIGHT, origin=stranger)
    settled(related, shown=True)
    assert titles(related) == ["An old post"]
    for said in (world[1], stranger, "SEMSEARCH_ORIGINS"):
        assert said in warned.value.text


def test_without_scripts_the_list_of_the_page_is_there(page: Page, opened: Opened, world: tuple[Site, str]) -> None:
    opened(LIGHT)
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(world[0].address)
    expect(plain.get_by_role("link", name="An old post")).to_be_visible()
    context.close()


# --- when it is asked -------------------------------------------------------------------------------------------------


def test_it_asks_when_it_comes_near_and_once(opened: Opened, page: Page) -> None:
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
def test_it_asks_for_the_post_and_as_many_as_it_says(
    attributes: dict[str, Any], path: str, opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    asked = answers(page, hit())
    settled(opened(**attributes), shown=True)
    assert asked == [world[1] + path]


def test_without_a_post_nothing_is_asked_until_there_is_one(opened: Opened, page: Page) -> None:
    asked = answers(page, hit())
    related = opened(LIGHT, post=None)
    page.wait_for_timeout(50)
    assert asked == []
    assert titles(related) == ["An old post"]
    related.evaluate("element => element.setAttribute('post', 'b')")
    settled(related, shown=True)
    expect(related.locator("a").last).to_have_text("Title of new")


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_the_list_of_the_page_is_there_until_the_answer_is(opened: Opened, page: Page) -> None:
    waiting = held(page)
    related = opened(LIGHT)
    wait_for(page, waiting, 1)
    page.wait_for_timeout(100)
    assert titles(related) == ["An old post"]
    give(waiting[0], hit())
    expect(related.get_by_role("link")).to_have_text("Title of new")
    assert titles(related) == ["Title of new"]


def test_the_heading_is_that_of_the_page(opened: Opened, page: Page) -> None:
    answers(page, hit())
    related = opened(LIGHT)
    expect(related.get_by_role("link")).to_have_text("Title of new")
    expect(page.get_by_role("navigation", name="Read on")).to_be_visible()
    expect(related.get_by_role("heading", level=3)).to_have_text("Read on")


def test_a_hit_has_title_teaser_day_and_reasons(opened: Opened, page: Page) -> None:
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


def test_a_long_teaser_is_cut_between_words(opened: Opened, page: Page) -> None:
    answers(page, hit(teaser="word " * 80), hit("b", teaser="x" * 130), hit("c", teaser="😀" * 129 + " a b"))
    related = opened()
    settled(related, shown=True)
    first, second, third = (teaser.text_content() or "" for teaser in related.locator("[part=teaser]").all())
    assert re.fullmatch(r"(word ){26}word…", first)
    assert second == "x" * 130
    assert third == "😀" * 129 + " a…"


def test_all_words_can_be_said_in_another_language(opened: Opened, page: Page) -> None:
    answers(page, hit(reasons=[{"kind": "words", "values": ["Mond"]}, {"kind": "newer", "values": ["2024-05-17"]}]))
    said = {"heading": "Mehr davon", "words": "Gemeinsam: ", "newer": "Neuer"}
    related = opened(LIGHT, messages=json.dumps(said))
    expect(related.get_by_role("heading")).to_have_text("Mehr davon")
    assert [chip.text_content() for chip in related.locator("[part=reason]").all()] == ["Gemeinsam: Mond", "Neuer"]


@pytest.mark.parametrize("inside", ["", LIGHT])
def test_where_nothing_is_related_there_is_nothing_and_no_box(inside: str, opened: Opened, page: Page) -> None:
    answers(page)
    related = opened(inside)
    settled(related, shown=False)
    assert page.get_by_role("navigation").count() == page.get_by_role("heading", level=2).count() == 0


# --- when there is no answer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 422, 429, 500, 503, None])
@pytest.mark.parametrize("inside", ["", "<p>No links.</p>", LIGHT])
def test_without_an_answer_links_of_the_page_stay_and_nothing_else(
    status: int | None, inside: str, opened: Opened, page: Page
) -> None:
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
    if status:
        answers(page, status=status)
    else:
        away(page)
    related = opened(inside)
    if inside == LIGHT:
        while not warned:
            page.wait_for_timeout(5)
        page.wait_for_timeout(20)
        assert titles(related) == ["An old post"]
        assert related.get_attribute("hidden") is None
    else:
        settled(related, shown=False)
    assert len(warned) == 1


def test_without_an_answer_the_exported_file_is_read(opened: Opened, page: Page, world: tuple[Site, str]) -> None:
    away(page)
    world[0].files["/lists/formal-math.json"] = json.dumps(
        {"post_id": "formal-math", "hits": [hit("kept")], "limit": 5}
    )
    related = opened(fallback="lists/formal-math.json")
    settled(related, shown=True)
    assert titles(related) == ["Title of kept"]


def test_the_exported_file_is_not_read_where_the_page_has_links(
    opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    away(page)
    related = opened(LIGHT, fallback="lists/unread.json")
    page.wait_for_event("console", lambda message: message.type == "warning")
    page.wait_for_timeout(50)
    assert titles(related) == ["An old post"]
    assert not [path for path in world[0].asked if "unread" in path]


@pytest.mark.parametrize("content", [None, "<html>", "[]", '{"hits": []}', "null"])
def test_a_file_that_has_no_list_is_nothing(
    content: str | None, opened: Opened, page: Page, world: tuple[Site, str]
) -> None:
    away(page)
    world[0].files.pop("/lists/odd.json", None)
    if content is not None:
        world[0].files["/lists/odd.json"] = content
    settled(opened(fallback="lists/odd.json"), shown=False)


# --- what changes -----------------------------------------------------------------------------------------------------


def test_another_post_has_another_list_and_the_answer_of_the_first_is_not_waited_for(
    opened: Opened, page: Page
) -> None:
    waiting, failed = held(page), []
    page.on("requestfailed", lambda request: failed.append(request.url))
    related = opened()
    wait_for(page, waiting, 1)
    related.evaluate("element => element.setAttribute('post', 'b')")
    wait_for(page, waiting, 2)
    assert [urlsplit(url).path for url in failed] == ["/v1/posts/formal-math/related"]
    give(waiting[1], hit("of-b"))
    settled(related, shown=True)
    assert titles(related) == ["Title of of-b"]


def test_links_of_the_first_post_never_stay_beside_another(opened: Opened, page: Page, world: tuple[Site, str]) -> None:
    answers(page, hit())
    related = opened(LIGHT)
    settled(related, shown=True)
    page.unroute("**/v1/**")
    away(page)
    world[0].files["/lists/b.json"] = json.dumps({"hits": [hit("kept")]})
    related.evaluate("element => element.setAttribute('post', 'b')")
    settled(related, shown=False)
    related.evaluate("""element => {
        element.setAttribute('fallback', '/lists/b.json');
        element.setAttribute('post', 'c');
    }""")
    expect(related.get_by_role("link")).to_have_text(["Title of kept"])


@pytest.mark.parametrize("second", ["list", "empty", "away"])
def test_a_list_never_stays_beside_another_post(second: str, opened: Opened, page: Page) -> None:
    waiting = held(page)
    related = opened()
    for count, hits in enumerate([[], [hit("a")]], start=1):  # what was hidden comes back
        wait_for(page, waiting, count)
        give(waiting[-1], *hits)
        settled(related, shown=bool(hits))
        related.evaluate("(element, post) => element.setAttribute('post', post)", f"next-{count}")
    wait_for(page, waiting, 3)
    if second == "away":
        waiting[-1].abort()
    else:
        give(waiting[-1], *([hit("b")] if second == "list" else []))
    if second == "list":
        expect(related.get_by_role("link")).to_have_text("Title of b")
    else:
        settled(related, shown=False)


def test_a_removed_element_waits_for_nothing_and_asks_again_when_it_is_back(opened: Opened, page: Page) -> None:
    waiting, failed = held(page), []
    page.on("requestfailed", lambda request: failed.append(request.url))
    related = opened()
    wait_for(page, waiting, 1)
    page.evaluate("() => { window.kept = document.querySelector('semsearch-related'); kept.remove(); }")
    page.wait_for_timeout(50)
    assert len(failed) == 1
    page.evaluate("() => document.querySelector('main').append(kept)")
    wait_for(page, waiting, 2)
    give(waiting[1], hit())
    settled(related, shown=True)


# --- nothing moves ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["focus", "hover"])
def test_a_list_that_is_being_used_is_not_replaced(how: str, opened: Opened, page: Page) -> None:
    waiting = held(page)
    related = opened(LIGHT)
    wait_for(page, waiting, 1)
    getattr(page.get_by_role("link", name="An old post"), how)()
    give(waiting[0], hit())
    page.wait_for_timeout(100)
    assert titles(related) == ["An old post"]


@pytest.mark.parametrize("hits", [1, 20])
def test_a_list_in_sight_is_replaced_where_it_fits_and_nothing_moves(hits: int, opened: Opened, page: Page) -> None:
    waiting = held(page)
    related, footer = opened(LIGHT), page.locator("footer")
    wait_for(page, waiting, 1)
    page.wait_for_timeout(50)
    places = [entry.bounding_box() for entry in (related, footer)]
    give(waiting[0], *(hit(f"{number}") for number in range(hits)))
    page.wait_for_timeout(100)
    assert titles(related) == (["Title of 0"] if hits == 1 else ["An old post"])
    for entry, place in zip((related, footer), places, strict=True):
        box = entry.bounding_box()
        assert box == pytest.approx(place, abs=2), "but for what fonts of other sizes make of margins"
    assert shift(page) < 0.001


def test_a_list_out_of_sight_takes_the_room_that_it_needs_and_nothing_in_sight_moves(
    opened: Opened, page: Page
) -> None:
    waiting = held(page)
    related = opened(LIGHT, before="<p>A text.</p>" * 30)
    wait_for(page, waiting, 1)
    give(waiting[0], *(hit(f"{number}") for number in range(20)))
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
def test_a_page_with_it_has_no_barrier(scheme: Any, state: str, direction: str, opened: Opened, page: Page) -> None:
    page.emulate_media(color_scheme=scheme)
    if state == "kept":
        away(page)
    else:
        answers(page, *([hit(reasons=EVERYTHING), hit("b", url=None)] if state == "list" else []))
    related = opened("" if state == "list" else LIGHT.replace("h3", "h2"), page_is=f"dir={direction}")
    if state == "kept":
        page.wait_for_event("console", lambda message: message.type == "warning")
    settled(related, shown=state != "empty")
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_in_a_page_from_right_to_left_it_runs_so_too_and_each_title_as_it_is_written(
    opened: Opened, page: Page
) -> None:
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


def test_a_chip_is_one_without_colours_too(opened: Opened, page: Page) -> None:
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


def test_colours_and_font_are_those_that_the_page_sets(opened: Opened, page: Page) -> None:
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


def test_what_the_page_has_inside_looks_as_the_page_wants(opened: Opened, page: Page) -> None:
    waiting = held(page)
    opened(LIGHT, before="<p id='other'>A text.</p>")
    wait_for(page, waiting, 1)
    fonts = [
        page.locator(name).evaluate("element => getComputedStyle(element).font") for name in ("#other", "li p >> nth=0")
    ]
    assert fonts[0] == fonts[1]


# --- safety -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["texts", "addresses"])
@pytest.mark.skipif(not PAYLOADS.exists(), reason="the hostile inputs are kept outside the project")
def test_nothing_that_a_post_says_is_run(where: str, opened: Opened, page: Page, world: tuple[Site, str]) -> None:
    payloads = PAYLOADS.read_text(encoding="utf-8", errors="replace").splitlines()
    dialogs: list[str] = []

    def ran(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", ran)
    if where == "texts":
        hits = [
            hit("x", title=text, teaser=text, url="/x", date=text[:10], reasons=[{"kind": "tags", "values": [text]}])
            for text in payloads
        ]
    else:
        hits = [hit("x", url=url) for text in payloads for url in (text, f"javascript:{text}")]
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
    assert dialogs == []


# --- size -------------------------------------------------------------------------------------------------------------


def test_what_a_browser_loads_is_small(site: str, page: Page) -> None:
    sizes = [
        int(page.request.head(f"{site}/web/{name}", headers={"Accept-Encoding": "gzip"}).headers["content-length"])
        for name in ("related.js", "common.js")
    ]
    assert sum(sizes) <= MOST_BYTES
