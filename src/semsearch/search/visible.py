"""Which posts are there for who asks? Ids in, ordinals out; a post outside of the filter is one that is not there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from semsearch.errors import PostNotFound
from semsearch.index import Filter, Snapshot


class Visible:
    """The posts of one snapshot that there are for who may see what a filter lets pass."""

    def __init__(self, snapshot: Snapshot, within: Filter) -> None:
        self._documents, self._mask = snapshot.documents, snapshot.attributes.mask(within)

    def ordinal(self, post_id: str) -> int:
        """Raises PostNotFound, which does not tell a post that is hidden from one that is not there."""
        found = self.ordinals([post_id])
        if not found:
            raise PostNotFound(post_id)
        return found[0]

    def ordinals(self, post_ids: Iterable[str]) -> list[int]:
        """Those of the ids that are there."""
        found = (self._documents.ordinal(post_id) for post_id in post_ids)
        return [ordinal for ordinal in found if ordinal is not None and (self._mask is None or self._mask[ordinal])]

    def of(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some posts that are there."""
        return ordinals if self._mask is None else ordinals[self._mask[ordinals]]
