"""Who hears of which unit: a file read strictly, and the configuration of Alertmanager that follows from it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import services.compliance
from services.compliance.notifications.alertmanager.config_file import (
    TEAMS_SINCE,
    configuration,
    templates,
)
from services.compliance.notifications.supervisors import load
from shared.domain.calendars.calendar_file import BilingualText
from shared.domain.strict_yaml.reader import FaultsError
from shared.text.texts import Text
from tests.builders import CATALOGUE
from tests.echeance.command import done, told
from tests.servers.prometheus import tool

DEPLOYED = Path(__file__).parents[3] / "deploy" / "alertmanager"
EXAMPLE = (DEPLOYED / "supervisors.yaml").read_text(encoding="utf-8")


def configured() -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load(configuration(load(EXAMPLE, CATALOGUE), CATALOGUE))
    return written


def test_the_configuration_that_is_shipped_is_the_one_that_is_written() -> None:
    text = configuration(load(EXAMPLE, CATALOGUE), CATALOGUE)
    assert (DEPLOYED / "alertmanager.yml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sender: echeance@example.org", "sender: nobody", "3:9: sender: write an e-mail address"),
        ("host: mail.example.org:587", "host: mail", "5:9: mail_server.host: write a host and its"),
        ("  user: echeance\n", "", "5:3: mail_server: give user and password_file together"),
        ("first: 2026", "first: 2060", "8:8: years: last must not be before first"),
        ("last: 2030", "last: 2060", "8:8: years: the calendar 'qc-legal' covers 2010 to 2050"),
        ("  friday: [", "  saturday: [", "14:13: opening_hours.saturday: saturday is no working"),
        ("08:00-16:30", "8-16:30", '10:12: opening_hours.monday.0: write opening hours as "08:00'),
        ("  laval: {", "  atlantis: {", "18:13: units.atlantis: the catalogue has no unit"),
        ("  quebec: {emails: [chefs.quebec@example.org]}", "  quebec: {}", "17:11: units.quebec"),
        ("https://chat", "chat", "18:55: units.laval.webhook: write an address that begins"),
        ("others:", "other:", "other: "),
        ("fr  ", "de  ", "2:11: language: "),
        ("direction: {emails: [direction@example.org]}", "direction: {}", "23:12: direction: give"),
        ("[direction@", "[", "23:22: direction.emails.0: write an e-mail address alone"),
        (
            'webhook: "https://chat.example.org/hooks/laval"',
            'slack: {api_url_file: "https://hooks.slack.com/services/T0/B0/secret"}',
            "units.laval.slack.api_url_file: the address is a secret: put it into a file",
        ),
        (
            'webhook: "https://chat.example.org/hooks/laval"',
            "teams: {webhook_url_file: teams-url}",
            "units.laval.teams.webhook_url_file: write a file's whole path",
        ),
        (
            'webhook: "https://chat.example.org/hooks/laval"',
            'slack: {api_url_file: /etc/a, channel: "two words"}',
            'units.laval.slack.channel: write a channel as "#delays"',
        ),
        (
            "https://chat.example.org/hooks/laval",
            "https://hooks.slack.com/services/T0/B0/secret",
            "units.laval.webhook: Slack takes no general webhook: write slack",
        ),
        (
            "https://chat.example.org/hooks/laval",
            "https://x.webhook.office.com/secret",
            "units.laval.webhook: Teams takes no general webhook: write teams",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(old: str, new: str, expected: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(FaultsError) as refused:
        load(EXAMPLE.replace(old, new, 1), CATALOGUE, "s.yaml")
    assert expected in str(refused.value)
    for fault in refused.value.faults:
        assert isinstance(fault.message, Text) and fault.message.fr != fault.message.en, fault


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
    assert {one["weekdays"][0] for one in hours["time_intervals"]} == {
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
    }
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
    written = yaml.safe_load(configuration(load(changed, CATALOGUE), CATALOGUE))
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
    written = yaml.safe_load(configuration(load(CHATS, CATALOGUE), CATALOGUE))
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


def test_the_name_of_a_commitment_is_text_to_alertmanager_whatever_it_holds(
    prometheus_programs: None, tmp_path: Path
) -> None:
    hostile = 'A "{{ end }}" \\ <b> {{ template "x" . }} `'
    standards = CATALOGUE.standards
    name = BilingualText.model_construct(fr=hostile, en=f"{hostile}\n")
    changed = {**standards, "peq": standards["peq"].model_copy(update={"name": name})}
    promised = CATALOGUE.model_copy(update={"standards": changed})
    file = tmp_path / "echeance.tmpl"
    shipped = (
        Path(services.compliance.__file__).parent / "notifications" / "templates" / "echeance.tmpl"
    )
    text = templates(shipped.read_text("utf-8"), promised, "https://e.example.org/")
    file.write_text(text, encoding="utf-8")

    def rendered(template: str) -> str:
        asked = f'{{{{ template "{template}" "peq" }}}}'
        glob = f"--template.glob={file}"
        return tool("amtool", "template", "render", glob, f"--template.text={asked}").strip()

    assert rendered("echeance.standard.fr") == rendered("echeance.standard.en") == hostile
    assert rendered("echeance.direction.link") == "https://e.example.org/attainment"


def test_without_a_direction_operations_hear_of_the_commitments() -> None:
    text = "\n".join(line for line in EXAMPLE.splitlines() if not line.startswith("direction:"))
    written = yaml.safe_load(configuration(load(text, CATALOGUE), CATALOGUE))
    assert "direction" not in {one["receiver"] for one in written["route"]["routes"]}
    assert written["route"]["receiver"] == "operations"


def test_amtool_takes_slack_and_is_not_asked_about_teams_before_it_knows_them(
    prometheus_programs: None, tmp_path: Path
) -> None:
    given = tmp_path / "supervisors.yaml"
    slack_alone = CHATS.replace("teams: {webhook_url_file: /etc/a/teams}, ", "")
    given.write_text(slack_alone, encoding="utf-8")
    assert "aucune faute" in done("alertmanager-config", given)
    given.write_text(CHATS, encoding="utf-8")
    said = done("alertmanager-config", given)
    version = re.search(r"version 0\.(\d+)", tool("amtool", "--version"))
    assert version
    if int(version[1]) < TEAMS_SINCE[1]:
        assert "Teams demande Alertmanager 0.28 ou plus récent" in said
    else:
        assert "aucune faute" in said


def test_the_command_writes_both_files_and_says_so(tmp_path: Path) -> None:
    given = tmp_path / "supervisors.yaml"
    given.write_text(EXAMPLE, encoding="utf-8")
    said = done("alertmanager-config", given, "--output", tmp_path / "out")
    assert "alertmanager.yml et echeance.tmpl\u00a0: écrits" in said
    for name in ("alertmanager.yml", "echeance.tmpl"):
        assert (tmp_path / "out" / name).read_bytes() == (DEPLOYED / name).read_bytes()


def test_the_command_tells_a_fault_and_writes_nothing(tmp_path: Path) -> None:
    given = tmp_path / "supervisors.yaml"
    given.write_text(EXAMPLE.replace("units:", "unit:"), encoding="utf-8")
    assert f"{given}:15:1: unit\u00a0: cette clé n’existe pas ici" in told(
        "alertmanager-config", given
    )
    assert not (tmp_path / "alertmanager.yml").exists()
