"""Hand-made mutants of the law: one wrong token at a time, in a copy of the tree; tests must kill
each.

``python -m bench.mutants [word…]`` runs all, or those whose label contains one of the words. It
prints a table and exits with 1 if one survives. A mutant whose old text is not exactly once in its
file is an error: change it with the code.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SLOWEST = ("test_properties.py", "test_wider_law.py")
ROOT = Path(__file__).resolve().parents[1]
TESTS = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]


class Mutant(NamedTuple):
    """A text replacement, and what it breaks."""

    file: str
    old: str
    new: str
    label: str


CALENDAR = "shared/domain/calendars/calendar.py"
DAY_TABLE = "shared/domain/calendars/day_table.py"
COMMITMENTS = "shared/domain/commitments.py"
CYCLES = "shared/domain/cycles.py"
DELAY = "shared/domain/delay.py"
FILE_CLOCK = "shared/domain/file_clock.py"
COUNTING = "shared/domain/counting.py"
OPEN_TIME = "shared/domain/calendars/opening_hours.py"
HOLIDAYS = "shared/domain/calendars/holidays/law.py"
RULES = "shared/domain/calendars/holidays/rules.py"
RECURRING = "shared/domain/calendars/holidays/recurring_days.py"
PACKAGE = "shared/domain/calendars/holidays/package.py"
LEDGER = "shared/domain/ledger.py"
LEDGER_DAYS = "shared/domain/ledger_days.py"
LIMITS = "shared/domain/limits.py"
COUNTED_LIMITS = "shared/domain/calendars/counted_limits.py"
OWNERSHIP = "shared/domain/ownership.py"

MUTANTS = [
    # The calendar.
    Mutant(DAY_TABLE, "bisect_right(midnights, instant)", "bisect_left(midnights, instant)", "midnight belongs to the day before"),
    Mutant(DAY_TABLE, "midnights[index] <= instant < midnights[index + 1]", "midnights[index] <= instant", "a day found by its date does not end"),
    Mutant(DAY_TABLE, "midnights[index] <= instant < midnights[index + 1]", "instant < midnights[index + 1]", "a day found by its date does not begin"),
    Mutant(DAY_TABLE, "index == 0 or index == len(midnights)", "index == 0 or index > len(midnights)", "the coverage has one instant too many"),
    Mutant(DAY_TABLE, "if index == 0 or index == len(midnights)", "if index == len(midnights)", "instants before the coverage wrap around"),
    Mutant(CALENDAR, " and day not in holidays", "", "holidays are business days"),
    Mutant(CALENDAR, "(day.weekday() in self.working_weekdays and", "(day.weekday() < 6 and", "Saturdays are business days"),
    Mutant(DAY_TABLE, "return self._through[through - first] - self._through[after - first]", "return self._through[through - first] - self._through[after - first] + 1", "one business day too many"),
    Mutant(DAY_TABLE, "self._count_through(after) + days - 1\n", "self._count_through(after) + days\n", "a deadline one day too far"),
    Mutant(DAY_TABLE, "if days < 1:", "if days < 0:", "advancing by nothing is let through"),
    Mutant(DAY_TABLE, "index = self._count_through(day) - days - 1\n", "index = self._count_through(day) - days\n", "thresholds one day late"),
    Mutant(DAY_TABLE, "        if index < 0:\n            raise CoverageError(\n                f\"{days} business days before", "        if index < -9:\n            raise CoverageError(\n                f\"{days} business days before", "retreat wraps around the coverage"),
    Mutant(DAY_TABLE, "if not (first <= after <= last and first <= through <= last):", "if after > last or through > last:", "a count before the coverage wraps around"),
    Mutant(DAY_TABLE, "if 0 <= index < self._length and", "if index < self._length and", "an instant before the coverage wraps around"),
    Mutant(DAY_TABLE, "return day if self.is_business_day(day) else self.advance(day, 1)", "return self.advance(day, 1)", "business_day_from skips the day itself"),
    Mutant(OPEN_TIME, "min(instant - self._opens[index], self._lengths[index])", "inside", "closing time does not close"),
    Mutant(OPEN_TIME, "bisect_right(self._before, amount - 1) - 1", "bisect_right(self._before, microseconds) - 1", "a limit reached at closing is reached at opening"),
    Mutant(CALENDAR, "            if day not in self.holidays\n", "", "the centre opens on holidays"),
    Mutant(CALENDAR, "if next_day in off or next_day > self.last:", "if next_day > self.last:", "a night goes on into a holiday"),
    Mutant(CALENDAR, "for one in (day, day + ONE_DAY):", "for one in (day,):", "a night goes on into a half day"),
    Mutant(CALENDAR, "for one in (day, day + ONE_DAY):", "for one in (day + ONE_DAY,):", "a half day is a whole one"),
    Mutant(CALENDAR, "            or day in extra_working_days\n", "", "an extra working day does not count"),
    Mutant(HOLIDAYS, "min(closing)", "max(closing)", "the later closing of a half day holds"),
    Mutant(HOLIDAYS, "if on not in off and", "if", "a half day on a holiday is one"),
    Mutant(RULES, "min(years.stop, self.years.stop)", "years.stop", "a rule never ends"),
    Mutant(RULES, "max(years.start, self.years.start)", "years.start", "a rule has always been"),
    Mutant(RECURRING, "year + (self.last < self.first)", "year", "a period does not cross the year"),
    Mutant(RECURRING, "timedelta(days=side == \"before\")", "timedelta(0)", "before a day is on it too"),
    Mutant(RECURRING, "timedelta(days=side == \"after\")", "timedelta(0)", "after a day is on it too"),
    Mutant(RECURRING, "- 7 * late ", "", "Easter is a week late in some years"),
    Mutant(PACKAGE, "if name not in ignored", "", "names to ignore are days off"),
    Mutant(CALENDAR, "if self._midnights[index + 1] - self._midnights[index] < ONE_DAY:", "if False:", "hours open in an hour that no clock shows"),
    Mutant(CALENDAR, "if hours.closes > hours.opens:", "if hours.closes >= hours.opens:", "a whole day has no length"),
    Mutant(OPEN_TIME, "if any(later[0] < earlier[1]", "if any(later[0] <= earlier[1]", "touching opening intervals are refused"),
    # Who held the file.
    Mutant(CYCLES, "unique.setdefault((event.source, event.id), event)", "unique.setdefault((event.source, event.id, event.time), event)", "a duplicate told at another time counts twice"),
    Mutant(CYCLES, "unique.setdefault((event.source, event.id), event)", "unique.setdefault((\"\", event.id), event)", "sources share their ids"),
    Mutant(OWNERSHIP, "return event.time, NATURAL_ORDER[type(event)], event.id, event.source", "return event.time, -NATURAL_ORDER[type(event)], event.id, event.source", "the natural order is backwards"),
    Mutant(OWNERSHIP, "return event.time, NATURAL_ORDER[type(event)], event.id, event.source", "return event.time, NATURAL_ORDER[type(event)], \"\", \"\"", "ids do not order events of one instant"),
    Mutant(CYCLES, "<= events[-1].time:", "< events[-1].time:", "what happened at the same instant as the last event comes after it"),
    Mutant(CYCLES, "(new if len(new) == 1 else sorted(new, key=natural_order))", "new", "new events are not put in order"),
    Mutant(CYCLES, "events[: bisect_right(events, now,", "events[: bisect_left(events, now,", "an event of this instant is not known"),
    Mutant(CYCLES, "if request_id is None or outstanding == (request_id,):\n        return ()", "if request_id is None or outstanding == (request_id,):\n        return outstanding[1:]", "an answer without id to what runs is to the first"),
    Mutant(CYCLES, "if request_id is None or outstanding == (request_id,):", "if request_id is None or request_id in outstanding:", "an answer to what runs is to all"),
    Mutant(CYCLES, "if request != request_id]", "if request == request_id]", "an answer to what runs is to the others"),
    Mutant(CYCLES, "        closed = [request for request in awaited if request.request_id == request_id]", "        closed = awaited", "an answer closes every outstanding request"),
    Mutant(CYCLES, "    if request_id is None or (len(awaited)", "    if (len(awaited)", "an answer without id closes no request"),
    Mutant(CYCLES, "range(len(events) - 1, -1, -1)", "range(len(events))", "voids are read from the first"),
    Mutant(CYCLES, "by_name.get((void.source, void.data.event_id))", "next((i for (_, name), i in by_name.items() if name == void.data.event_id), None)", "a void reaches into another source"),
    Mutant(CYCLES, "elif target >= index and isinstance(events[target], Voided)", "elif target > index and isinstance(events[target], Voided)", "a void may void itself"),
    Mutant(CYCLES, "or index in gone:\n            continue", "or False:\n            continue", "a voided void still voids"),
    # The law.
    Mutant(COUNTING, "        if self.counted < self._allowed:\n            self._anchor", "        if True:\n            self._anchor", "the deadline forgets that the limit was used up"),
    Mutant(COUNTING, "        if self.late_from is not None:\n            return\n", "", "waiting moves a deadline that has passed"),
    Mutant(COUNTING, "if self.holding or self.late_from is not None:", "if self.holding:", "a late file loses its deadline while it waits"),
    Mutant(COUNTING, "self.waited if self.late_from is None else self._waited_when_taken_up", "self.waited", "waiting once late allows more"),
    Mutant(COUNTING, "self.limit.following(max(due, self.taken_up))", "self.limit.following(due)", "late before the file came back"),
    Mutant(COUNTING, "if due is None or self.ended or not self.holding:", "if due is None or self.ended:", "a waiting file has a breach instant"),
    Mutant(COUNTING, "if due is None or self.ended or not self.holding:", "if due is None or not self.holding:", "an ended file has a breach instant"),
    Mutant(COUNTING, "return (would_be, None) if self.ended else (None, would_be)", "return None, would_be", "a file decided while waiting has no deadline"),
    Mutant(DELAY, "        if begins_at > now:", "        if begins_at >= now:", "a stage begins an instant late"),
    Mutant(DELAY, "stage, since = next_stage, begins_at", "stage = next_stage", "stages do not say when they began"),
    Mutant(DELAY, "    if count.late_from is not None and not count.ended:\n        return _StageSpan(\"overdue\", breaches_at)\n", "", "nothing is overdue"),
    Mutant(DELAY, "    if count.late_from is not None and not count.ended:", "    if count.late_from is not None:", "an ended file has a stage"),
    Mutant(DELAY, "late and terms.measures_abandonment", "terms.measures_abandonment", "an early abandonment is measured"),
    Mutant(DELAY, "late and terms.measures_abandonment", "late", "a late withdrawal is measured"),
    Mutant(DELAY, "outcome not in review.outcomes:", "False:", "every decision may be reviewed"),
    Mutant(DELAY, "ended_on + timedelta(days=review.days)", "ended_on + timedelta(days=review.days - 1)", "the review ends a day early"),
    Mutant(DELAY, "crossed_at = max(crossed_at, clock.state.stage_since or NEVER)", "pass", "crossings leave the version as it was"),
    Mutant(DELAY, "crosses_at = _sooner(crossing, crosses_at)", "crosses_at = crossing", "a coming event is no crossing"),
    # What a limit counts.
    Mutant(COUNTED_LIMITS, "    def wait(self, after: int, through: int) -> int:\n        return through - after\n", "    def wait(self, after: int, through: int) -> int:\n        return through - after + 1\n", "a civil day too many"),
    Mutant(COUNTED_LIMITS, "self._days.advance(start, self._allowed - counted)", "self._days.advance(start, self._allowed)", "the deadline forgets what was counted"),
    Mutant(COUNTED_LIMITS, "due = self._base + waited", "due = self._base", "waiting does not move a deadline in months"),
    Mutant(COUNTED_LIMITS, "return point + 1", "return self._days.advance(point, 1)", "months are late on business days only"),
    Mutant(COUNTED_LIMITS, "return due - remaining", "return due - remaining - 1", "thresholds of months a day early"),
    Mutant(COUNTED_LIMITS, "return self.due(self._origin, 0, waited) - self._origin - waited", "return self.due(self._origin, 0, waited) - self._origin", "waited days are allowed twice"),
    Mutant(COUNTED_LIMITS, "open_after(self._hours, point, 1)", "open_after(self._hours, point, 2)", "late a microsecond too late"),
    Mutant(COMMITMENTS, "        if self.received_on_day_off == \"next_business_day\":\n            return calendar.business_day_from(received_on)\n", "", "the other convention is ignored"),
    Mutant(COUNTED_LIMITS, "return counted / MICROSECONDS if rest else seconds", "return seconds", "part of a second is not told"),
    Mutant(LIMITS, "calendar.last, self.business_days + _MARGIN_DAYS", "calendar.last, self.business_days", "a deadline outside the calendar is thought countable"),
    Mutant(LIMITS, "return days[max(0, index - 1)]", "return days[max(0, index)]", "calls on the last day are thought countable"),
    Mutant(COUNTED_LIMITS, "min(day.day, monthrange(year, month)[1])", "min(day.day, 28)", "months end on the 28th"),
    Mutant(COUNTED_LIMITS, "index = day.month - 1 + months", "index = day.month + months", "a month too many"),
    # The ledger.
    Mutant(LEDGER, "end = cycle.ended.time if cycle.ended else until", "end = until", "the ledger of an ended cycle goes on"),
    Mutant(LEDGER, "        total += entry.counted\n", "", "the ledger has no running total"),
    Mutant(LEDGER, "        if event.time < first_day:\n            continue\n", "", "events long before the reception break the ledger"),
    Mutant(LEDGER, "changed_nothing=anomalies.get(name)", "changed_nothing=None", "the ledger hides anomalies"),
    Mutant(LEDGER, "voided=name in voided,", "voided=False,", "the ledger hides voids"),
    Mutant(LEDGER_DAYS, "    if calendar.is_business_day(day):\n        return Entry(day, 1", "    if day.weekday() < 5:\n        return Entry(day, 1", "the ledger counts holidays"),
    Mutant(LEDGER_DAYS, "finishes = end if day == last else", "finishes =", "the ledger counts minutes after the end"),
    Mutant(LEDGER_DAYS, "if day.weekday() not in calendar.working_weekdays:", "if day.weekday() in calendar.working_weekdays:", "weekends are told as holidays"),
    # Kinds of request, extensions, milestones, units.
    Mutant(CYCLES, "Cycle(len(self.cycles) + 1, event.time)", "Cycle(1, event.time)", "cycles are not numbered"),
    Mutant(CYCLES, "if request_id in outstanding or request_id in cycle.running:", "if request_id in cycle.running:", "a request can be made twice"),
    Mutant(CYCLES, "    if closed:\n        return _close(", "    if awaited:\n        return _close(", "an answer to nothing is no anomaly"),
    Mutant(COUNTING, "if self.late_from is None and self.counted > self._allowed:", "if self.late_from is None and self.counted >= self._allowed:", "late on the last day"),
    Mutant(COUNTING, "        if point > here:\n            self.counted +=", "        if True:\n            self.counted +=", "the walk goes back before its origin"),
    Mutant(COUNTING, "            if self.holding is waits:", "            if True:", "every spell changes hands"),
    Mutant(COUNTING, "            self.waited += self.limit.wait(self._here, edge)\n", "", "waiting is not told"),
    Mutant(COUNTING, "if self.counted >= self._allowed and not self.ended:", "if self.counted > self._allowed and not self.ended:", "the used-up limit has no deadline while waiting"),
    Mutant(COUNTING, "return self.limit.due(here, self.counted, waited)", "return self.limit.due(self._anchor, self.counted, waited)", "the earliest deadline does not move"),
    Mutant(COUNTING, "            return self.limit.due(self._anchor, self._counted_at_anchor, waited)\n", "            return self.due()\n", "days waited at the end are not added"),
    Mutant(DELAY, "        if point > count.taken_up:\n", "        if point >= count.taken_up:\n", "a stage begins before the file came back"),
    Mutant(DELAY, "begins_at = max(begins_at, count.limit.instant(point))", "begins_at = count.limit.instant(point)", "a stage begins on the day of the answer, before it"),
    Mutant(DELAY, "on_time=False if late else (True if decided else None)", "on_time=not late if status != \"open\" else None", "an open file is never late"),
    Mutant(COUNTED_LIMITS, "return due if self._rolling is None else self._rolling.table.business_day_from(due)", "return due", "no roll-forward"),
    Mutant(COUNTED_LIMITS, "return due if self._rolling is None else self._rolling.table.business_day_from(due)", "return (self._rolling or self._calendar).table.business_day_from(due)", "always roll forward"),
    Mutant(LIMITS, "return calendar.named(self.roll_forward)", "return calendar", "deadlines roll by the standard's own calendar"),
    Mutant(LIMITS, "return self.minutes * 60", "return self.minutes * 60 + 1", "a second too many"),
    Mutant(LIMITS, "return self.hours * 3_600", "return self.hours * 3_000", "an hour is short"),
    Mutant(LIMITS, "return self.weeks * _WEEK_DAYS", "return self.weeks * 5", "a week is five days"),
    Mutant(LEDGER_DAYS, "while day < min(max(begins_on, counted.day_zero), last):", "while day < min(begins_on, last):", "day 0 counts in the ledger"),
    Mutant(LEDGER_DAYS, "start, stop = max(spell.began, begins, origin), min(ends[index], finishes)", "start, stop = max(begins, origin), min(ends[index], finishes)", "the ledger counts minutes before the reception"),
    Mutant(LEDGER_DAYS, "start, stop = max(spell.began, begins, origin), min(ends[index], finishes)", "start, stop = max(spell.began, begins), min(ends[index], finishes)", "the ledger counts minutes before a restart"),
    Mutant(COMMITMENTS, "return self.in_effect and (not self.terms.measured_when or self.terms.measures(attributes))", "return not self.terms.measured_when or self.terms.measures(attributes)", "files outside the effective dates are measured"),
    Mutant(COMMITMENTS, "return self.in_effect and (not self.terms.measured_when or self.terms.measures(attributes))", "return self.in_effect", "conditions on attributes are ignored"),
    Mutant(CYCLES, "if law.at_most is not None and _made(cycle, law) >= law.at_most:", "if law.at_most is not None and _made(cycle, law) > law.at_most:", "one request too many stops the delay"),
    Mutant(CYCLES, "            if law.clock == \"runs\":", "            if False:", "a courtesy stops the delay"),
    Mutant(CYCLES, "cycle.running = _unanswered(ran, request_id)", "pass", "an answer leaves what runs outstanding"),
    Mutant(CYCLES, "cycle.next_lapse <= until:", "cycle.next_lapse < until:", "a wait lapses an instant late"),
    Mutant(CYCLES, "[one for one in cycle.awaited if one.lapses_at == at]", "cycle.awaited", "a lapse ends every wait"),
    Mutant(CYCLES, "lapsed = any(one.lapsed and request_id in (None, one.request_id) for one in cycle.requests)", "lapsed = any(one.lapsed for one in cycle.requests)", "any answer after a lapse is too late"),
    Mutant(CYCLES, "return -1 if self.lapsed else self.law.last_day", "return self.law.last_day", "a lapse takes the day after its last"),
    Mutant(CYCLES, "restarts = not lapsed and any(", "restarts = any(", "a lapse begins the count again"),
    Mutant(CYCLES, "        shift = max([request.last_day for request in closed])", "        shift = min([request.last_day for request in closed])", "of answers together the earliest says which day is the last"),
    Mutant(CYCLES, "default=0)\n                cycle.spells.append(", "default=0) * 0\n                cycle.spells.append(", "an extension in a wait is that of a file answered the next day"),
    Mutant(CYCLES, "        if milestone in self._reached:", "        if False:", "a milestone may be reached twice"),
    Mutant(CYCLES, "        self._reached = ()\n        if", "        if", "a new cycle reaches no milestone again"),
    Mutant(CYCLES, "if milestone == self._passage.ends_with and self.running is not None:", "if self.running is not None:", "any milestone ends a standard"),
    Mutant(CYCLES, "        if milestone == self._passage.begins_with:", "        if False:", "no milestone begins a standard"),
    Mutant(CYCLES, "        if event.data.unit == self.units[-1][1]:", "        if event.data.unit in [unit for _, unit in self.units]:", "a file never comes back to a unit"),
    Mutant(CYCLES, "return \"other\" if others and all(others) else \"client\"", "return \"other\" if any(others) else \"client\"", "a client is forgotten where a third party owes something too"),
    Mutant(COUNTING, "            if spell.restarts and self.late_from is None:", "            if spell.restarts:", "a late file begins again"),
    Mutant(COUNTING, "        self.counted = self.waited = 0\n        self._counted_at_anchor", "        self.counted = 0\n        self._counted_at_anchor", "a restart remembers what was waited"),
    Mutant(COUNTING, "        self.settled_counted = self.settled_waited = 0\n        self._here", "        self._here", "the snapshot of a restart remembers what was counted"),
    Mutant(COUNTING, "        for extension in granted:", "        for extension in ():", "a restart forgets the extensions"),
    Mutant(COUNTING, "max(self.limit.shifted(point, shift), self._waited_through)", "self.limit.shifted(point, shift)", "a day waited is given back too"),
    Mutant(COUNTING, "if edge < self._here and self.late_from is None:", "if edge < self._here:", "a request excuses the day that made the file late"),
    Mutant(COUNTING, "if spell.shift and (self.late_from is None or spell.lapses):", "if spell.shift and self.late_from is None:", "once late a lapse takes a day more"),
    Mutant(COUNTING, "if spell.shift and (self.late_from is None or spell.lapses):", "if spell.shift:", "once late the day of an answer may count"),
    Mutant(COUNTING, "        if self._here < here:\n            self._settle_through(point)\n", "", "the snapshot forgets what another request takes"),
    Mutant(COUNTING, "if law is None or (law.by is None) is (event.data.until is None):", "if law is None:", "a date extends a limit that is extended by days"),
    Mutant(COUNTING, "        if self.late_from is not None:\n            return \"extended_when_late\"\n", "", "an extension forgives a file that is late"),
    Mutant(COUNTING, "made >= law.at_most", "made > law.at_most", "one extension too many"),
    Mutant(COUNTING, "            if amount <= limit.allowed(waited):\n                return False\n", "", "an extension may make the limit shorter"),
    Mutant(COUNTING, "                self._begins_again_at = end", "                pass", "the earliest deadline forgets that the count begins again"),
    Mutant(COUNTING, "return max(self.limit.instant(point), self._taken_up_at)", "return self.limit.instant(point)", "a file is late before it was taken up again"),
    Mutant(COUNTED_LIMITS, "last = microseconds(self._calendar.midnight(self._calendar.next_day(day))) - 1", "last = microseconds(self._calendar.midnight(self._calendar.next_day(day)))", "an extension until a date ends the day after"),
    Mutant(COUNTED_LIMITS, "return last - self._origin - waited", "return last - self._origin", "an extension until a date is moved by what was waited before"),
    Mutant(COUNTED_LIMITS, "self._span.months + months, self._span.days + days", "self._span.months, self._span.days + days", "months extend nothing"),
    Mutant(COUNTED_LIMITS, "self._allowed + by.whole_seconds * MICROSECONDS", "self._allowed + by.whole_seconds", "seconds are microseconds"),
    Mutant(COMMITMENTS, "            return calendar.opening_day(self.received_outside.opening_hours, received_at)", "            return calendar.local_day(received_at)", "what arrives after hours is received that day"),
    Mutant(COMMITMENTS, "first_day=0 if self.counts in (\"in_hand_at_end\", \"in_hand_all_day\") else 1", "first_day=0 if self.counts in (\"in_hand_all_day\",) else 1", "the day of a request counts though it did not end in hand"),
    Mutant(COMMITMENTS, "last_day=-1 if self.counts in (\"in_hand_at_end\", \"in_hand_at_any_time\") else 0", "last_day=-1 if self.counts in (\"in_hand_at_any_time\",) else 0", "the day of an answer does not count though it ended in hand"),
    Mutant(COMMITMENTS, "return calendar.midnight(last + ONE_DAY)", "return calendar.midnight(last)", "a wait lapses a day early"),
    Mutant(COMMITMENTS, "fitting = [terms for terms in self.terms if terms.fits(attributes)]", "fitting = self.terms", "terms fit whatever the attributes"),
    Mutant(COMMITMENTS, "nearest = _nearest(fitting or self.terms, received_on)", "nearest = _nearest(self.terms, received_on)", "the nearest terms need not fit"),
    Mutant(DELAY, "law._replace(extensions={})", "law", "an extension makes files on time without it"),
    Mutant(DELAY, "tiers = [terms.law(calendar, tier.limit) for tier in terms.tiers]", "tiers = [terms.law(calendar, terms.limit) for tier in terms.tiers]", "every tier has the first limit"),
    Mutant(DELAY, "return None if ended_by == units[-1][1] else ended_by", "return None", "a decided cycle counts for the unit that has the file"),
    Mutant(DELAY, "[unit for at, unit in units if at <= cycle.ended.time][-1]", "[unit for at, unit in units if at < cycle.ended.time][-1]", "a transfer at the instant of the decision comes after it"),
    Mutant(DELAY, "terms.waiting is not None and not late:", "terms.waiting is not None:", "a late file waits long"),
    Mutant(DELAY, "    if long_from > now:\n", "    if long_from >= now:\n", "a long wait begins an instant late"),
    Mutant(DELAY, "late and terms.measures_abandonment and outcome is None", "late and terms.measures_abandonment", "a duplicate is measured"),
    Mutant(DELAY, "                crossed_at = max(crossed_at, cycle.lapsed_at)", "                pass", "a lapse leaves the version as it was"),
    Mutant(DELAY, "                    crosses_at = _sooner(cycle.next_lapse, crosses_at)", "                    pass", "a lapse is no crossing"),
    Mutant(LEDGER_DAYS, "elif all(one.ended is not None and (one.lapsed or one.ended < until) for one in requests):", "elif False:", "once late the ledger waits a day after a lapse"),
    Mutant(LEDGER_DAYS, "        if wait.first <= wait.last:\n            waits.append(wait)", "        waits.append(wait)", "a wait without a day hides the next one"),
    Mutant(LEDGER_DAYS, "request.ended < at or (request.lapsed and request.ended == at)", "request.ended < at", "a request at the instant of a lapse goes on waiting"),
    Mutant(FILE_CLOCK, "crosses_at=min(crossings, default=None)", "crosses_at=clocks[0].crosses_at", "a service crosses with its first standard"),
    Mutant(FILE_CLOCK, "crossed_at=max(clock.crossed_at for clock in clocks)", "crossed_at=clocks[0].crossed_at", "a service has the version of its first standard"),
    Mutant(FILE_CLOCK, "return [one for one in first if all(", "return [one for one in first if any(", "what one standard has a use for is an anomaly"),
    Mutant(FILE_CLOCK, "named = None if calendar is own else calendar.identifier", "named = None", "nothing says which calendar counted"),
]  # fmt: skip


def main(words: Sequence[str]) -> int:
    chosen = [
        mutant
        for mutant in MUTANTS
        if not words or any(word in f"{mutant.file} {mutant.label}" for word in words)
    ]
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        for part in ("shared", "tests"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, copy / part, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", copy)
        for mutant in chosen:
            _mutate(mutant, copy)
        if not _tests_pass(copy):
            sys.exit("the tests must pass before anything is mutated")
        for mutant in chosen:
            survivors += _survives(mutant, copy)
    print(f"\n{len(chosen)} mutants, {len(chosen) - survivors} killed, {survivors} survived")
    return 1 if survivors else 0


def _survives(mutant: Mutant, copy: Path) -> bool:
    target = copy / mutant.file
    original = target.read_text(encoding="utf-8")
    target.write_text(_mutate(mutant, copy), encoding="utf-8")
    survived = _tests_pass(copy)
    target.write_text(original, encoding="utf-8")
    verdict = "SURVIVED" if survived else "killed"
    print(f"{verdict:9} {mutant.file:22} {mutant.label}", flush=True)
    return survived


def _mutate(mutant: Mutant, root: Path) -> str:
    text = (root / mutant.file).read_text(encoding="utf-8")
    found = text.count(mutant.old)
    if found != 1:
        sys.exit(f"{mutant.file}: {mutant.label!r}: its text stands {found} times: {mutant.old!r}")
    mutated = text.replace(mutant.old, mutant.new)
    return mutated.replace("import bisect_right", "import bisect_left, bisect_right")


def _tests_pass(copy: Path) -> bool:
    # The fastest tests first: sentences before properties.
    files = sorted(
        copy.glob("tests/unit/domain/**/test_*.py"), key=lambda path: path.name in SLOWEST
    )
    command = [sys.executable, "-B", *TESTS, *map(str, files)]
    finished = subprocess.run(command, cwd=copy, capture_output=True, check=False)
    return finished.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
