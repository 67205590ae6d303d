"""A mapping names its columns once, and refuses what it could not be read by."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.mapping.export_mapping import ExportMapping, folded

VALUES: dict[str, Any] = {
    "source": "https://example.org/permits",
    "columns": {"file_id": "No", "activity": "Step", "time": "When"},
    "activities": {"Received": "received"},
    "unit": {"column": "Office", "slugify": True},
    "only": {"Office": ["Laval"]},
}


def test_every_column_that_is_read_is_named_once() -> None:
    mapping = ExportMapping.model_validate(VALUES)
    assert sorted(mapping.column_names()) == ["No", "Office", "Step", "When"]
    assert mapping.columns_of_every_event() == ["No", "Step", "When", "Office"]


@pytest.mark.parametrize(
    "change",
    [
        {"source": "a b"},
        {"time_formats": ["%H:%M"]},
        {"csv": {"encoding": "utf-99"}},
        {"csv": {"delimiter": '"'}},
        {"unit": {"column": "Office", "word": "laval"}},
        {"unit": {"column": "Office", "slugify": True, "otherwise": "laval"}},
        {"activities": {}},
    ],
)
def test_a_mapping_by_which_nothing_could_be_read_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExportMapping.model_validate({**VALUES, **change})


def test_texts_are_compared_without_case_spaces_and_composition() -> None:
    assert folded(" E\u0301TAPE ") == folded("étape")
