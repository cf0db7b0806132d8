"""How is an index asked over HTTP? Requests in, JSON or a page out; thin over search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semsearch.api.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for: what only looks after workers needs none of what they need.
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from semsearch.api.app import create_app  # noqa: PLC0415

    return create_app
