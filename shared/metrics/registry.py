"""The registry of a process: technical series, and the business figures as last computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder, generate_latest

from shared.metrics import series as metrics
from shared.metrics.series import Figures, Series

ExpositionFormat = Literal["plain", "open"]
"""Prometheus's text format 0.0.4, or OpenMetrics 1.0."""


_open_text, _OPEN_TYPE = choose_encoder("application/openmetrics-text; version=1.0.0")


MEDIA_TYPES: Mapping[ExpositionFormat, str] = {
    "plain": CONTENT_TYPE_PLAIN_0_0_4,
    "open": _OPEN_TYPE,
}


_END: Final = b"# EOF\n"


class Metrics:
    """The series of one process; ``wall`` is the wall clock, in the demonstration too.

    Whoever asks for a series again gets the same: several loops of a process count into one.
    """

    def __init__(self, wall: Callable[[], datetime]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # no second series beside each counter
        self.wall = wall
        self.registry = CollectorRegistry()
        self._figures: Mapping[ExpositionFormat, bytes] = {"plain": b"", "open": b""}
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        ProcessCollector(registry=self.registry)
        self.gauge(metrics.CLOCK).set_function(lambda: wall().timestamp())

    def counter(self, of: Series) -> Counter:
        if of.name not in self._counters:
            counter = Counter(of.name, of.meaning, of.labels, registry=self.registry)
            self._counters[of.name] = counter
        return self._counters[of.name]

    def counted(self, of: Series, *labels: str) -> float:
        """What a counter has come to; 0 where nothing was counted yet."""
        wanted = dict(zip(of.labels, labels, strict=True))
        for family in self.counter(of).collect():
            for sample in family.samples:
                if (sample.name, sample.labels) == (of.name, wanted):
                    return sample.value
        return 0.0

    def gauge(self, of: Series) -> Gauge:
        if of.name not in self._gauges:
            gauge = Gauge(of.name, of.meaning, of.labels, registry=self.registry)
            self._gauges[of.name] = gauge
        return self._gauges[of.name]

    def histogram(self, of: Series, *, buckets: tuple[float, ...]) -> Histogram:
        if of.name not in self._histograms:
            histogram = Histogram(
                of.name, of.meaning, of.labels, registry=self.registry, buckets=buckets
            )
            self._histograms[of.name] = histogram
        return self._histograms[of.name]

    def show(self, figures: Figures) -> None:
        """Replace the business figures; thousands of them take tens of milliseconds."""
        once = CollectorRegistry()
        once.register(_Collected(figures))
        self._figures = {
            "plain": generate_latest(once),
            "open": _open_text(once).removesuffix(_END),
        }

    def exposition(self, form: ExpositionFormat) -> bytes:
        """All series, as the response to a scrape."""
        match form:
            case "plain":
                return generate_latest(self.registry) + self._figures[form]
            case "open":
                technical = _open_text(self.registry).removesuffix(_END)
                return technical + self._figures[form] + _END


class _Collected:
    """A collector of business figures."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for series, values in self._figures.items():
            family = GaugeMetricFamily(series.name, series.meaning, labels=series.labels)
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family
