"""One alert for each file, cycle, stage and beginning of that stage; active while the stage or a later one of its run holds.

A temporary selection received on Monday 28 April 2025 has 20 business days: it is at risk from 20 May, critical from 23 May, due on
27 May, and overdue from 28 May.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance.alerts import law
from shared.domain.catalogue import Catalogue
from shared.domain.events import Event
from shared.domain.records import BreachAlert, ClockSnapshot
from tests.builders import (
    CATALOGUE,
    ZONE,
    answered,
    at,
    decided,
    received,
    reopened,
    requested,
    snapshot,
    voided,
    withdrawn,
)
from tests.wider_catalogue import WIDER, acknowledged, asked_third, extended, opened, transferred

RECEIVED = received("A", "2025-04-28")
WARNED = {name for name, standard in CATALOGUE.standards.items() if standard.has_thresholds}

Step = tuple[str, list[Event]]


def fold(*steps: Step, catalogue: Catalogue = CATALOGUE) -> list[BreachAlert]:
    """The alerts of a file, once snapshots of it were folded at some moments, each with more of its events."""
    story: list[Event] = []
    alerts: dict[tuple[object, ...], BreachAlert] = {}
    before: ClockSnapshot | None = None
    standards = catalogue.standards.items()
    warned = {name for name, standard in standards if standard.has_thresholds}
    for moment, events in steps:
        story += events
        after = snapshot(*story, now=moment, catalogue=catalogue)
        if law.may_change(before, after):
            changed = law.alert_changes(
                [*alerts.values()], before, after, at(moment), warned=warned
            )
            alerts |= {alert.identity: alert for alert in changed}
            assert not law.alert_changes(
                [*alerts.values()], before, after, at(moment), warned=warned
            )
        before = after
    return sorted(alerts.values(), key=lambda alert: (alert.stage_since, alert.stage))


def alerts_of(*steps: Step, catalogue: Catalogue = CATALOGUE) -> list[tuple[str, str, str | None]]:
    """Stage, the local day it began, and why it was resolved if it was."""
    return [
        (alert.stage, f"{alert.stage_since.astimezone(ZONE):%m-%d}", alert.resolved_why)
        for alert in fold(*steps, catalogue=catalogue)
    ]


AT_RISK: Step = ("2025-05-20 08:00", [RECEIVED])
CRITICAL: Step = ("2025-05-23 08:00", [])


def test_earlier_stages_stay_active_beside_a_later_one() -> None:
    assert alerts_of(("2025-05-19 23:59", [RECEIVED])) == []
    assert alerts_of(AT_RISK, CRITICAL, ("2025-05-30 12:00", [])) == [
        ("at_risk", "05-20", None),
        ("critical", "05-23", None),
        ("overdue", "05-28", None),
    ]


def test_a_file_that_waits_resolves_its_alert_and_has_a_new_one_when_it_comes_back() -> None:
    waits = "2025-05-20 10:00", [requested("A", "2025-05-20 10:00")]
    assert alerts_of(AT_RISK, waits) == [("at_risk", "05-20", "waiting")]
    back = "2025-05-26 10:00", [answered("A", "2025-05-26 10:00")]
    assert alerts_of(AT_RISK, waits, back) == [
        ("at_risk", "05-20", "waiting"),
        ("at_risk", "05-26", None),
    ]


def test_what_a_late_file_in_months_waits_for_changes_no_alert() -> None:
    """Due on 17 January 2017."""
    late: Step = ("2017-01-20", [received("A", "2016-07-17 20:14", standard="peq")])
    steps: list[Step] = [
        ("2017-04-08", [requested("A", "2017-04-04")]),
        ("2017-04-20", [answered("A", "2017-04-14")]),
        ("2017-05-03", [decided("A", "2017-05-02")]),
    ]
    [overdue], [decision] = fold(late), fold(late, *steps)
    assert f"{overdue.due_on}" == "2017-01-17" and overdue.stage == "overdue"
    assert decision == replace(overdue, resolved_at=at("2017-05-03"), resolved_why="decided")


def test_a_wait_between_two_snapshots_resolves_the_alert() -> None:
    wait: list[Event] = [requested("A", "2025-05-23 10:00"), answered("A", "2025-05-26 10:00")]
    assert alerts_of(AT_RISK, ("2025-05-27 10:00", wait)) == [
        ("at_risk", "05-20", "waiting"),
        ("critical", "05-26", None),
    ]


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (decided("A", "2025-05-23 09:00"), "decided"),
        (withdrawn("A", "2025-05-23 09:00"), "withdrawn"),
        (voided("A", "2025-05-23 09:00", RECEIVED.id), "voided"),
    ],
)
def test_what_ends_a_cycle_resolves_each_of_its_alerts(ends: Event, why: str) -> None:
    assert alerts_of(AT_RISK, CRITICAL, ("2025-05-23 09:30", [ends])) == [
        ("at_risk", "05-20", why),
        ("critical", "05-23", why),
    ]


def test_a_corrected_past_resolves_the_alert_and_raises_the_right_one() -> None:
    earlier = received("A", "2025-04-25", named="earlier", recorded="2025-05-20")
    assert alerts_of(AT_RISK, ("2025-05-20 08:00", [earlier])) == [
        ("at_risk", "05-16", None),
        ("at_risk", "05-20", "corrected"),
    ]


def test_a_voided_decision_makes_the_same_alert_active_again() -> None:
    raised: Step = ("2025-05-23 08:00", [RECEIVED])
    decision: Step = ("2025-05-23 09:00", [decided("A", "2025-05-23 09:00", named="d")])
    assert alerts_of(raised, decision) == [("critical", "05-23", "decided")]
    void: Step = ("2025-05-23 10:00", [voided("A", "2025-05-23 10:00", "d")])
    assert fold(raised, decision, void) == fold(raised)


def test_a_reopened_file_raises_alerts_of_its_new_cycle() -> None:
    again: list[Event] = [decided("A", "2025-05-29 09:00"), reopened("A", "2025-05-30 09:00")]
    steps: list[Step] = [
        ("2025-05-29 08:00", [RECEIVED]),
        ("2025-05-30 09:00", again),
        ("2025-07-10 08:00", []),
    ]
    found = [(alert.cycle, alert.stage, alert.resolved_why) for alert in fold(*steps)]
    assert found == [(1, "overdue", "decided"), (2, "overdue", None)]


def test_a_file_that_is_not_measured_raises_nothing() -> None:
    followed = received("A", "2025-04-28", standard="evaluation-comparative")
    assert snapshot(followed, now="2025-09-28").cycles[0].stage == "overdue"
    assert fold(("2025-09-28", [followed])) == []


def test_a_standard_without_thresholds_raises_nothing() -> None:
    call = received("A", "2025-04-28 09:00", standard="telephone")
    assert snapshot(call, now="2025-04-28 10:00").cycles[0].stage == "overdue"
    assert fold(("2025-04-28 10:00", [call])) == []


def test_a_standard_that_loses_its_thresholds_resolves_its_alerts() -> None:
    raised, now = fold(AT_RISK), at("2025-05-20 09:00")
    after = snapshot(RECEIVED, now="2025-05-20 09:00")
    [resolved] = law.alert_changes(raised, after, replace(after, generation=2), now, warned=())
    assert (resolved.resolved_why, resolved.resolved_at) == ("corrected", now)


def test_a_file_moved_to_another_unit_keeps_its_alert_under_that_unit() -> None:
    right = received("A", "2025-04-28", named="right", unit="laval")
    moved: Step = ("2025-05-20 09:00", [voided("A", "2025-05-20 07:00", RECEIVED.id), right])
    [before], [after] = fold(AT_RISK), fold(AT_RISK, moved)
    assert (before.unit, after.unit) == ("montreal", "laval")
    assert replace(before, unit="laval") == after and after.active


@pytest.mark.parametrize(
    ("now", "position", "by_catalogue"),
    [
        ("2025-05-21 08:00", 0, True),
        ("2025-05-20 00:30", 0, False),  # the stage has only just begun: time raised it
        ("2025-05-21 08:00", 1, False),  # a new event did
    ],
)
def test_only_a_generation_that_changes_an_old_stage_marks_the_alert(
    now: str, position: int, by_catalogue: bool
) -> None:
    before = snapshot(RECEIVED, now="2025-05-19 08:00")
    after = replace(snapshot(RECEIVED, now=now), generation=2, position=position)
    [raised] = law.alert_changes([], before, after, at(now), warned=WARNED)
    assert raised.by_catalogue is by_catalogue


@given(st.lists(st.integers(0, 70 * 24), min_size=1, max_size=6), st.integers(0, 70 * 24))
def test_the_present_stage_is_active_and_no_more_severe_one(hours: list[int], waits: int) -> None:
    """Whatever the moments at which the file is looked at, and whether it waited once."""
    wait: list[Event] = [requested("A", _moment(waits)), answered("A", _moment(waits + 30))]
    moments = [_moment(hour) for hour in sorted(hours)]
    alerts = fold(
        *((moment, [RECEIVED, *wait] if n == 0 else []) for n, moment in enumerate(moments))
    )
    [state] = snapshot(RECEIVED, *wait, now=moments[-1]).cycles
    active = [alert for alert in alerts if alert.active]
    present = state.stage if state.stage in law.STAGES else None
    assert [one.stage for one in active if one.stage_since == state.stage_since] == (
        [present] if present else []
    )
    severity = law.STAGES.index(present) if present else -1
    assert all(law.STAGES.index(alert.stage) <= severity for alert in active)


def _moment(hours: int) -> str:
    day, hour = divmod(hours, 24)
    month, of_month = (5, day + 1) if day < 31 else (6, day - 30) if day < 61 else (7, day - 60)
    return f"2025-{month:02}-{of_month:02} {hour:02}:00"


ANSWER = opened("A", "2025-05-01", "request-answer")
"""Due on 31 May 2025; at risk from 21 May, critical from 26 May."""
WAITS: Step = ("2025-05-02 10:00", [ANSWER, requested("A", "2025-05-02")])
LONG: Step = ("2025-05-17", [])
"""From the end of ten business days on."""


def wider(*steps: Step) -> list[tuple[str, str, str | None]]:
    return alerts_of(*steps, catalogue=WIDER)


def test_a_long_wait_raises_an_alert_without_a_deadline_until_the_answer() -> None:
    assert wider(WAITS) == []
    [alert] = fold(WAITS, LONG, catalogue=WIDER)
    assert (alert.stage, alert.due_on, alert.breaches_at) == ("waiting_long", None, None)
    [(stage, began, why)] = wider(WAITS, LONG, ("2025-06-20", []))
    assert (stage, why) == ("waiting_long", None)
    back = "2025-05-20", [answered("A", "2025-05-20")]
    assert wider(WAITS, LONG, back) == [("waiting_long", began, "answered")]
    assert wider(WAITS, ("2025-06-20", [answered("A", "2025-06-20")])) == []


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (decided("A", "2025-05-20"), "decided"),
        (withdrawn("A", "2025-05-20"), "withdrawn"),
        (voided("A", "2025-05-20", ANSWER.id), "voided"),
        (voided("A", "2025-05-20", WAITS[1][1].id), "corrected"),
    ],
)
def test_what_ends_a_long_wait_resolves_its_alert(ends: Event, why: str) -> None:
    [(_, _, end)] = wider(WAITS, LONG, ("2025-05-20 01:00", [ends]))
    assert end == why


def test_a_second_long_wait_is_another_alert() -> None:
    again: list[Event] = [answered("A", "2025-05-20"), asked_third("A", "2025-05-21")]
    ends = [why for _, _, why in wider(WAITS, LONG, ("2025-06-20", again))]
    assert ends == ["answered", None]


def test_an_extension_that_ends_a_stage_resolves_it_as_extended() -> None:
    critical: Step = ("2025-05-27", [ANSWER])
    assert wider(("2025-05-22", [ANSWER]), ("2025-05-27", [])) == [
        ("at_risk", "05-21", None),
        ("critical", "05-26", None),
    ]
    extension: Step = ("2025-05-27 10:00", [extended("A", "2025-05-27 09:00")])
    assert wider(critical, extension) == [("critical", "05-26", "extended")]
    assert wider(critical, extension, ("2025-06-21", [])) == [
        ("critical", "05-26", "extended"),
        ("at_risk", "06-20", None),
    ]


def test_each_standard_of_a_file_has_its_alerts() -> None:
    """To be acknowledged by 9 March 2026, and answered by 1 April."""
    steps: list[Step] = [
        ("2026-03-07", [opened("A", "2026-03-02", "request")]),
        ("2026-03-10", []),
        ("2026-03-11", [acknowledged("A", "2026-03-10 10:00")]),
        ("2026-04-03", [transferred("A", "2026-04-01", "south")]),
    ]
    found = fold(*steps, catalogue=WIDER)
    assert {(one.standard, one.of_standard) for one in found} == {
        ("request-ack", "request-ack"),
        ("request-answer", "request-answer"),
    }
    ends = [(one.standard, one.stage, one.resolved_why, one.unit) for one in found]
    assert ends == [
        ("request-ack", "critical", "decided", "north"),
        ("request-ack", "overdue", "decided", "north"),
        ("request-answer", "overdue", None, "south"),
    ]
