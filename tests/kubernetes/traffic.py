"""Traffic from within the cluster, as a program of its own: it runs in a pod of Échéance's image, and needs Python alone.

    traffic.py run NAME RATE   post an event of a new file so often a second, and ask for figures beside, until told to stop
    traffic.py begun NAME      end well once an event was acknowledged
    traffic.py stop NAME       tell it to stop, and write what came of it as JSON
    traffic.py files           write the identifier of every open file, one a line
    traffic.py get URL         write what is answered

Nothing is tried again: a request without an answer, or with another answer than it should have, is told. Connections are kept, as
publishers keep them, and let go when idle for two seconds: a service lets go of one after five.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from urllib.parse import urlencode, urlsplit

_POSTERS, _ASKERS, _ASKS_A_SECOND = 64, 4, 10
_FIGURES = ("http://clock:8080/v1/files?limit=1", "http://compliance:8080/v1/open")
_INGEST = "http://ingest:8080/v1/events"
_IDLE_SECONDS = 2


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — a program of its own


def written(name: str, what: str) -> Path:
    return Path("/tmp") / f"{name}.{what}"


class Client:
    """One connection to each service, kept."""

    def __init__(self) -> None:
        self._connections: dict[str, tuple[HTTPConnection, float]] = {}
        token = Path("/publisher/token").read_text()
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/cloudevents+json",
        }

    def answer(self, method: str, url: str, body: bytes | None = None) -> tuple[int, str]:
        """Status and body; raises ``OSError`` or ``HTTPException`` where there is no answer."""
        parts = urlsplit(url)
        connection, used = self._connections.pop(parts.netloc, (None, 0.0))
        if connection is None or time.monotonic() - used > _IDLE_SECONDS:
            connection = HTTPConnection(parts.netloc, timeout=30)
        connection.request(method, f"{parts.path}?{parts.query}", body, self._headers)
        answered = connection.getresponse()
        text = answered.read().decode()
        self._connections[parts.netloc] = connection, time.monotonic()
        return answered.status, text


class Traffic:
    """Requests at a steady rate, and what came of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self.stopped = Event()
        self.began = time.monotonic()
        self.posted: list[int] = []
        self.acknowledged = self.asked = 0
        self.faults: list[str] = []
        self.slowest_seconds = 0.0

    def post(self, client: Client, number: int) -> None:
        content = event(f"{self._name}-{number}")
        answered = self._answered(client, "POST", _INGEST, 202, content)
        with self._lock:
            self.posted.append(number)
            self.acknowledged += answered
        if answered and number < _POSTERS:
            written(self._name, "pid").write_text(str(os.getpid()))

    def ask(self, client: Client, number: int) -> None:
        self._answered(client, "GET", _FIGURES[number % 2], 200)
        with self._lock:
            self.asked += 1

    def _answered(
        self, client: Client, method: str, url: str, wanted: int, body: bytes | None = None
    ) -> bool:
        began = time.monotonic()
        try:
            status, text = client.answer(method, url, body)
        except (OSError, HTTPException) as error:
            status, text = 0, repr(error)
        took_seconds = time.monotonic() - began
        with self._lock:
            self.slowest_seconds = max(self.slowest_seconds, took_seconds)
            if status != wanted:
                self.faults.append(f"{now()} {method} {url}: {status} {text[:200]}")
        return status == wanted


def event(file: str) -> bytes:
    """The reception of a file, now."""
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "org.echeance.file.received.v1",
            "source": "urn:mifi:caq",
            "id": f"{file}-received",
            "subject": file,
            "time": now().isoformat(),
            "data": {"standard": "caq-etudes", "unit": "montreal"},
        }
    ).encode()


def run(name: str, rate: int) -> None:
    traffic = Traffic(name)
    signal.signal(signal.SIGTERM, lambda *_: traffic.stopped.set())
    threads = [
        *_steadily(traffic, traffic.post, rate, _POSTERS),
        *_steadily(traffic, traffic.ask, _ASKS_A_SECOND, _ASKERS),
    ]
    for thread in threads:
        thread.join()
    told = {
        "posted": traffic.posted,
        "acknowledged": traffic.acknowledged,
        "asked": traffic.asked,
        "faults": traffic.faults,
        "slowest_seconds": round(traffic.slowest_seconds, 2),
        "seconds": round(time.monotonic() - traffic.began, 1),
    }
    unfinished = written(name, "unfinished")
    unfinished.write_text(json.dumps(told))
    unfinished.rename(written(name, "json"))


def _steadily(
    traffic: Traffic, request: Callable[[Client, int], None], rate: int, at_once: int
) -> list[Thread]:
    """Begin a request so often a second, those that are late at once; so many threads share them, each with its connections."""
    numbers = count(1)

    def work() -> None:
        client = Client()
        for number in numbers:
            due = traffic.began + number / rate
            if traffic.stopped.wait(max(0.0, due - time.monotonic())):
                return
            request(client, number)

    threads = [Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    return threads


def stop(name: str) -> None:
    os.kill(int(written(name, "pid").read_text()), signal.SIGTERM)
    while not (told := written(name, "json")).exists():
        time.sleep(0.1)
    print(told.read_text())


def files() -> None:
    client, after = Client(), None
    while True:
        given = urlencode({"limit": 500} | ({"after": after} if after else {}))
        status, text = client.answer("GET", f"http://clock:8080/v1/files?{given}")
        if status != 200:
            sys.exit(text)
        page = json.loads(text)
        print("\n".join(one["file_id"] for one in page["files"]))
        if (after := page["next"]) is None:
            return


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", name, rate]:
            run(name, int(rate))
        case ["begun", name]:
            sys.exit(not written(name, "pid").exists())
        case ["stop", name]:
            stop(name)
        case ["files"]:
            files()
        case ["get", url]:
            print(Client().answer("GET", url)[1])
        case _:
            sys.exit(__doc__)
