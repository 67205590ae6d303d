"""``echeance alerts``: the mails that would be sent now, whole and in both parts; and one that is sent."""

from __future__ import annotations

import re
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.catalogue import Catalogue
from shared.process import runner
from tests.builders import CATALOGUE, TEXT, ZONE, received, revised
from tests.echeance.command import done, echeance, english, lived, told
from tests.paths import ROOT
from tests.servers.ports import free_ports
from tests.servers.smtp import Mailbox

SUPERVISORS = ROOT / "deploy" / "alertmanager" / "supervisors.yaml"
LONG = "Direction de la sélection temporaire, des permanences et des recours de la Montérégie-Est"
IDENTIFIER = "CAQ-2026-000042-REOUVERT-ET-TRES-LONG-IDENTIFIANT-DE-64-CARACTER"
URL = "https://delais.example.org"
PREVIEW = ("alerts", "preview", "--supervisors", SUPERVISORS)


def overdue(folder: Path, catalogue: Catalogue = CATALOGUE) -> Path:
    """A directory of now: in Montréal 25 overdue and one on its way, in Laval an overdue file with a long name."""
    now = runner.now().astimezone(ZONE)
    old, new = (str(now.date() - timedelta(days=days)) for days in (60, 1))
    events = [received(f"CAQ-2026-{number:06}", old) for number in range(25)]
    events += [received("CAQ-2026-000099", new), received(IDENTIFIER, old, unit="laval")]
    return lived(folder, *events, now=f"{now:%Y-%m-%d %H:%M}", catalogue=catalogue)


def preview(folder: Path, *more: object, **variables: str) -> str:
    settings = {"ECHEANCE_PARTITIONS": "2", "ECHEANCE_PUBLIC_URL": URL, **variables}
    return done(*PREVIEW, "--data", folder, *more, variables=settings)


def test_a_preview_shows_the_digest_and_the_alerts_of_each_unit(
    prometheus_programs: None, tmp_path: Path
) -> None:
    said = preview(overdue(tmp_path))
    assert re.findall(r"^———— (.*)$", said, re.MULTILINE) == [
        "digest-montreal",
        "digest-laval",
        "alerts-laval",
        "alerts-montreal",
    ]
    assert said.count("À\u00a0: chefs.montreal@example.org, soutien.montreal@example.org\n") == 2
    assert said.count("Objet\u00a0: 25 dépassés — Montréal\n") == 2
    assert said.count("Objet\u00a0: 1 dépassé — Laval\n") == 2
    assert said.count("… et 5 autres.") == said.count("… and 5 more.") == 2
    assert said.count(f"- {IDENTIFIER}\u00a0: dépassé, ") == 2
    assert f"{URL}/files/{IDENTIFIER}\n" in said
    assert "CAQ-2026-000099" not in said


def test_a_preview_writes_both_parts_and_shows_one_unit_or_the_page(
    prometheus_programs: None, tmp_path: Path
) -> None:
    overdue(tmp_path / "data")
    said = preview(tmp_path / "data", "--unit", "laval", "--output", tmp_path / "out")
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == [
        f"{kind}-laval.{part}" for kind in ("alerts", "digest") for part in ("html", "txt")
    ]
    assert all(name in said for name in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {0o600}
    for name in ("alerts-laval.html", "digest-laval.html"):
        page = (tmp_path / "out" / name).read_text(encoding="utf-8")
        link = f'<a href="{URL}/files/{IDENTIFIER}" style="white-space: nowrap; font-weight: bold">'
        assert page.count(f"{link}{IDENTIFIER}</a>") == 2
    shown = preview(tmp_path / "data", "--unit", "laval", "--part", "html")
    assert shown.count("<!doctype html>") == 2


def test_a_subject_has_at_most_78_characters_whatever_the_unit_is_called(
    prometheus_programs: None, tmp_path: Path
) -> None:
    [old] = re.findall(r"^  montreal: .*$", TEXT, re.MULTILINE)
    change = old, f'  montreal: {{name: {{fr: "{LONG}", en: "{LONG}"}}}}'
    file = tmp_path / "catalogue.yaml"
    file.write_text(TEXT.replace(*change), encoding="utf-8")
    said = preview(
        overdue(tmp_path / "data", revised(1, change)), "--catalogue", file, "--unit", "montreal"
    )
    subjects = re.findall(r"^Objet\u00a0: (.*)$", said, re.MULTILINE)
    assert len(subjects) == 2
    for subject in subjects:
        assert len(subject) <= 78, subject
        assert subject.startswith("25 dépassés — Direction de la sélec") and subject.endswith("…")


def test_a_preview_reads_postgresql_where_the_environment_names_it(migrated_url: str) -> None:
    said = done(*PREVIEW, variables={"ECHEANCE_DATABASE": migrated_url})
    assert said == "aucun courriel ne partirait maintenant\n"


def test_a_preview_without_supervisors_or_of_an_unknown_unit_says_what_to_give(
    tmp_path: Path,
) -> None:
    assert "--supervisors supervisors.yaml, ou ECHEANCE_SUPERVISORS" in told(
        "alerts", "preview", "--data", tmp_path
    )
    said = told(*PREVIEW, "--unit", "atlantis", variables=english())
    assert "the catalogue has no unit atlantis; it has: montreal" in said


def test_a_test_mail_is_sent_and_said_to_be_taken(mailbox: Mailbox) -> None:
    given = ("alerts", "test-mail", "a@example.org", "--supervisors", SUPERVISORS)
    said = done(*given, variables={"ECHEANCE_SMTP": f"smtp://{mailbox.address}"})
    assert said.startswith(f"{mailbox.address} a pris le courriel de echeance@example.org")
    [mail] = mailbox.messages
    assert (mail["To"], mail["Subject"]) == ("a@example.org", "Essai d’Échéance")
    assert "Ceci est un essai" in mail.get_content() and "This is a trial" in mail.get_content()


@pytest.mark.parametrize(
    ("address", "smtp", "expected"),
    [
        ("a@example.org", "", "no mail server: write ECHEANCE_SMTP=smtp://"),
        ("nobody", "smtp://127.0.0.1:1", "nobody is no e-mail address, such as team@example.org"),
        ("a@example.org", "smtp://127.0.0.1:{port}", "the mail was not taken: 127.0.0.1:"),
    ],
)
def test_a_test_mail_that_cannot_be_sent_says_why(address: str, smtp: str, expected: str) -> None:
    [port] = free_ports(1)
    given = ("alerts", "test-mail", address, "--supervisors", SUPERVISORS)
    said = told(*given, variables=english(ECHEANCE_SMTP=smtp.format(port=port)))
    assert expected in said


def test_without_amtool_the_digests_are_shown_and_the_rest_is_said_to_be_missing(
    tmp_path: Path,
) -> None:
    overdue(tmp_path)
    settings = english(ECHEANCE_PARTITIONS="2", PATH=str(tmp_path))
    result = echeance(*PREVIEW, "--data", tmp_path, variables=settings)
    assert result.exit_code == 0
    assert "amtool is not installed: the mails of Alertmanager (2) cannot be shown" in result.stderr
    assert "digest-montreal" in result.stdout and "alerts-" not in result.stdout
