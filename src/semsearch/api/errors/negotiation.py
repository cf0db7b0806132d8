"""Decides by the request whether a response is an HTML page or JSON."""

from __future__ import annotations

from starlette.types import Scope

PLAYGROUND = "/playground"
PAGES = ("/", "/search", "/related", PLAYGROUND)
_API_PREFIX = "/v1/"


def path_of(scope: Scope) -> str:
    """The path of a request relative to the root path of the service."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_page(scope: Scope) -> bool:
    """True if the request is for one of the pages."""
    return path_of(scope) in PAGES


def accepts_basic_auth(scope: Scope) -> bool:
    """True if the API key may be sent by HTTP Basic: for a page, and for requests from scripts of our own pages.

    Browsers add the password to requests from pages of other sites too. ``Sec-Fetch-Site``, which scripts cannot set,
    tells them apart (Fetch Metadata Request Headers).
    """
    return is_page(scope) or (b"sec-fetch-site", b"same-origin") in scope["headers"]


def wants_html(scope: Scope) -> bool:
    """True if an error is to be an HTML page: the request is for a page, or a browser requested an unknown path."""
    if is_page(scope):
        return True
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted and not path_of(scope).startswith(_API_PREFIX)
