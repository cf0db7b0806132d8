"""A page with a search box on another site, and a service with responses set by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, FloatRect, Locator, Page, Route

from semsearch.api.pages.static_files import STATIC
from tests.web.pages import wait_until

BLOG, SERVICE = "http://blog.test", "http://search.test"
POLICY = (
    f"default-src 'none'; script-src {SERVICE}; connect-src {SERVICE}; style-src 'nonce-page'; form-action {SERVICE}; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The strictest Content-Security-Policy under which a page can use the search box."""
FORM = f"""<form action="{SERVICE}/search" role="search">
  <label>Search the blog <input type="search" name="q"></label> <button>Search</button>
</form>"""
STYLE = """html { background: canvas; color: canvastext }
body { margin: 2rem 1rem; font-family: system-ui }
main { max-width: 40rem; margin: auto }"""

Response = Callable[[str], Any]


def hit(title: str, **fields: Any) -> dict[str, Any]:
    """Build a hit as the service sends it; its id is its title."""
    defaults = {"id": title, "teaser": "", "url": f"{BLOG}/posts/1", "date": "2024-05-06", "passage": None}
    return defaults | {"title": title, "highlights": {}, "confidence": 0.9} | fields


def found(*hits: str | dict[str, Any], answerable: bool = True, **corrections: str) -> dict[str, Any]:
    """Build a response of `/v1/search`."""
    listed = [hit(each) if isinstance(each, str) else each for each in hits]
    nothing: dict[str, Any] = {"missing": [], "synonyms": {}, "unknown": [], "redirect": None}
    return {"hits": listed, "answerable": answerable, "corrections": corrections} | nothing


def completed(*titles: str, url: str | None = f"{BLOG}/posts/1") -> dict[str, Any]:
    """Build a response of `/v1/suggest`."""
    return {"suggestions": [{"id": title, "text": title, "url": url} for title in titles]}


@dataclass
class Blog:
    """A page with a search box, and its service. Responses may be a status, or None for a failed connection."""

    page: Page
    searched: Response = lambda q: found(f"One on {q}", f"Two on {q}")
    suggested: Response = lambda q: completed()
    pages: dict[str, str] = field(default_factory=dict)
    """Path → body of further pages."""
    head: str = ""
    images: bool = False
    """Whether the policy of the page allows pictures."""
    asked: list[str] = field(default_factory=list)
    """Paths and query strings of all requests to the service, without `/v1/`."""
    holds: Callable[[str], bool] = lambda what: False
    """Which responses wait for `release`."""
    held: list[tuple[str, Route]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def open(self, box: str = f"<semsearch-box>{FORM}</semsearch-box>", *, path: str = "/") -> Page:
        """Open the page and wait until the box is upgraded."""
        self.pages["/"] = (
            f'{box}<p>What the page says. <a href="/elsewhere">Elsewhere</a></p><input aria-label="Other">'
        )
        self.page.goto(BLOG + path)
        self.input.wait_for(state="attached")
        return self.page

    def ask(self, text: str) -> None:
        """Type a query and wait for posts."""
        self.input.fill(text)
        self.page.locator("[part=popup]:is([data-state=results], [data-state=unsure])").first.wait_for()

    def reached(self, state: str) -> Locator:
        """Wait until the popup is in a state; return it."""
        popup = self.page.locator(f"semsearch-box [part=popup][data-state={state}]").first
        popup.wait_for()
        return popup

    @property
    def input(self) -> Locator:
        return self.page.locator("semsearch-box [role=combobox]").first

    @property
    def options(self) -> Locator:
        return self.page.get_by_role("option")

    @property
    def titles(self) -> list[str]:
        return self.page.locator("[role=option] [part=title]").all_inner_texts()

    @property
    def active(self) -> str | None:
        """The title of the active option, by aria-activedescendant."""
        title: str | None = self.page.evaluate("""() => {
            const root = document.querySelector("semsearch-box").shadowRoot;
            const id = root.querySelector("[role=combobox]").getAttribute("aria-activedescendant");
            const row = id && root.getElementById(id);
            const chosen = [...root.querySelectorAll("[aria-selected=true]")];
            if (chosen.length > 1 || (chosen[0] ?? null) !== row) throw new Error("one is active, another chosen");
            return row && row.querySelector("[part=title]").innerText;
        }""")
        return title

    @property
    def is_open(self) -> bool:
        return self.page.locator("[part=popup]").first.is_visible()

    def waits_for(self, *requests: str) -> None:
        """Wait until a response is held for each of these: the paths begin with them."""
        wait_until(
            self.page,
            lambda: all(any(asked.startswith(each) for asked, _ in self.held) for each in requests),
        )

    def release(self, what: str) -> None:
        """Send the held responses whose path starts with `what`. Aborted requests are ignored."""
        self.waits_for(what)
        for asked, route in [each for each in self.held if each[0].startswith(what)]:
            self.held.remove((asked, route))
            with suppress(Error):
                self._answer(asked, route)

    def route(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.netloc == urlsplit(SERVICE).netloc:
            self._serve(route, url.path)
        elif route.request.resource_type == "image":
            exists = url.path == "/good.svg"
            route.fulfill(status=200 if exists else 404, body=_PICTURE if exists else "", content_type="image/svg+xml")
        else:
            body = self.pages.get(url.path, "Another page")
            meta = '<meta name="viewport" content="width=device-width">'
            script = f'<script type="module" src="{SERVICE}/web/box.js"></script>'
            style = f'<style nonce="page">{STYLE}</style>{self.head}'
            head = f'<!doctype html><html lang="en"><title>Blog</title>{meta}{style}{script}'
            html = f"{head}<main><h1>Blog</h1>{body}</main></html>"
            policy = {"Content-Security-Policy": f"{POLICY}; img-src *" if self.images else POLICY}
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=policy)

    def _serve(self, route: Route, path: str) -> None:
        if path.startswith("/web/"):
            content = (STATIC / path.removeprefix("/web/")).read_text(encoding="utf-8")
            route.fulfill(body=content, content_type="text/javascript; charset=utf-8", headers=_CORS)
        elif path.startswith("/v1/"):
            asked = route.request.url.removeprefix(f"{SERVICE}/v1/")
            self.asked.append(asked)
            if self.holds(asked):
                self.held.append((asked, route))
            else:
                self._answer(asked, route)
        else:
            route.fulfill(body="<title>The results page</title>", content_type="text/html")

    def _answer(self, asked: str, route: Route) -> None:
        q = parse_qs(urlsplit(asked).query)["q"][0]
        answer = (self.searched if asked.startswith("search") else self.suggested)(q)
        if answer is None:
            route.abort()
        elif isinstance(answer, int):
            route.fulfill(status=answer, json={"detail": "In words"}, headers=_CORS)
        else:
            route.fulfill(json=answer, headers=_CORS)


_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="90"/>'
_CORS = {"Access-Control-Allow-Origin": "*"}


def place_of(shown: Locator) -> FloatRect:
    """Return the bounding box in pixels of the window."""
    place = shown.bounding_box()
    assert place, "it is not shown"
    return place


def barriers(page: Page, tags: Sequence[str] = ()) -> list[str]:
    """Return the accessibility violations that axe-core finds by the rules with one of these tags, or by all rules."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"], **({"runOnly": list(tags)} if tags else {})}
    violations = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [f"{rule['id']}: {node['html']} {node['any']}" for rule in violations for node in rule["nodes"]]


@contextmanager
def blog_on(page: Page) -> Iterator[Blog]:
    """Open a blog with empty storage. Policy violations and uncaught errors fail the test at the end."""
    blog = Blog(page)

    def told(message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            blog.violations.append(message.text)

    def failed(error: Error) -> None:
        blog.violations.append(str(error))

    page.context.route("**/*", blog.route)
    page.on("console", told)
    page.on("pageerror", failed)
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": BLOG, "storageTypes": "local_storage"})
    session.detach()
    yield blog
    for _, route in blog.held:
        with suppress(Error):
            route.abort()
    for other in page.context.pages:
        if other != page:
            other.close()
    page.remove_listener("console", told)
    page.remove_listener("pageerror", failed)
    page.context.unroute_all(behavior="ignoreErrors")
    assert blog.violations == []
