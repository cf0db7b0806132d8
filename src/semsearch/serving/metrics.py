"""Prometheus metrics of the service: counters and histograms, and gauges that are read at scrape time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from semsearch.search import SearchResult
from semsearch.serving.live_index import LiveIndex
from semsearch.serving.timing import STAGES, Timing

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names a folder in which each worker process counts in files of its own; prometheus_client reads it when imported."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_STAGE_SECONDS = (0.0001, 0.00025, 0.0005, *_SECONDS)
_BATCH_SIZES = (1, 2, 4, 8, 12, 16)
_TENTHS = tuple(tenth / 10 for tenth in range(1, 11))


class Metrics:
    """The metrics of one service. Thread-safe.

    Children of labelled metrics are looked up once and kept: the lookup costs more than counting.
    """

    def __init__(self, gauges: Collector | None = None) -> None:
        """``gauges`` is collected at each scrape.

        With several worker processes, a scrape sums the counts of all, dead ones included; ``gauges`` is per worker.
        """
        self.registry = CollectorRegistry()
        count_registry: CollectorRegistry | None = self.registry
        if os.environ.get(MULTIPROCESS_VARIABLE):
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
            count_registry = None  # else the counts of this worker would appear twice
        if gauges is not None:
            self.registry.register(gauges)

        def counter(name: str, documentation: str, *labels: str) -> Counter:
            return Counter(name, documentation, labels, registry=count_registry)

        def histogram(name: str, documentation: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, documentation, labels, buckets=buckets, registry=count_registry)

        self._requests = counter("semsearch_requests", "Requests completed.", "route", "method", "status")
        self._seconds = histogram(
            "semsearch_request_seconds", "Seconds from the request to the end of its response.", _SECONDS, "route"
        )
        self._refused = counter("semsearch_refused", "Requests and connections refused or aborted.", "reason")
        stages = histogram("semsearch_stage_seconds", "Seconds per stage of a search.", _STAGE_SECONDS, "stage")
        self._stages = {stage: stages.labels(stage) for stage in STAGES}
        self._batches = histogram("semsearch_batch_questions", "Queries per batch of the encoder.", _BATCH_SIZES)
        responses = counter("semsearch_kept_answers", "Lookups in the response cache.", "result")
        vectors = counter("semsearch_kept_vectors", "Lookups in the cache of query vectors.", "result")
        self._response_lookups = {True: responses.labels("hit"), False: responses.labels("miss")}
        self._vector_lookups = {True: vectors.labels("hit"), False: vectors.labels("miss")}
        self._confidence = histogram(
            "semsearch_best_confidence", "Highest confidence of a hit, per first page that was computed.", _TENTHS
        )
        self._unanswered = counter(
            "semsearch_searches_without_answer", "First pages that were computed and have no confident hit."
        )
        self._request_metrics: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a completed request. ``route`` is the pattern, never the path: the number of paths is unbounded."""
        metrics = self._request_metrics.get((route, method, status))
        if metrics is None:
            metrics = self._requests.labels(route, method, str(status)), self._seconds.labels(route)
            self._request_metrics[route, method, status] = metrics
        metrics[0].inc()
        metrics[1].observe(seconds)

    def count_refusal(self, reason: str) -> None:
        """Count a request or connection that was refused or aborted. ``reason`` is one of a few codes."""
        self._refused.labels(reason).inc()

    def observe_stages(self, timing: Timing) -> None:
        """Record the stages of a search, which may have been aborted."""
        for stage, seconds in timing.stages():
            self._stages[stage].observe(seconds)

    def observe_batch(self, size: int) -> None:
        """Record a batch of queries."""
        self._batches.observe(size)

    def count_response_lookup(self, *, hit: bool) -> None:
        """Count a lookup in the response cache."""
        self._response_lookups[hit].inc()

    def count_vector_lookup(self, *, hit: bool) -> None:
        """Count a lookup in the cache of query vectors."""
        self._vector_lookups[hit].inc()

    def observe_result(self, result: SearchResult) -> None:
        """Record the confidence of a computed result. Only first pages count: others lack the best hit."""
        if result.offset:
            return
        self._confidence.observe(max((hit.confidence for hit in result.hits), default=0.0))
        if not result.answerable:
            self._unanswered.inc()


class EditedFile(Protocol):
    """A configuration file that is edited while the service runs."""

    @property
    def problem(self) -> str | None:
        """Why its present content is not used; None if it is."""


class GaugeCollector(Collector):
    """Gauges, read at scrape time."""

    def __init__(
        self, live_index: LiveIndex, edited_files: Mapping[str, EditedFile], in_flight: Callable[[], int]
    ) -> None:
        """``edited_files``: by the value of the label ``file``."""
        self._live_index, self._edited_files, self._in_flight = live_index, edited_files, in_flight

    def collect(self) -> Iterator[GaugeMetricFamily]:
        snapshot = self._live_index.searcher.snapshot
        version = GaugeMetricFamily("semsearch_index", "The version being served; always 1.", labels=("version",))
        version.add_metric([snapshot.version], 1)
        yield version
        yield GaugeMetricFamily("semsearch_index_posts", "Posts in the version being served.", value=len(snapshot))
        is_refused = int(self._live_index.problem is not None)
        yield GaugeMetricFamily("semsearch_index_refused", "1 if the current version is refused.", value=is_refused)
        refused_files = GaugeMetricFamily(
            "semsearch_file_refused",
            "1 if a configuration file is invalid and its previous content is used.",
            labels=("file",),
        )
        for name, file in self._edited_files.items():
            refused_files.add_metric([name], int(file.problem is not None))
        yield refused_files
        yield GaugeMetricFamily("semsearch_requests_under_way", "Requests in flight.", value=self._in_flight())
