"""Serves the newest valid version of an index, and switches to new versions between two requests."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from semsearch.encoding import Encoder, TrustedExports, open_encoder_for, open_exported
from semsearch.errors import DamagedVersion, IndexFolderError, IndexNotReadable, SemsearchError
from semsearch.index import IndexFolder, Snapshot
from semsearch.index.faiss_vectors import search_on_one_thread
from semsearch.index.storage.files import NO_FILES
from semsearch.search import Searcher
from semsearch.search.curation import CurationFile
from semsearch.search.preferred_language import preferred_language
from semsearch.search.second_stage import SecondStage
from semsearch.serving.batching import warm
from semsearch.serving.memory import release_free_memory
from semsearch.serving.panics import as_exception
from semsearch.system_errors import explain

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""Between two attempts to open a version after a failure that may be temporary: opening one reads all of it."""


class LiveIndex:
    """Holds the searcher of the version being served. A request takes :attr:`searcher` once and keeps it to its end."""

    def __init__(
        self,
        index: Path,
        cache: Path | None = None,
        *,
        curation: CurationFile | None = None,
        second_stage: SecondStage | None = None,
    ) -> None:
        """Open the current version or, if it is damaged, the newest older one that is valid.

        ``curation`` and ``second_stage`` are passed to the searcher of each version. Raises IndexNotFound, the error of
        the current version if none is valid, or ModelError.
        """
        search_on_one_thread()
        self._folder = IndexFolder(index)
        self._curation, self._second_stage = curation, second_stage
        self._cache = cache or self._folder.cache
        self._trusted = TrustedExports(self._folder.trusted_exports)
        with ThreadPoolExecutor(1) as pool:
            encoder = pool.submit(self._open_exported_encoder)  # in parallel: the start takes a seventh less time
            snapshot = self._folder.open_newest_valid()
            self.searcher = self._open(snapshot, encoder.result())
        self._refused_version: str | None = None
        self._retry_at = math.inf
        self._refused_stamp = self._seen_stamp = NO_FILES
        """The files of the refused version when it was refused, and at the last refresh."""
        self._checked_stamp = NO_FILES
        """The files of the version being served when they were last checked because they had changed."""
        self._has_switched = False
        """True from a switch to the next refresh, by which time no request uses the previous version."""
        self.problem: str | None = None
        """Why the current version is not the one being served; None if it is."""
        self.refresh()

    def warm(self) -> None:
        """Prepare what the first requests would otherwise wait for. Requests are served meanwhile.

        A failure is logged: the first requests then do this work.
        """
        warm(self.searcher.encoder)
        try:
            self.searcher.related_finder.warm()
            preferred_language(self.searcher.snapshot, "", None)  # loads what detects languages, if needed
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic, too
            log.exception("warming up related posts and languages failed; the first requests will be slower")
        release_free_memory()

    def refresh(self) -> None:
        """Read the curation file if it changed; open, warm up and switch to the current version if it changed.

        A version that fails its checks is refused until its files change, and the previous one stays in service. After
        any other error, such as a lack of permission or too many open files, the version is tried again later. If files
        of the version being served were changed in place and are damaged now, the newest intact older version is
        served. :attr:`problem` has the reason.
        """
        try:
            if self._curation is not None:
                self._curation.refresh()
            if self._has_switched:
                release_free_memory()
                self._has_switched = False
            name = self._folder.current()
            if name == self._refused_version and time.monotonic() < self._retry_at and not self._is_mended(name):
                self._check_served()
                return
            if name != self.searcher.snapshot.version:
                self._refuse(name)
                self._switch(self._folder.open(name))
            self._check_served()
            self._refused_version = self.problem = None
        except IndexFolderError as error:
            if isinstance(error, IndexNotReadable):  # somebody may give permission, or memory may become free
                self._retry_at = time.monotonic() + RETRY_SECONDS
            self._report(str(error))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  (no memory, too many open files, a panic: may be temporary)
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._report(_reason(error))

    def _refuse(self, version: str) -> None:
        """Let a version be opened only after its files have changed, or after ``_retry_at``."""
        self._refused_version, self._retry_at = version, math.inf
        self._refused_stamp = self._seen_stamp = self._folder.stamp(version)

    def _is_mended(self, refused: str) -> bool:
        """Return whether the files of the refused version have changed, and no longer do."""
        before, self._seen_stamp = self._seen_stamp, self._folder.stamp(refused)
        return before == self._seen_stamp != self._refused_stamp

    def _switch(self, snapshot: Snapshot) -> None:
        searcher = self._open(snapshot, self.searcher.encoder)
        searcher.related_finder.warm()
        self.searcher, self._has_switched = searcher, True
        log.info("now serving version %s", snapshot.version)

    def _check_served(self) -> None:
        """If files of the version being served have changed, check them.

        If they are damaged, switches to the newest intact version if there is one, and raises DamagedVersion.
        """
        snapshot = self.searcher.snapshot
        stamp = self._folder.stamp(snapshot.version)
        if stamp in (snapshot.stamp, self._checked_stamp, NO_FILES):  # the last: it is old, and was removed
            return
        try:
            self._folder.check(snapshot.manifest)
        except DamagedVersion:
            self._checked_stamp = stamp
            if snapshot.version == self._folder.current():
                self._refuse(snapshot.version)
            self._switch(self._folder.open_newest_valid())
            raise
        self._checked_stamp = stamp

    def _open_exported_encoder(self) -> Encoder | None:
        """The warmed-up encoder of the current version, if its model is exported; None if that fails, since opening
        the version meets the same error and reports it."""
        try:
            encoder = open_exported(self._folder.manifest().model, cache=self._cache, trusted=self._trusted)
            if encoder is not None:
                encoder.encode_queries(["warm up"])
        except BaseException:  # noqa: BLE001  (a panic, too)
            return None
        return encoder

    def _report(self, problem: str) -> None:
        """Log a problem when it occurs, not at each refresh while it persists."""
        if problem != self.problem:
            log.error("still serving version %s: %s", self.searcher.snapshot.version, problem)
        self.problem = problem

    def _open(self, snapshot: Snapshot, encoder: Encoder | None = None) -> Searcher:
        """A searcher that is warmed up. ``encoder``: the one in use, which is kept if the model is the same."""
        model = snapshot.manifest.model
        if encoder is None:
            encoder = open_encoder_for(model, cache=self._cache, trusted=self._trusted)
        elif encoder.card.fingerprint != model.fingerprint:
            encoder = open_encoder_for(model, cache=self._cache, trusted=self._trusted)
            warm(encoder)
        searcher = Searcher(snapshot, encoder, self._curation, self._second_stage)
        searcher.search("warm up", limit=1)  # the first query of a process loads what is loaded on first use
        return searcher


async def watch(checks: Sequence[Callable[[], None]], seconds: float) -> None:
    """Call each check on another thread every ``seconds``, until cancelled.

    What a check raises is logged, once until it succeeds or fails otherwise; the other checks are called all the same.
    """
    failures: dict[Callable[[], None], str] = {}
    while True:
        await asyncio.sleep(seconds)
        for check in checks:
            try:
                error = await asyncio.to_thread(_error_of, check)
            except Exception as no_thread:  # noqa: BLE001  (none could be started, which may be temporary)
                error = no_thread
            if error is None:
                failures.pop(check, None)
            elif failures.get(check) != (reason := repr(error)):
                failures[check] = reason
                log.error("checking for changes failed; it is repeated every %g s", seconds, exc_info=error)


def _reason(error: BaseException) -> str:
    if isinstance(error, (OSError, MemoryError)):
        return explain(error)
    return str(error) if isinstance(error, SemsearchError) else f"{type(error).__name__}: {error}"


def _error_of(check: Callable[[], None]) -> Exception | None:
    """What a check raises, a panic included; None if it succeeds."""
    try:
        check()
    except BaseException as error:  # noqa: BLE001
        return as_exception(error)
    return None
