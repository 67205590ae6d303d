"""One table in every format that is read, compressed or packed: the same events, or why not."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as arrow
import pytest
from pyarrow import parquet

from echeance.importer.readers import Export
from shared.mapping.export_mapping import ExportMapping
from shared.mapping.reasons import ExportError, Reason
from shared.mapping.rows import ReadRow

HEADER = ("Dossier", "Étape", "Quand", "")
ROWS = [
    ("F1", "Reçue", "2021-05-03 09:00:00", "x"),
    ("F2", "Reçue", "2021-05-04 10:30:00", ""),
    ("F1", "Réglée", "2021-05-05 11:00:00", "y"),
]
COLUMNS = {"file_id": "Dossier", "activity": "Étape", "time": "Quand"}
VALUES = {
    "source": "https://example.org/permits",
    "zone": "America/Toronto",
    "columns": COLUMNS,
    "activities": {"Reçue": "received", "Réglée": "decided"},
    "standard": "permits",
    "unit": "montreal",
    "outcome": "done",
}


def delimited(separator: str = ",") -> str:
    return "".join(f"{separator.join(row)}\r\n" for row in (HEADER, *ROWS))


def read(content: bytes, folder: Path, **changes: object) -> tuple[list[object], list[str]]:
    """What each row says, and the remarks."""
    path = folder / "export"
    path.write_bytes(content)
    with Export(path, ExportMapping.model_validate({**VALUES, **changes})) as export:
        found: list[object] = [
            said(one.event) if isinstance(one, ReadRow) else (line, one.code)
            for line, one in export
        ]
        return found, [one.en for one in export.remarks]


def said(event: bytes) -> tuple[str, str, str]:
    read = json.loads(event)
    return read["subject"], read["type"].split(".")[-2], read["time"]


SAID = [
    ("F1", "received", "2021-05-03T13:00:00Z"),
    ("F2", "received", "2021-05-04T14:30:00Z"),
    ("F1", "decided", "2021-05-05T15:00:00Z"),
]


def refusal(content: bytes, folder: Path, **changes: object) -> Reason:
    with pytest.raises(ExportError) as caught:
        read(content, folder, **changes)
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (delimited().encode(), None),
        (b"\xef\xbb\xbf" + delimited().encode(), None),
        (delimited(";").encode(), 'delimiter: ";"'),
        (delimited("\t").encode(), 'delimiter: "\\t"'),
        (delimited("|").encode("cp1252"), 'delimiter: "|", encoding: cp1252'),
        (delimited().encode("utf-16"), "encoding: utf-16"),
        (delimited(";").encode("utf-16-le"), 'delimiter: ";", encoding: utf-16-le'),
    ],
)
def test_how_a_text_is_written_is_guessed_and_told(
    content: bytes, key: str | None, tmp_path: Path
) -> None:
    told = [f"read as if the mapping said “csv: {{{key}}}”: write it there, or what is right"]
    assert read(content, tmp_path) == (SAID, told if key else [])


def test_what_the_mapping_says_of_a_text_is_not_guessed(tmp_path: Path) -> None:
    content = delimited(";").encode("cp1252")
    assert refusal(content, tmp_path, csv={"encoding": "utf-8"}).code == "column_missing"
    reason = refusal(content, tmp_path, csv={"delimiter": ","})
    assert reason.hint is not None and 'csv: {delimiter: ";"}' in reason.hint.en


def test_a_character_cut_at_the_end_of_what_is_looked_at_is_utf_8(tmp_path: Path) -> None:
    content = delimited().encode() + ("é" * 600_000 + ",,,\n").encode()
    assert read(content, tmp_path)[0][:3] == SAID


def packed(content: bytes, *more: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", content)
        for name in more:
            archive.writestr(name, "")
    return file.getvalue()


def test_what_is_compressed_or_packed_alone_is_read(tmp_path: Path) -> None:
    text = delimited().encode()
    for content in (gzip.compress(text), packed(text), gzip.compress(packed(text)), packed(gzip.compress(text))):  # fmt: skip
        assert read(content, tmp_path)[0] == SAID
    assert read(packed(workbook(HEADER, *ROWS)), tmp_path)[0] == SAID
    assert refusal(packed(text, "readme.txt"), tmp_path).code == "zip_of_several"
    assert refusal(packed(text)[:-30], tmp_path).code == "zip_broken"
    assert refusal(packed(packed(packed(text))), tmp_path).code in ("archive", "workbook_broken")


Cell = str | float | date


def workbook(*rows: Sequence[Cell], sheets: Sequence[str] = ("Feuille 1",)) -> bytes:
    """A workbook with the same rows in each sheet; times are serials with the style of a date."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    data = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{office}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
        f'<Relationship Id="st" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {space}><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/>'
        "</cellXfs></styleSheet>",
    }
    for n in range(1, len(sheets) + 1):
        files[f"xl/worksheets/sheet{n}.xml"] = f"<worksheet {space}><sheetData>{data}</sheetData></worksheet>"  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return file.getvalue()


def _cell(value: Cell) -> str:
    match value:
        case str():
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case datetime():
            serial = (value - datetime(1899, 12, 30)).total_seconds() / 86_400  # noqa: DTZ001 — spreadsheets know no zone
            return f'<c s="1"><v>{serial!r}</v></c>'
        case date():
            return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
        case float():
            return f"<c><v>{value!r}</v></c>"


def test_a_workbook_is_read_by_its_values_below_its_titles(tmp_path: Path) -> None:
    dated: list[Sequence[Cell]] = [
        (one, step, datetime.fromisoformat(when), 1.5) for one, step, when, _ in ROWS
    ]
    assert read(workbook(("Demandes de mai", "", "", ""), (), HEADER, *dated), tmp_path)[0] == SAID
    numbered: list[Sequence[Cell]] = [
        ("Dossier", "Étape", "Quand"),
        (2021.0, "Reçue", date(2021, 5, 3)),
    ]
    assert read(workbook(*numbered), tmp_path)[0] == [("2021", "received", "2021-05-03T04:00:00Z")]


def test_a_workbook_of_several_sheets_needs_the_name_of_one(tmp_path: Path) -> None:
    content = workbook(HEADER, *ROWS, sheets=("Mai", "Juin"))
    reason = refusal(content, tmp_path)
    assert reason.code == "sheets_several" and "'Mai', 'Juin'" in reason.detail
    assert read(content, tmp_path, sheet="Juin")[0] == SAID
    assert refusal(content, tmp_path, sheet="juin").code == "sheet_missing"


def test_a_workbook_without_what_is_wanted_says_so(tmp_path: Path) -> None:
    reason = refusal(workbook(("Dossier", "Etape", "Quand"), *ROWS), tmp_path)
    assert reason.code == "column_missing" and reason.hint is not None
    assert refusal(workbook(), tmp_path).code == "file_empty"
    assert refusal(workbook(HEADER)[:400], tmp_path).code == "zip_broken"
    assert (
        refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), tmp_path).code
        == "workbook_broken"
    )


def test_json_lines_are_read_by_the_names_on_the_way(tmp_path: Path) -> None:
    lines = [{"id": 1, "step": {"name": step}, "at": when} for _, step, when, _ in ROWS]
    columns = {"file_id": "id", "activity": "step.name", "time": "at"}
    content = "\n".join(json.dumps(one, ensure_ascii=False) for one in lines) + "\n\n[1]\n{\n"
    found, _ = read(content.encode(), tmp_path, columns=columns)
    assert found == [
        *(("1", *one[1:]) for one in SAID),
        (5, "json_malformed"),
        (6, "json_malformed"),
    ]
    reason = refusal(content.encode(), tmp_path, columns={**columns, "time": "when"})
    assert (reason.code, reason.detail) == ("key_missing", "'when'")
    assert refusal(b'{}\n{"id": "' + b"x" * (1 << 20) + b'"}', tmp_path).code == "line_too_long"
    assert refusal(b'[{"id": 1}]', tmp_path).code == "json_of_one_value"


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    whens = [datetime.fromisoformat(when) for _, _, when, _ in ROWS]
    table = arrow.table(
        {
            "Dossier": [1, 2, 1],
            "Étape": [row[1] for row in ROWS],
            "Quand": whens,
            "Note": [None] * 3,
        }
    )
    parquet.write_table(table, tmp_path / "table")
    content = (tmp_path / "table").read_bytes()
    assert read(content, tmp_path)[0] == [(one[0][1:], *one[1:]) for one in SAID]
    assert read(gzip.compress(content), tmp_path)[0] == [(one[0][1:], *one[1:]) for one in SAID]
    assert refusal(content, tmp_path, columns={**COLUMNS, "time": "quand"}).code == "column_missing"
    assert refusal(content[:-20], tmp_path).code == "parquet_broken"


OCEL_COLUMNS = {"file_id": "object:permit", "activity": "ocel:activity", "time": "ocel:time", "event_id": "ocel:id"}  # fmt: skip
OCEL: dict[str, list[dict[str, Any]]] = {
    "objectTypes": [],
    "eventTypes": [],
    "objects": [
        {"id": "F1", "type": "permit", "attributes": [{"name": "office", "time": "2021-01-01T00:00:00Z", "value": "Nord"}, {"name": "office", "time": "2022-01-01T00:00:00Z", "value": "Sud"}]},
        {"id": "F2", "type": "permit"},
        {"id": "P", "type": "person"},
    ],
    "events": [
        {"id": "e1", "type": "Reçue", "time": "2021-05-03T13:00:00Z", "attributes": [{"name": "by", "value": 3}], "relationships": [{"objectId": "P", "qualifier": ""}, {"objectId": "F1", "qualifier": ""}]},
        {"id": "e2", "type": "Réglée", "time": "2021-05-05T15:00:00Z", "relationships": [{"objectId": "F1", "qualifier": ""}, {"objectId": "F2", "qualifier": ""}]},
        {"id": "e3", "type": "Note", "time": "2021-05-05T15:00:00Z", "relationships": [{"objectId": "P", "qualifier": ""}]},
    ],
}  # fmt: skip
OCEL_SAID = [
    ("F1", "received", "2021-05-03T13:00:00Z"),
    ("F1", "decided", "2021-05-05T15:00:00Z"),
    ("F2", "decided", "2021-05-05T15:00:00Z"),
]
UNRELATED = ["events without an object of type “permit”, not read: 1"]
OFFICE = {"column": "permit.office", "words": {"Nord": "north"}}


def ocel_xml() -> str:
    def attributes(entry: dict[str, Any]) -> str:
        each = entry.get("attributes", [])
        return "".join(
            f'<attribute name="{one["name"]}">{one["value"]}</attribute>' for one in each
        )

    def relations(entry: dict[str, Any]) -> str:
        each = entry.get("relationships", [])
        return "".join(f'<relationship object-id="{one["objectId"]}"/>' for one in each)

    objects = "".join(
        f'<object id="{one["id"]}" type="{one["type"]}"><attributes>{attributes(one)}</attributes></object>'
        for one in OCEL["objects"]
    )
    events = "".join(
        f'<event id="{one["id"]}" type="{one["type"]}" time="{one["time"]}"><attributes>'
        f"{attributes(one)}</attributes><objects>{relations(one)}</objects></event>"
        for one in OCEL["events"]
    )
    return f"<log><object-types/><event-types/><objects>{objects}</objects><events>{events}</events></log>"


def ocel_sqlite(path: Path) -> bytes:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        for statement in (
            "CREATE TABLE event (ocel_id TEXT, ocel_type TEXT)",
            "CREATE TABLE object (ocel_id TEXT, ocel_type TEXT)",
            "CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)",
            "CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT)",
            "CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT)",
            "CREATE TABLE event_Any (ocel_id TEXT, ocel_time TEXT, by TEXT)",
            "CREATE TABLE object_Permit (ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT, office TEXT)",
            "INSERT INTO object_map_type VALUES ('permit', 'Permit')",
        ):
            database.execute(statement)
        for entry in OCEL["objects"]:
            database.execute("INSERT INTO object VALUES (?, ?)", (entry["id"], entry["type"]))
            for one in entry.get("attributes", ()):
                values = entry["id"], one["time"], one["value"]
                database.execute("INSERT INTO object_Permit VALUES (?, ?, NULL, ?)", values)
        for entry in OCEL["events"]:
            kind = entry["type"]
            database.execute(f'CREATE TABLE "event_{kind}" (ocel_id TEXT, ocel_time TEXT, by TEXT)')
            database.execute("INSERT INTO event_map_type VALUES (?, ?)", (kind, kind))
            database.execute("INSERT INTO event VALUES (?, ?)", (entry["id"], kind))
            row = entry["id"], entry["time"], None
            database.execute(f'INSERT INTO "event_{kind}" VALUES (?, ?, ?)', row)
            for one in entry["relationships"]:
                related = entry["id"], one["objectId"], ""
                database.execute("INSERT INTO event_object VALUES (?, ?, ?)", related)
    database.close()
    return path.read_bytes()


def test_an_object_centric_log_has_a_row_for_each_file_of_an_event(tmp_path: Path) -> None:
    forms = (json.dumps(OCEL).encode(), ocel_xml().encode(), ocel_sqlite(tmp_path / "log"))
    for content in (*forms, *map(gzip.compress, forms)):
        found, remarks = read(content, tmp_path, columns=OCEL_COLUMNS, unit="montreal")
        assert (sorted(map(str, found)), remarks) == (sorted(map(str, OCEL_SAID)), UNRELATED)
    for content in forms:
        found, _ = read(content, tmp_path, columns=OCEL_COLUMNS, unit=OFFICE)
        assert ("F1", "received", "2021-05-03T13:00:00Z") in found


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"objectTypes": [], "events": 3}', "not_ocel"),
        (b'{"objectTypes": [', "not_ocel"),
        (b'<!DOCTYPE log [<!ENTITY a "aaaa">]><log><object-types/></log>', "declaration_refused"),
        (b"<log><object-types/><events><event>", "xml_broken"),
        (json.dumps({**OCEL, "events": []}).encode(), "key_missing"),
    ],
)
def test_what_is_no_object_centric_log_is_told(content: bytes, code: str, tmp_path: Path) -> None:
    assert refusal(content, tmp_path, columns=OCEL_COLUMNS).code == code


def test_a_database_that_is_no_log_is_told(tmp_path: Path) -> None:
    path = tmp_path / "database"
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW event AS SELECT 1 AS ocel_id, 2 AS ocel_type")
    database.close()
    reason = refusal(path.read_bytes(), tmp_path, columns=OCEL_COLUMNS)
    assert (reason.code, reason.detail) == ("not_ocel", "event")
