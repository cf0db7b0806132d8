"""What does a person see when something went wrong? A status in, a page in plain words out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from semsearch.rendering import templates

_NOT_FOUND = ("There is nothing here", "The address may be mistyped, or what was here is gone.")
_BUSY = ("Busy just now", "More is asked than can be answered at once. It should work in a moment.")
_HOW = "The browser asks for a name and a password: any name will do, and the password is your key."
_FAILED = ("This did not work", "The fault is on this side, and was written down.")
_NOT_UNDERSTOOD = ("This cannot be answered", "Something in the address is not as it should be.")
_WORDS: Mapping[str, tuple[str, str]] = {
    "not_found": _NOT_FOUND,
    "post_not_found": ("There is no such post", "It may have been taken away since the link to it was made."),
    "overloaded": _BUSY,
    "too_late": _BUSY,
    "too_often": ("A little slower, please", "Much was asked from here in a short time. It works again soon."),
    "key_missing": ("A key is needed", f"{_HOW} Whoever runs this search can give you one."),
    "key_unknown": ("This key opens nothing", f"It may be mistyped, or hold no longer. {_HOW}"),
    "scope_missing": (
        "This is for who runs the search",
        "A key of the scope “admin” opens it; it is the password, with any name, that the browser asks for.",
    ),
    "wrong_host": ("Not known by this name", "Whoever runs this search can add the name to SEMSEARCH_HOSTS."),
}
_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR)


def error_page(
    scope: Scope, status: HTTPStatus, code: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The page; nobody keeps it, since it may be otherwise the next time."""
    title, says = _WORDS.get(code, _FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _NOT_UNDERSTOOD)
    html = templates.get_template("error.html").render(
        title=title,
        says=says,
        status=status.value,
        again=status in _AGAIN,
        request_id=request_id,
        root=scope.get("root_path", ""),
    )
    return HTMLResponse(html, status, headers={**(headers or {}), "Cache-Control": "no-store"})
