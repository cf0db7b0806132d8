"""Error pages for people: a status and a problem code in, HTML out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from semsearch.rendering import templates

_NOT_FOUND = ("There is nothing here", "The address may be mistyped, or the page is gone.")
_BUSY = ("Busy just now", "The search has more requests than it can answer at once. Please try again in a moment.")
_HOW_TO_ENTER_A_KEY = "The browser asks for a name and a password: any name will do, and the password is your key."
_FAILED = ("Something went wrong", "The error is on our side and has been logged.")
_INVALID = ("This address is not valid", "The search does not understand a part of it.")
_TEXTS: Mapping[str, tuple[str, str]] = {
    "not_found": _NOT_FOUND,
    "post_not_found": ("There is no such post", "It may have been removed since the link to it was made."),
    "overloaded": _BUSY,
    "too_late": _BUSY,
    "too_often": ("Too many requests", "Many requests came from here in a short time. Please try again soon."),
    "key_missing": ("A key is needed", f"{_HOW_TO_ENTER_A_KEY} Whoever runs this search can give you one."),
    "key_unknown": ("This key is not valid", f"It may be mistyped or expired. {_HOW_TO_ENTER_A_KEY}"),
    "scope_missing": (
        "This page is for whoever runs the search",
        "It needs a key with the scope “admin”; enter it as the password, with any name.",
    ),
    "wrong_host": ("Unknown host name", "Whoever runs this search can add the name to SEMSEARCH_HOSTS."),
}
"""Heading and text by problem code."""
_TEMPORARY = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR)


def error_page(
    scope: Scope, status: HTTPStatus, code: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The page of an error, which is never cached."""
    title, text = _TEXTS.get(code, _FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _INVALID)
    html = templates.get_template("error.html").render(
        title=title,
        says=text,
        status=status.value,
        again=status in _TEMPORARY,
        request_id=request_id,
        root=scope.get("root_path", ""),
    )
    return HTMLResponse(html, status, headers={**(headers or {}), "Cache-Control": "no-store"})
