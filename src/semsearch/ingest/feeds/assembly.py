"""An item, by what holds for its feed → an entry, or a note why it is no post."""

from __future__ import annotations

import html
import re

from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.exports.titles import titled
from semsearch.ingest.feeds import texts
from semsearch.ingest.feeds.item import Channel, Item
from semsearch.ingest.feeds.survey import Survey, is_whole, link_key
from semsearch.ingest.kind import Options
from semsearch.ingest.named_fields import with_named_fields
from semsearch.ingest.page_names import is_page_name
from semsearch.ingest.web_addresses import bounded_id, hashed_id, id_with_query, placed

_LEAST_TEASER_SHARE = 0.9
"""A summary that is as long as this share of the body may be the body again."""


class FeedAssembler:
    """Makes entries of the items of one feed."""

    def __init__(self, channel: Channel, survey: Survey, options: Options) -> None:
        self._channel, self._survey, self._options = channel, survey, options
        self._base = f"{options.site_url}/" if options.site_url else channel.base or channel.link

    def records(self, item: Item) -> list[Record]:
        """Return the entry of an item, with notes on it; only a note if it is no post."""
        if reason := self._not_a_post(item):
            return [Note(item.place, Severity.LEFT_OUT, reason, item.title)]
        body, teaser = self.texts(item)
        if not (body or teaser or item.title):
            return [Note(item.place, Severity.LEFT_OUT, "empty entry", "it has neither title nor text")]
        address = placed(item.link or item.audio, self._base)
        date, updated = item.date, item.updated
        entry = Entry(
            place=item.place,
            title=html.escape(item.title, quote=False),
            body=Markup(body, Format.HTML),
            teaser=Markup(teaser, Format.HTML) if teaser else None,
            address=address,
            id=self._id(item, address),
            date=date or updated,
            updated=updated if date and updated != date else None,
            tags=item.tags,
            authors=item.authors or self._channel.authors,
            language=item.language or self._channel.language or None,
            image=placed(item.image, self._base),
            series=self._channel.title if self._channel.is_podcast else "",
            status=self._status(item, address),
            extra={"audio": item.audio} if item.audio else {},
        )
        entry, notes = with_named_fields(entry, item.fields, self._options)
        return [*_date_notes(item), *notes, *titled(entry)]

    def texts(self, item: Item) -> tuple[str, str]:
        """Return body and teaser as HTML; without a body if the item has only a summary."""
        content = self._without_source(item, item.content)
        description = self._without_source(item, item.description)
        if content and not texts.is_cut(content):
            return content, _teaser(content, description, item.summary)
        are_whole = self._survey.are_descriptions_whole or self._channel.is_podcast
        if description and (is_whole(description) or (are_whole and not texts.is_cut(description))):
            return description, _teaser(description, item.summary)
        longest = max(content, description, key=texts.visible_length) or item.summary
        if is_whole(longest):
            return longest, ""
        return "", texts.without_more_link(longest)

    def _without_source(self, item: Item, text: str) -> str:
        return texts.without_source_line(text, item.link, item.title)

    def _not_a_post(self, item: Item) -> str:
        return "comment" if re.search(r"#comment-\w+$", item.link) else item.not_a_post

    def _id(self, item: Item, address: str) -> str:
        is_own = item.link and link_key(item.link) not in self._survey.shared_links
        if is_own:
            return id_with_query(address)
        return bounded_id(item.guid) if item.guid else hashed_id(item.title, item.date or "")

    def _status(self, item: Item, address: str) -> Status:
        if item.is_draft:
            return Status.DRAFT
        is_undated = self._survey.are_dated and item.date is None and item.updated is None and not _has_wrong_date(item)
        return Status.PAGE if is_undated or is_page_name(address) else Status.PUBLISHED


def _teaser(body: str, *candidates: str) -> str:
    """Return the first summary that is neither cut nor the body again."""
    return next((text for text in candidates if text and not texts.is_cut(text) and not _is_body(text, body)), "")


def _is_body(summary: str, body: str) -> bool:
    """Whether a summary begins like the body, and is about as long."""
    is_as_long = texts.visible_length(summary) >= texts.visible_length(body) * _LEAST_TEASER_SHARE
    return is_as_long and texts.beginning(summary) == texts.beginning(body)


def _date_notes(item: Item) -> list[Note]:
    if item.date is not None or not _has_wrong_date(item):
        return []
    wrong = next(text for text in item.dates if not _is_zero(text))
    return [Note(item.place, Severity.WARNING, "impossible date", f"{wrong[:60]!r} is no date that can be read")]


def _has_wrong_date(item: Item) -> bool:
    """Whether an item has a date that cannot be read, other than the zero dates that stand for none."""
    return item.date is None and any(not _is_zero(text) for text in item.dates)


def _is_zero(text: str) -> bool:
    """Whether a date is the zero of a program: year 0 or 1, as Hugo writes for pages without a date."""
    return re.search(r"\b000[01]\b", text) is not None


def same_twice(place: Place, first: Place) -> Note:
    """Tell of an entry that was there before."""
    return Note(place, Severity.LEFT_OUT, "same entry twice", f"the first is at {first}")


def teasers_only(path: str, count: int, total: int) -> Note:
    """Tell that a feed does not hold whole posts."""
    detail = (
        f"{count:,} of {total:,} entries have a summary at most; let the site put whole posts into its feed, "
        "or read its files or pages instead"
    )
    return Note(Place(path), Severity.WARNING, "teasers only", detail)
