"""One page serves many tests, and none of them sees what another left."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.web.pages import cleared

LEFT = """() => [innerWidth, localStorage.getItem("kept"), document.cookie,
  ...["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"].map((query) => matchMedia(query).matches)]"""


def test_nothing_is_left_of_a_test(page: Page, site: str) -> None:
    heard: list[str] = []
    page.goto(site)
    fresh = page.evaluate(LEFT)
    with cleared(page):
        page.set_viewport_size({"width": 500, "height": 500})
        page.emulate_media(media="print", color_scheme="dark", forced_colors="active")
        page.on("console", lambda message: heard.append(message.text))
        page.route("**/*", lambda route: route.fulfill(body="<title>Replaced</title>", content_type="text/html"))
        page.goto(site)
        page.evaluate("() => { localStorage.setItem('kept', 'x'); document.cookie = 'kept=x'; console.log('told'); }")
        assert (page.title(), heard) == ("Replaced", ["told"])
        changed = page.evaluate(LEFT)
        page.context.new_page()
    assert page.context.pages == [page]
    assert page.url == "about:blank"
    page.goto(site)
    page.evaluate("console.log('told again')")
    assert page.title() != "Replaced"
    assert heard == ["told"]
    assert page.evaluate(LEFT) == fresh
    assert all(one != other for one, other in zip(changed, fresh, strict=True))
