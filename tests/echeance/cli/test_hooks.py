"""``echeance hooks``: what a delivery would give, before anything is sent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.echeance.command import done, echeance, english, told
from tests.paths import ROOT

RECEIVED = {
    "id": "77-1",
    "event": "received",
    "file": "P-77",
    "at": "2026-04-28T10:00:00-04:00",
    "unit": "Town hall",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples/hooks", tmp_path / "hooks")
    (tmp_path / "hooks/permits.secret").write_text("it is a secret to everybody", "utf-8")
    return tmp_path / "hooks"


def options(folder: Path) -> list[object]:
    return ["--hooks", folder / "hooks.yaml", "--catalogue", folder / "catalogue.yaml"]


def test_the_file_is_checked_with_its_mappings_and_secrets(folder: Path) -> None:
    listed = done("hooks", "check", *options(folder), variables=english())
    assert "/v1/hooks/permits" in listed and "permissions of permits" in listed
    assert "/v1/hooks/sensors" in listed and "by token" in listed
    (folder / "permits.secret").unlink()
    said = told("hooks", "check", *options(folder), variables=english())
    assert "hooks.yaml:6:" in said and "cannot be read" in said
    (folder / "permits.yaml").unlink()
    said = told("hooks", "check", *options(folder))
    assert "hooks.yaml:4:" in said and "hooks.yaml:9:" in said  # every hook that names the mapping
    assert "hooks.sensors.mapping : ce fichier ne peut pas être lu" in said.replace("\u00a0", " ")
    assert "n’existe pas" in said and "No such file" not in said
    (folder / "hooks.yaml").unlink()
    assert "hooks.yaml: ce fichier ou ce dossier n’existe pas" in told(
        "hooks", "check", *options(folder)
    )
    assert "ECHEANCE_HOOKS" in told("hooks", "check")


def test_a_recorded_delivery_is_tried(folder: Path) -> None:
    body = json.dumps([RECEIVED, {"event": "note"}])
    tried = echeance(
        "hooks", "try", "permits", "-", *options(folder), given=body, variables=english()
    )
    assert tried.exit_code == 0, tried.output
    event = json.loads(tried.stdout)
    assert (event["subject"], event["data"]["unit"]) == ("P-77", "hall")
    assert "1 event(s), 1 item(s) ignored" in tried.stderr and "1  note" in tried.stderr


def test_a_delivery_that_would_be_refused_says_every_fault(folder: Path) -> None:
    for body, faults in (
        (json.dumps({**RECEIVED, "at": "?", "file": "é"}), ["item 0, /at: ", "item 0, /file: "]),
        (json.dumps({**RECEIVED, "at": "2019-01-01T00:00:00Z"}), ["item 0 → /time: "]),
        ("{", ["The text is not JSON"]),
    ):
        said = told(
            "hooks", "try", "permits", "-", *options(folder), given=body, variables=english()
        )
        assert all(one in said for one in faults), said
    assert "no webhook 'none'" in told(
        "hooks", "try", "none", "-", *options(folder), given="{}", variables=english()
    )


def test_a_profile_is_printed_in_the_language_of_the_command() -> None:
    assert "déclencheur" in done("hooks", "profile", "zammad")
    assert "trigger" in done("hooks", "profile", "zammad", variables=english())
