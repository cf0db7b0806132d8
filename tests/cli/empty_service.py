"""``semsearch serve`` with workers that serve an empty app: the service itself takes seconds to load in each."""

from __future__ import annotations

from typing import Any

from semsearch.cli import main, workers


async def empty_app(scope: dict[str, Any], *_: object) -> None:
    raise NotImplementedError(scope["type"])


setattr(workers, "_make_app", lambda _: empty_app)  # noqa: B010  (workers are forked)

if __name__ == "__main__":
    main()
