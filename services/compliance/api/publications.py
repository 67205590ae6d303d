"""A fiscal year for the public, as one archive: to look at, and to publish."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.compliance.api.reports import public_year
from services.compliance.api.requests import RequestParameters
from services.compliance.projection import ComplianceStore
from services.compliance.publication import (
    Publication,
    public_archive,
    publish_year,
    published_year,
)
from shared.http import PUBLICATION_PATH, Reader, Responses, problem_responses

_Year = Annotated[
    str,
    Path(
        description="A fiscal year that is over: `2025-2026`; `2025` where it begins on 1 January."
    ),
]
_ZIP = "application/zip"
_ARCHIVE: Responses = {
    200: {"content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}},
    **problem_responses(403, 422),
}


def add(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    """The routes of publications."""

    @routes.get(
        f"{PUBLICATION_PATH}/{{fiscal_year}}.zip",
        summary="A fiscal year for the public, with what describes it",
        name="publication",
        response_class=Response,
        responses=_ARCHIVE,
    )
    async def archive(reader: Reader, fiscal_year: _Year) -> Response:
        """What may be published of a fiscal year that is over, as files: CSV, the columns of Canada's Service Inventory,
        and the same described for machines (Data Package, CSVW, DCAT). Nothing is recorded.
        """
        year = public_year(parameters, fiscal_year, reader)
        publication = await published_year(store, parameters.catalogue, year, parameters.today())
        return _archive(publication, parameters)

    @routes.post(
        f"{PUBLICATION_PATH}/{{fiscal_year}}",
        summary="Publish a fiscal year",
        name="publish_fiscal_year",
        response_class=Response,
        responses=_ARCHIVE,
    )
    async def publish(reader: Reader, fiscal_year: _Year) -> Response:
        """The same archive, and its figures are recorded as published: later ones never differ by a small number.

        It takes the scope `explain`. Repeating it changes nothing where the figures have not changed.
        """
        year = public_year(parameters, fiscal_year, reader)
        publication = await publish_year(store, parameters.catalogue, year, parameters.now())
        return _archive(publication, parameters)


def _archive(publication: Publication, parameters: RequestParameters) -> Response:
    name = f"service-standards-{publication.period.name}.zip"
    return Response(
        public_archive(publication, parameters.catalogue),
        media_type=_ZIP,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
