"""Which posts would be pinned and hidden? What is ticked in the playground in; what to try, and what to write out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semsearch.errors import PostNotFound
from semsearch.index import Filter
from semsearch.search import Searcher
from semsearch.search.curation import Curated, Curation, entry
from semsearch.search.requests import MAX_VALUES, texts_of


@dataclass(frozen=True, slots=True)
class Pins:
    """What is pinned and hidden for one question, as it would be."""

    q: str
    curated: Curated
    """Without what is hidden for every question."""
    curation: Curation
    """All that would hold."""
    titles: dict[str, str]
    """Of those of the posts that are there for who asks, by id."""

    @property
    def yaml(self) -> str:
        """What to write into the file; empty where there is nothing to write."""
        return f"queries:\n{entry(self.q, self.curated)}" if self.curated != Curated() else ""


def pins_of(searcher: Searcher, within: Filter, q: str, ticked: tuple[Sequence[str], Sequence[str]] | None) -> Pins:
    """``ticked``: ids that are to be pinned and hidden; None where the file still holds. Of both, hidden counts."""
    current = searcher.current_curation()
    own = current.own(q)
    pin, hide = (own.pinned, sorted(own.hidden)) if ticked is None else ticked
    wanted = [one for one in dict.fromkeys((*texts_of("pin", pin), *texts_of("hide", hide))) if one][:MAX_VALUES]
    titles = {}
    for post_id in wanted:
        try:
            titles[post_id] = searcher.post_within(post_id, within).title
        except PostNotFound:
            continue  # written down for another time, or of somebody else
    hidden = frozenset(titles).intersection(texts_of("hide", hide))
    pinned = tuple(one for one in titles if one in texts_of("pin", pin) and one not in hidden | current.hidden)
    curated = Curated(pinned, hidden)
    return Pins(q, curated, current.having(q, own if ticked is None else curated), titles)
