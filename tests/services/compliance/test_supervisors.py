"""Who hears of which unit: a file read strictly, and the configuration of Alertmanager that follows from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.compliance.alertmanager_config import configuration
from services.compliance.supervisors import load
from shared.yaml_positions import FaultsError
from tests.services.standalone.command import done, told
from tests.services.world import CATALOGUE

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
        ("sender: echeance@example.org", "sender: nobody", "2:9: sender: write an e-mail address"),
        ("host: mail.example.org:587", "host: mail", "4:9: mail_server.host: write a host and its"),
        ("  user: echeance\n", "", "4:3: mail_server: give user and password_file together"),
        ("first: 2026", "first: 2060", "7:8: years: last must not be before first"),
        ("last: 2030", "last: 2060", "7:8: years: the calendar 'qc-legal' covers 2010 to 2050"),
        ("  friday: [", "  saturday: [", "13:13: opening_hours.saturday: saturday is no working"),
        ("08:00-16:30", "8-16:30", '9:12: opening_hours.monday.0: write opening hours as "08:00'),
        ("  laval: {", "  atlantis: {", "17:13: units.atlantis: the catalogue has no unit"),
        ("  quebec: {emails: [chefs.quebec@example.org]}", "  quebec: {}", "16:11: units.quebec"),
        ("https://chat", "chat", "17:55: units.laval.webhook: write an address that begins"),
        ("others:", "other:", "other: "),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(old: str, new: str, expected: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(FaultsError) as refused:
        load(EXAMPLE.replace(old, new, 1), CATALOGUE, "s.yaml")
    assert expected in str(refused.value)


def test_every_unit_has_its_route_and_the_others_theirs_in_opening_hours_of_business_days() -> None:
    route = configured()["route"]
    assert (route["receiver"], route["group_by"]) == ("operations", ["standard", "unit"])
    assert [(one["receiver"], *one["matchers"]) for one in route["routes"]] == [
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


def test_the_chat_is_told_where_there_is_one() -> None:
    receivers = {one["name"]: one for one in configured()["receivers"]}
    assert receivers["unit-laval"]["webhook_configs"][0]["url"].startswith("https://chat.")
    assert receivers["unit-montreal"]["email_configs"][0]["to"] == (
        "chefs.montreal@example.org, soutien.montreal@example.org"
    )
    assert "webhook_configs" not in receivers["unit-quebec"]


def test_the_command_writes_both_files_and_says_so(tmp_path: Path) -> None:
    given = tmp_path / "supervisors.yaml"
    given.write_text(EXAMPLE, encoding="utf-8")
    said = done("alertmanager-config", given, "--output", tmp_path / "out")
    assert "alertmanager.yml et echeance.tmpl : écrits" in said
    for name in ("alertmanager.yml", "echeance.tmpl"):
        assert (tmp_path / "out" / name).read_bytes() == (DEPLOYED / name).read_bytes()


def test_the_command_tells_a_fault_and_writes_nothing(tmp_path: Path) -> None:
    given = tmp_path / "supervisors.yaml"
    given.write_text(EXAMPLE.replace("units:", "unit:"), encoding="utf-8")
    assert f"{given}:15:" in told("alertmanager-config", given)
    assert not (tmp_path / "alertmanager.yml").exists()
