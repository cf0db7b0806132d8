"""Which exports of models an index relies on: their digests, kept beside the index and not in the cache.

An export has the digests of its own files, which show damage; whoever can write the cache can write new digests, too.
A cache is often shared, copied between machines or restored by a build system; an index is not. So the first
rebuild records the digest of the export that it uses. Later, an export with another digest is not used: it is made
again from the model, whose files are identified by their digest. Exports are equal byte for byte if the same releases
make them, so one that was deleted and made again is still trusted.

This costs nothing, since every digest is computed anyway. It does not protect an index whose first rebuild already
found a bad export in the cache, nor against somebody who writes the cache while a process uses it: the weights are
mapped. To compare some vectors with those of the index would not protect either: a change of the weights of one word
would pass unless a compared text has the word.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


class TrustedExports:
    """The recorded digests, in one JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def digest(self, export: str) -> str | None:
        """Return the digest of an export, by the name of its folder; None if none is recorded."""
        digest = self._read().get(export)
        return digest if isinstance(digest, str) else None

    def record(self, export: str, digest: str) -> None:
        """Record the digest of an export. Without permission to write, it is logged, and not recorded."""
        before = self._read()
        if before.get(export) == digest:
            return
        new = self._file.with_name(f".{self._file.name}.{os.getpid()}.new")
        try:
            new.write_text(json.dumps(before | {export: digest}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            new.replace(self._file)
        except OSError as error:
            log.warning("the digest of an exported model cannot be recorded in %s: %s", self._file, error.strerror)
            new.unlink(missing_ok=True)

    def _read(self) -> dict[str, object]:
        try:
            content = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s cannot be read (%s), so any exported model is trusted", self._file, type(error).__name__)
            return {}
        return content if isinstance(content, dict) else {}
