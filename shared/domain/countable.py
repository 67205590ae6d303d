"""Which events can be counted whatever else happens to their file, and which never can.

Pure. An event that cannot be counted is refused: by ingest where it never can be, by the clock
where that depends on the rest of the history. Files whose events all lie in the range below may be
counted as one batch, in whatever order they arrive; others are counted one event at a time. Hence
the result never depends on how the log is cut into batches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from shared.domain.calendars import BusinessCalendar, CoverageError
from shared.domain.commitments import Standard, Terms
from shared.domain.counting import CycleCount
from shared.domain.cycles import Cycle
from shared.domain.events import Administrative, Event, Received, Reopened

Commitments = Mapping[str, tuple[Standard, BusinessCalendar]]
"""Every standard, with the calendar that it is counted on."""


class CountableRange(NamedTuple):
    """A range of instants: deadlines and stages of cycles begun in it lie in the calendars."""

    first: datetime
    last: datetime
    commitments: Commitments

    def covers(self, events: Collection[Event], now: datetime) -> bool:
        """Whether these events, and any subset, can be counted at any moment until ``now``."""
        first, last, standards = self
        return now <= last and all(
            first <= event.time <= last
            and (not isinstance(event, Received) or event.data.standard in standards)
            for event in events
        )

    def require_countable(self, event: Event) -> None:
        """Raise ``CoverageError`` for an event that can never be counted.

        It, or the deadline of the cycle that it begins, lies outside the calendars' years. An
        unknown standard raises nothing here.
        """
        if self.first <= event.time <= self.last or isinstance(event, Administrative):
            return
        chosen = list(self.commitments.values())
        if isinstance(event, Received):
            named = self.commitments.get(event.data.standard)
            chosen = [] if named is None else [named]
        refusals = []
        for standard, calendar in chosen:
            try:
                if isinstance(event, Received | Reopened):
                    _require_deadline(standard, calendar, event.time)
                else:
                    calendar.local_day(event.time)
            except CoverageError as error:
                refusals.append(error)
            else:
                return
        if refusals:
            raise refusals[0]

    def years(self, event: Event) -> tuple[date, date]:
        """The first and the last day of the calendars that an event may be counted on."""
        named = event.data.standard if isinstance(event, Received) else None
        chosen = [
            calendar for name, (_, calendar) in self.commitments.items() if named in (None, name)
        ]
        return min(one.first for one in chosen), max(one.last for one in chosen)


class DeadlineError(CoverageError):
    """A deadline outside the years that a calendar covers."""


def _require_deadline(standard: Standard, calendar: BusinessCalendar, at: datetime) -> None:
    """Raise ``CoverageError`` if an instant, or the deadline of a cycle begun then, is outside."""
    received_on = calendar.local_day(at)
    try:
        limit = standard.terms_of_day(calendar, received_on).limit
        count = CycleCount(Cycle(1, at), limit, at)
        due = count.due()
        calendar.midnight(limit.day(due))
        count.breaches_at(due)
    except CoverageError as error:
        raise DeadlineError(f"the deadline of what is received on {received_on}: {error}") from None


def countable_range(commitments: Commitments) -> CountableRange:
    """The range of some standards; empty where a calendar is shorter than a limit."""
    try:
        spans = list(_spans(commitments))
    except CoverageError:
        return CountableRange(*_NEVER, commitments)
    return CountableRange(max(one[0] for one in spans), min(one[1] for one in spans), commitments)


_NEVER = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
"""The empty range."""


def _spans(commitments: Commitments) -> Iterator[tuple[datetime, datetime]]:
    for standard, calendar in commitments.values():
        for terms in standard.terms:
            first, last = _first(terms, calendar), terms.limit.last_reception(calendar)
            yield calendar.midnight(first), calendar.midnight(last)


def _first(terms: Terms, calendar: BusinessCalendar) -> date:
    """The first day on which no stage begins before the calendar does."""
    days = terms.thresholds.at_risk if terms.thresholds else 0
    return calendar.advance(calendar.first + timedelta(days=days), 1 + days)
