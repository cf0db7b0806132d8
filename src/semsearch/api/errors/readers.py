"""Who reads an answer, a person or a program? A request in; whether it should be a page out."""

from __future__ import annotations

from starlette.types import Scope

PLAYGROUND = "/playground"
PAGES = ("/", "/search", "/related", PLAYGROUND)
_FOR_PROGRAMS = "/v1/"


def path_of(scope: Scope) -> str:
    """The path of a request within the service, wherever that is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_page(scope: Scope) -> bool:
    """Whether one of the pages is asked for."""
    return path_of(scope) in PAGES


def has_password(scope: Scope) -> bool:
    """Whether a browser may have sent a key as a password: for a page, or for what a page of ours asks. Of a page of
    another site, browsers would send it, too; but they say whose page it is, and no script can (Fetch Metadata)."""
    return is_page(scope) or (b"sec-fetch-site", b"same-origin") in scope["headers"]


def reads_pages(scope: Scope) -> bool:
    """Whether an error should be a page too: one was asked for, or a browser went where nothing is."""
    if is_page(scope):
        return True
    accepts = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepts and not path_of(scope).startswith(_FOR_PROGRAMS)
