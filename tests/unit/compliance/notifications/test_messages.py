"""The message of an alert: labels that are its identity, annotations in two languages for the moment."""

from __future__ import annotations

from datetime import UTC, date

from msgspec.structs import replace

from services.compliance.alerts.law import CatalogueAlerts
from services.compliance.notifications.messages import AlertMessages, labels
from shared.domain.records import BreachAlert
from tests.builders import CATALOGUE, at, received, requested, snapshot

MESSAGES = AlertMessages(CATALOGUE, "https://e.example.org/")
ALERT = BreachAlert(
    file_id="A",
    cycle=1,
    stage="critical",
    stage_since=at("2025-05-23").astimezone(UTC),
    standard="caq-etudes",
    unit="montreal",
    due_on=date(2025, 5, 27),
    breaches_at=at("2025-05-28"),
    raised_at=at("2025-05-23"),
)
RECEIVED = received("A", "2025-04-28")


def test_labels_do_not_change_while_annotations_follow_the_moment() -> None:
    state = snapshot(RECEIVED, now="2025-05-23").cycles[-1]
    first = MESSAGES.breach(ALERT, state, at("2025-05-23 09:00"))
    last_day = MESSAGES.breach(ALERT, state, at("2025-05-27 09:00"))
    assert first.group == "montreal"
    assert first.labels == last_day.labels == labels(ALERT)
    assert first.labels == {
        "alertname": "EcheanceBreach",
        "began": "2025-05-23T04:00:00Z",
        "cycle": "1",
        "file": "A",
        "stage": "critical",
        "standard": "caq-etudes",
        "unit": "montreal",
    }
    assert (first.annotations["remaining_days"], last_day.annotations["remaining_days"]) == (
        "2",
        "0",
    )
    assert first.annotations.items() >= {
        ("due_on", "2025-05-27"),
        ("remaining_fr", "2 jours ouvrables avant l’échéance"),
        ("remaining_en", "2 business days left"),
        ("since_fr", "23 mai 2025, 00\u00a0h\u00a000"),
        ("unit_fr", "Montréal"),
        ("link", "https://e.example.org/files/A"),
    }
    assert "demande de documents" in first.annotations["stops_fr"]
    assert first.annotations["summary_en"].startswith(
        "File A critical: 2 business days left, due May 27, 2025"
    )


def test_a_file_that_waits_or_is_not_known_has_a_dash_in_place_of_its_days() -> None:
    waiting = snapshot(RECEIVED, requested("A", "2025-05-20"), now="2025-05-23").cycles[-1]
    for state in (waiting, None):
        message = MESSAGES.breach(ALERT, state, at("2025-05-23 09:00"))
        assert message.annotations["remaining_fr"] == message.annotations["remaining_en"] == "—"


def test_a_unit_that_the_catalogue_lacks_is_named_by_its_code() -> None:
    message = MESSAGES.breach(replace(ALERT, unit="atlantis"), None, at("2025-05-23 09:00"))
    assert message.annotations["unit_fr"] == "atlantis"


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
