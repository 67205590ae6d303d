"""Why a commitment was kept or missed in a fiscal year: what the body says of it, in every version."""

from services.compliance.explanations import explanation, forms
from services.compliance.explanations.explanation import (
    LONGEST_EXPLANATION,
    Explanation,
    clean_text,
)
from services.compliance.explanations.store import ExplanationStore, StaleVersionError
from services.compliance.explanations.tables import explanations
