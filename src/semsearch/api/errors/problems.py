"""Error responses: the HTTP status of each error, as RFC 9457 problem details or as a page."""

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

from semsearch.api.auth.authenticator import (
    InvalidHeader,
    KeyMissing,
    KeyUnknown,
    RateLimitExceeded,
    ScopeMissing,
    WrongHost,
)
from semsearch.api.errors.body_refused import BodyRefused
from semsearch.api.errors.error_pages import error_page
from semsearch.api.errors.negotiation import is_page, wants_html
from semsearch.api.errors.security_headers import SECURITY_HEADERS
from semsearch.errors import InvalidRequest, PostNotFound, SemsearchError
from semsearch.serving.executor import ClientDisconnected, DeadlineExceeded, Overloaded

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CLIENT_CLOSED_REQUEST = 499
"""The status that nginx logs if the client disconnects; HTTP has none."""
_RETRY_AFTER = {"Retry-After": "1"}
_UNREADABLE_BODY = "There was an error parsing the body"
"""What FastAPI says of a body that its JSON parser raises another error for."""
_MAX_PATH_CHARACTERS = 200
"""Of a path that an error quotes."""


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(
        description="A URI for the kind of problem.", examples=["urn:semsearch:problem:invalid_parameter"]
    )
    title: str = Field(description="The HTTP status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What is wrong, where, and how to fix it.", examples=["limit: 1000 is not between 1 and 100"]
    )
    code: str = Field(description="The kind of problem, for programs.", examples=["invalid_parameter"])
    param: str | None = Field(default=None, description="The invalid parameter, if there is one.", examples=["limit"])
    request_id: str = Field(description="Identifies the request, in the logs too.")


def problem(request_id: str, status: HTTPStatus, code: str, detail: str, param: str | None = None) -> Problem:
    """Problem details with the type and title that belong to the code and the status."""
    return Problem(
        type=f"urn:semsearch:problem:{code}",
        title=status.phrase,
        status=status.value,
        detail=detail,
        code=code,
        param=param,
        request_id=request_id,
    )


def problem_responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of a route for these error statuses."""
    return {
        status.value: {"description": status.phrase, "model": Problem, "content": {MEDIA_TYPE: {}}}
        for status in statuses
    }


def install_handlers(app: FastAPI) -> None:
    """Register the handlers that turn errors into responses.

    All handlers are coroutines: a plain function would run on a thread, and a refusal would wait for a free one.
    """

    @app.exception_handler(InvalidRequest)
    async def invalid_request(request: Request, error: InvalidRequest) -> Response:
        return _respond(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameter", str(error), error.param)

    @app.exception_handler(PostNotFound)
    async def post_not_found(request: Request, error: PostNotFound) -> Response:
        return _respond(request.scope, HTTPStatus.NOT_FOUND, "post_not_found", str(error))

    @app.exception_handler(Overloaded)
    async def overloaded(request: Request, error: Overloaded) -> Response:
        return _respond(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", str(error), headers=_RETRY_AFTER)

    @app.exception_handler(DeadlineExceeded)
    async def deadline_exceeded(request: Request, error: DeadlineExceeded) -> Response:
        return _respond(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, "too_late", str(error), headers=_RETRY_AFTER)

    @app.exception_handler(ClientDisconnected)
    async def client_disconnected(_: Request, __: ClientDisconnected) -> Response:
        return Response(status_code=CLIENT_CLOSED_REQUEST)  # only the metrics see it

    app.add_exception_handler(BodyRefused, _body_refused)  # type: ignore[arg-type]

    @app.exception_handler(RequestValidationError)
    async def invalid_parameters(request: Request, error: RequestValidationError) -> Response:
        first: Mapping[str, Any] = error.errors()[0]
        if first["type"] == "json_invalid":
            detail = f"the body is not JSON: {first['ctx']['error']}"
            return _respond(request.scope, HTTPStatus.BAD_REQUEST, "invalid_json", detail)
        param = _parameter(first["loc"])
        detail = f"{param}: {_reason_of(first)}"
        return _respond(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameter", detail, param)

    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error(
            "%s %s failed, request_id %s",
            request.method,
            ascii(request.scope["path"][:_MAX_PATH_CHARACTERS])[1:-1],  # it must not begin a line of its own
            request.state.request_id,
            exc_info=error,
            extra={"fields": {"request_id": request.state.request_id}},
        )
        detail = "internal error; the log of the service has the reason, with this request_id"
        # This response bypasses the middleware that adds these headers.
        headers = SECURITY_HEADERS | {"X-Request-Id": request.state.request_id}
        return _respond(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail, headers=headers)


_BEARER = {"WWW-Authenticate": "Bearer"}
_INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
_BASIC = {"WWW-Authenticate": 'Basic realm="semsearch", charset="UTF-8"'}
"""Makes the browser prompt for a password. Sent for pages alone: a script that calls the API must get the error instead
of a prompt."""


def access_denied_response(scope: Scope, error: SemsearchError, *, has_keys: bool) -> Response:
    """The response to a request that is not allowed. ``has_keys``: whether the service has any API keys."""
    detail, can_prompt = str(error), is_page(scope) and has_keys
    match error:
        case KeyMissing():
            return _respond(
                scope, HTTPStatus.UNAUTHORIZED, "key_missing", detail, headers=_BASIC if can_prompt else _BEARER
            )
        case KeyUnknown():
            return _respond(
                scope, HTTPStatus.UNAUTHORIZED, "key_unknown", detail, headers=_BASIC if can_prompt else _INVALID_TOKEN
            )
        case ScopeMissing() if can_prompt:  # else the browser would keep sending the same key
            return _respond(scope, HTTPStatus.UNAUTHORIZED, "scope_missing", detail, headers=_BASIC)
        case ScopeMissing():
            return _respond(scope, HTTPStatus.FORBIDDEN, "scope_missing", detail)
        case RateLimitExceeded():
            return _respond(scope, HTTPStatus.TOO_MANY_REQUESTS, "too_often", detail, headers=error.headers)
        case InvalidHeader():
            status, code = HTTPStatus.BAD_REQUEST, "malformed_request"
        case WrongHost():
            status, code = HTTPStatus.MISDIRECTED_REQUEST, "wrong_host"
        case _:
            raise error
    return _respond(scope, status, code, detail)


async def _http_error(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST and error.detail == _UNREADABLE_BODY:
        detail = "the body is not JSON in UTF-8, is nested too deeply, or has a number of too many digits"
        return _respond(request.scope, status, "invalid_json", detail)
    path = request.scope["path"][:_MAX_PATH_CHARACTERS]  # that of request.url depends on the header Host
    details = {
        HTTPStatus.NOT_FOUND: f"{path} does not exist; see /openapi.json",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{path} does not allow {request.method}",
    }
    detail = details.get(status, str(error.detail))
    return _respond(request.scope, status, status.name.lower(), detail, headers=error.headers)


async def _body_refused(request: Request, error: BodyRefused) -> Response:
    return body_refused_response(request, error)


def body_refused_response(request: Request, error: BodyRefused) -> Response:
    """The response to a request whose body is refused."""
    return _respond(request.scope, HTTPStatus(error.status_code), error.code, error.detail, headers=error.headers)


def _respond(
    scope: Scope,
    status: HTTPStatus,
    code: str,
    detail: str,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    request_id: str = scope["state"]["request_id"]
    if wants_html(scope):
        return error_page(scope, status, code, request_id, headers)
    content = problem(request_id, status, code, detail, param).model_dump(exclude_none=True)
    return JSONResponse(content, status.value, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _parameter(location: Sequence[int | str]) -> str:
    """``("query", "tag", 2)`` is the parameter ``tag``, ``("body", "filter", "tag")`` is ``filter.tag``."""
    names = [str(part) for part in location[1:] if isinstance(part, str) and part.isidentifier() and part.islower()]
    return ".".join(names) or str(location[0])


def _reason_of(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown parameter"
    if error["type"] == "missing":
        return "required"
    if error["type"] == "model_attributes_type":
        return "not a JSON object; send one, with Content-Type: application/json"
    message = str(error["msg"])
    return message[:1].lower() + message[1:]
