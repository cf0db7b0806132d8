"""Measure how soon the search box of a web page shows results, in a browser.

    python benchmarks/web.py [--runs 30]

Prints JSON: `first_paint_milliseconds` has the 50th and 95th percentile of the time from the request, which is sent at
the end of the debounce, to the frame that shows the results. The search box is on a page of another site; the posts are
those of corpus/; no query comes twice. Browser and service share the processor. Needs Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import uvicorn
from common import ROOT, print_result, read_posts
from playwright.sync_api import sync_playwright

import semsearch
from semsearch.api import create_app
from semsearch.settings import Settings

_MEASURE = """(field, q) => new Promise((done) => {
    const popup = field.getRootNode().querySelector("[part=popup]");
    const fetch = window.fetch;
    let started;
    window.fetch = (url, options) => {
        if (url.pathname.endsWith("/search")) started = performance.now();
        return fetch(url, options);
    };
    new MutationObserver((_, observer) => {
        if (!/results|unsure/.test(popup.dataset.state)) return;
        observer.disconnect();
        window.fetch = fetch;
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)));
    }).observe(popup, { attributeFilter: ["data-state"] });
    field.value = q;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
})"""
_WARM_UP_RUNS = 3


@contextmanager
def blog() -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a site of one page. Yields its address, and a dict whose ``html`` is the page."""
    page: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page["html"].encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", page
    server.shutdown()


@contextmanager
def service(index: Path, origin: str) -> Iterator[str]:
    """Run the service for pages of one origin. Yields its address."""
    app = create_app(Settings(index=index, origins=(origin,)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield "http://{}:{}".format(*server.servers[0].sockets[0].getsockname())
    server.should_exit = True
    thread.join()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--runs", type=int, default=30)
    runs: int = options.parse_args().runs
    words = " ".join(post.teaser for post in read_posts(ROOT / "corpus")).replace("-", " ").split()
    queries = [" ".join(words[7 * n : 7 * n + 5]) for n in range(runs + _WARM_UP_RUNS)]
    with tempfile.TemporaryDirectory() as folder, blog() as (origin, page), sync_playwright() as playwright:
        index = Path(folder) / "index"
        semsearch.rebuild(ROOT / "corpus", index)
        executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        with service(index, origin) as address:
            page["html"] = f'<script type="module" src="{address}/web/box.js"></script><semsearch-box></semsearch-box>'
            tab = browser.new_page()
            tab.goto(origin)
            field = tab.get_by_role("combobox")
            field.focus()
            times = [field.evaluate(_MEASURE, query) for query in queries][_WARM_UP_RUNS:]
        browser.close()
    shares = {f"p{share}": round(float(np.percentile(times, share)), 1) for share in (50, 95)}
    print_result("web", runs=runs, first_paint_milliseconds=shares)


if __name__ == "__main__":
    main()
