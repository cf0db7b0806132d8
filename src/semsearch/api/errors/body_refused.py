"""The error for a request body that the service refuses to read."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException


class BodyRefused(HTTPException):
    """A body is too large, or too many bodies are being read.

    Derives from HTTPException since FastAPI reports any other error raised while it reads a body as invalid JSON.
    """

    def __init__(self, status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status.value, detail, headers)
        self.code = code
