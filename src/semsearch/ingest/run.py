"""Sources → files of a corpus, with a report on each. If one source fails, no file is replaced."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from semsearch.errors import EmptySource, InvalidRequest, SourceProblems, SourceUnreadable, TooManyPostsLost
from semsearch.ingest import MAX_LOSS
from semsearch.ingest.assembly import AssembledPost, assemble
from semsearch.ingest.consolidation import Collection
from semsearch.ingest.earlier_posts import EarlierPosts
from semsearch.ingest.entries import Entry, Note, Place, Severity, Status
from semsearch.ingest.files import Files, TooLarge
from semsearch.ingest.kind import Kind, Options
from semsearch.ingest.kinds import kinds
from semsearch.ingest.output import NewFile, count_lines
from semsearch.ingest.remote import fetch
from semsearch.ingest.report import SourceReport, Tally
from semsearch.ingest.sources import Source, open_source

INCLUDABLE = {
    "drafts": Status.DRAFT,
    "future": Status.FUTURE,
    "expired": Status.EXPIRED,
    "private": Status.PRIVATE,
    "pages": Status.PAGE,
}
"""What ``--include`` names, and the entries it brings."""
_COUNTED_AS = {status: name for name, status in INCLUDABLE.items()}
_REDIRECTS = "redirects"
_POSTS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class Request:
    """A source to read, and how."""

    source: Source
    name: str = ""
    """The file of the corpus, without ``.jsonl``; by default named after the source."""
    site_url: str = ""
    include: frozenset[Status] = frozenset()
    fields: dict[str, str] = field(default_factory=dict)
    """See :attr:`semsearch.ingest.kind.Options.fields`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run fails although its sources can be read."""

    strict: bool = False
    """Fail if anything is broken or warned about."""
    max_loss: float = MAX_LOSS
    """Fail if a file of the corpus would lose more than this share of its posts, 0 to 1."""


@dataclass(frozen=True, slots=True)
class WebAccess:
    """How sources on the web are fetched."""

    cache: Path = Path("index/cache/sources")
    """The folder of copies: a second run fetches only what changed."""
    allow_private: bool = False
    """Whether addresses of the local network may be fetched from."""


OnPosts = Callable[[int], None]
"""Called with the number of posts read so far."""


def ingest(
    requests: Sequence[Request],
    out: Path,
    *,
    limits: Limits = Limits(),
    web: WebAccess = WebAccess(),
    dry_run: bool = False,
    earlier: EarlierPosts | None = None,
    on_posts: OnPosts = lambda _: None,
) -> list[SourceReport]:
    """Read sources and write one file of the corpus for each into the folder ``out``. Returns a report on each.

    ``dry_run``: read and report only. ``earlier``: what an earlier run in this process read, for files that are being
    written just now. Raises CorpusError or OSError; then every file of the corpus stays as it was.
    """
    _check(requests, limits)
    taken: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        readings = []
        for request, name in zip(requests, _names(requests), strict=True):
            reading = stack.enter_context(SourceReading(request, out / f"{name}.jsonl", taken, web, earlier))
            reading.read(on_posts)
            taken |= dict.fromkeys(reading.collection.ids, request.source.location)
            readings.append(reading)
        for reading in readings:
            reading.check(limits)
        if dry_run:
            return [reading.report(changed=False) for reading in readings]
        files: list[NewFile] = []
        try:
            files.extend(NewFile(reading.file, reading.collection.records()) for reading in readings)
            return [reading.report(changed=file.commit()) for reading, file in zip(readings, files, strict=True)]
        finally:
            for file in files:
                file.discard()


class SourceReading:
    """Reads one source once. To be used with ``with``."""

    def __init__(
        self, request: Request, file: Path, taken: dict[str, str], web: WebAccess, earlier: EarlierPosts | None
    ) -> None:
        self._request, self._web, self._earlier = request, web, earlier
        self.file = file
        self.collection = Collection(site_url=request.site_url, taken=taken)
        self._tally = Tally()
        self._kind = self._because = ""
        self._named: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.collection.__exit__()

    def read(self, on_posts: OnPosts) -> None:
        """Read the whole source. Raises SourceUnreadable."""
        files, kind = self._open(on_posts)
        by_file: dict[str, list[AssembledPost]] = {}
        unreadable: set[str] = set()
        for record in self._records(files, kind):
            if isinstance(record, Note):
                self._tally.add_note(record)
                if record.severity in (Severity.LEFT_OUT, Severity.BROKEN):
                    unreadable.add(record.place.file)
            elif self._is_half_saved(record):
                unreadable.add(record.place.file)
            else:
                self._add(record)
                if self._earlier is not None:
                    by_file.setdefault(record.place.file, []).append(record)
                if len(self.collection) % _POSTS_PER_CALL == 0:
                    on_posts(len(self.collection))
        self._note_unknown_names()
        self._restore(unreadable, by_file)
        on_posts(len(self.collection))

    def _open(self, on_posts: OnPosts) -> tuple[Files, Kind]:
        """Return the files of the source and the kind that reads them. An address is fetched first."""
        source = self._request.source
        files: Files
        if source.is_remote:
            files, kind_name, self._because, notes = fetch(
                source.location,
                source.kind,
                cache=self._web.cache,
                allow_private=self._web.allow_private,
                on_pages=on_posts,
            )
            kind = kinds()[kind_name]
            for note in notes:
                self._tally.add_note(note)
        else:
            files, kind, self._because = open_source(Path(source.location), source.kind)
        self._kind = kind.name
        return files, kind

    def _is_half_saved(self, assembled: AssembledPost) -> bool:
        """Whether a post has no text, and had some when its file was read before."""
        if self._earlier is None or assembled.post.body or assembled.post.teaser:
            return False
        return any(before.post.body for before in self._earlier.of(self._request.source, assembled.place.file))

    def _records(self, files: Files, kind: Kind) -> Iterator[AssembledPost | Note]:
        options = Options(site_url=self._request.site_url, fields=self._request.fields)
        try:
            for record in kind.read(files, options):
                if isinstance(record, Note):
                    yield record
                    continue
                self._named |= record.named
                if record.redirect:
                    self._tally.left_out[_REDIRECTS] += 1
                    self.collection.add_redirect(record)
                elif record.status is not Status.PUBLISHED and record.status not in self._request.include:
                    self._tally.left_out[_COUNTED_AS[record.status]] += 1
                else:
                    yield from self._assembled(record, kind)
        except (TooLarge, OSError) as error:
            raise SourceUnreadable(self._request.source.location, str(error)) from error

    def _note_unknown_names(self) -> None:
        """Add a warning for each field whose name no entry has."""
        for field_name, name in self._request.fields.items():
            if field_name not in self._named:
                place = Place(Path(self._request.source.location).name)
                detail = f"no post has {name!r}, which is named for {field_name}"
                self._tally.add_note(Note(place, Severity.WARNING, "unknown field", detail))

    def _assembled(self, entry: Entry, kind: Kind) -> Iterable[AssembledPost | Note]:
        found = partial(assemble, entry, site_url=self._request.site_url, anchors=kind.anchors)
        return found() if self._earlier is None else self._earlier.assembled(self._request.source, entry, found)

    def _add(self, assembled: AssembledPost) -> None:
        note = self.collection.add(assembled)
        if note is not None:
            self._tally.add_note(note)
        if note is None or note.severity is not Severity.LEFT_OUT:
            self._tally.add_post(assembled.post)

    def _restore(self, unreadable: set[str], by_file: dict[str, list[AssembledPost]]) -> None:
        """Add what was read before of files that cannot be read now: somebody is just saving them."""
        if self._earlier is None:
            return
        for file in unreadable - by_file.keys():
            by_file[file] = self._earlier.of(self._request.source, file)
            for post in by_file[file]:
                self._add(post)
        self._earlier.replace(self._request.source, by_file)

    def check(self, limits: Limits) -> None:
        """Check the result against the limits of a run. Raises SourceProblems, EmptySource or TooManyPostsLost."""
        location, posts = self._request.source.location, len(self.collection)
        notes = [note for severity in (Severity.BROKEN, Severity.WARNING) for note in self._tally.notes[severity]]
        if limits.strict and notes:
            raise SourceProblems(location, sum(self._tally.counts.values()), _text(notes[0]))
        if not posts:
            left_out = ", ".join(f"{count} {reason}" for reason, count in self._tally.left_out.most_common(5))
            broken = _text(self._tally.notes[Severity.BROKEN][0]) if self._tally.notes[Severity.BROKEN] else ""
            raise EmptySource(location, self._kind, left_out or broken)
        before = count_lines(self.file) or 0
        if posts < before * (1 - limits.max_loss):
            raise TooManyPostsLost(location, before, posts, limits.max_loss)

    def report(self, *, changed: bool) -> SourceReport:
        tally = self._tally
        return SourceReport(
            source=self._request.source.location,
            kind=self._kind,
            because=self._because,
            file=str(self.file),
            posts=len(self.collection),
            changed=changed,
            left_out=dict(tally.left_out.most_common()),
            understood=tuple(tally.notes[Severity.INFO]),
            broken=tuple(tally.notes[Severity.BROKEN]),
            warnings=tuple(tally.notes[Severity.WARNING]),
            counts=dict(tally.counts),
            lost_teasers=tally.lost_teasers,
            fields=tally.fields(self.collection.spelled),
            merged_tags=tuple(tuple(group) for group in self.collection.merged_tags),
        )


def _text(note: Note) -> str:
    return f"{note.place}: {note.reason}{f', {note.detail}' if note.detail else ''}"


def _check(requests: Sequence[Request], limits: Limits) -> None:
    if not requests:
        raise InvalidRequest("source", "name a folder, a file or an address to read posts from")
    if not 0 <= limits.max_loss <= 1:
        raise InvalidRequest("max-loss", f"{limits.max_loss} is not between 0 and 1")


def _names(requests: Sequence[Request]) -> list[str]:
    """A name for the file of each source; a name that is taken gets a number."""
    names: list[str] = []
    for request in requests:
        base = request.name or request.source.name
        candidates = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
        names.append(next(name for name in candidates if name not in names))
    return names
