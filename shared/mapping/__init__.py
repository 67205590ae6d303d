"""How rows of exports and JSON values of other systems are read as CloudEvents."""

from shared.mapping.cells import Cells, WrittenSpan, slug, text_of
from shared.mapping.export_mapping import Csv, ExportMapping, ExportState, RowKind, folded
from shared.mapping.json_values import ReadValue, ValueFault, ValueReader
from shared.mapping.mapping_text import (
    QUESTION,
    catalogue_faults,
    read_value_mapping,
    validated_mapping,
)
from shared.mapping.reasons import TEXTS, ExportError, Reason, ReasonCode, shown
from shared.mapping.rows import ReadRow, RowCounts, RowReader
from shared.mapping.times import UnknownZoneError, read_time
