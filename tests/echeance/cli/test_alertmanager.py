"""``echeance alertmanager-config``, and its files in Alertmanager's own tool."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import services.compliance
from services.compliance.notifications.alertmanager.config_file import TEAMS_SINCE, templates
from shared.domain.calendars.values import BilingualText
from tests.builders import CATALOGUE
from tests.echeance.command import done, told
from tests.servers.prometheus import tool
from tests.unit.compliance.notifications.alertmanager.test_config_file import (
    CHATS,
    DEPLOYED,
    EXAMPLE,
)


def test_the_name_of_a_commitment_is_text_to_alertmanager_whatever_it_holds(
    prometheus_programs: None, tmp_path: Path
) -> None:
    hostile = 'A "{{ end }}" \\ <b> {{ template "x" . }} `'
    standards = CATALOGUE.standards
    name = BilingualText.model_construct(fr=hostile, en=f"{hostile}\n")
    changed = {**standards, "peq": standards["peq"].model_copy(update={"name": name})}
    catalogue = CATALOGUE.model_copy(update={"standards": changed})
    file = tmp_path / "echeance.tmpl"
    shipped = (
        Path(services.compliance.__file__).parent / "notifications" / "templates" / "echeance.tmpl"
    )
    text = templates(shipped.read_text("utf-8"), catalogue, "https://e.example.org/")
    file.write_text(text, encoding="utf-8")

    def rendered(template: str) -> str:
        asked = f'{{{{ template "{template}" "peq" }}}}'
        glob = f"--template.glob={file}"
        return tool("amtool", "template", "render", glob, f"--template.text={asked}").strip()

    assert rendered("echeance.standard.fr") == rendered("echeance.standard.en") == hostile
    assert rendered("echeance.direction.link") == "https://e.example.org/attainment"


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
    assert stat.S_IMODE((tmp_path / "out" / "alertmanager.yml").stat().st_mode) == 0o600
    for name in ("alertmanager.yml", "echeance.tmpl"):
        assert (tmp_path / "out" / name).read_bytes() == (DEPLOYED / name).read_bytes()


def test_the_command_tells_a_fault_and_writes_nothing(tmp_path: Path) -> None:
    given = tmp_path / "supervisors.yaml"
    given.write_text(EXAMPLE.replace("units:", "unit:"), encoding="utf-8")
    assert f"{given}:15:1: unit\u00a0: cette clé n’existe pas ici" in told(
        "alertmanager-config", given
    )
    assert not (tmp_path / "alertmanager.yml").exists()
