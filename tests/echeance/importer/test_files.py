"""A file that is damaged, or is not what it should be, says so, after all that could be read."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from echeance.importer.readers import Export
from shared.mapping.export_mapping import ExportMapping
from shared.mapping.mapping_text import read_mapping
from shared.mapping.reasons import ExportError, Reason
from shared.mapping.rows import ReadRow

CSV = """
source: https://example.org/small
columns: {file_id: file, activity: activity, time: time}
activities: {out: decided}
outcome: answered
"""
XES = """
source: https://example.org/small
columns: {file_id: "case:concept:name", activity: "concept:name", time: "time:timestamp"}
activities: {out: decided}
outcome: answered
"""
EVENT = """<event>
<string key="concept:name" value="out"/>
<date key="time:timestamp" value="2021-05-03T10:00:00Z"/>
</event>
"""


def mapping_of(text: str) -> ExportMapping:
    return read_mapping(text)[0]


def read_until_broken(
    content: bytes, folder: Path, mapping: str = CSV
) -> tuple[list[ReadRow | Reason], ExportError]:
    """What was handed out before the export broke off, and how it says so."""
    path = folder / "export"
    path.write_bytes(content)
    found: list[ReadRow | Reason] = []
    with Export(path, mapping_of(mapping)) as export, pytest.raises(ExportError) as caught:
        found.extend(one for _, one in export)
    return found, caught.value


def read_whole(content: bytes, folder: Path, mapping: str) -> list[ReadRow | Reason]:
    path = folder / "export"
    path.write_bytes(content)
    with Export(path, mapping_of(mapping)) as export:
        return [found for _, found in export]


def csv_rows(count: int) -> bytes:
    rows = "".join(f"file-{n},out,2021-05-03T10:00:00Z\n" for n in range(count))
    return f"file,activity,time\n{rows}".encode()


def xes_log(events: int) -> bytes:
    return f'<log><trace><string key="concept:name" value="a"/>\n{EVENT * events}'.encode()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        Export(tmp_path / "nothing.csv", mapping_of(CSV))
    assert caught.value.reason.code == "unopenable"


PACKED = gzip.compress(csv_rows(3))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n", "file_empty"),
        (gzip.compress(b""), "file_empty"),
        (b'"file"x,activity,time\n', "csv_malformed"),
        *((PACKED[:kept_bytes], "gzip_broken") for kept_bytes in (2, 9, 12)),
        (PACKED[:-8] + bytes(8), "gzip_broken"),
    ],
)
def test_what_is_not_a_readable_table_is_told(content: bytes, code: str, tmp_path: Path) -> None:
    _, error = read_until_broken(content, tmp_path)
    assert error.reason.code == code


def test_a_column_that_is_missing_is_told_beside_those_that_are_there(tmp_path: Path) -> None:
    _, error = read_until_broken(b"file,activity,when\na,out,x\n", tmp_path)
    assert error.reason == Reason("column_missing", "'time' ('file', 'activity', 'when')")


def test_a_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    _, error = read_until_broken(b"file,activity,time,file\n", tmp_path)
    assert (error.line, error.reason) == (1, Reason("column_twice", "'file'"))


@pytest.mark.parametrize(
    ("content", "mapping"), [(csv_rows(20_000), CSV), (xes_log(20_000), XES)], ids=["csv", "xes"]
)
def test_a_truncated_compressed_export_is_read_up_to_there(
    content: bytes, mapping: str, tmp_path: Path
) -> None:
    packed = gzip.compress(content)
    found, error = read_until_broken(packed[: len(packed) // 2], tmp_path, mapping)
    assert error.reason.code == "gzip_broken"
    assert 1_000 < len(found) < 20_000
    assert mapping is XES or error.line == len(found) + 2
    assert all(isinstance(one, ReadRow) for one in found)


def test_the_events_of_a_log_that_breaks_off_are_read_up_to_there(tmp_path: Path) -> None:
    found, error = read_until_broken(xes_log(3) + b"<event>\n<string", tmp_path, XES)
    assert len(found) == 3
    assert (error.line, error.reason.code) == (15, "xml_broken")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body/></html>", "not_xes"),
        (b'<!DOCTYPE log [<!ENTITY a "aaaa">]><log/>', "declaration_refused"),
        (b'<!DOCTYPE log [<!ATTLIST string key CDATA "k">]><log/>', "declaration_refused"),
        (b"<!DOCTYPE log [" + b"<!ELEMENT e ANY>" * 200_000 + b"]><log/>", "line_too_long"),
        (b"<log><trace><event><event/></event></trace></log>", "not_xes"),
        (b"<log><trace><trace/></trace></log>", "not_xes"),
        (b"<log><event><trace/></event></log>", "not_xes"),
        (
            b'<log><event><string key="concept:name" value="in"/><string key="concept:name"'
            b' value="out"/></event></log>',
            "column_twice",
        ),
        (b"<log>" + b"".join(b"<e%d/>" % n for n in range(20_000)) + b"</log>", "not_xes"),
        (b"<log>\xff</log>", "xml_broken"),
        (b'<?xml version="1.0" encoding="klingon"?><log/>', "encoding_broken"),
        (b'<?xml version="1.0" encoding="gb2312"?><log/>', "encoding_broken"),
    ],
)
def test_what_is_not_a_readable_log_is_told(content: bytes, code: str, tmp_path: Path) -> None:
    _, error = read_until_broken(content, tmp_path, XES)
    assert error.reason.code == code


def test_an_event_outside_every_trace_is_of_no_file(tmp_path: Path) -> None:
    content = xes_log(1) + b"</trace>" + EVENT.encode() + b"</log>"
    found = read_whole(content, tmp_path, XES)
    assert isinstance(found[0], ReadRow)
    assert found[1:] == [Reason("cell_empty", "case:concept:name")]


def test_a_log_may_prefix_its_elements_and_be_written_in_utf_16(tmp_path: Path) -> None:
    text = xes_log(2).decode() + "</trace></log>"
    prefixed = text.replace("</", "</x:").replace("<log", "<x:log").replace("<trace", "<x:trace")
    prefixed = prefixed.replace("<event", "<x:event").replace("<string", "<x:string")
    content = f'<?xml version="1.0" encoding="utf-16"?>{prefixed}'.encode("utf-16")
    assert len(read_whole(content, tmp_path, XES)) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert len(read_whole(b"\xef\xbb\xbf" + csv_rows(2), tmp_path, CSV)) == 2


def test_an_export_may_be_written_in_utf_16_and_with_windows_line_ends(tmp_path: Path) -> None:
    in_utf_16 = CSV + "csv: {encoding: utf-16}\n"
    text = csv_rows(2).decode().replace("\n", "\r\n")
    assert len(read_whole(text.encode("utf-16"), tmp_path, in_utf_16)) == 2
    found, error = read_until_broken(text.encode("utf-16")[:-5], tmp_path, in_utf_16)
    assert (len(found), error.reason.code) == (1, "encoding_broken")


def test_a_reading_may_be_left_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(gzip.compress(csv_rows(3)))
    with Export(path, mapping_of(CSV)) as export:
        line, _ = next(iter(export))
    assert line == 2


def test_a_quote_that_never_closes_spoils_its_line_alone(tmp_path: Path) -> None:
    rows = csv_rows(60_000).split(b"\n", 1)[1]
    content = b'file,activity,time\n"file-x,out,2021-05-03T10:00:00Z\n' + rows
    first, *others = read_whole(content, tmp_path, CSV)
    assert isinstance(first, Reason) and first.code == "csv_malformed"
    assert len(others) == 60_000
    assert not any(isinstance(one, Reason) for one in others)


@pytest.mark.parametrize(
    "above", [b"sep=,\n", b"Log of May\nRun on:,2021-06-01\n\n", b'"Title\nin two",,\n']
)
def test_what_stands_above_the_header_is_not_read_and_is_told(tmp_path: Path, above: bytes) -> None:
    path = tmp_path / "export"
    path.write_bytes(above + csv_rows(2) + b",,\n")
    with Export(path, mapping_of(CSV)) as export:
        found = list(export)
        line = above.count(b"\n") + 1
        assert [number for number, _ in found] == [line + 1, line + 2]
        assert all(isinstance(one, ReadRow) for _, one in found)
        (remark,) = export.remarks
    assert f"(line {line})" in remark.en and f"(ligne {line})" in remark.fr


def test_quotes_that_open_on_every_line_are_read_in_a_time_of_the_length(tmp_path: Path) -> None:
    def seconds(content: bytes) -> float:
        begun = time.process_time()
        read_whole(content, tmp_path, CSV)
        return time.process_time() - begun

    opening = b"file,activity,time\n" + b'a","b\n' * 20_000
    assert seconds(opening) < 20 * seconds(csv_rows(20_000))


def test_cells_of_several_lines_are_read_again_after_quotes_that_opened(tmp_path: Path) -> None:
    rows = b"".join(b'file-%d,out,2021-05-03T10:00:00Z,"two\nlines"\n' % n for n in range(60_000))
    content = b"file,activity,time,note\n" + b'a","b\n' * 3_000 + rows
    found = read_whole(content, tmp_path, CSV)
    assert not isinstance(found[-1], Reason)
    assert sum(isinstance(one, ReadRow) for one in found) > 40_000
