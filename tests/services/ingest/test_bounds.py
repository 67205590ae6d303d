"""What is refused costs no more than what is accepted: a hundred faults are told, and what follows them is left unread, and said to be."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.cloudevents import strict_json
from services.ingest.cloudevents.envelope import (
    lines_of,
    parse_batch,
    parse_lines,
    parse_structured,
)
from services.ingest.cloudevents.faults import MAX_FAULTS
from services.ingest.cloudevents.http_binding import parse_binary
from tests.unit.ingest.cloudevents.given import (
    BATCH,
    LINES,
    RULES,
    HeldLog,
    error_of,
    event,
    sqlite_log,
    system,
    written,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


async def test_after_a_hundred_refused_lines_the_rest_is_left_and_told(tmp_path: Path) -> None:
    good = written(event())
    lines = [good, *[b"{}"] * 100, good, b"", good]
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as at:
        answer = await at.post(b"\n".join(lines) + b"\n\n \n", LINES)
        body = answer.json()
        assert (answer.status_code, body["accepted"], body["rejected"]) == (207, 1, 100)
        assert (body["unread"], body["resume_at"]) == (3, 102)
        assert [one["line"] for one in body["verdicts"]] == list(range(1, 102))
        rest = b"\n".join(lines[body["resume_at"] - 1 :])
        resumed = await at.post(rest, LINES)
        assert (resumed.status_code, resumed.json()["accepted"]) == (202, 2)
        assert "unread" not in resumed.json()


async def test_a_hundredth_refused_line_that_is_the_last_leaves_nothing(tmp_path: Path) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as at:
        body = (await at.post(b"{}\n" * 100 + b" \n\n", LINES)).json()
        assert body["rejected"] == 100
        assert "unread" not in body


async def test_refusing_many_lines_costs_no_more_than_refusing_a_hundred(tmp_path: Path) -> None:
    async def cost(lines: int) -> tuple[float, int]:
        began = time.process_time()
        answer = await at.post(b"{}\n" * lines, LINES)
        assert answer.status_code == 422
        return time.process_time() - began, len(answer.content)

    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as at:
        await cost(100)
        few, many = await cost(100), await cost(90_000)
    assert many[0] < 5 * few[0] + 0.05
    assert many[1] < 1.1 * few[1]
    assert many[1] < 200_000


async def test_of_a_batch_a_hundred_faults_are_told_and_how_far_it_was_read(tmp_path: Path) -> None:
    async with system(HeldLog(), tmp_path) as at:
        answer = await at.post(b"[" + b",".join([b"{}"] * 5_000) + b"]", BATCH, language="en")
    body = answer.json()
    assert (answer.status_code, len(body["errors"])) == (422, MAX_FAULTS)
    assert body["read"] == body["errors"][-1]["index"] + 1
    assert f"first {body['read']} events" in body["detail"]


def _peak(work: Callable[[], object]) -> tuple[int, float]:
    tracemalloc.start()
    began = time.process_time()
    error_of(work)
    seconds = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, seconds


@pytest.mark.parametrize(
    "unit",
    [
        b"{}",
        b"[]",
        b"1",
        b'{"a":{}}',
        b'{"a":1,"a":2}',
        b"[[[[]]]]",
        b'"a"',
        b"NaN",
        b'{"a":[[],[]]}',
    ],
)
@pytest.mark.parametrize("within", [b"%b", b'{"a":[%b]}', b"[[%b]]"])
def test_a_batch_of_anything_takes_a_few_times_its_own_length(unit: bytes, within: bytes) -> None:
    raw = b"[" + within % b",".join([unit] * (1_048_576 // len(unit))) + b"]"
    peak, seconds = _peak(lambda: parse_batch(raw, RULES))
    assert peak < 8 * len(raw)
    assert seconds < 2  # of the processor, ten times what it takes where memory is traced


@pytest.mark.parametrize(
    "raw",
    [
        written(event(**{f"É{number}": 1 for number in range(6_000)})),
        written(event(data={"standard": "caq-etudes", "unit": "montreal", **{f"a{n}": 1 for n in range(6_000)}})),
        written(event(data={"standard": "caq-etudes", "unit": "montreal", "attributes": {f"a{n}": "b" for n in range(5_000)}})),
        b"{" + b'"a":1,' * 10_000 + b'"a":1}',
        b'{"a":[' + b"NaN," * 15_000 + b"1]}",
        b'{"a":' * 900 + b"[" + b'{"b":1,"b":2},' * 4_000 + b"1]" + b"}" * 900,
    ],
    ids=["extensions", "members", "attributes", "duplicates", "constants", "deep"],
)  # fmt: skip
def test_one_event_has_no_more_than_a_hundred_faults(raw: bytes) -> None:
    assert len(raw) < RULES.max_event_bytes * 1.6
    faults = error_of(parse_batch, b"[" + raw + b"]", RULES).faults
    assert 0 < len(faults) <= MAX_FAULTS
    assert _peak(lambda: parse_batch(b"[" + raw + b"]", RULES))[0] < 200 * len(raw)


def test_so_many_headers_neither() -> None:
    headers = [(b"ce-data", b"x")] * 10_000
    assert len(error_of(parse_binary, headers, b"", RULES).faults) == MAX_FAULTS


@given(st.lists(VALUES, max_size=20), st.sampled_from([None, 1]))
def test_the_elements_of_an_array_are_those_that_json_reads(values: list[Any], indent: Any) -> None:
    raw = json.dumps(values, indent=indent).encode()
    assert [json.loads(one) for one in strict_json.elements(raw, 10_000)] == values


@pytest.mark.parametrize(
    "raw", [b"", b"1", b"{}", b"[", b"[1", b"[1,", b"[1,]", b"[,]", b"[1 2]", b"[1]x", b"[]]", b"[\xff]", b"[1]]", b"\xef\xbb\xbf[]"]
)  # fmt: skip
def test_an_array_that_is_none_is_refused(raw: bytes) -> None:
    assert error_of(list, strict_json.elements(raw, 10_000))


def test_an_element_that_is_too_long_is_the_last() -> None:
    raw = b'[1,"' + b"a" * 100 + b'",2]'
    assert [len(one) for one in strict_json.elements(raw, 50)] == [1, 51]


@pytest.mark.parametrize("fault", [b"{]", b'{"a" 1}', b"tru", b'{"a":1,}', b"1 2"])
def test_what_is_malformed_is_told_by_its_line_and_never_as_too_long(fault: bytes) -> None:
    raw = b"[1,\n" + fault + b"," + b"[]," * 100_000 + b"1]"
    [only] = error_of(list, strict_json.elements(raw, 65_536)).faults
    assert (only.code, only.values["line"]) == ("not_json", 2)


@given(st.lists(st.sampled_from([b"", b" ", b"\t", b"\r", b"{}", b" [] ", b"\x0b1"]), max_size=12))
def test_lines_are_numbered_as_an_editor_numbers_them(lines: list[bytes]) -> None:
    raw = b"\n".join(lines)
    expected = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert [number for number, _ in parse_lines(raw, RULES)] == expected
    assert lines_of(raw) == (expected[-1] if expected else 0)


def test_a_text_of_blank_lines_is_passed_over_in_little_memory() -> None:
    tracemalloc.start()
    assert list(parse_lines(b"\n" * 4_000_000, RULES)) == []
    assert list(parse_lines(b" " * 4_000_000, RULES)) == []
    assert tracemalloc.get_traced_memory()[1] < 6_000_000  # the text itself, and little more
    tracemalloc.stop()


def test_what_follows_faults_in_data_base64_points_there() -> None:
    error = error_of(parse_structured, written(event(data=..., data_base64="e30=")), RULES)
    assert {one.pointer for one in error.faults} == {"/data_base64"}
