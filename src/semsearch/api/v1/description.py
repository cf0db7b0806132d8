"""The OpenAPI description: completes what FastAPI generates with headers, errors, links, examples and security."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from semsearch.api.errors import problems
from semsearch.api.v1 import examples

_SECURITY_SCHEME = "key"
_ERRORS = {
    HTTPStatus.UNAUTHORIZED: "The API key is missing, unknown or expired.",
    HTTPStatus.FORBIDDEN: "The API key lacks the scope for this route.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "Path and query string are too long. Send them as the body of a POST.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The request headers are too large.",
    HTTPStatus.MISDIRECTED_REQUEST: "The `Host` header names a host that the service does not serve.",
    HTTPStatus.TOO_MANY_REQUESTS: "A rate limit is reached. `Retry-After` says when to try again.",
}
_HEADER_DESCRIPTIONS = {
    "X-Request-Id": "Identifies the request in the logs.",
    "ETag": "Identifies the content: it changes only with the index version, the curation or the request.",
    "Cache-Control": "Who may cache the response, and for how long.",
    "Server-Timing": "Milliseconds spent in the queue, encoding and ranking. Only for keys with the scope `admin`.",
    "RateLimit": "What remains of the rate limit, if there is one (draft-ietf-httpapi-ratelimit-headers).",
    "RateLimit-Policy": "The rate limit, if there is one.",
    "WWW-Authenticate": "How to send an API key, and what is wrong with the one sent (RFC 6750).",
    "Retry-After": "Seconds to wait before trying again.",
}
_LINKS = {
    name: {
        "post": {
            "operationId": "post",
            "parameters": {"post_id": f"$response.body#/{first}/0/id"},
            "description": "The first result, as it was published.",
        },
        "related": {
            "operationId": "related",
            "parameters": {"post_id": f"$response.body#/{first}/0/id"},
            "description": "Posts related to the first result.",
        },
    }
    for name, first in {
        "search": "hits",
        "search_with_body": "hits",
        "related": "hits",
        "related_to_examples": "hits",
        "suggest": "suggestions",
    }.items()
}
"""OpenAPI links from a response to other operations, by operation id."""
_COMMON_HEADERS, _TIMING_HEADERS = ("X-Request-Id",), ("Server-Timing",)
_CACHE_HEADERS, _LIMIT_HEADERS = ("ETag", "Cache-Control"), ("RateLimit", "RateLimit-Policy")
_NOT_MODIFIED = str(HTTPStatus.NOT_MODIFIED.value)


def describe(app: FastAPI) -> None:
    """Replace ``app.openapi`` by a method that completes the description on the first call, and caches it."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = generate()
            description["components"]["securitySchemes"] = {
                _SECURITY_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key. Not needed where the service has no keys.",
                }
            }
            for path, method, operation in _operations(description):
                _complete(path, method, operation)
            for unused in ("HTTPValidationError", "ValidationError"):
                description["components"]["schemas"].pop(unused, None)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    success = responses["200"]
    needs_key = path.startswith("/v1/") or path == "/metrics"
    if needs_key:
        operation["security"] = [{_SECURITY_SCHEME: []}, {}]
        for status, meaning in _ERRORS.items():
            responses[str(status.value)] = {"description": meaning, "content": _problem()}
    _correct_errors(responses)
    is_cacheable = method == "get" and path.startswith("/v1/") and path != "/v1/posts/{post_id}"
    if is_cacheable:
        responses[_NOT_MODIFIED] = {"description": "The response that `If-None-Match` names is still current."}
    success["headers"] = _headers(
        _COMMON_HEADERS
        + (_CACHE_HEADERS if is_cacheable else ())
        + (_LIMIT_HEADERS if needs_key else ())
        + (_TIMING_HEADERS if path == "/v1/search" else ())
    )
    for status, response in responses.items():
        if status in ("429", "503"):
            response["headers"] = _headers(("Retry-After",))
        elif status == "401":
            response["headers"] = _headers(("WWW-Authenticate",))
    if (path, method) in examples.RESPONSES:
        success["content"]["application/json"]["example"] = examples.RESPONSES[path, method]
    if (path, method) in examples.REQUEST_BODIES:
        operation["requestBody"]["content"]["application/json"]["examples"] = examples.REQUEST_BODIES[path, method]
    if links := _LINKS.get(operation["operationId"]):
        success["links"] = links


def _correct_errors(responses: dict[str, Any]) -> None:
    """Replace what FastAPI says of errors: it adds application/json to each, and a 422 of its own to most routes."""
    for status in set(responses) - {"200", _NOT_MODIFIED}:
        if problems.MEDIA_TYPE in responses[status]["content"]:
            responses[status]["content"] = _problem()
        else:
            del responses[status]


def _problem() -> dict[str, Any]:
    return {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"description": _HEADER_DESCRIPTIONS[name], "schema": {"type": "string"}} for name in names}
