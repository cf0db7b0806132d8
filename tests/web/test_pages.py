from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from semsearch.api.auth.keys import Key, digest_of, entry
from tests.builders import raw_post, service
from tests.client.servers import running
from tests.web.boxes import barriers, place_of
from tests.web.lists import shift
from tests.web.pages import wait_until

Q = "how do models learn maths"
TRIED = f"/playground?q={Q}&ticked={Q}&ratio=0.6&pin=critiques&pin=vpt&hide=formal-math"
PATHS = (
    "/",
    "/search?q=solving maths problems",
    "/search?q=models&tag=alignment&year=2022",
    "/search?q=how long do I boil an egg%3F",
    "/search?q=grade scool math",
    "/search?q=models&tag=nothing",
    "/search?q=-models",
    "/search?q=models&year=20x",
    "/related?post=critiques",
    "/related?post=nope",
    "/playground",
    TRIED,
    "/playground?q=-models",
)


# --- can it be used by all? -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_accessibility_violations_in_light_and_dark_colours(path: str, page: Page, site: str) -> None:
    page.goto(site + path)
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    assert barriers(page, tags=["cat.color"]) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_not_wider_than_the_window(path: str, page: Page, site: str) -> None:
    page.goto(site + path)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


def test_the_font_of_fields_is_large_enough_to_prevent_zoom(page: Page, site: str) -> None:
    for path in ("/", TRIED):
        page.goto(site + path)
        sizes = page.locator("input[type=search], select").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).fontSize)"
        )
        assert all(float(size.removesuffix("px")) >= 16 for size in sizes if size), path


def test_facets_are_beside_the_hits_or_folded_on_narrow_screens(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(f"{site}/search?q=solving maths problems")
    expect(page.locator("aside.facets")).to_be_visible()
    expect(page.locator("details.facets")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 700})
    expect(page.locator("aside.facets")).to_be_hidden()
    page.get_by_text("Narrow by tag or year").click()
    page.locator("details.facets").get_by_role("link", name="mathematics").click()
    expect(page.locator(".chosen")).to_contain_text("mathematics")


def test_printed_pages_have_the_query_and_urls_but_no_controls(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=solving maths problems")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for gone in ("form", "aside.facets", "details.facets", ".more"):
        expect(page.locator(gone).first).to_be_hidden()
    said = page.locator(".hit h3 a").first.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert "https://openai.com/" in said


def test_bars_are_visible_in_forced_colours(page: Page, site: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{site}{TRIED}")
    bar = page.locator("meter").first
    assert bar.evaluate("(one) => getComputedStyle(one).borderTopWidth") == "1px"


@pytest.fixture(scope="module")
def illustrated(build: Callable[..., Path]) -> Iterator[str]:
    """A service over posts with sections and pictures, of which some cannot be loaded."""
    body = "Bees make honey from nectar all summer long. Wasps build their nests of paper in the attic."
    section = {"title": "Bees", "anchor": "bees", "start": 0, "end": 44}
    posts = [
        raw_post(f"honey {n}", title=f"Honey {n}", teaser="", url="/honey", body=body, sections=[section], image=image)
        for n, image in enumerate(["/web/icon.svg", "/web/none.png", "http://nowhere.invalid/a.png", None])
    ]
    with running(service(index=build(posts))) as site:
        yield site


@pytest.mark.parametrize("path", ["/search?q=bees make honey", "/related?post=honey 0"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_with_pictures_are_accessible_and_do_not_shift(
    path: str, width: int, page: Page, illustrated: str
) -> None:
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if "Content Security" in message.text else None)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(illustrated + path, wait_until="networkidle")
    assert page.locator(".hit img").count() > 0
    for place in (place_of(picture) for picture in page.locator(".hit img").all()):
        assert place["width"] / place["height"] == pytest.approx(1.5, abs=0.02)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shift(page) == 0
    assert blocked == []


# --- without and with scripts -----------------------------------------------------------------------------------------


def test_pages_work_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/")
    page.get_by_role("searchbox").fill("grade school maths")
    page.keyboard.press("Enter")
    expect(page.locator(".hit h3").first).to_have_text("Solving Math Word Problems")
    page.locator(".why summary").first.click()
    expect(page.locator("meter").first).to_be_visible()
    page.locator(".hit").first.get_by_role("link", name="Related posts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Solving Math Word Problems")
    page.goto(f"{site}/playground?q={Q}")
    page.get_by_role("checkbox", name="Pin DALL·E 2 Pre-Training Mitigations").check()
    page.get_by_role("button", name="Show").last.click()
    expect(page.locator("[aria-labelledby=mixed] h3").first).to_contain_text("DALL·E 2")
    expect(page.locator("pre")).to_contain_text("pin: [dall-e-2-pre-training-mitigations]")
    context.close()


def test_the_playground_updates_while_the_slider_moves(page: Page, site: str) -> None:
    page.goto(f"{site}/playground?q={Q}")
    page.evaluate("window.same = true")
    page.get_by_role("slider").press("End")
    expect(page.locator("#share")).to_have_text("100 %")
    expect(page.locator("#mixed")).to_have_text("Mixed, 100 % meaning")
    expect(page.get_by_role("slider")).to_be_focused()
    box = page.get_by_role("checkbox", name="Pin DALL·E 2 Pre-Training Mitigations")
    box.press("Space")
    expect(page.locator("[aria-labelledby=mixed] h3").first).to_contain_text("DALL·E 2")
    expect(box).to_be_focused()
    assert page.evaluate("window.same"), "it is the same page"
    address = page.url
    assert "ratio=1" in address
    assert "pin=dall-e-2" in address
    page.reload()
    expect(box).to_be_checked()


def test_the_playground_shows_the_latest_response(page: Page, site: str) -> None:
    page.goto(f"{site}/playground?q={Q}")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/playground?*ratio=0*", hold)
    page.get_by_role("slider").press("Home")
    wait_until(page, lambda: held)
    page.unroute("**/playground?*ratio=0*")
    page.get_by_role("slider").press("End")
    expect(page.locator("#mixed")).to_have_text("Mixed, 100 % meaning")
    assert len(held) == 1
    assert page.get_by_role("slider").input_value() == "1"


def test_a_connection_error_is_shown_by_the_browser(page: Page, site: str) -> None:
    page.goto(f"{site}/playground?q={Q}")
    page.route(
        "**/playground?*",
        lambda route: route.fulfill(status=503, body="<h1>Busy just now</h1>", content_type="text/html"),
    )
    page.get_by_role("slider").press("End")
    expect(page.get_by_role("heading", level=1)).to_have_text("Busy just now")


# --- keys -------------------------------------------------------------------------------------------------------------


def test_pages_accept_a_key_as_a_password(browser: Browser, demo_index: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text(
        "keys:\n" + entry(Key("owner", digest_of("secret"), frozenset({"search", "admin"}))), encoding="utf-8"
    )
    with running(service(index=demo_index, keys_file=file)) as site:
        context = browser.new_context(http_credentials={"username": "anybody", "password": "secret"})
        page = context.new_page()
        page.goto(f"{site}/search?q=maths")
        expect(page.locator(".hit").first).to_be_visible()
        page.get_by_role("combobox").fill("solving maths")
        expect(page.get_by_role("option").first).to_be_visible()
        page.goto(f"{site}/playground?q={Q}")
        page.get_by_role("slider").press("End")
        expect(page.locator("#mixed")).to_have_text("Mixed, 100 % meaning")
        context.close()
