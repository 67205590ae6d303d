"""The data of Alertmanager's templates: a unit's alerts, of each cycle the gravest."""

from __future__ import annotations

from services.compliance.notifications.alertmanager.template_data import of_units
from services.compliance.notifications.messages import AlertMessage
from tests.builders import at

NOW = at("2025-05-22 09:00")


def breach(file_id: str, stage: str, unit: str = "laval") -> AlertMessage:
    names = {"alertname": "EcheanceBreach", "file": file_id, "cycle": "1", "stage": stage}
    return AlertMessage({**names, "unit": unit}, {"list": "https://e.example.org/worklist"})


def test_only_the_gravest_stage_of_a_cycle_is_left() -> None:
    messages = [breach("A", "at_risk"), breach("A", "overdue"), breach("B", "critical")]
    alerts = of_units(messages, NOW)["laval"]["alerts"]
    assert [(one["labels"]["file"], one["labels"]["stage"]) for one in alerts] == [
        ("A", "overdue"),
        ("B", "critical"),
    ]


def test_each_unit_has_its_own_message_with_what_its_alerts_have_in_common() -> None:
    data = of_units([breach("A", "critical"), breach("B", "overdue", "quebec")], NOW)
    assert set(data) == {"laval", "quebec"}
    assert data["quebec"]["commonLabels"]["file"] == "B"
    assert data["laval"]["groupLabels"] == {"unit": "laval"}
