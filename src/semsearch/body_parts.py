"""The body of a post between its headings, each part with the headings above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semsearch.posts import Section


@dataclass(frozen=True, slots=True)
class BodyPart:
    """A part of a body without headings. It may be empty or only white space."""

    start: int
    """Where it begins in the body, in code points."""
    end: int
    """Where it ends, exclusive."""
    headings: str = ""
    """The headings directly before it, one a line; several if there is no text between them."""


def body_parts(body: str, sections: Sequence[Section]) -> Iterator[BodyPart]:
    """Yield the parts of a body in order; together with the headings, they are all of it.

    The title of a section is a heading if it is the first line of the section. A title that is not in the body is none.
    """
    place = 0
    headings: list[str] = []
    for section in sections:
        end = _end_of_heading(body, section)
        if end is None:
            continue
        yield BodyPart(place, section.start, "\n".join(headings))
        if body[place : section.start].strip():
            headings = []
        headings.append(section.title)
        place = end
    yield BodyPart(place, len(body), "\n".join(headings))


def _end_of_heading(body: str, section: Section) -> int | None:
    """Return the end of a section's heading in the body; None if the section does not begin with its title."""
    end = section.start + len(section.title)
    is_line = body.startswith(section.title, section.start) and body[end : end + 1] in ("", "\n")
    return end if is_line else None
