"""A text as a reader sees it, with its parts."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.posts import Section


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text without markup. All strings are as :func:`semsearch.text.clean` returns them, without holes."""

    text: str
    """Blocks (paragraphs, headings, list items, rows of tables, code) with an empty line between them. A single line
    end is one that a reader sees: ``<br>``, or one in code. Cells of tables are separated by a tab. Footnotes last."""
    sections: tuple[Section, ...] = ()
    """In order. A section begins with its heading and ends before the next heading, of any level, or the footnotes:
    ``text[start:end]`` starts with ``title``."""
    first_heading: str = ""
    """The heading that begins the body, else the first one of level 1."""
    before_more: str = ""
    """Prose before the "more" marker, up to a sentence with a hole; empty if there is no marker."""
    first_paragraph: str = ""
    """The first paragraph that is prose, up to a sentence with a hole."""
    prose: str = ""
    """All paragraphs and list items, up to a sentence with a hole, if this text is to be a teaser itself."""
    image: str = ""
    """The address of the first picture, as written."""
    holes: int = 0
    """How many holes were removed."""
    teaser_lost: bool = False
    """Whether the teaser that the text would have is shorter, or another one, because of a hole."""
