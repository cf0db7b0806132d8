"""Which posts may a client see? A post outside its filter is treated like one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from semsearch.errors import PostNotFound
from semsearch.index import Filter, Snapshot


class VisiblePosts:
    """The posts of a snapshot that pass a visibility filter."""

    def __init__(self, snapshot: Snapshot, visibility: Filter) -> None:
        self._documents, self._mask = snapshot.documents, snapshot.attributes.mask(visibility)

    def ordinal(self, post_id: str) -> int:
        """The ordinal of a post. Raises PostNotFound, the same for an invisible post and an unknown id."""
        found = self.ordinals([post_id])
        if not found:
            raise PostNotFound(post_id)
        return found[0]

    def ordinals(self, post_ids: Iterable[str]) -> list[int]:
        """The ordinals of the ids that are known and visible, in the order given."""
        found = (self._documents.ordinal(post_id) for post_id in post_ids)
        return [ordinal for ordinal in found if ordinal is not None and (self._mask is None or self._mask[ordinal])]

    def only(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ordinals that are visible, in the order given."""
        return ordinals if self._mask is None else ordinals[self._mask[ordinals]]


def known_ordinals(snapshot: Snapshot, post_ids: Iterable[str]) -> list[int]:
    """The ordinals of the ids that the index holds, in the order given."""
    found = (snapshot.documents.ordinal(post_id) for post_id in post_ids)
    return [ordinal for ordinal in found if ordinal is not None]
