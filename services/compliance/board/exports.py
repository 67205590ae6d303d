"""Reports and spreadsheets as downloads, in the reader's language."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping

from fastapi import Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from services.compliance.api import export_report
from services.compliance.attainment import AttainmentReport, CallFormula
from services.compliance.attainment.report_formats import ReportForm
from services.compliance.board.csv import figures, spreadsheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.publication import Publication


def report_download(
    board: Board,
    translator: Translator,
    report: AttainmentReport | Publication,
    form: ReportForm,
    name: Iterable[str],
    formulas: Mapping[str, CallFormula] | None = None,
) -> Response:
    """A report under the parts of a name; its CSV is for spreadsheets."""
    if form == "csv":
        text = figures.report_sheet(report, board, translator)
        response: Response = PlainTextResponse(text, media_type=spreadsheet.MEDIA_TYPE)
    else:
        response = export_report(board.catalogue, report, form, translator.spoken, formulas)
    response.headers.update(spreadsheet.download_headers(name, form, translator.spoken))
    return response


def sheet_download(
    translator: Translator, lines: AsyncIterable[str], name: Iterable[str]
) -> Response:
    """The lines of a spreadsheet under the parts of a name."""
    headers = spreadsheet.download_headers(name, "csv", translator.spoken)
    return StreamingResponse(lines, headers=headers, media_type=spreadsheet.MEDIA_TYPE)
