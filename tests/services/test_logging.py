"""What a process says on standard error: lines on a terminal, and JSON for whoever collects it."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from typing import IO, Any

import pytest

from shared.errors import SettingError
from shared.process.logging import json_formatter
from shared.settings import read_settings
from tests.paths import ROOT

SPEAKING = """
import logging
from shared.process.logging import configure_logging
from shared.settings import read_settings
configure_logging(read_settings(), "clock")
logging.getLogger("echeance").warning("%s: réessai dans %.1f s", "clock", 0.1)
"""
ENDING = SPEAKING + "raise RuntimeError('a bug')\n"


def said(code: str, stderr: IO[bytes] | int = subprocess.PIPE, **variables: str) -> bytes:
    """What a process that logs wrote on standard error."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ECHEANCE_")},  # noqa: TID251 — handed on
        **{f"ECHEANCE_{name}": value for name, value in variables.items()},
    }
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=stderr, check=False
    )
    return ended.stderr or b""


def on_a_terminal(code: str, **variables: str) -> bytes:
    """What a process whose standard error is a terminal wrote there."""
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "wb") as terminal:
            said(code, terminal, **variables)
            return os.read(ours, 65_536)
    finally:
        os.close(ours)


def objects(written: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines()]


def test_where_there_is_no_terminal_every_message_is_one_json_object() -> None:
    (told,) = objects(said(SPEAKING))
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "WARNING",
        "logger": "echeance",
        "message": "clock: réessai dans 0.1 s",
        "service": "clock",
    }


def test_on_a_terminal_messages_are_lines() -> None:
    assert (
        on_a_terminal(SPEAKING)
        .decode()
        .rstrip()
        .endswith("WARNING echeance: clock: réessai dans 0.1 s")
    )


def test_either_form_can_be_asked_for() -> None:
    assert objects(on_a_terminal(SPEAKING, LOG_FORMAT="json"))[0]["service"] == "clock"
    assert b"WARNING echeance: clock" in said(SPEAKING, LOG_FORMAT="text")


def test_one_of_several_instances_says_which_it_is() -> None:
    (told,) = objects(said(SPEAKING, INSTANCE="clock-2"))
    assert told["instance"] == "clock-2"


def test_an_error_that_ends_the_process_is_one_object_too() -> None:
    _, told = objects(said(ENDING))
    assert (told["level"], told["message"]) == ("CRITICAL", "the process ends: a bug")
    assert told["exception"].startswith("Traceback (most recent call last):\n")
    assert told["exception"].endswith("RuntimeError: a bug")


def test_an_error_on_a_terminal_is_pythons_own_traceback() -> None:
    written = on_a_terminal(ENDING).decode()
    assert "Traceback (most recent call last):" in written and "the process ends" not in written


def test_times_are_utc_to_the_millisecond_and_nothing_else_is_added() -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "%s", ("é\n",), None)
    record.created, record.color_message = 1_745_850_600.25, "coloured"
    told = json.loads(json_formatter("ingest").format(record))
    assert told == {
        "time": "2025-04-28T14:30:00.250+00:00",
        "level": "ERROR",
        "logger": "uvicorn.error",
        "message": "é\n",
        "service": "ingest",
    }


def test_requests_that_are_made_are_not_told_for_an_address_may_hold_a_password() -> None:
    asking = SPEAKING + (
        "import httpx\n"
        "there = httpx.MockTransport(lambda request: httpx.Response(200))\n"
        "httpx.Client(transport=there).get('http://user:secret@127.0.0.1/')\n"
    )
    (told,) = objects(said(asking))
    assert told["logger"] == "echeance"


def test_the_form_is_one_of_three() -> None:
    assert read_settings({}).log_format == "auto"
    with pytest.raises(SettingError, match="ECHEANCE_LOG_FORMAT must be one of auto, text, json"):
        read_settings({"ECHEANCE_LOG_FORMAT": "xml"})


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_client_sent_begins_no_line_and_moves_no_cursor(form: str) -> None:
    sent = "a\nERROR echeance: forged\r\x1b[2J\x85\u2028\u202eb"
    code = SPEAKING + f"logging.getLogger('echeance').warning('%s', {sent!a})\n"
    lines = said(code, LOG_FORMAT=form).decode().split("\n")
    assert len(lines) == 3 and not lines[2]
    assert not {"\r", "\x1b"} & set(lines[1])
    if form == "text":
        assert lines[1].endswith(r"a\x0aERROR echeance: forged\x0d\x1b[2J\x85\u2028\u202eb")
    else:
        assert json.loads(lines[1])["message"] == sent
