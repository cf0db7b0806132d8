"""Local copies of documents: fetched only where the server has a newer one, and kept where it fails."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

import httpx

from semsearch.errors import FetchFailed, ServerFailed
from semsearch.ingest.network.retrieval import RETRIED, SUCCESS, Response, Retriever, Validators, Wanted
from semsearch.ingest.network.store import Record, Role, Store

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class State(enum.Enum):
    """How a copy came about in this run."""

    CHANGED = "changed"
    """New, or with other content than before."""
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The earlier copy, since fetching failed; without an earlier one, there is no file."""
    GONE = "gone"
    """The server says that the document does not exist; there is no file."""
    SKIPPED = "skipped"
    """The media type is not wanted; there is no file."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy of a document after it was asked for."""

    record: Record
    state: State
    error: FetchFailed | None = None
    """Why the copy is only kept."""

    @property
    def has_file(self) -> bool:
        """Whether there is a copy."""
        return self.record.file is not None


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """What is asked for, and how it is stored."""

    role: Role
    wanted: Wanted
    place: Callable[[bytes, str], tuple[str, str] | None]
    """Content and address → folder and suffix of the copy; None for content that is of no use."""
    unusable: str
    """The message for content without a place, as ``it is no feed``."""


class Copies:
    """Gets documents through the store."""

    def __init__(self, store: Store, retriever: Retriever, on_copy: Callable[[str, Role], None]) -> None:
        """``on_copy``: called with the address and role of each document after it was asked for."""
        self._store, self._retriever, self._on_copy = store, retriever, on_copy
        self.asked: set[tuple[str, Role]] = set()
        """What was asked for, in this process."""
        self.removed: list[str] = []
        """The pages whose copy was removed, since the server has none any more."""

    def get(self, url: httpx.URL, kind: DocumentKind) -> Copy:
        """Get a document, unless the run did so before it was interrupted.

        A failure is no exception: it is in the copy. Raises PrivateAddress, InvalidAddress and DisallowedByRobots,
        since these are refusals of this program; CacheNotWritable.
        """
        copy = self._get(url, kind)
        self._on_copy(str(url), kind.role)
        return copy

    @property
    def received_bytes(self) -> int:
        """Bytes of all bodies so far, decompressed."""
        return self._retriever.received_bytes

    def read(self, copy: Copy) -> bytes:
        """The content of a copy; empty if there is none."""
        return self._store.read(copy.record)

    def earlier(self, role: Role) -> list[Record]:
        """The records of a role that have a copy and were not asked for in this process."""
        return [record for record in self._store.records(role) if record.file and (record.url, role) not in self.asked]

    def find(self, url: httpx.URL, role: Role) -> Record | None:
        """The record of an address, without asking for it. It counts as asked for."""
        self.asked.add((str(url), role))
        return self._store.find(str(url), role)

    def forget(self, url: httpx.URL, role: Role) -> None:
        """Let the copy of an address be removed at the end of the run."""
        self.asked.discard((str(url), role))

    def _get(self, url: httpx.URL, kind: DocumentKind) -> Copy:
        self.asked.add((str(url), kind.role))
        earlier = self._store.find(str(url), kind.role)
        if earlier is not None and earlier.run == self._store.run:
            return Copy(earlier, self._state_of(earlier))
        try:
            return self._fetch(url, kind, earlier)
        except FetchFailed as error:
            nothing = Record(str(url), kind.role, 0, 0, 0, str(url), None, None, "", None, None)
            return Copy(earlier or nothing, State.KEPT, error)

    def _fetch(self, url: httpx.URL, kind: DocumentKind, earlier: Record | None) -> Copy:
        copy = earlier if earlier is not None and earlier.file is not None else None
        validators = Validators(copy.final_url, copy.etag, copy.last_modified) if copy else None
        response = self._retriever.get(url, kind.wanted, validators)
        if response.status == HTTPStatus.NOT_MODIFIED and copy is not None:
            return self._saved(replace(copy, run=self._store.run))
        if response.status in _GONE or (
            response.status in SUCCESS and not kind.wanted.accepts_type(response.media_type)
        ):
            if copy is not None and kind.role == "page":
                self.removed.append(str(url))
            return self._saved(self._record(url, kind, response, self._store.run, None))
        if response.status not in SUCCESS:
            raise _failure(url, response)
        place = kind.place(response.body, str(response.url))
        if place is None:
            raise FetchFailed(str(url), kind.unusable)
        is_same = copy is not None and self._store.read(copy) == response.body
        changed = copy.changed if copy is not None and is_same else self._store.run
        file = self._store.write(str(url), *place, response.body)
        return self._saved(self._record(url, kind, response, changed, file))

    def _record(self, url: httpx.URL, kind: DocumentKind, response: Response, changed: int, file: str | None) -> Record:
        return Record(
            url=str(url),
            role=kind.role,
            run=self._store.run,
            changed=changed,
            status=response.status,
            final_url=str(response.url),
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
            media_type=response.media_type,
            charset=response.charset,
            file=file,
        )

    def _saved(self, record: Record) -> Copy:
        self._store.save(record)
        return Copy(record, self._state_of(record))

    def _state_of(self, record: Record) -> State:
        """The state of a record of this run."""
        if record.file:
            return State.CHANGED if record.changed == self._store.run else State.UNCHANGED
        return State.GONE if record.status in _GONE else State.SKIPPED


def _failure(url: httpx.URL, response: Response) -> FetchFailed:
    status = response.status
    phrase = HTTPStatus(status).phrase if status in list(HTTPStatus) else ""
    reason = f"the server responds {status} {phrase}".strip()
    wait = response.headers.get("retry-after")
    if status in RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerFailed(str(url), f"{reason}; it asks to wait: {wait}" if wait else reason)
    return FetchFailed(str(url), reason)
