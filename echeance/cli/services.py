"""``echeance ingest``, ``clock``, ``compliance``: the distributed services, one a process."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import click

from services.clock import serve as serve_clock
from services.compliance import serve as serve_compliance
from services.ingest import serve as serve_ingest
from shared.process import Settings, distributed, environment, say


def _service(
    name: str, serve: Callable[[Settings], Coroutine[Any, Any, None]], french: str, english: str
) -> click.Command:
    environment_says = say(
        "Tout se règle par les variables ECHEANCE_* (docs/operations.md).",
        "Everything is set by ECHEANCE_* variables (docs/operations.md).",
    )

    @click.command(name, help=f"{say(french, english)} {environment_says}")
    def command() -> None:
        distributed.run(name, serve, environment())

    return command


ingest = _service("ingest", serve_ingest, "Reçoit les événements.", "Take events.")
clock = _service("clock", serve_clock, "Tient les compteurs.", "Keep the counters.")
compliance = _service(
    "compliance", serve_compliance, "Mesure les engagements.", "Measure the commitments."
)
