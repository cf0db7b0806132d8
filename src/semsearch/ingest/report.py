"""What was understood of a source: posts, what was left out and why, what is broken, and the fields that posts have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from semsearch.ingest.assembly import TEASER_LOST
from semsearch.ingest.entries import Note, Severity
from semsearch.posts import Post

MAX_NOTES = 1_000
"""Notes of one reason that are kept; the others are counted."""
_EXAMPLES = 5
_MAX_VALUES = 1_000_000
"""Different tags, authors or languages that are counted."""


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """How many posts have a field, and examples of its values."""

    posts: int
    values: int | None
    """Different values; None for a field in which each post has its own."""
    examples: tuple[str, ...]
    """The commonest values with their numbers, or the first and the last date."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What was understood of one source."""

    source: str
    """As it was given."""
    kind: str
    because: str
    """Why the source was read as this kind."""
    file: str
    """The file of the corpus with its posts."""
    posts: int
    changed: bool
    """Whether the file changed."""
    left_out: Mapping[str, int]
    """Entries that are no posts, by reason."""
    understood: tuple[Note, ...]
    """How parts of the source were read, as the columns of a table."""
    broken: tuple[Note, ...]
    warnings: tuple[Note, ...]
    counts: Mapping[str, int]
    """Number of broken entries and warnings, by reason."""
    lost_teasers: int
    """Posts whose first sentence has a value that only the generator of the site knows."""
    fields: Mapping[str, FieldSummary]
    merged_tags: tuple[tuple[str, ...], ...] = ()
    """Spellings that became one tag, the commonest first."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as an object of JSON values."""
        return {
            "source": self.source,
            "kind": self.kind,
            "because": self.because,
            "file": self.file,
            "posts": self.posts,
            "changed": self.changed,
            "left_out": dict(self.left_out),
            "understood": [_note(note) for note in self.understood],
            "broken": [_note(note) for note in self.broken],
            "warnings": [_note(note) for note in self.warnings],
            "lost_teasers": self.lost_teasers,
            "merged_tags": [list(group) for group in self.merged_tags],
            "fields": {
                name: {"posts": summary.posts, "values": summary.values, "examples": list(summary.examples)}
                for name, summary in self.fields.items()
            },
        }

    @property
    def broken_count(self) -> int:
        return sum(self.counts.get(reason, 0) for reason in {note.reason for note in self.broken})


def _note(note: Note) -> dict[str, Any]:
    return {"file": note.place.file, "line": note.place.line, "reason": note.reason, "detail": note.detail}


@dataclass
class Tally:
    """Counts notes and fields while a source is read."""

    left_out: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    notes: dict[Severity, list[Note]] = field(default_factory=lambda: {severity: [] for severity in Severity})
    _posts: Counter[str] = field(default_factory=Counter)
    _values: dict[str, Counter[str]] = field(default_factory=lambda: {"tags": Counter(), "authors": Counter()})
    _languages: Counter[str] = field(default_factory=Counter)
    _days: list[str] = field(default_factory=list)

    def add_note(self, note: Note) -> None:
        if note.severity is Severity.INFO:
            self.notes[note.severity].append(note)
            return
        counter = self.left_out if note.severity is Severity.LEFT_OUT else self.counts
        counter[note.reason] += 1
        if counter[note.reason] <= MAX_NOTES:
            self.notes[note.severity].append(note)

    def add_post(self, post: Post) -> None:
        for name in ("teaser", "date", "updated", "image", "series", "url", "body", "sections"):
            if getattr(post, name):
                self._posts[name] += 1
        if post.date:
            day = post.date[:10]
            self._days = [min(day, *self._days[:1]), max(day, *self._days[-1:])] if self._days else [day, day]
        for name, values in (("tags", post.tags), ("authors", post.authors)):
            if values:
                self._posts[name] += 1
                self._count(self._values[name], values)
        if post.language:
            self._posts["languages"] += 1
            self._languages[post.language] += 1

    def _count(self, counter: Counter[str], values: tuple[str, ...]) -> None:
        for value in values:
            if value in counter or len(counter) < _MAX_VALUES:
                counter[value] += 1

    def fields(self, spell: Callable[[Sequence[str]], list[str]]) -> dict[str, FieldSummary]:
        """Summarise the fields. ``spell`` gives the spelling that a list of tags gets."""
        tags: Counter[str] = Counter()
        for tag, count in self._values["tags"].items():
            tags[spell([tag])[0]] += count
        own = {name: FieldSummary(self._posts[name], None, ()) for name in ("url", "teaser", "body", "sections")}
        return {
            "dates": FieldSummary(self._posts["date"], None, tuple(dict.fromkeys(self._days))),
            "tags": _summary(self._posts["tags"], tags),
            "authors": _summary(self._posts["authors"], self._values["authors"]),
            "languages": _summary(self._posts["languages"], self._languages),
            "addresses": own["url"],
            "teasers": own["teaser"],
            "bodies": own["body"],
            "sections": own["sections"],
            "images": FieldSummary(self._posts["image"], None, ()),
        }

    @property
    def lost_teasers(self) -> int:
        return self.counts[TEASER_LOST]


def _summary(posts: int, values: Counter[str]) -> FieldSummary:
    examples = tuple(f"{value} ({count})" for value, count in values.most_common(_EXAMPLES))
    return FieldSummary(posts, len(values), examples)
