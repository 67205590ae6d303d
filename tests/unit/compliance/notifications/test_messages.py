"""The message of an alert: labels that are its identity, annotations in two languages for the moment."""

from __future__ import annotations

from datetime import date

from services.compliance.alerts.law import CatalogueAlerts
from services.compliance.notifications.messages import BREACH, AlertMessages, labels
from shared.domain.records import BreachAlert
from tests.builders import CATALOGUE, at, received, requested, snapshot

MESSAGES = AlertMessages(CATALOGUE, "https://e.example.org/")
ALERT = BreachAlert(
    file_id="A",
    cycle=1,
    stage="critical",
    stage_since=at("2025-05-22"),
    standard="caq-etudes",
    unit="montreal",
    due_on=date(2025, 5, 27),
    breaches_at=at("2025-05-28"),
    raised_at=at("2025-05-22"),
)
RECEIVED = received("A", "2025-04-28")


def test_labels_do_not_change_while_annotations_follow_the_moment() -> None:
    state = snapshot(RECEIVED, now="2025-05-22").cycles[-1]
    first = MESSAGES.breach(ALERT, state, at("2025-05-22 09:00"))
    last_day = MESSAGES.breach(ALERT, state, at("2025-05-27 09:00"))
    assert first.labels == last_day.labels == labels(ALERT)
    assert first.labels["alertname"] == BREACH and first.group == "montreal"
    assert first.annotations["remaining_days"] > last_day.annotations["remaining_days"] == "0"
    assert first.annotations["remaining_en"].endswith("left")
    assert first.annotations["remaining_fr"].endswith("avant l’échéance")


def test_a_file_that_waits_or_is_not_known_has_a_dash_in_place_of_its_days() -> None:
    waiting = snapshot(RECEIVED, requested("A", "2025-05-20"), now="2025-05-22").cycles[-1]
    for state in (waiting, None):
        message = MESSAGES.breach(ALERT, state, at("2025-05-22 09:00"))
        assert message.annotations["remaining_fr"] == message.annotations["remaining_en"] == "—"


def test_alerts_of_a_new_catalogue_are_one_summary_a_unit_with_a_link_to_this_system() -> None:
    raised = at("2025-05-22")
    counts = [
        CatalogueAlerts("laval", "caq-etudes", 2, raised),
        CatalogueAlerts("laval", "peq", 3, raised),
    ]
    [summary] = MESSAGES.summaries(counts)
    assert (summary.group, summary.annotations["alerts"]) == ("laval", "5")
    assert MESSAGES.links_here(summary.annotations)
    assert not AlertMessages(CATALOGUE, "https://other.example.org").links_here(summary.annotations)
