"""What is counted? Requests, what became of them and how long each stage took; and what is so at this moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from semsearch.search import SearchResult
from semsearch.serving.live_index import Serving
from semsearch.serving.timing import STAGES, Timing

SEVERAL = "PROMETHEUS_MULTIPROC_DIR"
"""Names a folder where all workers count, each in files of its own; prometheus_client reads it when it is loaded."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_STAGE_SECONDS = (0.0001, 0.00025, 0.0005, *_SECONDS)
_BATCHES = (1, 2, 4, 8, 12, 16)
_TENTHS = tuple(tenth / 10 for tenth in range(1, 11))


class Metrics:
    """The measures of one service. May be written to from many threads.

    What has labels is looked up once and kept: looking it up costs more than counting.
    """

    def __init__(self, now: Collector | None = None) -> None:
        """``now`` is asked at each scrape. Where several workers count, a scrape adds up what all have counted, the
        dead too, and ``now`` is what the one that was asked says."""
        self.registry = CollectorRegistry()
        counted: CollectorRegistry | None = self.registry
        if os.environ.get(SEVERAL):
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
            counted = None  # else the counts of this worker would be there a second time
        if now is not None:
            self.registry.register(now)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, registry=counted)

        def histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, what, labels, buckets=buckets, registry=counted)

        self._requests = counter("semsearch_requests", "Requests answered.", "route", "method", "status")
        self._seconds = histogram(
            "semsearch_request_seconds", "Seconds from the request to the last byte of the answer.", _SECONDS, "route"
        )
        self._refused = counter("semsearch_refused", "Requests and connections refused or given up.", "reason")
        stages = histogram("semsearch_stage_seconds", "Seconds of a stage of a search.", _STAGE_SECONDS, "stage")
        self._stages = {stage: stages.labels(stage) for stage in STAGES}
        self._batches = histogram("semsearch_batch_questions", "Questions that the model read at once.", _BATCHES)
        answers = counter("semsearch_kept_answers", "Answers looked for among those kept.", "result")
        vectors = counter("semsearch_kept_vectors", "Vectors of questions looked for among those kept.", "result")
        self._answers = {True: answers.labels("hit"), False: answers.labels("miss")}
        self._vectors = {True: vectors.labels("hit"), False: vectors.labels("miss")}
        self._confidence = histogram(
            "semsearch_best_confidence", "Confidence of the best hit, of first pages that were computed.", _TENTHS
        )
        self._unanswered = counter(
            "semsearch_searches_without_answer", "First pages that were computed, with no hit sure enough."
        )
        self._of_request: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """``route`` is the pattern, never the path: paths are without number."""
        measures = self._of_request.get((route, method, status))
        if measures is None:
            measures = self._requests.labels(route, method, str(status)), self._seconds.labels(route)
            self._of_request[route, method, status] = measures
        measures[0].inc()
        measures[1].observe(seconds)

    def refused(self, reason: str) -> None:
        """A request was not answered, for one of a few reasons."""
        self._refused.labels(reason).inc()

    def worked(self, timing: Timing) -> None:
        """A search was done, or as much of it as was wanted."""
        for stage, seconds in timing.stages():
            self._stages[stage].observe(seconds)

    def batch(self, questions: int) -> None:
        """The model read that many at once."""
        self._batches.observe(questions)

    def answer(self, *, kept: bool) -> None:
        """An answer was looked for among those kept."""
        self._answers[kept].inc()

    def vector(self, *, kept: bool) -> None:
        """The vector of a question was looked for among those kept."""
        self._vectors[kept].inc()

    def found(self, result: SearchResult) -> None:
        """A search was computed. Further pages tell nothing of the best hit, and are left out."""
        if result.offset:
            return
        self._confidence.observe(max((hit.confidence for hit in result.hits), default=0.0))
        if not result.answerable:
            self._unanswered.inc()


class EditedFile(Protocol):
    """A file that people edit while the service runs."""

    @property
    def problem(self) -> str | None:
        """Why its present content is not used; None where it is."""


class Now(Collector):
    """What is so at this moment: asked at each scrape, so that it is never out of date."""

    def __init__(self, serving: Serving, edited: Mapping[str, EditedFile], under_way: Callable[[], int]) -> None:
        self._serving, self._edited, self._under_way = serving, edited, under_way

    def collect(self) -> Iterator[GaugeMetricFamily]:
        snapshot = self._serving.searcher.snapshot
        version = GaugeMetricFamily("semsearch_index", "The version that answers; always 1.", labels=("version",))
        version.add_metric([snapshot.version], 1)
        yield version
        yield GaugeMetricFamily("semsearch_index_posts", "Posts in the version that answers.", value=len(snapshot))
        refused = int(self._serving.problem is not None)
        yield GaugeMetricFamily("semsearch_index_refused", "1 where a newer version was refused.", value=refused)
        wrong = GaugeMetricFamily(
            "semsearch_file_refused",
            "1 where what people wrote into a file is wrong, and what it said before holds.",
            labels=("file",),
        )
        for name, file in self._edited.items():
            wrong.add_metric([name], int(file.problem is not None))
        yield wrong
        yield GaugeMetricFamily("semsearch_requests_under_way", "Requests being worked on.", value=self._under_way())
