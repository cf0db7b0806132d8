"""Entry → post: plain text of its markup, with title, teaser, sections, id and url."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from semsearch.body_parts import body_parts
from semsearch.corpus.fields import MAX_CHARACTERS, MAX_ENTRIES, MAX_ENTRY_CHARACTERS, InvalidField, post_from
from semsearch.corpus.sections import MAX_SECTIONS, MAX_TITLE_CHARACTERS
from semsearch.ingest.addresses import absolute, id_of, url_of
from semsearch.ingest.entries import HOLE, Entry, Format, Markup, Note, Place, Severity
from semsearch.ingest.markup import Anchors, ReadText, plain_title, read
from semsearch.ingest.teasers import choose_teaser
from semsearch.posts import Post, normalized_language
from semsearch.text import clean

_HOME = "index"
"""The id of a home page of a site whose address is not known."""
NO_TITLE = "no title"
TEASER_LOST = "teaser lost to a template"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class AssembledPost:
    """A post before it is compared with the other posts of its source."""

    post: Post
    """Without ``translation_of``; its tags are spelled as in the entry."""
    place: Place
    translation_key: str
    """As in the entry, and so on."""
    is_original: bool
    aliases: tuple[str, ...]


def assemble(entry: Entry, *, site_url: str = "", anchors: Anchors = Anchors.GITHUB) -> Iterator[AssembledPost | Note]:
    """Yield the post of an entry, and notes on what is wrong with it. An entry without a title yields a note alone."""
    own_title = plain_title(entry.title, entry.body.format)
    if entry.sections:
        body = _with_sections(entry)
    else:
        body = read(entry.body, anchors=anchors, title_from_body=not own_title, title=own_title)
    title = _cut(own_title or body.first_heading, MAX_CHARACTERS["title"])
    if not title:
        yield Note(entry.place, Severity.LEFT_OUT, NO_TITLE, "give it a title")
        return
    own_teaser = read(entry.teaser, anchors=anchors) if entry.teaser and entry.teaser.text.strip() else None
    language = normalized_language(entry.language) if entry.language else None
    teaser = choose_teaser(own_teaser, body, language)
    if teaser.is_lost:
        yield Note(entry.place, Severity.WARNING, TEASER_LOST, "its first sentence has a value that is not known")
    if entry.language and language is None:
        detail = f"{entry.language[:40]!r} is not a language tag such as en or pt-BR"
        yield Note(entry.place, Severity.WARNING, "unknown language", detail)
    raw = _record(entry, body, absolute(entry.address, site_url))
    raw |= {"title": title, "teaser": _cut(teaser.text, MAX_CHARACTERS["teaser"]), "language": language}
    try:
        post = post_from(raw)  # what a corpus would refuse is found here, with its place in the source
    except InvalidField as error:
        yield Note(entry.place, Severity.BROKEN, "invalid field", str(error))
        return
    yield AssembledPost(post, entry.place, entry.translation_key, entry.is_original, entry.aliases)


def _with_sections(entry: Entry) -> ReadText:
    """A body that has its sections already: its text stays as it is, and its headings are no teaser."""
    text = entry.body.text
    prose = "\n\n".join(text[part.start : part.end] for part in body_parts(text, entry.sections))
    return replace(read(Markup(prose, Format.PLAIN)), text=text, sections=entry.sections)


def _record(entry: Entry, body: ReadText, address: str) -> dict[str, Any]:
    """The object of the post format, except for title, teaser and language. Texts are within the limits of a post."""
    text = _cut(body.text, MAX_CHARACTERS["body"])
    sections = [
        {
            "title": _cut(section.title, MAX_TITLE_CHARACTERS),
            "anchor": section.anchor,
            "start": section.start,
            "end": min(section.end, len(text)),
        }
        for section in body.sections[:MAX_SECTIONS]
        if section.start < len(text)
    ]
    return dict(entry.extra) | {
        "id": id_of(entry.id) or id_of(address) or id_of(entry.place.file) or _HOME,
        "url": url_of(address),
        "date": entry.date,
        "updated": entry.updated,
        "tags": _labels(entry.tags),
        "authors": _labels(entry.authors),
        "image": _image(entry.image or body.image, address),
        "series": _cut(_line(entry.series), MAX_CHARACTERS["series"]),
        "sections": sections,
        "body": text,
    }


def _labels(values: tuple[str, ...]) -> list[str]:
    """Tags or authors: one line each, without repetitions that differ by case alone."""
    lines = (_cut(_line(value), MAX_ENTRY_CHARACTERS) for value in values)
    unique: dict[str, str] = {}
    for line in filter(None, lines):
        unique.setdefault(line.casefold(), line)
    return list(unique.values())[:MAX_ENTRIES]


def _line(text: str) -> str:
    return _SPACE.sub(" ", clean(text.replace(HOLE, ""))).strip()


def _cut(text: str, limit: int) -> str:
    """Cut a text at white space, where there is some in its last tenth."""
    if len(text) <= limit:
        return text
    space = max(text.rfind(mark, limit - limit // 10, limit) for mark in " \n\t")
    return text[: space if space > 0 else limit].rstrip()


def _image(image: str, address: str) -> str | None:
    """An address of a picture that a page elsewhere can show; None for one that is relative to an unknown address."""
    try:
        joined = urljoin(address, f"https:{image}" if image.startswith("//") else image) if image else ""
        is_url = urlsplit(joined).scheme in ("http", "https")
    except ValueError:
        return None
    return joined if is_url and len(joined) <= MAX_CHARACTERS["url"] else None
