"""The error of a request body that is not read."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException


class BodyRefused(HTTPException):
    """A body is too large, or too much is being read. An HTTPException, since FastAPI takes any other error that comes
    up while it reads a body for a fault of the JSON in it."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status.value, detail, headers)
        self.code = code
