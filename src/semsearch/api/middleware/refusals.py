"""The responses to clients whose connection is closed, before any application sees their request."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from semsearch.api.errors.problems import MEDIA_TYPE, problem
from semsearch.api.errors.security_headers import SECURITY_HEADERS

MAX_URL_BYTES = 32 * 1024
"""Path and query."""
MAX_HEADER_BYTES = 32 * 1024
"""All headers of a request together."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection is closed."""

    status: HTTPStatus
    code: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()

    def to_response(self) -> bytes:
        """An HTTP response with problem details."""
        request_id = uuid.uuid4().hex
        body = problem(request_id, self.status, self.code, self.detail).model_dump_json(exclude_none=True).encode()
        headers = {
            "Date": formatdate(usegmt=True),
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **SECURITY_HEADERS,
            "X-Request-Id": request_id,
            **dict(self.headers),
        }
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}"]
        lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii") + body


URL_TOO_LONG = Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "address_too_long",
    f"the URL has more than {MAX_URL_BYTES} bytes; send a long query in the body of a POST request",
)
HEADERS_TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "headers_too_large",
    f"the headers have more than {MAX_HEADER_BYTES} bytes; send fewer headers or cookies",
)
UNSUPPORTED_CODING = Refusal(
    HTTPStatus.BAD_REQUEST,
    "malformed_request",
    "a request with Transfer-Encoding must have HTTP/1.1 and chunked as its only coding",
)
OTHER_HOST = Refusal(
    HTTPStatus.BAD_REQUEST,
    "malformed_request",
    "the host of the address and that of the header Host differ; send the path alone",
)
UNSUPPORTED_VERSION = Refusal(
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "unsupported_version", "not HTTP/1.0 or HTTP/1.1; send HTTP/1.1"
)
MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "malformed_request", "not a valid HTTP/1.1 request; see RFC 9112")
TOO_MANY_CONNECTIONS = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_connections",
    "too many connections are open, in total or from this address; try again in a second",
    (("Retry-After", "1"),),
)
