"""Which events can be counted whatever else happened to their file, and whenever anyone looks.

Pure. An event that cannot be counted is refused, and what can be counted may depend on what came before: a reception of 1999 can, once it
was taken back. A file that has none but sure events has nothing to refuse, in whatever order and company they arrive; so they can
be counted together. Any others are taken one by one. Hence it never matters how the log was cut into batches.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from services.clock.files import MOST_EVENTS
from shared.calendar import BusinessCalendar, CoverageError
from shared.catalogue import Catalogue
from shared.events import Event, Received
from shared.standards import BusinessDays, Minutes, Months, Terms

_MONTH_DAYS = 31
_SOME_DAYS = 2  # a reception on a day off moves to the next business day; a file is late on the one after its last
_MINUTE_MICROSECONDS = 60 * 1_000_000


class Sureness(NamedTuple):
    """Instants between which every deadline and every stage of every standard lies within the calendars' years."""

    first: datetime
    last: datetime
    standards: Collection[str]

    def covers(self, events: Collection[Event], now: datetime) -> bool:
        """Whether a file of these events can be counted at any moment until ``now``, and so can any part of them."""
        first, last, standards = self
        return (
            now <= last
            and len(events) <= MOST_EVENTS
            and all(
                first <= event.time <= last
                and (not isinstance(event, Received) or event.data.standard in standards)
                for event in events
            )
        )


NOTHING = Sureness(datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), ())
"""No event is sure."""


def sureness(catalogue: Catalogue) -> Sureness:
    """What is sure under a catalogue; nothing where a calendar has fewer years than a limit."""
    try:
        spans = list(_spans(catalogue))
    except CoverageError:
        return NOTHING
    return Sureness(max(one[0] for one in spans), min(one[1] for one in spans), catalogue.standards)


def _spans(catalogue: Catalogue) -> Iterator[tuple[datetime, datetime]]:
    for standard in catalogue.standards.values():
        calendar = catalogue.calendar_of(standard)
        for terms in standard.terms:
            first, last = _first(terms, calendar), _last(terms, calendar)
            yield calendar.midnight(first), calendar.midnight(last)


def _first(terms: Terms, calendar: BusinessCalendar) -> date:
    """From when on no stage begins before the calendar does: at most as many days before the deadline as a threshold says."""
    days = terms.thresholds.at_risk if terms.thresholds else 0
    return calendar.advance(calendar.first + timedelta(days=days), 1 + days)


def _last(terms: Terms, calendar: BusinessCalendar) -> date:
    """Until when a whole limit still fits in the calendar, and the first day late."""
    match terms.limit:
        case BusinessDays(business_days=days):
            return calendar.retreat(calendar.last, days + _SOME_DAYS)
        case Months(months=months):
            return calendar.retreat(
                calendar.last - timedelta(days=_MONTH_DAYS * (months + 1)), _SOME_DAYS
            )
        case Minutes(minutes=minutes, opening_hours=hours):
            days_of_calendar = calendar.days()
            end = calendar.midnight(calendar.last)
            spent = -minutes * _MINUTE_MICROSECONDS
            index = bisect_left(
                days_of_calendar,
                spent,
                key=lambda day: -calendar.open_microseconds(hours, calendar.midnight(day), end),
            )
            return days_of_calendar[max(0, index - 1)]
