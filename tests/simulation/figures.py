"""Section 5 of the counting rules, counted from scratch: every figure from the oracle's clocks, one cycle after the other.

Shares no code with the product. A period is the set of the days that bear its name; a figure is a count of cycles over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

from tests.simulation.scratch import Known, in_whole
from tests.unit.domain.oracle_calendar import ONE_DAY, is_business_day, local_day

TARGETS = dict.fromkeys(("peq", "prtq", "plainte"), Fraction(9, 10)) | {
    "accompagnement": Fraction(85, 100)
}
IN_MONTHS = ("peq", "prtq")


class Cycle(NamedTuple):
    """A cycle, with the file it belongs to."""

    file_id: str
    standard: str
    unit: str
    state: Mapping[str, Any]

    @property
    def outcome(self) -> str | None:
        """How it is measured, if it is: decided, abandoned after the limit, or overdue."""
        if not self.state["measured"]:
            return None
        if self.state["status"] == "decided":
            return "on_time" if self.state["on_time"] else "late"
        if self.state["status"] == "withdrawn":
            return "abandoned"
        return "overdue" if self.state["stage"] == "overdue" else None

    def day(self, basis: str) -> date | None:
        day: date | None = self.state["ended_on" if basis == "decided" else "due_on"]
        return day


def cycles(files: Mapping[str, Known]) -> list[Cycle]:
    return [
        Cycle(file_id, known.standard, known.unit, state)
        for file_id, known in files.items()
        if known.standard is not None and known.unit is not None
        for state in known.cycles
    ]


@cache
def names(day: date) -> frozenset[str]:
    """The periods of the calendar that a day belongs to."""
    fiscal = day.year if day.month >= 4 else day.year - 1
    quarter = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3, 10: 4, 11: 4, 12: 4}
    return frozenset(
        (
            f"{day.year}-{day.month:02}",
            f"{day.year}-Q{quarter[day.month]}",
            f"{fiscal}-{fiscal + 1}",
        )
    )


def _is_named(name: str, day: date) -> bool:
    return name in names(day)


def periods(begins: date, today: date) -> dict[str, Callable[[date], bool]]:
    """Every period of a stretch of time, past, present and one ahead, as the question whether a day is in it."""
    found: dict[str, Callable[[date], bool]] = {}
    day = begins
    while day < today + timedelta(days=40):
        for name in names(day):
            found[name] = partial(_is_named, name)
        day += ONE_DAY
    month, quarter, fiscal = sorted(names(today), key=lambda name: (len(name), name[5:6] == "Q"))
    for kind, name in (("month", month), ("quarter", quarter), ("fiscal-year", fiscal)):
        found[kind] = found[name]
    for length, ended in product((30, 90), (0, 45)):
        end = today - timedelta(days=ended)
        last = {end - timedelta(days=ago) for ago in range(length)}
        name = f"rolling-{length}-to-{end}" if ended else f"rolling-{length}"
        found[name] = last.__contains__
    return found


def behind(
    found: Iterable[Cycle], basis: str, within: Callable[[date], bool], today: date
) -> list[Cycle]:
    """The cycles that a figure counts, by day, file and number."""
    listed = []
    for cycle in found:
        day = cycle.day(basis)
        if cycle.outcome is None or day is None or not within(day):
            continue
        if basis == "due" and day >= today:
            continue
        if basis == "decided" and cycle.outcome == "overdue":
            continue
        listed.append((day, cycle.file_id, cycle.state["number"], cycle))
    return [cycle for *_, cycle in sorted(listed, key=lambda one: one[:3])]


def delays(
    found: Iterable[Cycle], standard: str, within: Callable[[date], bool]
) -> dict[str, dict[str, Any]]:
    """How long the decided, measured cycles of a standard took, with the stops and without."""
    ended = [
        (in_whole(one.state["settled"][0]), in_whole(one.state["gross"]))
        for one in found
        if one.standard == standard
        and one.outcome in ("on_time", "late")
        and within(one.state["ended_on"])
    ]
    return {
        "net": statistics(sorted(net for net, _ in ended)),
        "gross": statistics(sorted(gross for _, gross in ended)),
    }


def taken(cycle: Cycle) -> tuple[int | None, int | None]:
    """What a cycle that ended took, with the stops and without."""
    if cycle.state["ended_on"] is None:
        return None, None
    return in_whole(cycle.state["settled"][0]), in_whole(cycle.state["gross"])


def statistics(amounts: Sequence[int]) -> dict[str, Any]:
    """The least amount that so many in a hundred do not exceed, and the mean."""
    row: dict[str, Any] = {"mean": None, "median": None, "p80": None, "p90": None}
    for name, percent in (("median", 50), ("p80", 80), ("p90", 90)):
        for amount in amounts:
            if sum(other <= amount for other in amounts) * 100 >= percent * len(amounts):
                row[name] = amount
                break
    if amounts:
        row["mean"] = round(sum(amounts) / len(amounts), 6)
    return row


def attainment(
    found: Sequence[Cycle], standard: str, basis: str, within: Callable[[date], bool], today: date
) -> dict[str, Any]:
    """A row of the attainment of one standard, over the cycles given (of a unit, or of all)."""
    found = [cycle for cycle in found if cycle.standard == standard]
    counted = behind(found, basis, within, today)
    on_time = sum(cycle.outcome == "on_time" for cycle in counted)
    measured = len(counted)
    target = TARGETS.get(standard, Fraction(8, 10))
    allowed = 0
    while Fraction(measured - allowed - 1, max(measured, 1)) >= target and allowed < measured:
        allowed += 1
    used = sum(cycle.outcome in ("late", "abandoned") for cycle in counted)
    overdue = sum(
        cycle.outcome == "overdue" for cycle in (found if basis == "decided" else counted)
    )
    if basis == "decided" and is_over(within, today):
        overdue = 0
    row: dict[str, Any] = {
        "attainment": round(on_time / measured, 6) if measured else None,
        "measured": measured,
        "on_time": on_time,
        "late": measured - on_time,
        "late_allowed": allowed,
        "late_used": used,
        "late_committed": used + overdue,
        "late_left": allowed - used - overdue,
    }
    if standard == "telephone" and basis == "decided":
        row["formulas"] = _formulas(found, counted, within)
    return row


@cache
def is_over(within: Callable[[date], bool], today: date) -> bool:
    """Whether no day of a period is left."""
    return not any(within(today + timedelta(days=ahead)) for ahead in range(400))


def _formulas(
    found: Sequence[Cycle], counted: Sequence[Cycle], within: Callable[[date], bool]
) -> dict[str, Any]:
    on_time = sum(cycle.outcome == "on_time" for cycle in counted)
    answered = sum(cycle.state["status"] == "decided" for cycle in counted)
    gave_up_early = sum(
        cycle.state["status"] == "withdrawn"
        and cycle.outcome is None
        and within(cycle.state["ended_on"])
        for cycle in found
    )
    denominators = {
        "answered": answered,
        "answered_or_abandoned_after_the_limit": len(counted),
        "offered": len(counted) + gave_up_early,
    }
    return {
        name: {"attainment": round(on_time / of, 6) if of else None, "on_time": on_time, "of": of}
        for name, of in denominators.items()
    }


def opened(found: Iterable[Cycle], standard: str, calendar: str, today: date) -> dict[str, Any]:
    """A row of what is open in one standard, over the cycles given."""
    stages = dict.fromkeys(("on_track", "at_risk", "critical", "overdue"), 0)
    remaining = dict.fromkeys(("overdue", "0", "1-2", "3-5", "6-10", ">10"), 0)
    waiting = dict.fromkeys(("0-5", "6-20", "21-60", ">60"), 0)
    ages = {
        age: dict.fromkeys(stages, 0)
        for age in ("0-5", "6-10", "11-20", "21-40", "41-80", "81-160", ">160")
    }
    followed = 0
    oldest, longest = list[date](), list[date]()
    for cycle in found:
        state = cycle.state
        if cycle.standard != standard or state["status"] not in ("open", "waiting"):
            continue
        if not state["measured"]:
            followed += 1
        elif state["stage"] is None:
            began = local_day(state["since"])
            longest.append(began)
            waiting[_bucket(_days(began, standard, calendar, today), waiting)] += 1
        else:
            stages[state["stage"]] += 1
            oldest.append(state["received_on"])
            age = _bucket(_days(state["received_on"], standard, calendar, today), ages)
            ages[age][state["stage"]] += 1
            left = _days(today, standard, calendar, state["due_on"])
            remaining["overdue" if state["stage"] == "overdue" else _bucket(left, remaining)] += 1
    return {
        "open": sum(stages.values()),
        "stages": stages,
        "remaining": remaining,
        "ages": ages,
        "oldest": _since(oldest, standard, calendar, today),
        "waiting": sum(waiting.values()),
        "waiting_days": waiting,
        "waiting_longest": _since(longest, standard, calendar, today),
        "waiting_other": 0,
        "waiting_long": 0,
        "followed": followed,
    }


def _days(after: date, standard: str, calendar: str, through: date) -> int:
    """The days of a standard's limit from one day to another."""
    if standard in IN_MONTHS:
        return (through - after).days
    return business_days(calendar, after, through)


def _bucket(days: int, names: Collection[str]) -> str:
    for name in names:
        ends = name.split("-")
        if name.isdigit() and days == int(name):
            return name
        if len(ends) == 2 and int(ends[0]) <= days <= int(ends[1]):
            return name
    [beyond] = [name for name in names if name.startswith(">") and days > int(name[1:])]
    return beyond


def _since(
    days: Sequence[date], standard: str, calendar: str, today: date
) -> dict[str, Any] | None:
    if not days:
        return None
    first = min(days)
    unit = "civil_days" if standard in IN_MONTHS else "business_days"
    return {"day": first.isoformat(), unit: _days(first, standard, calendar, today)}


@cache
def business_days(calendar: str, after: date, through: date) -> int:
    days, day = 0, after
    while day < through:
        day += ONE_DAY
        days += is_business_day(calendar, day)
    return days


class Answer(NamedTuple):
    """What one cycle counts as on a basis: its day, and whether it was on time."""

    file_id: str
    cycle: int
    standard: str
    unit: str
    basis: str
    day: date
    on_time: bool


def answers(file_id: str, known: Known, now: datetime) -> Iterator[Answer]:
    """What a file answers at a moment after the one it is known at: what is left open goes overdue by itself."""
    for cycle in cycles({file_id: known}):
        state, outcome = cycle.state, cycle.outcome
        if outcome is None and state["measured"] and state["status"] in ("open", "waiting"):
            passed = state["breaches_at"] is not None and state["breaches_at"] <= now
            outcome = "overdue" if passed else None
        for basis in ("decided", "due"):
            day = cycle.day(basis)
            if outcome is not None and day is not None:
                yield Answer(
                    file_id,
                    state["number"],
                    cycle.standard,
                    cycle.unit,
                    basis,
                    day,
                    outcome == "on_time",
                )


Told = tuple[str, int, str, str, str, tuple[str, str] | None, tuple[str, str] | None]


def corrections(file_id: str, old: Known, new: Known, at: datetime, now: datetime) -> Counter[Told]:
    """The answers of months that were over at a moment, which differ in what is known after it."""
    before = {answer[:5]: answer for answer in answers(file_id, old, now)}
    after = {answer[:5]: answer for answer in answers(file_id, new, now)}
    found: Counter[Told] = Counter()
    for name in before.keys() | after.keys():
        was, became = before.get(name), after.get(name)
        months = [one and (one.day.strftime("%Y-%m"), one.on_time) for one in (was, became)]
        closed = [month for month in months if month and month[0] < local_day(at).strftime("%Y-%m")]
        if closed and months[0] != months[1]:
            found[(*name, _told(was), _told(became))] += 1
    return found


def _told(answer: Answer | None) -> tuple[str, str] | None:
    return answer and (answer.day.isoformat(), "on_time" if answer.on_time else "late")
