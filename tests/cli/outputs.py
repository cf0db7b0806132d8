"""Helpers to compare the JSON output of commands."""

from __future__ import annotations

import json
from typing import Any

from semsearch.search.results import to_json

VARYING_FIELDS = ("request_id", "processing_time_ms")


def parse_json_line(text: str) -> dict[str, Any]:
    """Parse the output of ``--json``, which is one line, and drop the fields that differ between runs."""
    assert text.count("\n") == 1
    content = json.loads(text)
    assert isinstance(content, dict)
    return {key: value for key, value in content.items() if key not in VARYING_FIELDS}


def comparable(result: object) -> dict[str, Any]:
    """Return a result as JSON, without the fields that differ between runs."""
    return {key: value for key, value in to_json(result).items() if key not in VARYING_FIELDS}
