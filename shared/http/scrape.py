"""``GET /metrics``, the route that Prometheus scrapes.

A scrape computes nothing: a background task renders the business figures when they change. The
metrics cover all units, so a token limited to some units may not read them.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Header, Response

from shared.compiled import CORE_FORM
from shared.domain import Catalogue
from shared.http.openapi import Responses
from shared.http.parameters import Reader
from shared.http.problems import ProblemError
from shared.metrics import MEDIA_TYPES, ExpositionFormat, Metrics, series
from shared.text import Text

_TEXT = {"schema": {"type": "string"}}
_RESPONSES: Responses = {
    200: {"content": {type_.partition(";")[0]: _TEXT for type_ in MEDIA_TYPES.values()}}
}
_WHOLE_ONLY = Text(
    "Ces mesures portent sur toutes les unités ; ce jeton n’en voit que certaines.",
    "These metrics tell of every unit; this token may see only some.",
)


def router(metrics: Metrics, catalogue: Catalogue) -> APIRouter:
    """``GET /metrics``; it stands behind :func:`shared.http.front_door.secure`."""
    core = "compiled" if CORE_FORM == "compiled" else "interpreted"
    about = version("echeance"), core, catalogue.catalogue, str(catalogue.revision)
    metrics.gauge(series.BUILD).labels(*about).set(1)
    routes = APIRouter(tags=["metrics"])

    @routes.get(
        "/metrics", summary="Metrics", name="metrics", response_class=Response, responses=_RESPONSES
    )
    async def scrape(
        reader: Reader, accept: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> Response:
        """Every metric of this process, for Prometheus: OpenMetrics if the client takes it, else its text format."""
        if reader.units is not None:
            raise ProblemError(403, "all_units_only", _WHOLE_ONLY)
        form: ExpositionFormat = "open" if "application/openmetrics-text" in accept else "plain"
        return Response(metrics.exposition(form), headers={"content-type": MEDIA_TYPES[form]})

    return routes
