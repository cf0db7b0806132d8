"""Whether a corpus is measured again, or the measures of the version before still hold because few posts changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Calibration, Scales, Snapshot
from semsearch.model_card import ModelCard
from semsearch.rebuilding.texts import TEMPLATE
from semsearch.rebuilding.unchanged import library_releases
from semsearch.relating.site import positions

MAX_CHANGED_SHARE = 0.1
"""Share of posts that may have changed since the corpus was measured. Medians of a sample hardly move up to it."""


@dataclass(frozen=True, slots=True)
class ReusedMeasures:
    """The measures of the version before, for the next version: calibration, scales and compression of vectors."""

    before: Snapshot
    changed: int
    """Posts that were added, removed or changed since the measures were taken, over all versions since."""

    @classmethod
    def plan(
        cls, ids: Sequence[str], digests: NDArray[np.uint64], model: ModelCard, before: Snapshot
    ) -> ReusedMeasures | None:
        """Return the measures to reuse. ``ids`` and ``digests``: of the posts of the next version, in order.

        None if they are to be taken anew: more than ``MAX_CHANGED_SHARE`` of the posts changed since they were taken,
        or they were taken by another model, template or release of a library. Every change counts: a post that changed
        in three versions counts three times.
        """
        manifest = before.manifest
        if (manifest.model, manifest.template, dict(manifest.libraries)) != (model, TEMPLATE, library_releases()):
            return None
        places = positions(before.documents.ids(), ids)
        in_both = np.flatnonzero(places >= 0)
        same = int(np.count_nonzero(digests[in_both] == before.attributes.digest[places[in_both]]))
        gone = len(before) - len(in_both)
        changed = manifest.changed_since_measured + len(ids) - same + gone
        return cls(before, changed) if changed <= MAX_CHANGED_SHARE * len(ids) else None

    @property
    def calibration(self) -> Calibration:
        return self.before.manifest.calibration

    @property
    def scales(self) -> Scales:
        """The scales, for related lists that are all computed anew."""
        return replace(self.before.manifest.scales, changed=0)
