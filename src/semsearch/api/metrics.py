"""What is counted? Requests by route and status, their duration, and the version that answers."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from semsearch.api.serving import Serving

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The measures of one app, in a registry of its own."""

    def __init__(self, serving: Serving) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Version(serving))
        self._requests = Counter(
            "semsearch_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "semsearch_request_seconds",
            "Seconds from the request to the last byte of the answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """``route`` is the pattern, never the path: paths are without number."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class _Version(Collector):
    """Asked at each scrape, so that it is never out of date."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def collect(self) -> Iterator[GaugeMetricFamily]:
        snapshot = self._serving.searcher.snapshot
        version = GaugeMetricFamily("semsearch_index", "The version that answers; always 1.", labels=("version",))
        version.add_metric([snapshot.version], 1)
        yield version
        yield GaugeMetricFamily("semsearch_index_posts", "Posts in the version that answers.", value=len(snapshot))
        refused = int(self._serving.problem is not None)
        yield GaugeMetricFamily("semsearch_index_refused", "1 where a newer version was refused.", value=refused)
