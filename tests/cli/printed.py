"""What did a command print for programs?"""

from __future__ import annotations

import json

CHANGING = ("request_id", "processing_time_ms")


def one_object(text: str) -> dict[str, object]:
    """The one JSON object that ``--json`` prints."""
    assert text.count("\n") == 1
    content = json.loads(text)
    assert isinstance(content, dict)
    return {key: value for key, value in content.items() if key not in CHANGING}
