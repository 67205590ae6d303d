"""The configuration of Alertmanager that follows from ``supervisors.yaml``."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from services.compliance.notifications.alertmanager.config_file import configuration
from services.compliance.notifications.supervisors import load
from tests.builders import CATALOGUE
from tests.paths import ROOT

DEPLOYED = ROOT / "deploy" / "alertmanager"
EXAMPLE = (DEPLOYED / "supervisors.yaml").read_text(encoding="utf-8")


def configured(supervisors: str = EXAMPLE) -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load(configuration(load(supervisors, CATALOGUE), CATALOGUE))
    return written


def test_the_configuration_that_is_shipped_is_the_one_that_is_written() -> None:
    text = configuration(load(EXAMPLE, CATALOGUE), CATALOGUE)
    assert (DEPLOYED / "alertmanager.yml").read_text(encoding="utf-8") == text


def test_every_unit_has_its_route_and_the_others_theirs_in_opening_hours_of_business_days() -> None:
    route = configured()["route"]
    assert (route["receiver"], route["group_by"]) == ("operations", ["unit"])
    assert [(one["receiver"], *one["matchers"]) for one in route["routes"]] == [
        (
            "direction",
            'alertname=~"EcheanceAttainmentBelowTarget|EcheanceLateBudgetOvercommitted|EcheanceLateBudgetPace"',
        ),
        ("unit-laval", 'unit="laval"'),
        ("unit-montreal", 'unit="montreal"'),
        ("unit-quebec", 'unit="quebec"'),
        ("others", 'unit!=""'),
    ]
    for one in route["routes"]:
        assert one["active_time_intervals"] == ["opening-hours"]
        assert one["mute_time_intervals"] == ["holidays"]


def test_holidays_are_the_calendars_own_for_the_years_asked_for() -> None:
    hours, holidays = configured()["time_intervals"]
    days = [one["weekdays"][0] for one in hours["time_intervals"]]
    assert days == ["monday", "tuesday", "wednesday", "thursday", "friday"]
    written = {
        date(int(one["years"][0]), int(one["months"][0]), int(day))
        for one in holidays["time_intervals"]
        for day in one["days_of_month"]
    }
    calendar = CATALOGUE.calendar("qc-legal")
    assert written == {day for day in calendar.holidays if 2026 <= day.year <= 2030}
    assert date(2026, 6, 24) in written and len(written) == 45
    assert {one["location"] for one in holidays["time_intervals"]} == {"America/Toronto"}


def test_hours_over_midnight_are_those_of_two_days() -> None:
    friday = 'friday: ["08:00-16:30"]'
    assert friday in EXAMPLE
    changed = EXAMPLE.replace(friday, 'friday: ["08:00-12:00", "22:00-06:00"]')
    changed = changed.replace('thursday: ["08:00-16:30"]', 'thursday: ["16:00-00:00"]')
    written = configured(changed)
    hours = {
        one["weekdays"][0]: [(part["start_time"], part["end_time"]) for part in one["times"]]
        for one in written["time_intervals"][0]["time_intervals"]
    }
    assert hours["thursday"] == [("16:00", "24:00")]
    assert hours["friday"] == [("08:00", "12:00"), ("22:00", "24:00")]
    assert hours["saturday"] == [("00:00", "06:00")]


def test_the_chat_is_told_where_there_is_one() -> None:
    receivers = {one["name"]: one for one in configured()["receivers"]}
    assert receivers["unit-laval"]["webhook_configs"][0]["url"].startswith("https://chat.")
    assert receivers["unit-montreal"]["email_configs"][0]["to"] == (
        "chefs.montreal@example.org, soutien.montreal@example.org"
    )
    assert "webhook_configs" not in receivers["unit-quebec"]


CHATS = (
    EXAMPLE.replace(
        'webhook: "https://chat.example.org/hooks/laval"',
        'slack: {api_url_file: /etc/a/slack, channel: "#laval"}, language: en',
    )
    .replace("quebec: {", "quebec: {teams: {webhook_url_file: /etc/a/teams}, ")
    .replace("direction: {", "direction: {slack: {api_url_file: /etc/a/slack}, ")
)


def test_slack_and_teams_are_told_in_the_units_language_and_their_secrets_stand_in_files() -> None:
    written = configured(CHATS)
    receivers = {one["name"]: one for one in written["receivers"]}
    assert receivers["unit-laval"]["slack_configs"] == [
        {
            "api_url_file": "/etc/a/slack",
            "channel": "#laval",
            "send_resolved": False,
            "title": '{{ template "echeance.unit.subject.en" . }}',
            "text": '{{ template "echeance.unit.slack.en" . }}',
        }
    ]
    assert receivers["unit-quebec"]["msteamsv2_configs"] == [
        {
            "webhook_url_file": "/etc/a/teams",
            "send_resolved": False,
            "title": '{{ template "echeance.unit.subject.fr" . }}',
            "text": '{{ template "echeance.unit.teams.fr" . }}',
        }
    ]
    [mail] = receivers["unit-laval"]["email_configs"]
    assert mail["headers"] == {"Subject": '{{ template "echeance.unit.subject.en" . }}'}
    assert receivers["direction"]["slack_configs"][0]["text"] == (
        '{{ template "echeance.direction.slack.fr" . }}'
    )


def test_without_a_direction_operations_hear_of_the_commitments() -> None:
    text = "\n".join(line for line in EXAMPLE.splitlines() if not line.startswith("direction:"))
    written = configured(text)
    assert "direction" not in {one["receiver"] for one in written["route"]["routes"]}
    assert written["route"]["receiver"] == "operations"
