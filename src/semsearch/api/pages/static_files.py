"""Serves the scripts and styles of pages and components from memory, minified and compressed, to any origin."""

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
"""How long browsers cache a file. Short, since files that import each other must change together."""
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
ALREADY_COMPRESSED = tuple(_TYPES.values())
"""Media types that the compression middleware must skip."""
_COMMENTS_AND_INDENT = re.compile(r"^\s*(?:/\*.*?\*/\s*|//.*?$\s*)*", re.MULTILINE | re.DOTALL)
"""Comments, which always start a line, and indentation. They make up a fifth of the compressed size."""
_JOINABLE_LINE_END = re.compile(r"(?<=[,;{}(])\n")
"""Line ends that may be removed without changing the meaning: statements end with a semicolon or a block."""
_STYLE_OF_COMPONENT = re.compile(r"`\n?:host [^`]*`")
"""The style sheet of a component. It contains no quoted texts."""
_NEEDLESS_IN_STYLE = re.compile(r"(?<=[{}:;,>]) +| +(?=[{}>])|; *(?=})")
_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # browsers load modules from another site only with CORS
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
    "Vary": "Accept-Encoding",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _File:
    """A file, plain and compressed. Each form has its own strong ETag."""

    media_type: str
    plain: bytes
    compressed: bytes
    digest: str

    @classmethod
    def read(cls, file: Path) -> _File:
        content = file.read_bytes()
        if file.suffix != ".svg":
            content = _shortened(content.decode()).encode()
        digest = hashlib.sha256(content).hexdigest()[:32]
        return cls(f"{_TYPES[file.suffix]}; charset=utf-8", content, gzip.compress(content, 9, mtime=0), digest)


def _shortened(code: str) -> str:
    """Return a script or a style sheet without comments and needless signs."""
    code = _JOINABLE_LINE_END.sub("", _COMMENTS_AND_INDENT.sub("", code))
    return _STYLE_OF_COMPONENT.sub(lambda style: _NEEDLESS_IN_STYLE.sub("", style[0]), code)


_FILES = {file.name: _File.read(file) for file in sorted(STATIC.iterdir()) if file.suffix in _TYPES}


@router.get("/web/{name}")
@router.head("/web/{name}")
async def web_file(request: Request, name: str) -> Response:
    """Return a file, or 304 if the browser has it."""
    file = _FILES.get(name)
    if file is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    wants_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'"{file.digest}{"-gzip" if wants_gzip else ""}"'
    headers = _HEADERS | {"ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers |= {"Content-Encoding": "gzip"} if wants_gzip else {}
    return Response(file.compressed if wants_gzip else file.plain, headers=headers, media_type=file.media_type)
