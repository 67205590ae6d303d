"""What a candidate catalogue would change: every file under both, side by side, before anything does."""

from services.compliance.preview import preview_lines
from services.compliance.preview.comparison import PreviewTally
from services.compliance.preview.document import (
    CycleChange,
    PeriodPreview,
    PreviewDocument,
    StandardPreview,
    encode_preview,
)
from services.compliance.preview.store import PreviewStore
from services.compliance.preview.tables import previews
