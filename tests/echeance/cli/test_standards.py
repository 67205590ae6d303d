"""``echeance standards``: the list, the check of a catalogue, and a catalogue to begin with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.domain.catalogue import load_catalogue_text
from tests.builders import TEXT
from tests.echeance.command import done, echeance, english, told
from tests.unit.domain.test_catalogue import SMALL

FRENCH = {"ECHEANCE_LANGUAGE": "fr"}


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_commitments_are_listed_in_each_language() -> None:
    french, said = spaced(done("standards")), spaced(done("standards", variables=english()))
    assert french.splitlines()[0] == (
        "Déclaration de services à la clientèle, octobre 2021 (mifi-2021-10, révision 3)"
    )
    assert len(french.splitlines()) == len(said.splitlines()) == 11
    assert re.search(r"caq-etudes +80 % +20 jours ouvrables +Sélection temporaire", french)
    assert re.search(r"caq-etudes +80% +20 business days +Temporary selection", said)
    assert re.search(r"peq +90% +6 months", said) and re.search(r"telephone +80 % +3 min", french)


def test_the_holidays_of_a_year_are_listed_in_each_language(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(TEXT, encoding="utf-8")
    french = done("standards", "holidays", file, "--year", "2026")
    assert re.search(
        r"\nqc-public-service\n(  .*\n)*  2026-06-24  mercredi +Fête nationale", french
    )
    said = done("standards", "holidays", file, "--year", "2026", variables=english())
    assert "  2026-09-07  Monday     Labour Day\n" in said
    assert len(said.splitlines()) == len(french.splitlines())


def test_the_holidays_of_a_year_that_is_not_covered_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(TEXT, encoding="utf-8")
    said = told("standards", "holidays", file, "--year", "1999", variables=english())
    assert "the calendar qc-legal covers the years 2010 to 2050" in said


def test_a_catalogue_without_a_fault_says_so(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert (
        done("standards", "check", file) == f"{file} : 10 engagements, révision 3, aucune faute\n"
    )
    said = done("standards", "check", file, variables=english())
    assert said == f"{file}: 10 commitments, revision 3, no fault\n"


def test_a_catalogue_with_faults_tells_the_line_and_column_of_each(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    wrong = TEXT.replace("revision: 3", "revision: -1").replace("{business_days: 15}", "{days: 15}")
    file.write_text(wrong, encoding="utf-8")
    lines = wrong.splitlines()
    said = told("standards", "check", file)
    places = re.findall(rf"{re.escape(str(file))}:(\d+):(\d+)", said)
    assert [lines[int(line) - 1].strip()[:8] for line, _ in places] == ["revision", "- limit:"]
    assert all(int(column) > 1 for _, column in places)


def test_a_catalogue_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    absent = tmp_path / "absent.yaml"
    assert str(absent) in told("standards", "check", absent, status=2)
    assert str(absent) in told("standards", "--catalogue", absent)
    assert str(absent) in told("standards", variables={"ECHEANCE_CATALOGUE": str(absent)})


def test_what_is_surprising_is_told_beside_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(SMALL.replace("target_percent: 80", "target_percent: 100"), encoding="utf-8")
    french, said = (
        echeance("standards", "check", file, variables=how) for how in (FRENCH, english())
    )
    assert french.exit_code == said.exit_code == 0
    assert french.stdout == f"{file} : 1 engagement, révision 1, aucune faute, 1 avertissement\n"
    assert said.stdout == f"{file}: 1 commitment, revision 1, no fault, 1 warning\n"
    place = f"{file}:31:25: standards.permit.terms.0.target_percent"
    assert french.stderr.startswith(f"{place}\u00a0: une cible de 100")
    assert said.stderr.startswith(f"{place}: a target of 100%")
    file.write_text(
        SMALL.replace("target_percent: 80", "target_percent: 100").replace(
            "at_risk: 5", "at_risk: 10"
        ),
        encoding="utf-8",
    )
    assert done("standards", "check", file).endswith("aucune faute, 2 avertissements\n")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_first_catalogue_is_written_and_has_no_fault(tmp_path: Path, language: str) -> None:
    file, how = tmp_path / "our.yaml", {"ECHEANCE_LANGUAGE": language}
    assert str(file) in done("standards", "init", file, variables=how)
    checked = echeance("standards", "check", file, variables=how)
    assert (checked.exit_code, checked.stderr) == (0, "")
    text = file.read_text(encoding="utf-8")
    assert list(load_catalogue_text(text).languages) == [language]
    assert all(len(line) <= 120 for line in text.splitlines())
    assert text.count("# ") > 15


def test_no_file_is_replaced_by_the_first_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    assert "existe déjà" in told("standards", "init", file)
    assert "exists" in told("standards", "init", file, variables=english())
    assert file.read_text(encoding="utf-8") == "mine"
    assert str(tmp_path / "absent") in told("standards", "init", tmp_path / "absent" / "a.yaml")
