"""CSV exports of the board's lists and figures, in the reader's language."""

from services.compliance.board.csv import (
    comparisons,
    figures,
    lists,
    places,
    spreadsheet,
    stops,
    variation,
    workload,
)
from services.compliance.board.csv.delays import delay_sheet
