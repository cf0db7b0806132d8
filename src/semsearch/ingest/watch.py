"""The files of sources → a signal whenever some of them changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from semsearch.errors import MissingExtra
from semsearch.ingest.files import is_skipped

_WAIT_MS = 500
"""Without a change, the watch has begun after this time."""
_QUIET_MS = 50
"""Changes count as one until nothing has changed for so long."""


def changes(paths: Sequence[Path], *, ignored: Sequence[Path] = ()) -> Iterator[None]:
    """Yield once when the watch has begun, then whenever files have changed, until Ctrl-C.

    What changed before the first time is to be read then: no change is missed.
    Hidden files, and what is below ``ignored``, do not count. Raises MissingExtra without the package watchfiles.
    """
    try:
        import watchfiles  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtra("watchfiles", "watch") from error
    roots = [Path(os.path.realpath(path if path.is_dir() else path.parent)) for path in paths]
    left_out = [Path(os.path.realpath(path)) for path in ignored]

    def counts(_: object, path: str) -> bool:
        file = Path(os.path.realpath(path))
        if any(map(file.is_relative_to, left_out)):
            return False
        below = next((file.relative_to(root) for root in roots if file.is_relative_to(root)), file)
        return not any(part.endswith("~") or is_skipped(part) for part in below.parts)

    has_begun = False
    for found in watchfiles.watch(
        *dict.fromkeys(roots),
        watch_filter=counts,
        step=_QUIET_MS,
        rust_timeout=_WAIT_MS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        if found or not has_begun:
            has_begun = True
            yield
