"""Compliance over HTTP: the files, corrections and anomalies behind the figures."""

from __future__ import annotations

from fastapi import APIRouter

from services.compliance.api import parameters as query
from services.compliance.api import responses
from services.compliance.api.requests import RequestParameters
from services.compliance.api.views import Anomalies, AnomalyCount, Corrections, MeasuredFiles
from services.compliance.attainment import measured_days
from services.compliance.projection import (
    ComplianceStore,
    CorrectionCursor,
    CorrectionFilter,
    MeasuredFileCursor,
    MeasuredFileFilter,
    listings,
)
from shared.http import AfterCursor, Reader, problem_responses, read_cursor, write_cursor


def add(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    """The lists, over one store."""

    @routes.get(
        "/v1/attainment/files",
        summary="The files behind a figure",
        responses=problem_responses(404),
    )
    async def measured_files(
        reader: Reader,
        standard: query.OneStandard,
        unit: query.AnyUnit = None,
        period_name: query.PeriodName = "fiscal-year",
        basis: query.OnBasis = "decided",
        part: query.OfPart = "denominator",
        after: AfterCursor = None,
        limit: query.RowsPerPage = 50,
        known_at: query.KnownOn = None,
    ) -> MeasuredFiles:
        """The files behind a figure of one standard: its numerator, its denominator, or those that were late."""
        then = await parameters.known_at(store, known_at)
        units = then.units(reader, standard, unit)
        period = then.period(period_name)
        first, last = measured_days(period, basis, then.today())[1:]
        selection = MeasuredFileFilter(standard, units, basis, part, first, last, then.known_on)
        cursor = read_cursor(MeasuredFileCursor, after)
        rows = await listings.measured_files(store.database, selection, cursor, limit)
        end = MeasuredFileCursor.after(rows[-1], basis) if len(rows) == limit else None
        return MeasuredFiles(
            standard=standard,
            unit=unit,
            period=period.name,
            first=period.first,
            last=period.last,
            basis=basis,
            part=part,
            files=[responses.measured_file(row) for row in rows],
            next=write_cursor(end) if end else None,
        )

    @routes.get(
        "/v1/corrections",
        summary="Answers that changed afterwards",
        responses=problem_responses(404),
    )
    async def corrections(
        reader: Reader,
        since: query.Since = None,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        after: AfterCursor = None,
        limit: query.RowsPerPage = 50,
    ) -> Corrections:
        """Answers that changed after their month had closed, by the moment they were noted."""
        units = parameters.units(reader, standard, unit)
        selection = CorrectionFilter(parameters.since(since), standard, units)
        cursor = read_cursor(CorrectionCursor, after)
        rows = await listings.correction_rows(store.database, selection, cursor, limit)
        end = CorrectionCursor.after(rows[-1]) if len(rows) == limit else None
        return Corrections(
            corrections=[responses.correction(row) for row in rows],
            next=write_cursor(end) if end else None,
        )

    @routes.get("/v1/anomalies", summary="Events that changed nothing")
    async def anomalies(reader: Reader, source: query.OfSource = None) -> Anomalies:
        """Events that changed nothing, by source and reason; of the units that the reader may see."""
        rows = await listings.anomaly_counts(store.database, source, reader.units)
        return Anomalies(
            anomalies=[
                AnomalyCount(source=name, reason=reason, events=events)
                for name, reason, events in rows
            ]
        )
