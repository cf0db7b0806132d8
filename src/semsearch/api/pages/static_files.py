"""How do browsers get the files of the page and the components? From memory, compressed, for pages of any site."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from semsearch.rendering import WEB

STATIC = WEB / "static"
MAX_AGE_SECONDS = 600
"""How long a browser keeps a file without asking again: files that import each other change together."""
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
ALREADY_COMPRESSED = tuple(_TYPES.values())
"""Compressed here, once, and not again on the way out."""
_FOR_PEOPLE = re.compile(r"^\s*(?:/\*.*?\*/\s*|//.*?$\s*)*", re.MULTILINE | re.DOTALL)
"""Comments, each of which begins a line, and what indents it: a fifth of what a browser would wait for, compressed."""
_NEEDLESS_END = re.compile(r"(?<=[,;{(])\n")
"""The end of a line after which a statement, a rule or a list goes on anyway."""
_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # a browser takes a module from another site only so
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
    "Vary": "Accept-Encoding",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _File:
    """A file in both forms, each under a strong tag of its own."""

    media_type: str
    plain: bytes
    compressed: bytes
    digest: str

    @classmethod
    def read(cls, file: Path) -> _File:
        content = file.read_bytes()
        if file.suffix != ".svg":
            content = _NEEDLESS_END.sub("", _FOR_PEOPLE.sub("", content.decode())).encode()
        digest = hashlib.sha256(content).hexdigest()[:32]
        return cls(f"{_TYPES[file.suffix]}; charset=utf-8", content, gzip.compress(content, 9, mtime=0), digest)


_FILES = {file.name: _File.read(file) for file in sorted(STATIC.iterdir()) if file.suffix in _TYPES}


@router.get("/web/{name}")
@router.head("/web/{name}")
async def web_file(request: Request, name: str) -> Response:
    """One of the files, or nothing where the browser has it already."""
    file = _FILES.get(name)
    if file is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'"{file.digest}{"-gzip" if zipped else ""}"'
    headers = _HEADERS | {"ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers |= {"Content-Encoding": "gzip"} if zipped else {}
    return Response(file.compressed if zipped else file.plain, headers=headers, media_type=file.media_type)
