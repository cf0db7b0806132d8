"""Parses HTTP responses into the results of a ``Searcher``, or raises the error that they stand for."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from semsearch.client.calls import Call
from semsearch.errors import (
    InvalidRequest,
    NotAllowed,
    PostNotFound,
    SemsearchError,
    TooManyRequests,
    UnexpectedResponse,
)

_NOT_ALLOWED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_OVERLOAD_CODES = ("overloaded", "too_late", "too_many_connections")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An HTTP response before parsing."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds until the time of ``Retry-After`` (RFC 9110, section 10.2.3); None without the header."""
        value = self.headers.get("Retry-After", "")
        if value.isascii() and value.isdecimal():
            return float(value)
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        return max(0.0, (date.replace(tzinfo=date.tzinfo or dt.UTC) - dt.datetime.now(dt.UTC)).total_seconds())


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details (RFC 9457)."""

    detail: str
    code: str = ""
    param: str | None = None
    request_id: str | None = None


def parse(address: str, call: Call[Result], response: RawResponse) -> Result:
    """Parse the response to a call. Unknown fields are ignored, since the service may be newer than the client.

    Raises InvalidRequest, PostNotFound, or a ServiceError.
    """
    if response.status != HTTPStatus.OK:
        raise _error(address, call, response)
    result_type: Any = call.result_type
    request_id = response.headers.get("X-Request-Id")
    try:
        content = from_json(response.body)
    except ValueError as error:
        raise _unexpected(address, response, "it is not JSON", request_id) from error
    # Fields with defaults must be present too: else the JSON of another program could pass as a result.
    fields_given = content if isinstance(content, dict) else {}
    if missing := [name for name in _field_names(result_type) if name not in fields_given]:
        raise _unexpected(address, response, f"it lacks {', '.join(missing)}", request_id)
    try:
        result: Result = _adapter(result_type).validate_json(response.body, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(map(str, first["loc"]))
        raise _unexpected(address, response, f"{location}: {first['msg']}", request_id) from error
    return result


def _error(address: str, call: Call[Any], response: RawResponse) -> SemsearchError:
    try:
        problem: Problem = _adapter(Problem).validate_json(response.body, strict=True)
    except ValidationError:
        problem = Problem(f"not a valid response to {call.path[:100]}")
    if problem.code == "invalid_parameter" and problem.param is not None:
        return InvalidRequest(problem.param, problem.detail.removeprefix(f"{problem.param}: "))
    if problem.code == "post_not_found" and call.post_ids:
        # With several ids, only the message tells which post was not found.
        matching = (post_id for post_id in call.post_ids if str(PostNotFound(post_id)) == problem.detail)
        return PostNotFound(next(matching, call.post_ids[0]))
    request_id = problem.request_id or response.headers.get("X-Request-Id")
    if response.status in _NOT_ALLOWED:
        return NotAllowed(address, problem.detail, request_id)
    if response.status == HTTPStatus.TOO_MANY_REQUESTS or problem.code in _OVERLOAD_CODES:
        return TooManyRequests(address, problem.detail, response.retry_after, request_id)
    if location := response.headers.get("Location"):
        # Redirects are not followed: the key is for this address only.
        return _unexpected(address, response, f"it redirects to {location}", request_id)
    return _unexpected(address, response, problem.detail, request_id)


def _unexpected(address: str, response: RawResponse, reason: str, request_id: str | None) -> UnexpectedResponse:
    body = " ".join(response.body[:2_000].decode(errors="replace").split())
    return UnexpectedResponse(address, response.status, reason, body, request_id)


@functools.cache  # building an adapter takes up to 60 ms
def _adapter(result_type: Any) -> TypeAdapter[Any]:
    return TypeAdapter(result_type)


@functools.cache
def _field_names(result_type: Any) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(result_type))
