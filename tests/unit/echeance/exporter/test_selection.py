"""A file is selected by any of its cycles; an unknown word is refused."""

from __future__ import annotations

from datetime import date

import pytest

from echeance.exporter.selection import Selection, SelectionError
from tests.builders import CATALOGUE
from tests.unit.echeance.exporter.lives import file_at

MAY = (date(2025, 5, 1), date(2025, 5, 31))
JUNE = (date(2025, 6, 1), date(2025, 6, 30))


@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        (Selection(), True),
        (Selection(standard="caq-etudes", unit="montreal"), True),
        (Selection(standard="courriel"), False),
        (Selection(unit="laval"), False),
        (Selection(days=JUNE), True),
        (Selection(days=MAY), False),
        (Selection(days=MAY, basis="ended"), True),
        (Selection(days=JUNE, basis="ended"), False),
    ],
)
def test_a_file_is_selected_by_any_cycle(selection: Selection, selected: bool) -> None:
    selection.require_known(CATALOGUE)
    assert selection.selects(file_at()) is selected


def test_words_that_the_catalogue_lacks_are_refused() -> None:
    with pytest.raises(SelectionError, match="montreal"):
        Selection(unit="nowhere").require_known(CATALOGUE)
