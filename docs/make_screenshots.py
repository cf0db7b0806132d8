"""Takes the screenshots of the README and the documentation: serves the demo corpus and opens its pages in Chromium.

    python docs/make_screenshots.py

Writes docs/images/search-….png and box-….png, each light and dark. Chromium is the one on the path, or the one that
CHROMIUM names.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote_plus

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs/images"
CACHE = os.environ.get("SEMSEARCH_CACHE", str(ROOT / "index/cache"))
SEARCH_SIZE, BOX_SIZE = (1200, 720), (900, 690)
"""Width and height in CSS pixels; a screenshot has two pixels for each."""
MAX_BYTES, COLOURS = 120_000, 64
QUERY = "how do models learn to do maths?"
TYPED = "training large models"


def main() -> None:
    """Build the index and the site, and take the screenshots."""
    with TemporaryDirectory() as folder:
        index, site = Path(folder) / "index", Path(folder) / "site"
        semsearch = [sys.executable, "-m", "semsearch"]
        environment = os.environ | {"SEMSEARCH_INDEX": str(index), "SEMSEARCH_CACHE": CACHE}
        run = partial(subprocess.run, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        run([*semsearch, "rebuild"])
        run([*semsearch, "export", "related", str(site / "related")])
        with serving_files(site) as pages:
            port = free_port()
            service = f"http://127.0.0.1:{port}"
            run([sys.executable, "examples/static-site/build.py", str(site), "--service", service])
            served = subprocess.Popen(
                [*semsearch, "serve", "--port", str(port)], cwd=ROOT, env=environment | {"SEMSEARCH_ORIGINS": pages}
            )
            try:
                wait_for(f"{service}/readyz")
                take_all(service, pages)
            finally:
                served.terminate()
                served.wait()


def take_all(service: str, pages: str) -> None:
    """Take all screenshots, light and dark."""
    with sync_playwright() as playwright:
        executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-lcd-text", "--no-sandbox"])
        for scheme in ("light", "dark"):
            with new_page(browser, scheme, SEARCH_SIZE) as page:
                page.goto(f"{service}/search?q={quote_plus(QUERY)}")
                page.locator("details.why summary").first.click()
                page.mouse.move(0, 0)
                take(page, f"search-{scheme}.png")
            with new_page(browser, scheme, BOX_SIZE) as page:
                page.goto(f"{pages}/formal-math.html")
                field = page.get_by_role("combobox")
                field.press_sequentially(TYPED)
                page.get_by_role("option", name="All results").wait_for()
                field.press("ArrowDown")
                take(page, f"box-{scheme}.png")
        browser.close()


@contextmanager
def new_page(browser: Browser, scheme: str, size: tuple[int, int]) -> Iterator[Page]:
    """An empty page of this size and colour scheme."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def take(page: Page, name: str) -> None:
    """Save a screenshot with few colours. Exits if it is too large."""
    page.wait_for_load_state("networkidle")
    file = IMAGES / name
    page.screenshot(path=file, caret="hide", animations="disabled")
    with Image.open(file) as picture:
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    sys.stdout.write(f"{file.relative_to(ROOT)}: {size:,} bytes\n")
    if size > MAX_BYTES:
        raise SystemExit(f"{name} has more than {MAX_BYTES:,} bytes")


class QuietFileHandler(SimpleHTTPRequestHandler):
    """Serves files without logging requests."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """Serve a folder; yields the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFileHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def wait_for(address: str, seconds: float = 60.0) -> None:
    """Wait until a URL responds. Raises OSError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    main()
