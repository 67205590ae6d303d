"""The shapes of what compliance answers in JSON, as its OpenAPI tells them. Days are ISO dates, ratios decimals from 0 to 1."""

from __future__ import annotations

from datetime import date
from types import GenericAlias
from typing import Any, TypedDict

from services.compliance.attainment import REPORT_FIGURES
from shared.http import Responses, schema_of

_typed_dict: Any = TypedDict
"""Called at run time: the fields of a row are those that the figures declare."""
_ROW = _typed_dict(
    "ReportRow",
    {
        "standard": str,
        "unit": str | None,
        **{figure.name: figure.schema for figure in REPORT_FIGURES},
    },
)
_ROW.__doc__ = "A commitment beside its target, on both bases, with the files behind each figure."
_ANSWER = _typed_dict(
    "ReportAnswer",
    {
        "period": str,
        "first": date,
        "last": date,
        "today": date,
        "rows": GenericAlias(list, (_ROW,)),
    },
)
_ANSWER.__doc__ = "Every commitment over a fiscal year, worst first, as it is known ``today``."


def report_responses() -> Responses:
    """The report in its four forms."""
    written = {name: {"schema": {"type": "string"}} for name in _WRITTEN}
    return {200: {"content": {**schema_of(_ANSWER), **written}}}


_WRITTEN = ("text/csv", "text/markdown", "text/html")
