"""What is said, and to whom? Lines to standard error: plain ones to people, JSON objects to programs."""

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

_MAY_BREAK = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What some readers of a file take for the end of a line, or a terminal for a command, and orjson leaves as it is."""

log = logging.getLogger(__name__)


def start(log_format: LogFormat) -> None:
    """Has this process say what a service has to say."""
    logging.basicConfig(format=PLAIN, stream=sys.stderr)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("faiss").setLevel(logging.WARNING)  # it tells each form of itself that it tries to load
    if log_format == "json":
        for handler in root.handlers:
            handler.setFormatter(JsonLines())


class JsonLines(logging.Formatter):
    """Writes a record as one line: time (UTC), level, logger, message, and where there are any the fields of
    ``extra={"fields": …}`` and the exception as text."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": _time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return line_of(content)


def line_of(content: Mapping[str, Any]) -> str:
    """A JSON object on one line, whatever characters are in it."""
    try:
        line = orjson.dumps(content).decode()
    except orjson.JSONEncodeError:  # half of a surrogate pair, which no UTF-8 can hold
        return json.dumps(content)
    return json.dumps(content) if _MAY_BREAK.search(line) else line


class RequestLog:
    """Tells of each request that was answered. What a visitor asked is told only where that is wanted."""

    def __init__(self, *, queries: bool) -> None:
        self._queries = queries

    def tell(
        self, state: Mapping[str, Any], *, route: str, method: str, status: int, seconds: float, sent: int
    ) -> None:
        """``state``: that of the request, which has its id, who asks, and perhaps the question ``q``.
        ``route`` is the pattern: an address may hold what was asked."""
        fields: dict[str, Any] = {
            "request_id": state["request_id"],
            "route": route,
            "method": method,
            "status": status,
            "ms": round(seconds * 1_000, 3),
            "bytes": sent,
        }
        if (access := state.get("access")) and access.key_name:
            fields["key"] = access.key_name
        if self._queries and "q" in state:
            fields["q"] = state["q"]
        log.info("%s %s %d", method, route, status, extra={"fields": fields})


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
