"""``echeance token``, ``standards``, ``report``, ``explain`` and ``rebuild``, on a directory where files have lived."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.domain.catalogue import Catalogue
from shared.domain.cycles import history
from shared.domain.events import Event
from shared.domain.ledger import file_ledger
from shared.domain.ownership import NOT_SHARED
from shared.http.credentials import Credentials
from tests.builders import (
    CATALOGUE,
    TEXT,
    answered,
    at,
    decided,
    received,
    requested,
    revised,
    voided,
    withdrawn,
)
from tests.echeance.command import done, echeance, english, told
from tests.paths import ROOT
from tests.services.world import world

STORY: list[Event] = [
    received("CAQ-1", "2025-04-28 10:00"),
    requested("CAQ-1", "2025-05-02 10:00", "passeport"),
    answered("CAQ-1", "2025-05-12 10:00", "passeport"),
    withdrawn("CAQ-1", "2025-05-13", named="oops"),
    voided("CAQ-1", "2025-05-14", "oops"),
    decided("CAQ-1", "2025-06-05 11:00", "refused"),
]


def lived(folder: Path, story: Sequence[Event] = STORY, catalogue: Catalogue = CATALOGUE) -> Path:
    async def live() -> None:
        async with world(folder, "2025-07-01", catalogue=catalogue, partitions=8) as known:
            await known.live(*story)

    asyncio.run(live())
    return folder


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_new_token_is_alone_on_standard_output_and_lets_in(tmp_path: Path) -> None:
    result = echeance(
        "token",
        "new",
        "caq",
        "--scopes",
        "publish,read",
        "--sources",
        "urn:a, urn:b",
        "--data",
        tmp_path,
    )
    assert result.exit_code == 0 and result.stderr == ""
    assert re.fullmatch(r"ech_[A-Za-z0-9_-]{43}\n", result.stdout)
    known = Credentials(tmp_path / "credentials.json").authenticate(result.stdout.strip())
    assert known is not None
    assert (known.name, known.scopes, known.sources, known.units) == (
        "caq",
        frozenset({"publish", "read"}),
        frozenset({"urn:a", "urn:b"}),
        None,
    )


def test_tokens_are_listed_without_their_secrets(tmp_path: Path) -> None:
    token = done(
        "token", "new", "laval", "--scopes", "read", "--units", "laval", "--data", tmp_path
    )
    done("token", "new", "caq", "--scopes", "publish", "--sources", "urn:a", "--data", tmp_path)
    listed = done("token", "list", "--data", tmp_path)
    first, second = listed.splitlines()
    today = str(datetime.now(UTC).date())  # noqa: TID251 — when the command ran
    assert first.split() == ["laval", "read", today, "units=laval"]
    assert second.split() == ["caq", "publish", today, "urn:a"]
    assert token.strip() not in listed


def test_what_a_token_may_write_is_listed_too(tmp_path: Path) -> None:
    limits = ("--units", "laval,estrie", "--standards", "caq-etudes", "--prefixes", "CAQ-, PEQ-")
    new = ("token", "new", "caq", "--scopes", "publish", "--sources", "urn:a", *limits)
    token = done(*new, "--data", tmp_path).strip()
    [line] = done("token", "list", "--data", tmp_path).splitlines()
    assert line.split()[3:] == [
        "urn:a",
        "units=estrie,laval",
        "standards=caq-etudes",
        "prefixes=CAQ-,PEQ-",
    ]
    known = Credentials(tmp_path / "credentials.json").authenticate(token)
    assert known is not None
    assert known.units == frozenset({"laval", "estrie"})
    assert known.standards == frozenset({"caq-etudes"})
    assert {one.prefix for one in known.reservations.longest_first} == {"CAQ-", "PEQ-"}


def test_a_revoked_token_lets_nobody_in(tmp_path: Path) -> None:
    token = done("token", "new", "x", "--scopes", "read", "--data", tmp_path).strip()
    assert done("token", "revoke", "x", "--data", tmp_path) == ""
    assert Credentials(tmp_path / "credentials.json").authenticate(token) is None
    assert done("token", "list", "--data", tmp_path) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "x", "--scopes", "admin"], "scopes are publish and read"),
        (["new", "x", "--scopes", ""], "scopes are publish and read"),
        (["new", "x", "--scopes", "publish"], "sources"),
        (["new", "x y", "--scopes", "read"], "is not a name"),
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


def test_the_commitments_are_listed_in_each_language() -> None:
    french, said = spaced(done("standards")), spaced(done("standards", variables=english()))
    assert french.splitlines()[0] == (
        "Déclaration de services à la clientèle, octobre 2021 (mifi-2021-10, révision 3)"
    )
    assert len(french.splitlines()) == len(said.splitlines()) == 11
    assert re.search(r"caq-etudes +80 % +20 jours ouvrables +Sélection temporaire", french)
    assert re.search(r"caq-etudes +80% +20 business days +Temporary selection", said)
    assert re.search(r"peq +90% +6 months", said) and re.search(r"telephone +80 % +3 min", french)


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


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "\t", "a: 1\na: 2"])
def test_what_is_no_catalogue_is_told_plainly(tmp_path: Path, content: str) -> None:
    file = tmp_path / "nothing.yaml"
    file.write_text(content, encoding="utf-8")
    assert "nothing.yaml" in told("standards", "check", file)


def test_a_catalogue_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    absent = tmp_path / "absent.yaml"
    assert str(absent) in told("standards", "check", absent, status=2)
    assert str(absent) in told("standards", "--catalogue", absent)
    assert str(absent) in told("standards", variables={"ECHEANCE_CATALOGUE": str(absent)})


def test_the_report_is_printed_in_each_form(tmp_path: Path) -> None:
    data = lived(tmp_path)
    asked = ("report", "--data", data, "--period", "2025-06")
    read = json.loads(done(*asked, "--format", "json"))
    [row] = [row for row in read["rows"] if row["standard"] == "caq-etudes"]
    assert (row["measured"], row["on_time"], row["late"], row["attainment"]) == (1, 0, 1, 0.0)
    table = list(csv.DictReader(io.StringIO(done(*asked, "--format", "csv"))))
    assert table[0]["standard"] == "caq-etudes" and table[0]["late"] == "1"
    assert "| Sélection temporaire pour études (CAQ) | 80 % | 0,00 % |" in spaced(done(*asked))
    said = spaced(done(*asked, variables=english()))
    assert "| Temporary selection for studies (CAQ) | 80% | 0.00% | 0 / 1 |" in said
    page = done(*asked, "--format", "html", variables=english())
    assert page.startswith("<!doctype html>") and "Report on commitments" in page


def test_a_period_that_is_none_is_refused_with_what_to_write(tmp_path: Path) -> None:
    said = told("report", "--data", lived(tmp_path), "--period", "2025", status=2)
    assert "2026-Q4" in said


@pytest.mark.parametrize("command", [["report"], ["explain", "CAQ-1"], ["rebuild"]])
def test_a_directory_without_data_is_told_by_its_name(tmp_path: Path, command: list[str]) -> None:
    empty = tmp_path / "empty"
    assert str(empty) in told(*command, "--data", empty)
    assert not empty.exists()


@pytest.mark.parametrize("command", [["report"], ["explain", "CAQ-1"], ["rebuild"]])
def test_figures_are_not_read_under_a_catalogue_they_were_not_counted_under(
    tmp_path: Path, command: list[str]
) -> None:
    other = revised(1, ("catalogue: mifi-2021-10", "catalogue: another"))
    data = lived(tmp_path, catalogue=other)
    (tmp_path / "shipped.yaml").write_text(TEXT, encoding="utf-8")
    said = told(*command, "--data", data, "--catalogue", tmp_path / "shipped.yaml")
    assert "'another'" in said and "'mifi-2021-10'" in said


def test_a_file_is_explained_day_by_day_in_french(tmp_path: Path) -> None:
    lines = spaced(done("explain", "CAQ-1", "--data", lived(tmp_path))).splitlines()
    assert lines[0] == "CAQ-1 — Sélection temporaire pour études (CAQ)"
    assert lines[1].startswith(
        "Ce qui est mesuré : Rendre une décision relative à une demande de sélection"
    )
    assert lines[3] == "Cycle 1 : décidé"
    assert lines[4] == (
        "21 jours ouvrables comptés sur 20 ; échéance le 4 juin 2025 ; en retard ; "
        "révision possible jusqu’au 3 septembre 2025"
    )
    days = {line.split()[0]: line for line in lines[5:]}
    assert "reçu ce jour-là : ne compte pas — demande reçue" in days["2025-04-28"]
    assert re.search(
        r"vendredi +4  jour ouvrable : compte — documents demandés", days["2025-05-02"]
    )
    assert "(passeport)" in days["2025-05-02"]
    assert "en attente du client (passeport)" in days["2025-05-05"]
    assert "fin de semaine" in days["2025-05-17"]
    assert "demande retirée, annulé depuis" in days["2025-05-13"]
    assert (
        "jour férié : Journée nationale des patriotes (Loi d’interprétation" in days["2025-05-19"]
    )
    assert re.search(r"jeudi +21  jour ouvrable : compte — décision rendue", days["2025-06-05"])
    assert min(days) == "2025-04-28" and max(days) == "2025-06-05"


def test_a_file_is_explained_in_english_at_a_moment(tmp_path: Path) -> None:
    data = lived(tmp_path)
    lines = spaced(
        done("explain", "CAQ-1", "--data", data, "--at", "2025-05-05", variables=english())
    ).splitlines()
    assert lines[0] == "CAQ-1 — Temporary selection for studies (CAQ)"
    assert lines[3] == "Cycle 1: waiting for the client"
    assert lines[4] == (
        "4 of 20 business days counted; May 28, 2025 at the earliest if the documents came"
    )
    assert lines[-1].startswith("  2025-05-05  Monday") and lines[-1].endswith(
        "waiting for the client (passeport)"
    )
    before = done("explain", "CAQ-1", "--data", data, "--at", "2025-04-01", variables=english())
    assert before == "CAQ-1: no reception known at that moment.\n"


def test_what_is_explained_sums_to_the_counter(tmp_path: Path) -> None:
    lines = done("explain", "CAQ-1", "--data", lived(tmp_path), variables=english()).splitlines()
    totals = [int(found[1]) for line in lines if (found := re.match(r"  \S+  \S+ +(\d+)  ", line))]
    assert totals == list(range(1, 22))
    assert lines[4].startswith("21 of 20")


def test_what_is_explained_is_the_ledger_day_by_day(tmp_path: Path) -> None:
    standard = CATALOGUE.standards["caq-etudes"]
    calendar = CATALOGUE.calendar_of(standard)
    [cycle] = file_ledger(history(STORY), standard, calendar, at("2025-07-01"), NOT_SHARED)
    lines = done("explain", "CAQ-1", "--data", lived(tmp_path), variables=english()).splitlines()
    told_days = [tuple(line.split()[:3:2]) for line in lines if line.startswith("  20")]
    expected = [(str(day.day), str(day.total) if day.counted else "·") for day in cycle.days]
    assert told_days == expected


def test_what_cannot_be_explained_is_told(tmp_path: Path) -> None:
    data = lived(tmp_path, [*STORY, received("CAQ-2", "2025-06-02")])
    assert (
        told("explain", "nobody", "--data", data) == f"Error: aucun dossier 'nobody' dans {data}\n"
    )
    said = told("explain", "nobody", "--data", data, variables=english())
    assert said == f"Error: no file 'nobody' in {data}\n"
    assert "soon" in told("explain", "CAQ-1", "--data", data, "--at", "soon", status=2)
    assert "coverage" in told("explain", "CAQ-2", "--data", data, "--at", "2060-01-01")


def test_rebuilding_gives_the_same_figures_and_says_so(tmp_path: Path) -> None:
    data = lived(tmp_path)
    before = done("report", "--data", data, "--period", "2025-06", "--format", "json")
    for variables, words in (({}, "reconstruit : mêmes chiffres"), (english(), "rebuilt: same")):
        assert done("rebuild", "--data", data, variables=variables).startswith(words)
    assert done("report", "--data", data, "--period", "2025-06", "--format", "json") == before


def test_a_directory_keeps_its_number_of_partitions(tmp_path: Path) -> None:
    data = lived(tmp_path)
    said = told("rebuild", "--data", data, variables={"ECHEANCE_PARTITIONS": "4"})
    assert "ECHEANCE_PARTITIONS=8" in said


def test_the_command_says_what_it_can_do_and_its_version() -> None:
    helped = done("--help")
    for name in (
        "demo",
        "up",
        "import",
        "evaluate",
        "explain",
        "report",
        "standards",
        "token",
        "rebuild",
        "openapi",
    ):
        assert name in helped
    assert done("--version").startswith("echeance, version ")
    assert "Usage" in told("nothing", status=2)


def test_a_variable_with_a_bad_value_is_told_by_its_name() -> None:
    for name, value in (("LANGUAGE", "es"), ("PORT", "http"), ("PARTITIONS", "-1")):
        result = echeance("report", variables={f"ECHEANCE_{name}": value})
        assert result.exit_code != 0
        assert f"ECHEANCE_{name}" in str(result.exception) + result.stderr


def test_the_examples_catalogue_has_no_fault() -> None:
    assert "aucune faute" in done(
        "standards", "check", ROOT / "examples" / "wabo" / "catalogue.yaml"
    )
