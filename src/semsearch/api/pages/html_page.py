"""Renders a template as an HTML response with cache headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from semsearch.api.request_context import cache_headers
from semsearch.rendering import templates
from semsearch.search.requests import MAX_QUERY_CHARACTERS

templates.globals["max_query_characters"] = MAX_QUERY_CHARACTERS


def render_page(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, *, cacheable: bool = True, **values: Any
) -> Response:
    """Render a template with ``values``. Only pages with status 200 may be cached, and only if ``cacheable``."""
    html = templates.get_template(template).render(root=request.scope.get("root_path", ""), **values)
    may_cache = cacheable and status == HTTPStatus.OK
    return HTMLResponse(html, status, headers=cache_headers(request) if may_cache else {"Cache-Control": "no-store"})
