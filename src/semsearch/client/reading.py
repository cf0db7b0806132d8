"""What does an answer say? Status, headers and body in; the dataclass of a Searcher out, or an error."""

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
from semsearch.errors import InvalidRequest, NotAllowed, PostNotFound, SemsearchError, TooManyRequests, UnexpectedAnswer

_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_BUSY = ("overloaded", "too_late", "too_many_connections")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Received:
    """What came over HTTP."""

    status: int
    headers: Mapping[str, str]
    """By name, in any case."""
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, as the service says (RFC 9110, section 10.2.3); None where it does not."""
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
    """What a service says of an error (RFC 9457)."""

    detail: str
    code: str = ""
    param: str | None = None
    request_id: str | None = None


def read(address: str, call: Call[Answer], received: Received) -> Answer:
    """The answer to a call. Keys that are not known are passed over: the service may be newer.

    Raises InvalidRequest, PostNotFound, or a ServiceError.
    """
    if received.status != HTTPStatus.OK:
        raise _error(address, call, received)
    kind: Any = call.answer
    request_id = received.headers.get("X-Request-Id")
    try:
        content = from_json(received.body)
    except ValueError as error:
        raise _unexpected(address, received, "it is not JSON", request_id) from error
    # Some fields have defaults, which would be made up here: another program's JSON must not read as an answer.
    given = content if isinstance(content, dict) else {}
    if missing := [name for name in _names(kind) if name not in given]:
        raise _unexpected(address, received, f"it lacks {', '.join(missing)}", request_id)
    try:
        answer: Answer = _adapter(kind).validate_json(received.body, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _unexpected(address, received, f"{where}: {first['msg']}", request_id) from error
    return answer


def _error(address: str, call: Call[Any], received: Received) -> SemsearchError:
    try:
        problem: Problem = _adapter(Problem).validate_json(received.body, strict=True)
    except ValidationError:
        problem = Problem(f"it is no answer to {call.path[:100]}")
    if problem.code == "invalid_parameter" and problem.param is not None:
        return InvalidRequest(problem.param, problem.detail.removeprefix(f"{problem.param}: "))
    if problem.code == "post_not_found" and call.post_ids:
        # Of several ids, only the message tells which one it was.
        named = (one for one in call.post_ids if str(PostNotFound(one)) == problem.detail)
        return PostNotFound(next(named, call.post_ids[0]))
    request_id = problem.request_id or received.headers.get("X-Request-Id")
    if received.status in _REFUSALS:
        return NotAllowed(address, problem.detail, request_id)
    if received.status == HTTPStatus.TOO_MANY_REQUESTS or problem.code in _BUSY:
        return TooManyRequests(address, problem.detail, received.retry_after, request_id)
    if location := received.headers.get("Location"):
        # Not followed: the key is for the address that was given.
        return _unexpected(address, received, f"it sends to {location}", request_id)
    return _unexpected(address, received, problem.detail, request_id)


def _unexpected(address: str, received: Received, reason: str, request_id: str | None) -> UnexpectedAnswer:
    body = " ".join(received.body[:2_000].decode(errors="replace").split())
    return UnexpectedAnswer(address, received.status, reason, body, request_id)


@functools.cache  # takes up to 60 ms to make
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind))
