"""Words of the calendars: a mark of a day has a legend, and a cell says what its mark does."""

from __future__ import annotations

from services.compliance.board.words import DAYS


def test_what_counts_says_its_total() -> None:
    for name in ("cell_counted", "cell_ahead", "cell_late"):
        assert "{total}" in DAYS[name].fr and "{total}" in DAYS[name].en


def test_every_cell_has_the_mark_that_the_legend_explains() -> None:
    cells = {name.removeprefix("cell_") for name in DAYS if name.startswith("cell_")}
    marks = {name.removeprefix("mark_") for name in DAYS if name.startswith("mark_")}
    assert cells <= marks
