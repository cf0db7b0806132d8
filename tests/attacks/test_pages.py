"""Markup in posts and queries never runs in the browser of a visitor.

The elements on other sites: tests/web. Links: tests/search/test_links.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from semsearch.rendering import safe_url
from tests.api.pages.html import Page
from tests.builders import raw_post, service

PAYLOADS = [
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>", "'\"><b onmouseover=alert(1)>", "\" autofocus onfocus=alert(1) x=\"",
    "<a href=javascript:alert(1)>x</a>", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>",
    "java\tscript:alert(1)", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "<!--<img src=x>-->",
    "--><script>alert(1)</script><!--", "]]><script>alert(1)</script>", "{{7*7}}", "{% raw %}", "${7*7}", "#{7*7}",
    "<style>*{display:none}</style>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0;/x>",
    "<iframe srcdoc='<script>1</script>'>", "<form action=//evil.example>", "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>", "<noscript><p title='</noscript><img src=x onerror=1>'>", "\u202e<script>",
    "<template><script>1</script></template>", "<math><mtext></form><form><mglyph><style></math><img src onerror=1>",
]  # fmt: skip
FIELDS = ("title", "teaser", "body", "url", "image", "tags", "authors")


@pytest.fixture(scope="module")
def client(build: Callable[..., Path]) -> Iterator[TestClient]:
    posts = [
        raw_post(
            f"p{number}",
            title=f"harmless {payload}",
            teaser=f"Harmless. {payload}",
            body=f"A harmless body. {payload}",
            url=payload,
            image=payload,
            tags=[payload],
            authors=[payload],
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    with TestClient(service(index=build(posts))) as client:
        yield client


def requests() -> Iterator[tuple[str, dict[str, Any]]]:
    for page in range(1, 5):
        yield "/search", {"q": "harmless", "page": page}
    for number, payload in enumerate(PAYLOADS):
        yield "/search", {"q": payload, "tag": payload, "author": payload, "year": payload, "language": payload}
        yield "/related", {"post": f"p{number}"}
        yield "/related", {"post": payload}
        yield f"/{quote(payload)}", {}
    for payload in PAYLOADS[::3]:
        yield "/playground", {"q": payload, "tag": payload, "rules": payload, "pin": payload, "ticked": payload}


def test_no_text_becomes_markup(client: TestClient) -> None:
    harmless = {tag for path in ("/search?q=x", "/playground?q=x") for tag, _ in Page(client.get(path).text).tags}
    for path, parameters in requests():
        answer = client.get(path, params=parameters, headers={"Accept": "text/html"})
        page = Page(answer.text)
        tags = {tag for tag, _ in page.tags}
        assert not tags & {"svg", "math", "iframe", "base", "style", "template", "noscript", "b", "object", "embed"}
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith(("on", "style"))]
        assert not [attributes for tag, attributes in page.tags if tag == "meta" and "http-equiv" in attributes]
        assert all(safe_url(link) for link in page.links())
        assert set(page.texts.get("script", ())) <= {""}
        sources = {attributes["src"] for tag, attributes in page.tags if tag == "script"}
        assert sources <= {"/web/box.js", "/web/playground.js", "/web/related.js"}
        assert "49" not in page.texts.get("h1", [""])[0]
    assert "script" in harmless


def test_every_answer_forbids_scripts_of_others(client: TestClient) -> None:
    for path in ("/search?q=harmless", "/nothing", "/v1/search?q=harmless", "/v1/nothing", "/web/box.js", "/healthz"):
        headers = client.get(path).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert (policy["default-src"], policy["script-src"], policy["base-uri"]) == ("'none'", "'self'", "'none'")
        assert policy["frame-ancestors"] == "'none'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_json_is_sent_as_json(client: TestClient) -> None:
    """A browser that opens the address must not read it as a page."""
    for path in ("/v1/search", "/v1/suggest"):
        answer = client.get(path, params={"q": PAYLOADS[0]}, headers={"Accept": "text/html"})
        assert answer.headers["content-type"].startswith("application/json")
        assert json.loads(answer.text)["query"] == PAYLOADS[0]
