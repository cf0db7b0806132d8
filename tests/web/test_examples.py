"""The example of a site: built by the commands of its README, and walked in a browser."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.builders import ROOT, service
from tests.client.servers import running
from tests.web.boxes import barriers

EXAMPLES = ROOT / "examples"
POST = "formal-math.html"
NEXT = "Solving Math Word Problems"
MOVED = """() => new Promise((done) => {
  const within = ({ node }) => node?.nodeType === 1 && node.closest("main");
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.sources.some(within) ? entry.value : 0;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""
"""The layout shift of the post and its list."""


@dataclass(frozen=True)
class World:
    """A site of plain files and the service that it asks."""

    site: str
    service: str
    folder: Path


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def world(demo_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("example") / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    site = f"http://127.0.0.1:{server.server_port}"
    with running(service(index=demo_index, origins=(site,))) as address:
        build(folder, demo_index, address)
        yield World(site, address, folder)
    server.shutdown()
    server.server_close()
    thread.join()


def build(folder: Path, index: Path, address: str) -> None:
    """Runs what the README says, but for what is running already."""
    (block,) = re.findall(r"```sh\n(.*?)```", (EXAMPLES / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    programs = {"semsearch": [sys.executable, "-m", "semsearch"], "python": [sys.executable, "-I", "-S"]}
    lines = [shlex.split(line) for line in block.splitlines()]
    assert [words[:2] for words in lines[1:3]] == [["semsearch", "export"], ["python", "examples/static-site/build.py"]]
    for words in lines[1:3]:
        given = [re.sub("^site(?=/|$)", str(folder), word) for word in words[1:]]
        given += ["--service", address] if words[0] == "python" else []
        environment = os.environ | {"SEMSEARCH_INDEX": str(index)}
        subprocess.run([*programs[words[0]], *given], cwd=ROOT, env=environment, check=True, capture_output=True)


@pytest.fixture
def errors(page: Page) -> Iterator[list[str]]:
    """Collect script errors and policy violations of the page. Any of them fails the test."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if "Content Security" in message.text else None)
    yield said
    assert said == []


def test_the_start_page_links_to_a_page_for_each_post(world: World, page: Page) -> None:
    page.goto(world.site)
    links = [link.get_attribute("href") for link in page.locator(".posts a").all()]
    assert len(links) == 9
    assert POST in links
    assert all((world.folder / str(link)).is_file() for link in links)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_the_service_its_list_is_shown_without_layout_shift(
    world: World, page: Page, errors: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{world.site}/{POST}")
    expect(page.locator("semsearch-related [part=reason]").first).to_be_visible()
    assert page.locator(".semsearch-related").is_hidden()
    expect(page.get_by_role("navigation", name="Related posts").get_by_role("link").first).to_have_text(NEXT)
    moved = page.evaluate(MOVED)
    assert moved == 0
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_the_service_the_exported_list_is_shown(
    world: World, page: Page, errors: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.route(f"{world.service}/v1/**", lambda route: route.abort())
    with page.expect_console_message(lambda message: message.type == "warning"):
        page.goto(f"{world.site}/{POST}")
    expect(page.locator(".semsearch-related").get_by_role("link").first).to_have_text(NEXT)
    expect(page.locator(".semsearch-related").get_by_role("link").first).to_be_visible()
    assert barriers(page) == []


def test_the_page_works_if_the_scripts_fail_to_load(world: World, page: Page) -> None:
    page.route(f"{world.service}/**", lambda route: route.abort())
    page.goto(f"{world.site}/{POST}")
    expect(page.get_by_role("navigation", name="Related posts").get_by_role("link").first).to_have_text(NEXT)
    expect(page.get_by_role("searchbox", name="Search")).to_be_visible()
    assert barriers(page) == []


def test_without_javascript_the_lists_are_shown_and_the_form_works(world: World, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{world.site}/{POST}")
    expect(page.get_by_role("navigation", name="Related posts").get_by_role("link").first).to_have_text(NEXT)
    page.get_by_label("Search").fill("picture generators")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(f"{world.service}/search?q=picture+generators")
    expect(page.get_by_role("link", name="DALL·E 2 Pre-Training Mitigations").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_box_shows_results_while_typing(world: World, page: Page, errors: list[str], scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(world.site)
    page.get_by_role("combobox").fill("maths")
    expect(page.get_by_role("option").first).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("combobox").press("Enter")
    page.wait_for_url(f"{world.service}/search?q=maths")


def test_texts_of_posts_are_escaped(tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script>'
    corpus, related = tmp_path / "posts.jsonl", tmp_path / "site/related"
    related.mkdir(parents=True)
    post = {"id": f"a{hostile}", "title": hostile, "teaser": hostile, "url": f"javascript:{hostile}", "date": hostile}
    corpus.write_text(f"{json.dumps(post)}\n\n", encoding="utf-8")
    (related / "index.json").write_text(json.dumps({"posts": {post["id"]: "a"}}), encoding="utf-8")
    (related / "a.html").write_text("\n", encoding="utf-8")
    script = [sys.executable, str(EXAMPLES / "static-site/build.py"), str(tmp_path / "site"), "--corpus", str(corpus)]
    subprocess.run(script, check=True)
    for name in ("a.html", "index.html"):
        text = (tmp_path / "site" / name).read_text(encoding="utf-8")
        assert text.count("<script") == 2
        assert "javascript:" not in text


def test_posts_may_lack_url_and_date_and_contain_line_separators(tmp_path: Path) -> None:
    corpus, related = tmp_path / "posts.jsonl", tmp_path / "site/related"
    related.mkdir(parents=True)
    posts = [
        {"id": "a", "title": "Two\u2028lines\x85here", "teaser": None, "url": None, "date": None},
        {"id": "b", "title": "Later", "date": "2024-05-06T07:08:09Z"},
    ]
    corpus.write_text("".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts), encoding="utf-8")
    (related / "index.json").write_text(json.dumps({"posts": {"a": "a", "b": "b"}}), encoding="utf-8")
    for name in "ab":
        (related / f"{name}.html").write_text("\n", encoding="utf-8")
    script = [sys.executable, str(EXAMPLES / "static-site/build.py"), str(tmp_path / "site"), "--corpus", str(corpus)]
    subprocess.run(script, check=True)
    first = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert first.index("2024-05-06") < first.index("Two\u2028lines\x85here")
