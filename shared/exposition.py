"""The metrics of a process: a registry of its own, and the route from which Prometheus reads them.

A scrape computes nothing: the business figures are kept as text, written when they change by the task that reads them from the
database. They tell of every unit, so a token that is limited to some units may not read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Header, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import (
    CONTENT_TYPE_PLAIN_0_0_4,
    choose_encoder,
    generate_latest,
)

from shared import metrics
from shared.catalogue import Catalogue
from shared.credentials import Principal
from shared.http import principal
from shared.metrics import Figures, Series
from shared.openapi import Responses
from shared.problems import ProblemError
from shared.texts import Text

Form = Literal["plain", "open"]
"""Prometheus's text format 0.0.4, or OpenMetrics 1.0."""

_open_text, _OPEN_TYPE = choose_encoder("application/openmetrics-text; version=1.0.0")
_MEDIA_TYPES: Mapping[Form, str] = {"plain": CONTENT_TYPE_PLAIN_0_0_4, "open": _OPEN_TYPE}
_TEXT = {"schema": {"type": "string"}}
_RESPONSES: Responses = {
    200: {"content": {type_.partition(";")[0]: _TEXT for type_ in _MEDIA_TYPES.values()}}
}
_END: Final = b"# EOF\n"
_WHOLE_ONLY = Text(
    "Ces mesures portent sur toutes les unités ; ce jeton n’en voit que certaines.",
    "These metrics tell of every unit; this token may see only some.",
)


class Metrics:
    """The series of one process; ``wall`` is the wall clock, whatever time the figures are of."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # no second series beside each counter
        self.wall = wall
        self.registry = CollectorRegistry()
        self._figures: Mapping[Form, bytes] = {"plain": b"", "open": b""}
        ProcessCollector(registry=self.registry)
        self.gauge(metrics.CLOCK).set_function(lambda: wall().timestamp())

    def counter(self, of: Series) -> Counter:
        return Counter(of.name, of.meaning, of.labels, registry=self.registry)

    def gauge(self, of: Series) -> Gauge:
        return Gauge(of.name, of.meaning, of.labels, registry=self.registry)

    def histogram(self, of: Series, *, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(of.name, of.meaning, of.labels, registry=self.registry, buckets=buckets)

    def show(self, figures: Figures) -> None:
        """Put business figures in the place of the former; takes tens of milliseconds where they are thousands."""
        once = CollectorRegistry()
        once.register(_Collected(figures))
        self._figures = {
            "plain": generate_latest(once),
            "open": _open_text(once).removesuffix(_END),
        }

    def written(self, form: Form) -> bytes:
        """Everything, as a scrape is answered."""
        match form:
            case "plain":
                return generate_latest(self.registry) + self._figures[form]
            case "open":
                technical = _open_text(self.registry).removesuffix(_END)
                return technical + self._figures[form] + _END


class _Collected:
    """Business figures as prometheus_client collects them."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for series, values in self._figures.items():
            family = GaugeMetricFamily(series.name, series.meaning, labels=series.labels)
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family


def router(kept: Metrics, catalogue: Catalogue) -> APIRouter:
    """``GET /metrics``; it stands behind :func:`shared.http.secure`."""
    about = version("echeance"), catalogue.catalogue, str(catalogue.revision)
    kept.gauge(metrics.BUILD).labels(*about).set(1)
    routes = APIRouter(tags=["metrics"])

    @routes.get("/metrics", summary="Metrics", response_class=Response, responses=_RESPONSES)
    async def scrape(
        known: Annotated[Principal, Depends(principal)],
        accept: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """Every metric of this process, for Prometheus: OpenMetrics if the client takes it, else its text format."""
        if known.units is not None:
            raise ProblemError(403, "all_units_only", _WHOLE_ONLY)
        form: Form = "open" if "application/openmetrics-text" in accept else "plain"
        return Response(kept.written(form), headers={"content-type": _MEDIA_TYPES[form]})

    return routes
