"""Logging to standard error: plain lines for people, JSON lines for programs."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal

import orjson

LogFormat = Literal["text", "json"]
PLAIN = "semsearch: %(message)s"

_UNSAFE_CHARACTERS = re.compile("[\x7f-\x9f\u2028\u2029]")
"""Line separators and control characters that orjson does not escape."""

log = logging.getLogger(__name__)


def configure(log_format: LogFormat) -> None:
    """Configure the root logger of this process."""
    logging.basicConfig(format=PLAIN, stream=sys.stderr)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("faiss").setLevel(logging.WARNING)  # it logs each build of itself that it tries to load
    if log_format == "json":
        for handler in root.handlers:
            handler.setFormatter(JsonFormatter())


class JsonFormatter(logging.Formatter):
    """Formats a record as one line: time (UTC), level, logger and message, the fields of ``extra={"fields": …}``, and
    the exception as text if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": _format_time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return to_json_line(content)


def to_json_line(content: Mapping[str, Any]) -> str:
    """A JSON object on one line, whatever characters its strings have."""
    try:
        line = orjson.dumps(content).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, which UTF-8 cannot encode
        return json.dumps(content)
    return json.dumps(content) if _UNSAFE_CHARACTERS.search(line) else line


class RequestLog:
    """Logs each completed request, by default without its query."""

    def __init__(self, *, with_queries: bool) -> None:
        self._with_queries = with_queries

    def write(
        self, state: Mapping[str, Any], *, route: str, method: str, status: int, seconds: float, sent_bytes: int
    ) -> None:
        """``state``: of the request, with ``request_id`` and perhaps ``access`` and the query ``q``. ``route`` is the
        pattern: the URL may contain the query."""
        fields: dict[str, Any] = {
            "request_id": state["request_id"],
            "route": route,
            "method": method,
            "status": status,
            "ms": round(seconds * 1_000, 3),
            "bytes": sent_bytes,
        }
        if (access := state.get("access")) and access.key_name:
            fields["key"] = access.key_name
        if self._with_queries and "q" in state:
            fields["q"] = state["q"]
        log.info("%s %s %d", method, route, status, extra={"fields": fields})


def _format_time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
