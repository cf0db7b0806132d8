"""A document and the rules of its generator → an entry: the fields that all static sites have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from semsearch.ingest.entries import Entry, Markup, Note
from semsearch.ingest.kind import Options
from semsearch.ingest.sites import addresses, authors, dating, images, tags
from semsearch.ingest.sites.documents import SiteDocument
from semsearch.ingest.sites.statuses import status_of
from semsearch.ingest.sites.values import as_text, found, lookup, text_of, texts

TITLES = ("title",)
TEASERS = ("excerpt", "summary", "description", "extra.summary", "extra.excerpt", "extra.description")
SERIES = ("series", "taxonomies.series", "extra.series")
LANGUAGES = ("lang", "language", "locale")
TRANSLATION_KEYS = ("translationkey", "translation_key", "translation_id", "translationid")
ALIASES = ("aliases", "alias", "redirect_from", "redirects", "old_urls")
REDIRECTS = ("redirect_to", "redirect", "extra.redirect_to", "redirect_url")


@dataclass(frozen=True, slots=True)
class Rules:
    """How a generator reads fields that all generators have."""

    split_tags: Callable[[str], list[str]] = tags.not_split
    tag_names: tuple[str, ...] = tags.TAGS
    published: tuple[str, ...] = dating.PUBLISHED
    updated: tuple[str, ...] = dating.UPDATED
    people: Mapping[str, str] = field(default_factory=dict)
    """Keys of authors, in lower case → names."""


def entry_of(
    document: SiteDocument, options: Options, rules: Rules, date_paths: Iterable[str] | None = None
) -> tuple[Entry, list[Note]]:
    """Make an entry of a document, and notes on its fields.

    Language, aliases and image are as written. So is the address, which is empty unless the owner named its field.
    ``date_paths``: where to look for a day if the front matter has no date; None: its permalink and its path.
    """
    fields, place, chosen = document.fields, document.place, options.fields
    names = functools.partial(names_of, options)
    body = text_of(fields, chosen.get("body", ""))
    dates = dating.dates_of(
        fields,
        place,
        dating.paths_with_date(fields, document.path) if date_paths is None else date_paths,
        names("date", rules.published),
        names("updated", rules.updated),
    )
    entry = Entry(
        place=place,
        body=Markup(body, document.body.format) if body else document.body,
        title=" ".join(text_of(fields, *names("title", TITLES)).split()),
        teaser=_teaser(document, names("teaser", TEASERS)),
        address=text_of(fields, chosen.get("permalink", "")),
        id=text_of(fields, chosen.get("id", "")),
        date=dates.date,
        updated=dates.updated,
        tags=tags.tags_of(fields, names("tags", rules.tag_names), rules.split_tags),
        authors=authors.authors_of(fields, rules.people, names("authors", authors.AUTHORS)),
        language=text_of(fields, *names("language", LANGUAGES)) or None,
        image=images.image_of(fields, names("image", images.IMAGES)),
        series=_series(fields, names("series", SERIES)),
        translation_key=text_of(fields, *TRANSLATION_KEYS),
        aliases=aliases_of(fields),
        status=status_of(fields),
        redirect=text_of(fields, *REDIRECTS),
        named=frozenset(field_name for field_name, name in chosen.items() if lookup(fields, name) is not None),
    )
    return entry, list(dates.notes)


def names_of(options: Options, field_name: str, defaults: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a field in front matter: the one that the owner gave, before the defaults."""
    chosen = options.fields.get(field_name)
    return (chosen, *defaults) if chosen else defaults


def aliases_of(fields: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    """Return the old addresses of a document, as written."""
    aliases = dict.fromkeys(text for _, value in found(fields, names or ALIASES) for text in texts(value))
    return tuple(text for text in aliases if text and "{" not in text and "\n" not in text)


def with_base(entry_aliases: Collection[str], base: str) -> tuple[str, ...]:
    """Return aliases as addresses: those without a host lie under the base of the site."""
    return tuple(addresses.join(base, alias) for alias in entry_aliases)


def _teaser(document: SiteDocument, names: tuple[str, ...]) -> Markup | None:
    """Return the first teaser. One with a template is none: generators do not render front matter."""
    for _, value in found(document.fields, names):
        if isinstance(value, bool):
            continue
        text = as_text(value)
        if text and "{{" not in text and "{%" not in text:
            return Markup(text, document.body.format)
    return None


def _series(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the name of the first series: a text, or a mapping with a name."""
    for _, value in found(fields, names):
        series = [text_of(value, "name", "title")] if isinstance(value, dict) else texts(value)
        if series and series[0]:
            return series[0]
    return ""
