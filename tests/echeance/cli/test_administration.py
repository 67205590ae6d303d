"""``echeance token``, ``standards``, ``report``, ``explain`` and ``rebuild``, on a directory where files have lived."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.domain.events import Event
from shared.http.credentials import Credentials
from shared.process import runner
from tests.builders import TEXT, answered, decided, received, requested, revised, voided, withdrawn
from tests.echeance.command import done, echeance, english, lived, told
from tests.paths import ROOT

STORY: list[Event] = [
    received("CAQ-1", "2025-04-28 10:00"),
    requested("CAQ-1", "2025-05-02 10:00", "passeport"),
    answered("CAQ-1", "2025-05-12 10:00", "passeport"),
    withdrawn("CAQ-1", "2025-05-13", named="oops"),
    voided("CAQ-1", "2025-05-14", "oops"),
    decided("CAQ-1", "2025-06-05 11:00", "refused"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return lived(tmp_path, *STORY, partitions=8)


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_new_token_is_alone_on_standard_output_and_lets_in(tmp_path: Path) -> None:
    scopes = ("--scopes", "publish,read", "--sources", "urn:a, urn:b")
    result = echeance("token", "new", "caq", *scopes, "--data", tmp_path)
    assert result.exit_code == 0 and result.stderr == ""
    assert re.fullmatch(r"ech_[A-Za-z0-9_-]{43}\n", result.stdout)
    known = Credentials(tmp_path / "credentials.json", runner.now).authenticate(
        result.stdout.strip()
    )
    assert known is not None
    assert (known.name, known.scopes, known.sources, known.units) == (
        "caq",
        frozenset({"publish", "read"}),
        frozenset({"urn:a", "urn:b"}),
        None,
    )


def test_tokens_are_listed_with_what_they_may_do_and_without_their_secrets(tmp_path: Path) -> None:
    data = ("--data", tmp_path)
    token = done("token", "new", "laval", "--scopes", "read", "--units", "laval", *data).strip()
    limits = ("--units", "laval,estrie", "--standards", "caq-etudes", "--prefixes", "CAQ-, PEQ-")
    publish = ("--scopes", "publish", "--sources", "urn:a", *limits)
    known = Credentials(tmp_path / "credentials.json", runner.now).authenticate(
        done("token", "new", "caq", *publish, *data).strip()
    )
    listed = done("token", "list", *data)
    limited = ["units=estrie,laval", "standards=caq-etudes", "prefixes=CAQ-,PEQ-"]
    today = datetime.now(UTC).date()  # noqa: TID251 — when the command ran
    dates = [str(today), "→", str(today + timedelta(days=365)), "usage", "inconnu"]
    assert known is not None
    assert [line.split() for line in listed.splitlines()] == [
        ["laval", f"{token[:12]}…", "read", *dates, "units=laval"],
        ["caq", f"ech_{known.token}…", "publish", *dates, "urn:a", *limited],
    ]
    assert token not in listed
    assert known.units == frozenset({"laval", "estrie"})
    assert known.standards == frozenset({"caq-etudes"})
    assert {one.prefix for one in known.reservations.longest_first} == {"CAQ-", "PEQ-"}


def test_a_revoked_token_lets_nobody_in(tmp_path: Path) -> None:
    token = done("token", "new", "x", "--scopes", "read", "--data", tmp_path).strip()
    assert done("token", "revoke", "x", "--data", tmp_path) == ""
    assert Credentials(tmp_path / "credentials.json", runner.now).authenticate(token) is None
    assert done("token", "list", "--data", tmp_path) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "x", "--scopes", "admin"], "scopes are publish, read, explain"),
        (["new", "taken", "--scopes", "read"], "already named 'taken'"),
        (["revoke", "nobody"], "no token is named 'nobody'"),
        (["new", "x", "--scopes", "read", "--prefixes", "CAQ-"], "tokens that may publish"),
        (["new", "x", "--scopes", "read", "--standards", "peq"], "tokens that may publish"),
        (
            ["new", "x", "--scopes", "publish", "--sources", "urn:a", "--prefixes", "-CAQ"],
            "begins no identifier",
        ),
        (
            ["new", "x", "--scopes", "publish", "--sources", "urn:echeance:operator"],
            "what operators write",
        ),
    ],
)
def test_a_token_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    done("token", "new", "taken", "--scopes", "read", "--data", tmp_path)
    assert words in told("token", *arguments, "--data", tmp_path)


def test_a_damaged_credentials_file_is_told_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("{", encoding="utf-8")
    for arguments in (["list"], ["revoke", "x"], ["new", "x", "--scopes", "read"]):
        assert str(file) in told("token", *arguments, "--data", tmp_path)
    assert str(file) in told("up", "--port", 0, "--data", tmp_path)


def test_the_report_is_printed_in_each_form(data: Path) -> None:
    asked = ("report", "--data", data, "--period", "2025-06")
    read = json.loads(done(*asked, "--format", "json"))
    [row] = [row for row in read["rows"] if row["standard"] == "caq-etudes"]
    assert (row["measured"], row["on_time"], row["late"], row["attainment"]) == (1, 0, 1, 0.0)
    assert "| Sélection temporaire pour études (CAQ) | 80 % | 0,00 % |" in spaced(done(*asked))
    said = spaced(done(*asked, variables=english()))
    assert "| Temporary selection for studies (CAQ) | 80% | 0.00% | 0 / 1 |" in said
    page = done(*asked, "--format", "html", variables=english())
    assert page.startswith("<!doctype html>") and "Report on commitments" in page


def test_a_period_that_is_none_is_refused_with_what_to_write(data: Path) -> None:
    assert "2026-Q4" in told("report", "--data", data, "--period", "2025", status=2)


@pytest.mark.parametrize("command", [["report"], ["explain", "CAQ-1"], ["rebuild"], ["migrate"]])
def test_a_directory_without_data_is_told_by_its_name(tmp_path: Path, command: list[str]) -> None:
    empty = tmp_path / "empty"
    assert str(empty) in told(*command, "--data", empty)
    assert not empty.exists()


@pytest.mark.parametrize("command", [["report"], ["explain", "CAQ-1"], ["rebuild"]])
def test_figures_are_not_read_under_a_catalogue_they_were_not_counted_under(
    tmp_path: Path, command: list[str]
) -> None:
    other = revised(1, ("catalogue: mifi-2021-10", "catalogue: another"))
    data = lived(tmp_path, *STORY, catalogue=other, partitions=8)
    (tmp_path / "shipped.yaml").write_text(TEXT, encoding="utf-8")
    said = told(*command, "--data", data, "--catalogue", tmp_path / "shipped.yaml")
    assert "'another'" in said and "'mifi-2021-10'" in said


@pytest.mark.parametrize(
    ("golden", "options"), [("decided.fr", []), ("waiting.en", ["--at", "2025-05-05"])]
)
def test_a_file_is_explained_day_by_day_as_the_golden_file_says(
    data: Path, golden: str, options: list[str]
) -> None:
    variables = {"ECHEANCE_LANGUAGE": golden.rpartition(".")[2]}
    said = done("explain", "CAQ-1", "--data", data, *options, variables=variables)
    assert said == (ROOT / "tests" / "golden" / "explain" / f"{golden}.txt").read_text("utf-8")


def test_a_limit_that_has_run_out_says_from_when_the_file_is_late(tmp_path: Path) -> None:
    mail = received("MAIL", "2026-11-25 09:00", standard="courriel")
    explained = "explain", "MAIL", "--data", lived(tmp_path, mail, now="2026-11-28 10:00"), "--at"
    french = done(*explained, "2026-11-28")
    assert "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre" in french
    for day, run_out in (("2026-11-27", False), ("2026-11-28", True), ("2026-11-30", False)):
        said = done(*explained, day, variables=english())
        assert ("the limit has run out; late from Monday, November 30" in said) == run_out


def test_what_cannot_be_explained_is_told(tmp_path: Path) -> None:
    data = lived(tmp_path, received("CAQ-1", "2025-06-02"), partitions=8)
    french = told("explain", "nobody", "--data", data)
    assert french == f"Error: aucun dossier 'nobody' dans {data}\n"
    said = told("explain", "nobody", "--data", data, variables=english())
    assert said == f"Error: no file 'nobody' in {data}\n"
    before = done("explain", "CAQ-1", "--data", data, "--at", "2025-04-01", variables=english())
    assert before == "CAQ-1: no reception known at that moment.\n"
    assert "soon" in told("explain", "CAQ-1", "--data", data, "--at", "soon", status=2)
    assert "coverage" in told("explain", "CAQ-1", "--data", data, "--at", "2060-01-01")


def test_rebuilding_gives_the_same_figures_and_says_so(data: Path) -> None:
    report = ("report", "--data", data, "--period", "2025-06", "--format", "json")
    before = done(*report)
    for variables, words in (({}, "reconstruit : mêmes chiffres"), (english(), "rebuilt: same")):
        assert done("rebuild", "--data", data, variables=variables).startswith(words)
    assert done(*report) == before


def test_the_command_says_what_it_can_do_and_its_version() -> None:
    helped = done("--help")
    names = "demo up import evaluate explain report standards token rebuild openapi"
    assert all(name in helped for name in names.split())
    assert done("--version").startswith("echeance, version ")
    assert "Usage" in told("nothing", status=2)


def test_a_variable_with_a_bad_value_is_told_by_its_name() -> None:
    for name, value in (("LANGUAGE", "es"), ("PORT", "http"), ("PARTITIONS", "-1")):
        result = echeance("report", variables={f"ECHEANCE_{name}": value})
        assert result.exit_code != 0
        assert f"ECHEANCE_{name}" in str(result.exception) + result.stderr
