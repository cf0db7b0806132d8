"""How is a page sent? A template and what it shows in; HTML out, and who may keep it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from semsearch.api.request_context import cache_headers
from semsearch.rendering import templates


def shown(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, *, kept: bool = True, **values: Any
) -> Response:
    """The page. ``kept``: whether browsers may keep it; what has a mistake in it they never do."""
    html = templates.get_template(template).render(
        root=request.scope.get("root_path", ""),
        **values,
    )
    keep = kept and status == HTTPStatus.OK
    return HTMLResponse(html, status, headers=cache_headers(request) if keep else {"Cache-Control": "no-store"})
