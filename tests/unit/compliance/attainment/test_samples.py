"""The samples of the business figures: each in its place, and 0 where there is nothing yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from services.compliance.alerts.law import STAGES, Counts
from services.compliance.attainment.attainment import Attainment, Budget
from services.compliance.attainment.measures import (
    OPEN_STAGES,
    REMAINING,
    WAITED,
    DaysAgo,
    OpenFiles,
    TierMeasure,
)
from services.compliance.attainment.samples import FigureInputs, PeriodMeasures, business_figures
from services.compliance.periods import parse_period
from shared.domain.catalogue import Catalogue
from shared.metrics import series
from shared.metrics.series import Figures
from tests.builders import CATALOGUE, at
from tests.unit.compliance.attainment.measured import measure
from tests.wider_catalogue import WIDER

TODAY = date(2026, 11, 23)
DAY = 86_400
NOBODY = OpenFiles(
    "courriel",
    None,
    dict.fromkeys(OPEN_STAGES, 0),
    0,
    dict.fromkeys(REMAINING, 0),
    None,
    dict.fromkeys(WAITED, 0),
    None,
)


def figures(
    measured: Mapping[str, PeriodMeasures] | None = None,
    open_files: Sequence[OpenFiles] = (),
    alerts: Counts = (),
    strays: Mapping[str, int] | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> Figures:
    inputs = FigureInputs(TODAY, measured or {}, open_files, alerts, strays or {})
    return business_figures(inputs, catalogue)


def test_what_can_be_0_is_there_before_the_first_file() -> None:
    found = figures()
    assert found.keys() == set(series.BUSINESS)
    assert found[series.BUSINESS_DAY] == {(): 1}
    assert set(found[series.ALERTS_ACTIVE].values()) == {0}
    assert len(found[series.ALERTS_ACTIVE]) == len(CATALOGUE.standards) * len(STAGES)
    assert set(found[series.OPEN_BY_UNIT].values()) == {0}
    assert found[series.OTHER_SOURCE] == {}


def test_a_period_says_its_days_and_how_many_have_come() -> None:
    kinds = ("fiscal-year", "rolling-30")
    periods = {kind: PeriodMeasures(parse_period(kind, TODAY), []) for kind in kinds}
    found = figures(periods)
    assert found[series.PERIOD_LENGTH] == {("fiscal-year",): 365 * DAY, ("rolling-30",): 30 * DAY}
    assert found[series.PERIOD_ELAPSED] == {("fiscal-year",): 237 * DAY, ("rolling-30",): 30 * DAY}


def test_a_commitment_has_its_figures_and_no_ratio_where_nothing_was_measured() -> None:
    row = measure(
        decided=Attainment(5, 3, 2), late=Budget(1, 2, 3), late_due=Budget(9, 9, 9), received=7
    )
    together = measure(None, target=None, decided=Attainment(5, 3, 2))
    found = figures({"month": PeriodMeasures(parse_period("month", TODAY), [row, together])})
    assert found[series.TARGET_RATIO] == {("courriel",): float(Fraction(4, 5))}
    assert found[series.ATTAINMENT_RATIO] == {("courriel", "month", "decided"): 0.6}
    assert found[series.MEASURED] == {
        ("courriel", "month", basis, outcome): files
        for basis, outcomes in (("decided", (3, 2)), ("due", (0, 0)))
        for outcome, files in zip(("on_time", "late"), outcomes, strict=True)
    }
    assert found[series.LATE_COMMITTED] == {("courriel", "month"): 3}
    assert found[series.RECEIVED_FILES] == {("courriel", "month"): 7}


def test_open_files_stand_under_their_stage_what_remains_and_their_unit() -> None:
    row = NOBODY._replace(
        stages={**NOBODY.stages, "critical": 2},
        followed=3,
        remaining={**NOBODY.remaining, "0": 2},
        oldest=DaysAgo(date(2026, 11, 9), 10),
        waiting={**NOBODY.waiting, "0-5": 1, ">60": 1},
    )
    found = figures(open_files=[row, row._replace(unit="laval"), row._replace(standard=None)])
    assert found[series.OPEN_FILES] == {
        ("courriel", stage): files
        for stage, files in {**row.stages, "waiting": 2, "followed": 3}.items()
    }
    assert found[series.OPEN_BY_REMAINING] == {
        ("courriel", days): files for days, files in {**row.remaining, "waiting": 2}.items()
    }
    laval = {place[2]: files for place, files in found[series.OPEN_BY_UNIT].items() if files}
    assert laval == {"0": 2, "waiting": 2}
    assert found[series.OLDEST_OPEN] == {("courriel",): at("2026-11-09").timestamp()}


def test_alerts_and_events_of_other_sources_take_the_place_of_their_0() -> None:
    found = figures(alerts=[("courriel", "overdue", 4)], strays={"urn:evil": 2})
    assert found[series.ALERTS_ACTIVE]["courriel", "overdue"] == 4
    assert sum(found[series.ALERTS_ACTIVE].values()) == 4
    assert found[series.OTHER_SOURCE] == {("urn:evil",): 2}


def test_figures_of_extensions_and_tiers_are_those_of_the_standards_that_have_them() -> None:
    extended = measure(
        "request-answer",
        decided=Attainment(5, 4, 1),
        extended=2,
        features=frozenset({"extensions"}),
    )
    tiers = (TierMeasure(2, Fraction(19, 20), Attainment(4, 3, 1)),)
    permit = measure("permit", decided=Attainment(4, 2, 2), tiers=tiers)
    month = PeriodMeasures(parse_period("month", TODAY), [extended, permit])
    found = figures({"month": month}, catalogue=WIDER)
    assert found[series.ATTAINMENT_UNEXTENDED] == {("request-answer", "month", "decided"): 0.4}
    assert found[series.TIER_ATTAINMENT] == {("permit", "month", "2"): 0.75}
    assert found[series.TIER_TARGET] == {("permit", "2"): 0.95}


def test_waits_for_others_and_long_ones_have_their_0_where_they_can_be() -> None:
    found = figures(catalogue=WIDER)
    assert found[series.WAITING_LONG] == {("request-answer",): 0}
    assert found[series.OPEN_BY_UNIT]["request-answer", "north", "waiting_other"] == 0
    row = NOBODY._replace(standard="request-answer", waiting_other=2, waiting_long=1)
    found = figures(open_files=[row], catalogue=WIDER)
    assert found[series.OPEN_FILES]["request-answer", "waiting_other"] == 2
    assert found[series.OPEN_BY_REMAINING]["request-answer", "waiting_other"] == 2
    assert found[series.WAITING_LONG]["request-answer",] == 1
    assert figures()[series.WAITING_LONG] == {}
