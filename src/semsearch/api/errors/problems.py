"""What went wrong? Errors as RFC 9457 problem details, or as pages where people read them, and the status of each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from semsearch.api.auth.authenticator import KeyMissing, KeyUnknown, ScopeMissing, TooOften, WrongHost
from semsearch.api.errors.body_refused import BodyRefused
from semsearch.api.errors.error_pages import error_page
from semsearch.api.errors.readers import is_page, reads_pages
from semsearch.api.errors.security_headers import SECURITY_HEADERS
from semsearch.errors import InvalidRequest, PostNotFound, SemsearchError
from semsearch.serving.work import ClientGone, Overloaded, TooLate

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CLIENT_GONE = 499
"""As nginx calls it."""
_RETRY = {"Retry-After": "1"}


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(
        description="A URI for this kind of problem.", examples=["urn:semsearch:problem:invalid_parameter"]
    )
    title: str = Field(description="The HTTP status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What is wrong, where, and how to mend it.", examples=["limit: 1000 is not between 1 and 100"]
    )
    code: str = Field(description="The kind of problem, for programs.", examples=["invalid_parameter"])
    param: str | None = Field(default=None, description="The parameter at fault, where one is.", examples=["limit"])
    request_id: str = Field(description="Names this answer; in the logs too, where a route was asked.")


def problem(request_id: str, status: HTTPStatus, code: str, detail: str, param: str | None = None) -> Problem:
    """The problem of a kind, in its usual words."""
    return Problem(
        type=f"urn:semsearch:problem:{code}",
        title=status.phrase,
        status=status.value,
        detail=detail,
        code=code,
        param=param,
        request_id=request_id,
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What a route's description says of the problems it may answer with."""
    return {
        status.value: {"description": status.phrase, "model": Problem, "content": {MEDIA_TYPE: {}}}
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Has an app answer every error with a problem.

    All that does so is a coroutine: a plain function would get a thread, and who is refused would wait for one.
    """

    @app.exception_handler(InvalidRequest)
    async def invalid_request(request: Request, error: InvalidRequest) -> Response:
        return _problem(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameter", str(error), error.param)

    @app.exception_handler(PostNotFound)
    async def post_not_found(request: Request, error: PostNotFound) -> Response:
        return _problem(request.scope, HTTPStatus.NOT_FOUND, "post_not_found", str(error))

    @app.exception_handler(Overloaded)
    async def overloaded(request: Request, error: Overloaded) -> Response:
        return _problem(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", str(error), headers=_RETRY)

    @app.exception_handler(TooLate)
    async def too_late(request: Request, error: TooLate) -> Response:
        return _problem(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, "too_late", str(error), headers=_RETRY)

    @app.exception_handler(ClientGone)
    async def client_gone(_: Request, __: ClientGone) -> Response:
        return Response(status_code=CLIENT_GONE)  # for /metrics; nobody reads it

    app.add_exception_handler(BodyRefused, _body)  # type: ignore[arg-type]

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> Response:
        first: Mapping[str, Any] = error.errors()[0]
        if first["type"] == "json_invalid":
            detail = f"the body is not JSON: {first['ctx']['error']}"
            return _problem(request.scope, HTTPStatus.BAD_REQUEST, "invalid_json", detail)
        param = _parameter(first["loc"])
        detail = f"{param}: {_reason(first)}"
        return _problem(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameter", detail, param)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        details = {
            HTTPStatus.NOT_FOUND: f"nothing is at {request.url.path}; /openapi.json lists what there is",
            HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not for {request.url.path}",
        }
        detail = details.get(status, str(error.detail))
        return _problem(request.scope, status, status.name.lower(), detail, headers=error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error(
            "%s %s failed, request_id %s",
            request.method,
            request.url.path,
            request.state.request_id,
            exc_info=error,
            extra={"fields": {"request_id": request.state.request_id}},
        )
        detail = "the service failed to answer; its log has the reason under this request_id"
        headers = SECURITY_HEADERS | {"X-Request-Id": request.state.request_id}  # no middleware adds them
        return _problem(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail, headers=headers)


_KEY = {"WWW-Authenticate": "Bearer"}
_WRONG_KEY = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
_ASK = {"WWW-Authenticate": 'Basic realm="semsearch", charset="UTF-8"'}
"""Has a browser ask who sits before it: for pages alone, since a program would never get past the window."""


def refused(scope: Scope, error: SemsearchError, *, has_keys: bool) -> Response:
    """What is told to who is not let in. ``has_keys``: whether there is any key that could be sent."""
    detail, asks = str(error), is_page(scope) and has_keys
    match error:
        case KeyMissing():
            return _problem(scope, HTTPStatus.UNAUTHORIZED, "key_missing", detail, headers=_ASK if asks else _KEY)
        case KeyUnknown():
            return _problem(scope, HTTPStatus.UNAUTHORIZED, "key_unknown", detail, headers=_ASK if asks else _WRONG_KEY)
        case ScopeMissing() if asks:  # a browser keeps sending the key that it has, unless it is asked for another
            return _problem(scope, HTTPStatus.UNAUTHORIZED, "scope_missing", detail, headers=_ASK)
        case ScopeMissing():
            return _problem(scope, HTTPStatus.FORBIDDEN, "scope_missing", detail)
        case TooOften():
            return _problem(scope, HTTPStatus.TOO_MANY_REQUESTS, "too_often", detail, headers=error.headers)
        case WrongHost():
            return _problem(scope, HTTPStatus.MISDIRECTED_REQUEST, "wrong_host", detail)
    raise error


async def _body(request: Request, error: BodyRefused) -> Response:
    return body_refused(request, error)


def body_refused(request: Request, error: BodyRefused) -> Response:
    """Says why a body is not read."""
    return _problem(request.scope, HTTPStatus(error.status_code), error.code, error.detail, headers=error.headers)


def _problem(
    scope: Scope,
    status: HTTPStatus,
    code: str,
    detail: str,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    request_id: str = scope["state"]["request_id"]
    if reads_pages(scope):
        return error_page(scope, status, code, request_id, headers)
    content = problem(request_id, status, code, detail, param).model_dump(exclude_none=True)
    return JSONResponse(content, status.value, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _parameter(location: Sequence[int | str]) -> str:
    """``("query", "tag", 2)`` is the parameter ``tag``, ``("body", "filter", "tag")`` is ``filter.tag``."""
    names = [str(part) for part in location[1:] if isinstance(part, str) and part.isidentifier() and part.islower()]
    return ".".join(names) or str(location[0])


def _reason(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such parameter"
    if error["type"] == "missing":
        return "it is needed"
    if error["type"] == "model_attributes_type":
        return "it is no JSON object; send one, with Content-Type: application/json"
    message = str(error["msg"])
    return message[:1].lower() + message[1:]
