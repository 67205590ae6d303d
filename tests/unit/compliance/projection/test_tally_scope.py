"""Which units' tallies a scope reads, and under which units it reports them; None is the total."""

from __future__ import annotations

import pytest

from services.compliance.projection.rollups import EVERY_UNIT
from services.compliance.projection.tally_scope import TallyScope


@pytest.mark.parametrize(
    ("units", "each", "read"),
    [
        (None, (), [EVERY_UNIT]),
        (None, ("laval", "montreal"), [EVERY_UNIT, "laval", "montreal"]),
        (("laval", "montreal"), (), ["laval", "montreal"]),
        (("laval", "montreal"), ("laval",), ["laval", "montreal"]),
        ((), (), []),
    ],
)
def test_all_units_are_read_as_one_and_some_are_read_each(
    units: tuple[str, ...] | None, each: tuple[str, ...], read: list[str]
) -> None:
    assert list(TallyScope(["peq"], units, each).read()) == read


def test_every_tally_read_counts_once_in_the_total_and_once_in_its_unit() -> None:
    everywhere = TallyScope(["peq"], None, ["laval"])
    assert everywhere.places(EVERY_UNIT) == (None,)
    assert everywhere.places("laval") == ("laval",)
    some = TallyScope(["peq"], ["laval", "montreal"], ["laval"])
    assert some.places("laval") == (None, "laval")
    assert some.places("montreal") == (None,)
