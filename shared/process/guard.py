"""What stands beside the front door of a process: its limits, and its records of who asked what."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple, get_args

from shared.audit import AuditRecorder, AuditSink, AuditStore, RetentionNotes, standard_error
from shared.database import Database
from shared.domain import Catalogue
from shared.erasure import FileDigests
from shared.errors import UnavailableError
from shared.http import Credentials, Guard, Limiter, Rate, RequestRates, front_door
from shared.metrics import Metrics, series
from shared.process import runner
from shared.process.service import Work
from shared.settings import Settings

_TRIM_SECONDS: Final = 3_600.0
_log = logging.getLogger("echeance.audit")


class ProcessGuard(NamedTuple):
    """The guard of a process, and the background task that writes its records."""

    guard: Guard
    recorder: AuditRecorder

    @property
    def work(self) -> Work:
        return self.recorder.run


def guard_process(
    settings: Settings,
    service_name: str,
    sink: AuditSink,
    catalogue: Catalogue,
    credentials: Credentials,
    metrics: Metrics,
    database: Database | None = None,
    retention: RetentionNotes | None = None,
) -> ProcessGuard:
    """Limits by the settings, and records into a sink, which name no file that ``database`` says is forgotten."""
    failures = metrics.counter(series.SIGN_IN_FAILURES)
    for reason in get_args(front_door.SignInFailure):
        failures.labels(reason)
    recorder = AuditRecorder(
        sink,
        metrics,
        settings.instance or service_name,
        loaded=_loaded(settings, credentials),
        credentials=credentials,
        about=_about(service_name, catalogue),
        as_lines=standard_error if settings.log_format == "json" else None,
        digests=None if database is None else FileDigests(database),
        retention=retention,
    )
    return ProcessGuard(Guard(Limiter(_rates(settings), metrics), recorder, failures), recorder)


def _rates(settings: Settings) -> RequestRates:
    seconds = settings.burst_seconds
    return RequestRates(
        *(
            Rate(rate, max(1, rate * seconds))
            for rate in (
                settings.requests_per_second,
                settings.bytes_per_second,
                settings.anonymous_requests_per_second,
            )
        )
    )


def _loaded(settings: Settings, credentials: Credentials) -> Mapping[str, Path]:
    """The files of settings whose digests are recorded, at the start and when they change."""
    files = {
        "credentials": credentials.path,
        "catalogue": settings.catalogue,
        "access": settings.access,
        "supervisors": settings.supervisors,
        "hooks": settings.hooks,
        "sources": settings.sources,
    }
    return {name: path for name, path in files.items() if path is not None}


def _about(service_name: str, catalogue: Catalogue) -> Mapping[str, str | int]:
    return {
        "service": service_name,
        "version": version("echeance"),
        "catalogue": catalogue.catalogue,
        "revision": catalogue.revision,
        "catalogue_sha256": hashlib.sha256(catalogue.text.encode()).hexdigest(),
    }


async def trim_audit(store: AuditStore, days: int, stop: asyncio.Event) -> None:
    """Remove records after their time, once an hour; a background task of the process with the table."""
    while not stop.is_set():
        try:
            removed = await store.trim(runner.now(), days)
            if removed:
                _log.info("%d audit records were removed after %d days", removed, days)
        except UnavailableError as error:
            _log.warning("old audit records are kept for now: %s", error)
        await runner.wait_for_stop(stop, _TRIM_SECONDS)
