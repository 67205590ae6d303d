"""What a neighbour without a token can take of a real ``echeance up`` by one request: less than a second of the processor, and less than 100 MiB.

Every route, with every header and body that has ever taken more; and a process that has few file descriptors, with more half requests than that.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from echeance.cli import openapi
from services.compliance.board.assets import ASSETS

SECONDS = 1.0
BYTES = 100 * 1024 * 1024
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")

_NAMES = {
    "file_id": "A",
    "identifier": "qc-legal",
    "fiscal_year": "2025-2026",
    "number": 1,
    "name": "report.csv",
}
PATHS = (
    *(path.format_map(_NAMES) for path in openapi.document()["paths"]),
    "/", "/changes", "/pictures", "/forecast", "/stops", "/preview", "/editions", "/results", "/worklist", "/worklist.csv", "/worklist/stream", "/attainment", "/alerts", "/report", "/files/A", "/calculator",
    "/calculator?standard=peq", "/calculator?standard=peq&received=2025-04-28", "/catalogue", "/calendars/qc-legal", "/sign-in", "/sign-in?token=x",
    "/sign-in?next=" + "%2F" * 20_000, "/sign-out", "/nothing", "/worklist/", "//x", "/" + "a/" * 30_000, "/" + "%41" * 20_000,
    "/calculator?" + "a=b&" * 15_000, "/calculator?standard=peq&" + "waiting=1/2&" * 5_000, next(iter(ASSETS.values())).address,
)  # fmt: skip

HEADERS = {
    "accept-language of spaces": b"accept-language: " + b"a" + b" " * 32_000 + b"x",
    "accept-language of ranges": b"accept-language: " + b"en;q=0.5, " * 6_000,
    "accept of ranges": b"accept: " + b"text/html;q=0.5," * 4_000,
    "accept of spaces": b"accept: text/html" + b" ;" * 30_000,
    "cookie of quotes": b'cookie: a="' + b'\\"' * 16_000,
    "session of quotes": b'cookie: echeance_session="' + b'\\"' * 16_000,
    "cookies": b"cookie: " + b"a=b; " * 12_000,
    "cookie headers": b"\r\n".join([b"cookie: a=b"] * 4_900),
    "headers": b"\r\n".join([b"a: b"] * 10_000),
    "one header of 16 MiB": b"x: " + b"a" * 16 * 1024 * 1024,
    "headers of 16 MiB": b"a: b\r\n" * 2_800_000 + b"a: b",
    "host": b"host: " + b"a" * 60_000,
    "forwarded": b"x-forwarded-proto: https\r\nx-forwarded-for: " + b"1.1.1.1, " * 6_000,
    "authorization": b"authorization: Bearer " + b"a" * 60_000,
    "basic authorization": b"authorization: " + b" " * 60_000,
    "offer of h2c": b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: " + b"A" * 60_000,
    "connection": b"connection: " + b"upgrade," * 7_500,
    "accept-encoding": b"accept-encoding: " + b"gzip," * 12_000,
    "range": b"range: bytes=" + b"0-1," * 15_000,
    "if-none-match": b"if-none-match: " + b'"a",' * 15_000,
    "content-type": b"content-type: application/json" + b"; a=b" * 12_000,
}  # fmt: skip

BODIES = {
    "lines of {}": (b"application/x-ndjson", b"{}\n" * 90_000),
    "batch of {}": (b"application/cloudevents-batch+json", b"[" + b"{}," * 175_000 + b"{}]"),
    "nested": (b"application/cloudevents+json", b"[" * 1_000_000),
    "form": (b"application/x-www-form-urlencoded", b"token=" + b"a&" * 500_000),
    "form of percents": (b"application/x-www-form-urlencoded", b"token=" + b"%41" * 2_700),
    "40 MiB": (b"application/cloudevents-batch+json", b" " * 40 * 1024 * 1024),
    "multipart": (b"multipart/form-data; boundary=a", b"--a\r\n" * 100_000),
}


class Up(NamedTuple):
    """A system at work."""

    process: psutil.Process
    port: int

    def ask(self, request: bytes) -> bytes:
        """Send a request and read the answer, as far as either can be; where nothing is said any more the client leaves."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            try:
                connection.sendall(request)
                while part := connection.recv(1 << 20):
                    answer += part
            except (TimeoutError, ConnectionError):
                pass
        return answer

    def costs(self, request: bytes) -> tuple[float, int, bytes]:
        """Seconds of the processor, and bytes by which the most that it held has grown."""
        proc = Path(f"/proc/{self.process.pid}")
        (proc / "clear_refs").write_text("5")  # the peak begins anew
        seconds, held = sum(self.process.cpu_times()[:2]), self.process.memory_info().rss
        answer = self.ask(request)
        taken = sum(self.process.cpu_times()[:2]) - seconds
        peak = re.search(r"VmHWM:\s+(\d+) kB", (proc / "status").read_text())
        assert peak is not None
        return taken, int(peak[1]) * 1024 - held, answer


@contextmanager
def up(folder: Path, descriptors: int | None = None) -> Iterator[Up]:
    begun = "import resource, runpy, sys; "
    if descriptors:
        begun += f"resource.setrlimit(resource.RLIMIT_NOFILE, ({descriptors}, {descriptors})); "
    begun += "sys.argv[1:] = ['up', '--port', '0', '--data', sys.argv[1]]; runpy.run_module('echeance', run_name='__main__')"
    command = [sys.executable, "-c", begun, str(folder / "data")]
    with (
        (folder / "errors").open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            found = _ADDRESS.search(process.stdout.readline())
            assert found is not None, (folder / "errors").read_text()
            yield Up(psutil.Process(process.pid), int(found[1]))
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("neighbour")) as running:
        yield running


def _request(method: str, path: str, header: bytes = b"", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1".encode(), b"accept-encoding: gzip", b"connection: close"]
    if not header.startswith(b"host"):
        lines.append(b"host: x")
    if body:
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join([*lines, *([header] if header else []), b"", b""]) + body


def _require(system: Up, request: bytes) -> bytes:
    seconds, grown, answer = system.costs(request)
    assert seconds < SECONDS, request[:80]
    assert grown < BYTES, request[:80]
    return answer


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_takes_a_second_or_100_mib_on_any_route(system: Up, header: str) -> None:
    for path in PATHS:
        if "/stream" not in path:
            answer = _require(system, _request("GET", path, HEADERS[header]))
            assert answer.startswith(b"HTTP/1.1 "), path


@pytest.mark.parametrize("body", BODIES)
def test_no_body_does(system: Up, body: str) -> None:
    media_type, content = BODIES[body]
    for path in ("/v1/events", "/sign-in", "/sign-out", "/", "/calculator", "/nothing"):
        answer = _require(system, _request("POST", path, b"content-type: " + media_type, content))
        assert not answer.startswith(b"HTTP/1.1 5"), path


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND"])
def test_no_method_does(system: Up, method: str) -> None:
    for path in PATHS:
        assert not _require(system, _request(method, path)).startswith(b"HTTP/1.1 5"), path


def test_more_half_requests_than_descriptors_end_nothing_and_are_told_in_few_lines(
    tmp_path: Path,
) -> None:
    with up(tmp_path, descriptors=128) as system:
        half = []
        for _ in range(160):
            connection = socket.create_connection(("127.0.0.1", system.port), timeout=10)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: ")
            half.append(connection)
        answers = [system.ask(_request("GET", "/healthz")) for _ in range(10)]
        assert system.process.is_running()
        for connection in half:
            connection.close()
        last = system.ask(_request("GET", "/healthz"))
    assert last.startswith(b"HTTP/1.1 200")
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) >= 8
    lines = (tmp_path / "errors").read_text().splitlines()
    told = [line for line in lines if "echeance token new" not in line]
    assert len(told) == len(lines) - 1 <= 10
    assert all(json.loads(line)["level"] == "WARNING" for line in told)
