"""XML that declares entities, names files and addresses, or never ends does no harm.

Feeds and exports, which are read as a stream: tests/ingest/parsing/test_xml_stream.py.
"""

from __future__ import annotations

import socket

import pytest

from semsearch.ingest.network.listings import read_listing
from tests.attacks.sources import trees

URL = "https://blog.example/feed"
SECRET = "secret of this machine"
BODIES = {
    "rss": "<rss><channel><item><title>&x;</title><link>/1&x;</link></item></channel></rss>",
    "feed": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>&x;</title><link href="/1&x;"/></entry></feed>',
    "urlset": '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/1&x;</loc></url></urlset>',
}


@pytest.fixture(autouse=True)
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("root", BODIES)
@pytest.mark.parametrize("kind", ["file", "address", "parameter", "dtd", "xinclude"])
def test_a_listing_reads_neither_files_nor_addresses(root: str, kind: str, tmp_path: pytest.TempPathFactory) -> None:
    file = tmp_path / "secret.txt"  # type: ignore[operator]
    file.write_text(SECRET, encoding="utf-8")
    doctypes = {
        "file": f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{file.as_uri()}">]>',
        "address": f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        "parameter": f'<!DOCTYPE {root} [<!ENTITY % p SYSTEM "{file.as_uri()}"> %p;]>',
        "dtd": f'<!DOCTYPE {root} SYSTEM "http://127.0.0.1:9/x.dtd">',
        "xinclude": "",
    }
    body = BODIES[root]
    if kind == "xinclude":
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{file.as_uri()}"/>'
        body = body.replace("&x;", "").replace(f"</{root}>", f"{include}</{root}>")
    assert SECRET not in repr(read_listing(f'<?xml version="1.0"?>{doctypes[kind]}{body}'.encode(), URL))


@pytest.mark.parametrize("root", BODIES)
def test_entities_do_not_multiply(root: str) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    content = f"<!DOCTYPE {root} [{entities}]>" + BODIES[root].replace("&x;", "&a11;")
    assert len(repr(read_listing(content.encode(), URL))) < 10_000


def test_python_s_own_parsers_are_not_used() -> None:
    """They expand entities."""
    texts = {file: "xml.etree" in (text := repr(tree.body)) or "xml.sax" in text for file, tree in trees().items()}
    assert not any(texts.values())
