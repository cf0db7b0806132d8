"""How is the service described to programs? What its routes say of themselves, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from semsearch.api.errors import problems
from semsearch.api.v1 import examples

_KEY = "key"
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: "No key, or one that opens nothing, where one is needed.",
    HTTPStatus.FORBIDDEN: "The key is for something else.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "Path and query are too long; a long question may be the body of a POST.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too large together.",
    HTTPStatus.MISDIRECTED_REQUEST: "The service is not known by the name that it was asked by.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit is reached; `Retry-After` says when to come again.",
}
_HEADERS = {
    "X-Request-Id": "Names this answer in the logs.",
    "ETag": "Names what the answer says: the same as long as version, curation and request are.",
    "Cache-Control": "Who may keep the answer, and for how long.",
    "Server-Timing": "Milliseconds in the queue, of the model and of the ranking; for the scope `admin`.",
    "RateLimit": "What is left, where there is a limit (draft-ietf-httpapi-ratelimit-headers).",
    "RateLimit-Policy": "The limit, where there is one.",
    "WWW-Authenticate": "How to send a key, and whether the one that came is wrong (RFC 6750).",
    "Retry-After": "Seconds until it may be tried again.",
}
_LINKS = {
    name: {
        "post": {
            "operationId": "post",
            "parameters": {"post_id": f"$response.body#/{first}/0/id"},
            "description": "The first of them as it was published.",
        },
        "related": {
            "operationId": "related",
            "parameters": {"post_id": f"$response.body#/{first}/0/id"},
            "description": "What belongs beside the first of them.",
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
"""Where an answer leads, by the operation."""
_ALWAYS, _TIMED = ("X-Request-Id",), ("Server-Timing",)
_KEPT, _LIMITED = ("ETag", "Cache-Control"), ("RateLimit", "RateLimit-Policy")
_NOT_MODIFIED = str(HTTPStatus.NOT_MODIFIED.value)


def describe(app: FastAPI) -> None:
    """Has an app answer /openapi.json with all that there is to say, made when it is first asked for."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = plain()
            description["components"]["securitySchemes"] = {
                _KEY: {"type": "http", "scheme": "bearer", "description": "A key, where the service has any."}
            }
            for path, method, operation in _operations(description):
                _complete(path, method, operation)
        return app.openapi_schema or {}

    app.openapi = complete  # type: ignore[method-assign]


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    answer = responses["200"]
    if path.startswith("/v1/") or path == "/metrics":
        operation["security"] = [{_KEY: []}, {}]
        for status, why in _REFUSALS.items():
            responses[str(status.value)] = {"description": why, "content": _problem()}
    kept = method == "get" and path.startswith("/v1/") and path != "/v1/posts/{post_id}"
    if kept:
        responses[_NOT_MODIFIED] = {"description": "The client has the answer already, as `If-None-Match` says."}
    limited, timed = path.startswith("/v1/") or path == "/metrics", path == "/v1/search"
    answer["headers"] = _headers(
        _ALWAYS + (_KEPT if kept else ()) + (_LIMITED if limited else ()) + (_TIMED if timed else ())
    )
    for status, response in responses.items():
        if status in ("429", "503"):
            response["headers"] = _headers(("Retry-After",))
        elif status == "401":
            response["headers"] = _headers(("WWW-Authenticate",))
    if (path, method) in examples.ANSWERS:
        answer["content"]["application/json"]["example"] = examples.ANSWERS[path, method]
    if (path, method) in examples.BODIES:
        operation["requestBody"]["content"]["application/json"]["examples"] = examples.BODIES[path, method]
    if links := _LINKS.get(operation["operationId"]):
        answer["links"] = links


def _problem() -> dict[str, Any]:
    return {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in names}
