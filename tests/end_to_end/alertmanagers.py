"""The real Alertmanager, configured as `echeance alertmanager-config` writes it, in a hurry, and a notifier that tells it.

Up to 2,000 files become at risk in one night, of four standards in each of ten units: a group is a unit. The files are on the calendar of May 2025;
Alertmanager lives now, so opening hours are made to hold now, or not, by configuration.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import yaml

from services.compliance.alerts.delivery_log import Lease
from services.compliance.alerts.store import AlertStore
from services.compliance.notifications import supervisors
from services.compliance.notifications.alertmanager import alertmanager_pushers
from services.compliance.notifications.alertmanager.config_file import (
    TEMPLATE,
    configuration,
    templates,
)
from services.compliance.notifications.messages import AlertMessages
from services.compliance.notifications.notifier import Notifier
from services.compliance.notifications.service import LEASE
from services.compliance.notifications.source import StoredAlertSource
from shared.domain.calendars.values import WEEKDAYS
from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.events import Event
from shared.metrics.registry import Metrics
from shared.process import runner
from tests.builders import TEXT, received
from tests.servers import prometheus
from tests.servers.child import Child, patiently
from tests.servers.ports import free_ports
from tests.servers.smtp import Mailbox
from tests.services.world import World

UNITS = [f"unite-{number}" for number in range(10)]
# Received when, so as to be at risk from Tuesday 20 May 2025 and critical three days later, or sooner.
STANDARDS = {
    "caq-etudes": "2025-04-28",
    "plainte": "2025-05-05",
    "regroupement-familial": "2025-04-17",
    "evaluation-comparative": "2025-03-20",
}
EVENING, NIGHT, LATER = "2025-05-19 20:00", "2025-05-20 00:30", "2025-05-30 12:00"
INTERVAL = timedelta(seconds=3)


@cache
def many_units(*weekdays: str) -> Catalogue:
    """The shipped catalogue with ten units; opening hours may be on these weekdays."""
    written = yaml.safe_load(TEXT)
    written["units"] = {unit: {"name": {"fr": unit, "en": unit}} for unit in UNITS}
    if weekdays:
        written["calendars"]["qc-legal"]["working_weekdays"] = list(weekdays)
    return load_catalogue_text(yaml.safe_dump(written, allow_unicode=True), "many-units.yaml")


Units = Mapping[str, Mapping[str, object]]
"""The supervisors of some units."""


def configured(mailbox: Mailbox, hours: Mapping[str, list[str]], units: Units) -> str:
    """Alertmanager's configuration in these opening hours, hurried."""
    directory = {
        "sender": "echeance@example.org",
        "mail_server": {"host": mailbox.address, "tls": False},
        "years": {"first": 2025, "last": 2025},
        "opening_hours": dict(hours),
        "units": dict(units),
        "others": {"emails": ["chefs@example.org"]},
        "direction": {"emails": ["direction@example.org"]},
        "operations": {"emails": ["exploitation@example.org"]},
    }
    catalogue = many_units(*WEEKDAYS)
    text = configuration(supervisors.load(yaml.safe_dump(directory), catalogue), catalogue)
    for slow, fast in (
        ("group_wait: 30s", "group_wait: 6s"),
        ("group_interval: 15m", "group_interval: 3s"),
        ("end_time: '23:59'", "end_time: '24:00'"),
    ):
        text = text.replace(slow, fast)
    return text


def always() -> Mapping[str, list[str]]:
    return {weekday: ["00:00-23:59"] for weekday in WEEKDAYS}


def soonest_opening(notice: timedelta) -> datetime:
    """The first whole minute that is at least so far ahead; the first of a day, rather than the last."""
    there = (runner.now() + notice).astimezone(ZoneInfo("America/Toronto"))
    opens = there.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return opens + timedelta(minutes=1) if (opens.hour, opens.minute) == (23, 59) else opens


def opening_at(opens: datetime) -> Mapping[str, list[str]]:
    """Closed until a minute, and open for a day or two from then on."""
    weekdays = [WEEKDAYS[(opens.weekday() + days) % 7] for days in range(2)]
    return dict(zip(weekdays, ([f"{opens:%H:%M}-23:59"], ["00:00-23:59"]), strict=True))


class Server:
    """A real Alertmanager on a port of its own, which may end and begin again with what it remembers, or without."""

    def __init__(self, folder: Path, text: str) -> None:
        self._folder = folder
        folder.mkdir()
        shipped = Path(supervisors.__file__).parent / "templates" / TEMPLATE
        text_of_templates = templates(
            shipped.read_text("utf-8"), many_units(), "https://e.example.org"
        )
        (folder / TEMPLATE).write_text(text_of_templates, encoding="utf-8")
        (folder / "alertmanager.yml").write_text(text, encoding="utf-8")
        [self._port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self._port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=20)
        self._child = self._started()

    def _started(self) -> Child:
        child = Child(
            [
                prometheus.program("prometheus-alertmanager"),
                f"--config.file={self._folder / 'alertmanager.yml'}",
                f"--storage.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
                "--cluster.listen-address=",
            ],
            self._folder / "alertmanager.log",
        )
        child.answering(self._ready)
        return child

    def _ready(self) -> bool:
        try:
            return self._client.get("/-/ready").is_success
        except httpx.TransportError:
            return False

    def restart(self) -> None:
        """Ended in order, and begun again: it remembers whom it told what, and no alert."""
        self._child.end()
        self._child = self._started()

    def lose_everything(self) -> None:
        """Killed, and begun again with nothing."""
        self._child.kill()
        shutil.rmtree(self._folder / "data")
        self._child = self._started()

    def end(self) -> None:
        self._child.end()
        self._client.close()

    def alerts(self, **asked: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._client.get("/api/v2/alerts", params=asked).json()
        return found

    def post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Post alerts as Prometheus does."""
        assert self._client.post("/api/v2/alerts", json=list(alerts)).is_success

    def silence(self, name: str, value: str) -> None:
        now = datetime.now(UTC)  # noqa: TID251 — Alertmanager has the real time
        matcher = {"name": name, "value": value, "isRegex": False}
        silence = {
            "matchers": [matcher],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "test",
            "comment": "test",
        }
        assert self._client.post("/api/v2/silences", json=silence).is_success

    async def comes_to(self, alerts: int, **asked: str) -> None:
        """Return once it has so many alerts, and no other number."""
        await soon(lambda: len(self.alerts(**asked)) == alerts, f"{alerts} alerts {asked}")


@contextmanager
def alertmanager(
    folder: Path,
    mailbox: Mailbox,
    hours: Mapping[str, list[str]],
    units: Units = MappingProxyType({}),
) -> Iterator[Server]:
    server = Server(folder / "alertmanager", configured(mailbox, hours, units))
    try:
        yield server
    finally:
        server.end()


async def soon(condition: Any, what: str) -> None:
    await asyncio.to_thread(patiently, condition, what)


async def until(instant: datetime, condition: Callable[[], object]) -> None:
    """Return at an instant of the wall clock; a condition holds all the time before."""
    while runner.now() < instant:
        held = condition()
        assert held or runner.now() >= instant
        await asyncio.sleep(0.1)


@asynccontextmanager
async def notifying(
    known: World, url: str, interval: timedelta = INTERVAL
) -> AsyncIterator[Notifier]:
    """A notifier at work, in real time."""
    store = AlertStore(known.embedded.database)
    source = StoredAlertSource(
        store, AlertMessages(known.embedded.catalogue, "https://e.example.org"), known.now
    )
    lease = Lease(known.embedded.database, "notifier", "test", lasts=LEASE)
    stop = asyncio.Event()
    async with alertmanager_pushers([url], source, Metrics(runner.now), interval) as pushers:
        notifier = Notifier(store, known.embedded.log, lease, source, pushers, runner.now)
        working = asyncio.create_task(notifier.run(stop))
        yield notifier
        stop.set()
        await working


async def told_again(notifier: Notifier, times: int) -> None:
    """Return once everything has been told so many times more."""
    [pusher] = notifier.pushers
    began = runner.now()

    def told() -> bool:
        return pusher.success_at is not None and pusher.success_at > began + times * INTERVAL

    await soon(told, f"everything to be told {times} times more")


def files(per_standard: int) -> list[Event]:
    """So many files of each standard in each unit."""
    return [
        received(f"{standard}-{unit}-{number}", day, standard=standard, unit=unit, attributes=told)
        for standard, day in STANDARDS.items()
        for unit in UNITS
        for number in range(per_standard)
        for told in [{"evaluation": "initiale"} if standard == "evaluation-comparative" else {}]
    ]


def text(message: EmailMessage, form: str = "plain") -> str:
    """A mail's text in one of its two forms."""
    body = message.get_body((form,))
    assert body is not None
    return str(body.get_content())
