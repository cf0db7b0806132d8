"""The pins of the playground: the curation that the ticked posts make for a query, to try it and to copy it as YAML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semsearch.errors import PostNotFound
from semsearch.index import Filter
from semsearch.index.filters import MAX_VALUES
from semsearch.plain_values import texts_of
from semsearch.search import Searcher
from semsearch.search.curation import NO_CURATION, Curation, QueryCuration, yaml_entry


@dataclass(frozen=True, slots=True)
class Pins:
    """The posts that the playground pins and hides for a query, and the other rules that it tries."""

    q: str
    curated: QueryCuration
    """The pinned and hidden posts of this query alone, without those hidden for all queries."""
    curation: Curation
    """The whole curation, with ``curated`` in the place of the entry for this query."""
    titles: dict[str, str]
    """Titles by id, of the posts that the API key may see."""

    @property
    def yaml(self) -> str:
        """The entry for the curation file; empty if nothing is pinned or hidden."""
        return f"queries:\n{yaml_entry(self.q, self.curated)}" if self.curated != QueryCuration() else ""


def pins_of(
    searcher: Searcher,
    within: Filter,
    q: str,
    ticked: tuple[Sequence[str], Sequence[str]] | None,
    rules: Curation = NO_CURATION,
) -> Pins:
    """Build the pins for a query.

    ``within``: the posts that the API key may see. ``ticked``: ids to pin and ids to hide; None to start from the
    curation file. A post that is ticked as both is hidden. ``rules``: what is tried in addition to the file.
    """
    current = searcher.current_curation().extended(rules)
    own = current.for_query_only(q)
    pin, hide = (own.pinned, sorted(own.hidden)) if ticked is None else ticked
    pin_ids, hide_ids = texts_of("pin", pin), texts_of("hide", hide)
    post_ids = [post_id for post_id in dict.fromkeys((*pin_ids, *hide_ids)) if post_id][:MAX_VALUES]
    titles = {}
    for post_id in post_ids:
        try:
            titles[post_id] = searcher.visible_post(post_id, within).title
        except PostNotFound:
            continue  # not in this version of the index, or not visible to this key
    hidden = frozenset(titles).intersection(hide_ids)
    pinned = tuple(post_id for post_id in titles if post_id in pin_ids and post_id not in hidden | current.hidden)
    curated = QueryCuration(pinned, hidden, {pin: own.periods[pin] for pin in pinned if pin in own.periods})
    return Pins(q, curated, current.with_query(q, own if ticked is None else curated), titles)
