"""What mails say of limits in opening time, of civil days, and of long waits."""

from __future__ import annotations

import pytest

from services.compliance.notifications.messages import AlertMessages, what_remains
from shared.domain.events import Event
from shared.domain.records import AlertStage, BreachAlert
from tests.builders import at, snapshot
from tests.services.compliance.board.wider import STORY, WIDER

NOW = "2026-11-20 12:00"


def life(file_id: str) -> list[Event]:
    return [event for event in STORY if event.file_id == file_id]


@pytest.mark.parametrize(
    ("file_id", "french", "english"),
    [
        ("COUNTER", "2 h avant l’échéance", "2 h left"),
        ("EMERGENCY", "1 h 15 min avant l’échéance", "1 h 15 min left"),
        ("COUNTER-LATE", "14 h de retard", "14 h late"),
        ("TRACK", "20 jours civils avant l’échéance", "20 civil days left"),
        ("LATE", "18 jours civils de retard", "18 civil days late"),
        (
            "LONG",
            "attend une réponse depuis 50 jours ouvrables",
            "has waited for an answer for 50 business days",
        ),
        (
            "LONG-OTHER",
            "attend la réponse d’un tiers depuis 50 jours ouvrables",
            "has waited for a third party for 50 business days",
        ),
        ("COUNTER-WAITS", "—", "—"),
    ],
)
def test_what_remains_is_in_the_unit_of_the_limit(file_id: str, french: str, english: str) -> None:
    file = snapshot(*life(file_id), now=NOW, catalogue=WIDER)
    state, assigned = file.cycles[-1], file.standard
    standard = WIDER.standards[assigned or ""]
    calendar = WIDER.calendar_of_cycle(standard, state)
    said = [what_remains(state, standard, calendar, at(NOW), spoken) for spoken in ("fr", "en")]
    assert [one.replace("\xa0", " ") for one in said] == [french, english]


def told(file_id: str, stage: AlertStage) -> dict[str, str]:
    file = snapshot(*life(file_id), now=NOW, catalogue=WIDER)
    state = file.cycles[-1]
    assert file.standard and file.unit
    alert = BreachAlert(
        file_id=file_id,
        cycle=1,
        stage=stage,
        stage_since=state.stage_since or at(NOW),
        standard=file.standard,
        unit=file.unit,
        due_on=state.due_on,
        breaches_at=state.breaches_at,
        raised_at=at(NOW),
    )
    annotations = AlertMessages(WIDER, "https://e.example.org").breach(alert, state, at(NOW))
    return {name: value.replace("\xa0", " ") for name, value in annotations.annotations.items()}


def test_an_alert_of_opening_time_is_due_at_a_moment() -> None:
    words = told("COUNTER", "at_risk")
    assert words["due_en"] == "November 20, 2026, 14:00"
    assert words["summary_fr"] == (
        "Dossier COUNTER à risque : 2 h avant l’échéance, échéance le 20 novembre 2026, 14 h 00"
    )


def test_an_alert_of_a_long_wait_has_no_deadline() -> None:
    words = told("LONG-OTHER", "waiting_long")
    assert (words["due_on"], words["due_fr"]) == ("", "—")
    assert words["summary_fr"] == (
        "Dossier LONG-OTHER : attend la réponse d’un tiers depuis 50 jours ouvrables"
    )
    assert words["summary_en"] == (
        "File LONG-OTHER has waited for a third party for 50 business days"
    )
    assert words["stops_en"] == "the answer that is awaited"


def test_what_stops_the_counter_is_what_the_catalogue_says_stops_it() -> None:
    closes = WIDER.standards["access"].closes_with
    named = told("TRACK", "at_risk")["stops_en"]
    assert named.startswith(f"{closes.en}, or a request: particulars, notice to others, ")
    assert "courtesy" not in named
    assert told("COUNTER", "at_risk")["stops_en"] == WIDER.standards["counter"].closes_with.en
