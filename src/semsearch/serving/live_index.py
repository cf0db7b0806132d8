"""Which version answers? The newest that opens whole; the next one takes over between two requests."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from semsearch.encoding import Encoder, open_encoder_for, open_exported
from semsearch.errors import IndexFolderError, SemsearchError
from semsearch.index import IndexFolder, Snapshot
from semsearch.index.vectors import search_on_one_thread
from semsearch.search import Searcher
from semsearch.search.curation import CurationFile
from semsearch.search.second_stage import SecondStage
from semsearch.serving.batching import warm
from semsearch.serving.memory import give_back

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""Until a version is tried again that failed for what may pass: opening one reads all of it."""


class Serving:
    """Holds the searcher that answers requests. A request takes :attr:`searcher` once and keeps it to its end."""

    def __init__(
        self,
        index: Path,
        cache: Path | None = None,
        *,
        curation: CurationFile | None = None,
        second_stage: SecondStage | None = None,
    ) -> None:
        """Opens the version in use or, where that is damaged, the newest older one that is whole.

        ``curation`` and ``second_stage`` go on from version to version. Raises
        IndexNotFound, the version's own error where none is whole, or ModelError.
        """
        search_on_one_thread()
        self._folder = IndexFolder(index)
        self._curation, self._second_stage = curation, second_stage
        self._cache = cache or self._folder.cache
        with ThreadPoolExecutor(1) as pool:
            encoder = pool.submit(self._exported)  # meanwhile: a start takes a seventh less time
            snapshot = self._folder.open_newest_valid()
            self.searcher = self._open(snapshot, encoder.result())
        self._refused: str | None = None
        self._again = math.inf
        self._took_over = False
        """Whether a version did since the last look: by the next one, nobody needs the one before."""
        self.problem: str | None = None
        """Why the version in use is not the one that answers; None where it is."""
        self.refresh()

    def warm(self) -> None:
        """Makes ready what the first requests would have to wait for: those that come meanwhile are answered, too."""
        warm(self.searcher.encoder)
        self.searcher.related_finder.warm()
        give_back()

    def refresh(self) -> None:
        """Reads what an editor pins and hides, if that changed; opens and warms a version that was put into use since,
        and only then lets it answer.

        A version that fails its checks is refused for good, and the one before goes on; what may pass is tried again.
        """
        try:
            if self._curation is not None:
                self._curation.current()
            if self._took_over:
                give_back()
                self._took_over = False
            name = self._folder.current()
            if name == self._refused and time.monotonic() < self._again:
                return
            if name != self.searcher.snapshot.version:
                self._refused, self._again = name, math.inf
                searcher = self._open(self._folder.open(name), self.searcher.encoder)
                searcher.related_finder.warm()
                self.searcher, self._took_over = searcher, True
                log.info("version %s answers now", name)
            self._refused = self.problem = None
        except IndexFolderError as error:
            self._report(str(error))
        except Exception as error:  # noqa: BLE001  (no model, no room, too many open files: it may pass)
            self._again = time.monotonic() + RETRY_SECONDS
            self._report(str(error) if isinstance(error, SemsearchError) else f"{type(error).__name__}: {error}")

    def _exported(self) -> Encoder | None:
        """The model of the version in use, ready, where it was exported before; None where something is in the way,
        which whoever opens the version meets again."""
        try:
            encoder = open_exported(self._folder.manifest().model, cache=self._cache)
            if encoder is not None:
                encoder.encode_queries(["warm up"])
        except Exception:  # noqa: BLE001
            return None
        return encoder

    def _report(self, problem: str) -> None:
        """Logs a problem when it comes up, not each time that it is still there."""
        if problem != self.problem:
            log.error("version %s goes on: %s", self.searcher.snapshot.version, problem)
        self.problem = problem

    def _open(self, snapshot: Snapshot, encoder: Encoder | None = None) -> Searcher:
        """``encoder``: the one in use, which goes on where the model is the same."""
        model = snapshot.manifest.model
        if encoder is None:
            encoder = open_encoder_for(model, cache=self._cache)
        elif encoder.card.fingerprint != model.fingerprint:
            encoder = open_encoder_for(model, cache=self._cache)
            warm(encoder)
        searcher = Searcher(snapshot, encoder, self._curation, self._second_stage)
        searcher.search("warm up", limit=1)  # the first question of a process pays for what is loaded on first use
        return searcher


async def watch(looks: Sequence[Callable[[], None]], seconds: float) -> None:
    """Looks every so often for what changed, until cancelled. The event loop is never held up."""
    while True:
        await asyncio.sleep(seconds)
        for look in looks:
            await asyncio.to_thread(look)
