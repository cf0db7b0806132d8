"""A SOURCE as it is written on the command line → its files and the kind that reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import InvalidRequest, SourceUnreadable
from semsearch.ingest.files import Files, open_files
from semsearch.ingest.kind import Evidence, Kind
from semsearch.ingest.kinds import kinds
from semsearch.ingest.paths import suffix_of

_OTHER_ARCHIVES = frozenset((".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"))
_NO_FILE_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A source as its owner gave it."""

    location: str
    """A path, or an ``https://`` address."""
    kind: str = ""
    """The name of the kind; empty if it is to be detected."""

    @property
    def is_remote(self) -> bool:
        return self.location.lower().startswith(("http://", "https://"))

    @property
    def name(self) -> str:
        """The name of the file of the corpus, without ``.jsonl``."""
        if self.is_remote:
            location = re.sub(r"^https?://", "", self.location, flags=re.IGNORECASE).split("?")[0]
        else:
            location = Path(self.location).resolve().name
            location = Path(location).stem if Path(self.location).is_file() else location
        return _NO_FILE_NAME.sub("-", location).strip("-.") or "posts"


def parse_source(text: str) -> Source:
    """Read ``PATH``, ``kind:PATH`` or an address. A path that exists is a path, with or without a colon."""
    kind, colon, rest = text.partition(":")
    if colon and kind in kinds() and not Path(text).exists():
        return Source(rest, kind)
    return Source(text)


def open_source(location: Path, kind_name: str = "") -> tuple[Files, Kind, str]:
    """Return the files of a local source, its kind, and why it is of this kind.

    Raises SourceUnreadable, InvalidRequest.
    """
    files = open_files(location)
    if kind_name:
        if kind_name not in kinds():
            raise InvalidRequest("as", f"there is no kind {kind_name!r}; kinds are {', '.join(kinds())}")
        return files, kinds()[kind_name], "you said so"
    if reason := _unreadable(files):
        raise SourceUnreadable(location, reason)
    found = [(kind, evidence) for kind in kinds().values() if (evidence := kind.detect(files))]
    if not found:
        raise SourceUnreadable(
            location, f"it looks like no kind of source; name one with --as, of {', '.join(kinds())}"
        )
    certainty = max(evidence.certainty for _, evidence in found)
    likely = [(kind, evidence) for kind, evidence in found if evidence.certainty == certainty]
    kind, evidence = likely[0]
    return files, kind, _because(evidence, [other.name for other, _ in likely[1:]])


def _unreadable(files: Files) -> str:
    """Return why a source of any kind cannot be read; empty if nothing speaks against it."""
    if not files.is_file:
        return "" if files.paths() else "it holds no file, or only hidden ones and those of programs"
    if not files.size(files.paths()[0]):
        return "it is empty"
    is_archive = suffix_of(files.paths()[0]).lower() in _OTHER_ARCHIVES
    return "of archives, only ZIP is read; unpack it" if is_archive else ""


def _because(evidence: Evidence, others: list[str]) -> str:
    if not others:
        return evidence.because
    return f"{evidence.because}; it could also be {' or '.join(others)}: name the right one with --as"
