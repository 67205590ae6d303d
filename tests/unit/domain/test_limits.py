"""What each kind of limit answers by itself, before any file is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.calendars import CoverageError
from shared.domain.limits import BusinessDays, CatalogueLimit, Hours, Length, Minutes, Months, Weeks
from tests.unit.domain.standards import calendar

FRIDAY, MONDAY = date(2026, 6, 5), date(2026, 6, 8)
KINDS = [
    BusinessDays(business_days=20),
    Months(months=6),
    Minutes(minutes=3, opening_hours="contact-centre"),
]


@pytest.mark.parametrize(
    ("limit", "fr", "en"),
    [
        (BusinessDays(business_days=1), "1 jour ouvrable", "1 business day"),
        (BusinessDays(business_days=1200), "1\u00a0200 jours ouvrables", "1,200 business days"),
        (Months(months=1), "1 mois", "1 month"),
        (Months(months=6), "6 mois", "6 months"),
        (Minutes(minutes=1, opening_hours="office"), "1 minute", "1 minute"),
        (Minutes(minutes=3, opening_hours="office"), "3 minutes", "3 minutes"),
    ],
)
def test_a_limit_in_words(limit: CatalogueLimit, fr: str, en: str) -> None:
    assert (limit.in_words("fr"), limit.in_words("en")) == (fr, en)


def test_a_limit_in_months_alone_is_not_the_same_for_every_file() -> None:
    assert [limit.whole_in_thresholds for limit in KINDS] == [20, None, 3]


def test_days_are_counted_towards_a_deadline_in_business_days_unless_it_is_in_months() -> None:
    days = [limit.days_between(calendar("qc-legal"), FRIDAY, MONDAY) for limit in KINDS]
    assert days == [1, 3, 1]


def test_seconds_are_whole_where_they_are_and_exact_where_they_are_not() -> None:
    *_, minutes = KINDS
    assert repr(minutes.in_units(90_000_000)) == "90"
    assert minutes.in_units(90_500_000) == 90.5


@pytest.mark.parametrize("limit", KINDS, ids=lambda limit: limit.unit)
def test_the_first_day_late_of_the_last_reception_is_in_the_calendar(limit: CatalogueLimit) -> None:
    legal = calendar("qc-legal")
    last = legal.business_day_from(limit.last_reception(legal))
    on_calendar = limit.on(legal, last)
    origin = on_calendar.origin(legal.midnight(last))
    on_calendar.instant(on_calendar.following(on_calendar.due(origin, 0, 0)))
    assert legal.last - last < timedelta(days=31 * 8)


@pytest.mark.parametrize("limit", [Weeks(weeks=1), Hours(hours=1, opening_hours="always")])
@pytest.mark.parametrize("until", [date.max, date(2051, 1, 1)])
def test_an_extension_until_a_day_that_no_calendar_covers_is_refused(
    limit: CatalogueLimit, until: date
) -> None:
    on_calendar = limit.on(calendar("qc-legal"), FRIDAY)
    here = on_calendar.origin(datetime(2026, 6, 5, tzinfo=UTC))
    with pytest.raises(CoverageError):
        on_calendar.allowed_until(until, here, 0, 0)


def test_lengths_that_lead_past_every_calendar_are_refused() -> None:
    limit = Months(months=120).on(calendar("qc-legal"), FRIDAY)
    with pytest.raises(CoverageError, match="every calendar"):
        for _ in range(1_000):
            limit = limit.extended(Length(months=120))
