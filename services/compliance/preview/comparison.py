"""The comparison of two catalogues: each file's snapshots under both, folded one after the other.

Pure. A file's history is the same on both sides, and so is ``now``: what differs is the law alone.
The figures are tallied by the same functions as those in use, so that those of the candidate are
what the board would show once it is in use (tests/services/compliance/test_preview.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from operator import attrgetter
from typing import Final

from msgspec.structs import replace

from services.compliance.alerts import law
from services.compliance.attainment.attainment import attainment_of
from services.compliance.periods import Period, fiscal_year_of, is_over, parse_period
from services.compliance.preview.curve import CountedCycles, CurveScope, attainment_curve
from services.compliance.preview.document import (
    MOST_LISTED,
    AlertCount,
    AnswerChangeCount,
    AttainmentCurve,
    AttainmentPair,
    ChangeKind,
    CycleChange,
    CycleCounts,
    KeptShare,
    PeriodPreview,
    PreviewDocument,
    PreviewText,
    StandardPreview,
)
from services.compliance.projection import corrections, snapshot_tallies
from services.compliance.projection.corrections import MeasuredBasis
from shared.domain import (
    AlertStage,
    BreachAlert,
    Catalogue,
    ClockSnapshot,
    CycleState,
    Standard,
    Terms,
    is_pseudonym,
)

CURVE_DAYS: Final = 365
"""The curve is of the cycles decided in so many days up to today."""
MONTHS_SHOWN: Final = 13
"""Months shown although nothing changes: the running one, and those of a year before it."""
MOST_PERIODS: Final = 60
"""Months, or years, of a standard: the last ones."""

_BASES: Final[tuple[MeasuredBasis, ...]] = ("decided", "due")
_Days = Counter[tuple[str, str, int, str]]
"""Cycles by standard, basis, ordinal of the day, outcome."""
_Cycles = dict[tuple[str, int], CycleState]


class PreviewTally:
    """Files under the catalogue in use and under a candidate, as of ``now``."""

    def __init__(self, current: Catalogue, candidate: Catalogue, now: datetime) -> None:
        self._current, self._candidate, self._now = current, candidate, now
        self._today = current.local_day(now)
        self._curve_first = self._today - timedelta(days=CURVE_DAYS - 1)
        self._files = self._changed_files = 0
        self._same: _Days = Counter()
        self._before: _Days = Counter()
        self._after: _Days = Counter()
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._lists: dict[ChangeKind, list[CycleChange]] = defaultdict(list)
        self._answers: Counter[tuple[str, Period, MeasuredBasis]] = Counter()
        self._raised: Counter[tuple[str, AlertStage]] = Counter()
        self._resolved: Counter[tuple[str, AlertStage]] = Counter()
        self._counted: dict[str, CountedCycles] = defaultdict(CountedCycles)

    def add(self, before: ClockSnapshot, after: ClockSnapshot) -> bool:
        """Fold a file; returns whether the candidate would change it, and thus publish it.

        ``after`` is of the next generation and the same position.
        """
        self._files += 1
        self._add_to_curve(after)
        if _same(before, after):
            _tally(self._same, snapshot_tallies.tally_keys(after, self._candidate.zone))
            return False
        self._changed_files += 1
        _tally(self._before, snapshot_tallies.tally_keys(before, self._current.zone))
        _tally(self._after, snapshot_tallies.tally_keys(after, self._candidate.zone))
        old, new = _cycles(before), _cycles(after)
        for key in sorted(old.keys() | new.keys()):
            self._compare(after, key, old.get(key), new.get(key))
        for one in corrections.corrections_of(before, after, self._now, self._candidate.zone):
            answered = one.old or one.new
            assert answered is not None
            year = self._year_of(answered.day)
            self._answers[one.answer.standard, year, one.answer.basis] += 1
        return True

    def add_alerts(
        self, stored: Sequence[BreachAlert], before: ClockSnapshot, after: ClockSnapshot
    ) -> None:
        """Fold the alerts of a file that changes; ``stored`` are all it ever had.

        They are first brought to what they are at ``now`` under the catalogue in use.
        """
        alerts = {one.identity: one for one in stored}
        for one in law.alert_changes(
            stored, None, before, self._now, warned=_warned(self._current)
        ):
            alerts[one.identity] = one
        changes = law.alert_changes(
            list(alerts.values()), before, after, self._now, warned=_warned(self._candidate)
        )
        for one in changes:
            earlier = alerts.get(one.identity)
            was_active = earlier is not None and earlier.active
            if one.active and not was_active:
                self._raised[one.standard, one.stage] += 1
            elif was_active and not one.active:
                self._resolved[one.standard, one.stage] += 1

    def document(self) -> PreviewDocument:
        """What the candidate would change of the files folded so far."""
        current, candidate = self._current.standards, self._candidate.standards
        stages = sorted(self._raised.keys() | self._resolved.keys())
        return PreviewDocument(
            catalogue=self._candidate.catalogue,
            revision_before=self._current.revision,
            revision_after=self._candidate.revision,
            digest_after=self._candidate.digest,
            made_at=self._now,
            files=self._files,
            changed_files=self._changed_files,
            standards=tuple(map(self._standard, {**candidate, **current})),
            alerts=tuple(
                AlertCount(*key, raised=self._raised[key], resolved=self._resolved[key])
                for key in stages
            ),
            changes=tuple(
                one for kind in ("due", "newly_late", "no_longer_late") for one in self._first(kind)
            ),
        )

    def _add_to_curve(self, after: ClockSnapshot) -> None:
        for state in after.cycles:
            ended_on = state.ended_on
            if ended_on is None or not self._curve_first <= ended_on <= self._today:
                continue
            name = state.standard or after.standard
            standard = self._candidate.standards.get(name or "")
            if name is None or standard is None:
                continue
            terms = standard.terms_of(state)
            if terms.limit.unit != self._terms(standard).limit.unit:
                continue
            if state.status == "withdrawn" and terms.measures_abandonment:
                self._counted[name].withdrawn[ceil(state.counted)] += 1
            elif state.status == "decided" and state.measured:
                self._counted[name].decided[ceil(state.counted)] += 1

    def _compare(
        self,
        snapshot: ClockSnapshot,
        key: tuple[str, int],
        old: CycleState | None,
        new: CycleState | None,
    ) -> None:
        standard = key[0] or snapshot.standard
        if standard is None or old == new:
            return
        due_before = None if old is None else old.due_on
        due_after = None if new is None else new.due_on
        ended_on = _ended_on(new or old)
        change = CycleChange(
            "due", standard, snapshot.file_id, key[1], due_before, due_after, ended_on
        )
        counts = self._counts[standard]
        if due_before is not None and due_after is not None and due_before != due_after:
            if ended_on is not None:
                counts["ended_due"] += 1
            else:
                counts["due_later" if due_after > due_before else "due_earlier"] += 1
                self._list(change)
        late = _late(old), _late(new)
        if late[0] != late[1]:
            kind: ChangeKind = "newly_late" if late[1] else "no_longer_late"
            counts[kind] += 1
            self._list(replace(change, kind=kind))
        measured = _measured(old), _measured(new)
        if measured[0] != measured[1]:
            counts["newly_measured" if measured[1] else "no_longer_measured"] += 1

    def _list(self, change: CycleChange) -> None:
        if is_pseudonym(change.file_id):
            return
        listed = self._lists[change.kind]
        listed.append(change)
        if len(listed) > 20 * MOST_LISTED:
            self._lists[change.kind] = self._first(change.kind)

    def _first(self, kind: ChangeKind) -> list[CycleChange]:
        order = attrgetter("standard", "file_id", "cycle")
        return sorted(self._lists[kind], key=order)[:MOST_LISTED]

    def _standard(self, name: str) -> StandardPreview:
        old, new = self._current.standards.get(name), self._candidate.standards.get(name)
        one = new or old
        assert one is not None
        return StandardPreview(
            standard=name,
            name=PreviewText(one.name.fr, one.name.en),
            target=float(self._terms(one).target),
            limit_before=self._limit(old),
            limit_after=self._limit(new),
            cycles=CycleCounts(**self._counts[name]),
            months=self._periods(name, self._month_of, MONTHS_SHOWN),
            years=self._periods(name, self._year_of, 1),
            answers=tuple(
                AnswerChangeCount(year.name, is_over(year, self._today), basis, answers)
                for (standard, year, basis), answers in sorted(self._answers.items())
                if standard == name
            ),
            curve=self._curve(name, new),
        )

    def _curve(self, name: str, standard: Standard | None) -> AttainmentCurve | None:
        if standard is None:
            return None
        limit, target = self._terms(standard).limit, self._terms(standard).target
        fixed = None if limit.whole_in_thresholds is None else int(limit.length)
        scope = CurveScope(limit.unit, self._curve_first, self._today, fixed, target)
        return attainment_curve(self._counted[name], scope)

    def _terms(self, standard: Standard) -> Terms:
        return standard.nearest_terms(self._today)

    def _limit(self, standard: Standard | None) -> PreviewText | None:
        if standard is None:
            return None
        limit = self._terms(standard).limit
        return PreviewText(limit.in_words("fr"), limit.in_words("en"))

    def _month_of(self, day: date) -> Period:
        return parse_period(f"{day:%Y-%m}", self._today)

    def _year_of(self, day: date) -> Period:
        return fiscal_year_of(day, self._current.fiscal_year_start)

    def _periods(
        self, standard: str, period_of: Callable[[date], Period], always: int
    ) -> tuple[PeriodPreview, ...]:
        """The periods of a standard that differ, and the last ones, in order."""
        sums: dict[Period, _Sums] = defaultdict(_Sums)
        for days, sides in (
            (self._same, ("before", "after")),
            (self._before, ("before",)),
            (self._after, ("after",)),
        ):
            for (of, basis, day, outcome), cycles in days.items():
                if of == standard and (basis == "decided" or day < self._today.toordinal()):
                    for side in sides:
                        sums[period_of(date.fromordinal(day))].on[basis, side][outcome] += cycles
        shown = [
            PeriodPreview(*period, one.pair("decided"), one.pair("due"))
            for period, one in sorted(sums.items(), key=lambda item: item[0].first)
        ]
        shown = [one for at, one in enumerate(reversed(shown)) if one.differs or at < always]
        return tuple(reversed(shown[:MOST_PERIODS]))


class _Sums:
    """Cycles by outcome in a period, by basis and side."""

    def __init__(self) -> None:
        self.on: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def pair(self, basis: MeasuredBasis) -> AttainmentPair:
        before, after = self.on[basis, "before"], self.on[basis, "after"]
        return AttainmentPair(
            KeptShare.of(attainment_of(before)), KeptShare.of(attainment_of(after))
        )


def _tally(days: _Days, keys: Iterable[snapshot_tallies.TallyKey]) -> None:
    for standard, basis, day, _, outcome in keys:
        if basis == "decided" or basis == "due":
            days[standard, basis, day, outcome] += 1


def _cycles(snapshot: ClockSnapshot) -> _Cycles:
    return {(state.standard or "", state.number): state for state in snapshot.cycles}


def _warned(catalogue: Catalogue) -> Collection[str]:
    return {name for name, standard in catalogue.standards.items() if standard.has_thresholds}


def _ended_on(state: CycleState | None) -> date | None:
    return None if state is None else state.ended_on


def _late(state: CycleState | None) -> bool:
    """Whether a cycle counts as late, in any way."""
    if state is None:
        return False
    return snapshot_tallies.measured_outcome(state) in snapshot_tallies.MEASURED_LATE


def _measured(state: CycleState | None) -> bool:
    return state is not None and state.measured


def _same(before: ClockSnapshot, after: ClockSnapshot) -> bool:
    """Whether two snapshots of one history say the same of the file."""
    return (
        before.cycles == after.cycles
        and before.standard == after.standard
        and before.unit == after.unit
    )
