"""Feeds, pages and exports cannot lead into the local network, to other files, or to a script.

Addresses and redirects: tests/ingest/network/test_addresses.py, test_connections.py and test_retrieval.py. Archives and
links out of a folder: tests/ingest/test_files.py.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from semsearch.ingest.run import Request, ingest
from semsearch.ingest.sources import parse_source
from semsearch.rendering import safe_url

LINKS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
    "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:x", "ftp://host.example/",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_an_address_that_is_no_web_address_is_no_link(link: str) -> None:
    assert safe_url(link) is None


def test_a_feed_on_disk_makes_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    item = (
        "<item><title>One &amp; only</title><link>http://169.254.169.254/latest</link>"
        '<description>&lt;img src="http://127.0.0.1/x"&gt; Text of the post.</description>'
        '<enclosure url="http://127.0.0.1/pixel.png" type="image/png"/><comments>file:///etc/passwd</comments></item>'
    )
    feed = tmp_path / "feed.xml"
    feed.write_text(
        '<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1/x.xsl"?>'
        f'<rss version="2.0"><channel><link>http://127.0.0.1/</link>{item}</channel></rss>',
        encoding="utf-8",
    )
    ingest([Request(parse_source(str(feed)))], tmp_path / "corpus")
    [file] = (tmp_path / "corpus").glob("*.jsonl")
    [post] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert post["title"] == "One & only"
