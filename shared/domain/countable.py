"""Which events can be counted whatever else happens to their file, and which never can.

Pure. An event that cannot be counted is refused: by ingest where it never can be, by the clock
where that depends on the rest of the history. Files whose events all lie in the range below may be
counted as one batch, in whatever order they arrive; others are counted one event at a time. Hence
the result never depends on how the log is cut into batches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from shared.domain.calendars import ONE_DAY, BusinessCalendar, CoverageError
from shared.domain.commitments import Standard, Terms
from shared.domain.counting import CycleCount
from shared.domain.cycles import Cycle
from shared.domain.events import Administrative, Event, Extended, Received, Reopened

Commitment = tuple[Standard, BusinessCalendar]
"""A standard, and a calendar that it is counted on."""

Commitments = Mapping[str, Sequence[Commitment]]
"""What measures a file, by the word of its reception: a standard, or those of a service."""


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
            and not isinstance(event, Extended)  # its deadline may lie anywhere
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
        refusals = []
        for standard, calendar in self._chosen(event):
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

    def _chosen(self, event: Event) -> Sequence[Commitment]:
        """What may measure the file of an event."""
        if isinstance(event, Received):
            return self.commitments.get(event.data.standard, ())
        return list(chain.from_iterable(self.commitments.values()))

    def years(self, event: Event) -> tuple[date, date]:
        """The first and the last day of the calendars that an event may be counted on."""
        chosen = [calendar for _, calendar in self._chosen(event)]
        return min(one.first for one in chosen), max(one.last for one in chosen)


class DeadlineError(CoverageError):
    """A deadline outside the years that a calendar covers."""


def _require_deadline(standard: Standard, calendar: BusinessCalendar, at: datetime) -> None:
    """Raise ``CoverageError`` if an instant, or the deadline of a cycle begun then, is outside."""
    received_on = calendar.local_day(at)
    try:
        terms = standard.followed_by(received_on)
        count = CycleCount(Cycle(1, at), terms.law(calendar, terms.limit), at)
        limit = count.limit
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
    for standard, calendar in chain.from_iterable(commitments.values()):
        for terms in standard.terms:
            first = _first(terms, calendar)
            limits = [terms.limit, *(tier.limit for tier in terms.tiers)]
            last = min(limit.last_reception(calendar) for limit in limits)
            outside = terms.received_outside is not None
            while outside and terms.day_zero(calendar, calendar.midnight(last)) > last:
                last -= ONE_DAY
            yield calendar.midnight(first), calendar.midnight(last)


def _first(terms: Terms, calendar: BusinessCalendar) -> date:
    """The first day on which no stage begins before the calendar: thresholds are days before the deadline."""
    in_days = terms.thresholds if terms.limit.counts_days else None
    days = in_days.at_risk if in_days else 0
    return calendar.advance(calendar.first + timedelta(days=days), 1 + days)
