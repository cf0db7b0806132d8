from __future__ import annotations

import gzip
import re

import pytest
from fastapi.testclient import TestClient

from semsearch.api.pages.static_files import STATIC

NAMES = sorted(file.name for file in STATIC.iterdir())


def lines_of_code(text: str) -> list[str]:
    """The lines of a file without those that are comments, and without indentation."""
    lines, inside = [], False
    for line in text.splitlines():
        inside = inside or line.strip().startswith("/*")
        if not inside and line.strip() and not line.strip().startswith("//"):
            lines.append(line.lstrip())
        inside = inside and not line.endswith("*/")
    return lines


def _squeezed(text: str) -> str:
    """The text without the spaces and semicolons of the style sheet of a component."""
    return re.sub(r"`\n?:host[^`]*`", lambda style: re.sub("[ ;\n]", "", style[0]), text)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_cors_headers_and_a_media_type(name: str, client: TestClient) -> None:
    answer = client.get(f"/web/{name}", headers={"Origin": "https://elsewhere.example"})
    lines = lines_of_code((STATIC / name).read_text(encoding="utf-8"))
    assert not [line for line in lines if " // " in line], "a comment has a line of its own"
    goes_on = (",", ";", "{", "}", "(") if name.endswith((".js", ".css")) else ()
    expected = "".join(line if line.endswith(goes_on) else f"{line}\n" for line in lines)
    assert _squeezed(answer.text) == _squeezed(expected)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"].split(";")[0] in {"text/css", "text/javascript", "image/svg+xml"}


def test_each_encoding_of_a_file_has_its_own_etag(client: TestClient) -> None:
    path, tags = "/web/common.js", set()
    for encoding in ("identity", "gzip"):
        answer = client.get(path, headers={"Accept-Encoding": encoding})
        tags.add(answer.headers["ETag"])
        assert answer.headers.get("Content-Encoding", "identity") == encoding
        assert answer.headers["Vary"] == "Accept-Encoding"
        again = client.get(path, headers={"Accept-Encoding": encoding, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert len(tags) == 2


def test_other_paths_are_not_found(client: TestClient) -> None:
    for path in ("/web/", "/web/nope.js", "/web/..%2Ftemplates%2Fsearch.html", "/web/%2Fetc%2Fpasswd", "/web/x/y"):
        assert client.get(path).status_code == 404


def test_head_returns_the_size_of_a_file(client: TestClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    head, plain = client.head("/web/common.js", headers=headers), client.get("/web/common.js").content
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(gzip.compress(plain, 9, mtime=0))


def test_components_and_pages_have_the_same_default_colours() -> None:
    usual = (STATIC / "semsearch.css").read_text(encoding="utf-8").split("}")[0]
    own = dict(re.findall(r"--semsearch-([\w-]+): (.+);", usual))
    scripts = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("common.js", "box.js"))
    theirs = dict(re.findall(r"var\(--semsearch-([\w-]+), (.+)\);", scripts))
    assert len(theirs.keys() & own.keys()) > 7
    assert {name: theirs[name] for name in own if name in theirs} == {name: own[name] for name in own if name in theirs}
