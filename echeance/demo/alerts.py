"""A line of the demonstration: how many alerts were raised and resolved, with an example."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import click

from services.compliance.alerts import AlertStore
from shared.domain import STAGE_WORDS, AlertEnd, BreachAlert, Catalogue
from shared.process import Now, language, say
from shared.text import Text, formats

_SECONDS = 4.0
_ENDS: Mapping[AlertEnd, Text] = {
    "waiting": Text("il attend une réponse", "it waits for an answer"),
    "decided": Text("décidé", "decided"),
    "withdrawn": Text("désisté", "withdrawn"),
    "voided": Text("annulé", "voided"),
    "corrected": Text("corrigé", "corrected"),
    "extended": Text("prolongé", "extended"),
    "answered": Text("réponse reçue", "answered"),
}


async def report_alerts(store: AlertStore, catalogue: Catalogue, now: Now) -> None:
    """Print what becomes of alerts, for ever."""
    positions = await store.positions()
    while True:
        await asyncio.sleep(_SECONDS)
        changed, positions = await store.changed(positions)
        if changed:
            moment = formats.moment(now(), catalogue.zone, language())
            click.echo(f"{moment} — {line(changed, catalogue)}")


def line(changed: Sequence[BreachAlert], catalogue: Catalogue) -> str:
    """How many alerts were raised and resolved, and the last of each."""
    raised = [alert for alert in changed if alert.active]
    resolved = [alert for alert in changed if not alert.active]
    counts = say(
        f"alertes levées : {len(raised)}, résolues : {len(resolved)}",
        f"alerts raised: {len(raised)}, resolved: {len(resolved)}",
    )
    return say(" ; ", "; ").join(
        [counts, *(_example(one[-1], catalogue) for one in (raised, resolved) if one)]
    )


def _example(alert: BreachAlert, catalogue: Catalogue) -> str:
    spoken = language()
    standard = catalogue.standards[alert.standard].name.text().within(spoken)
    stage = STAGE_WORDS[alert.stage].within(spoken)
    if alert.resolved_why is not None:
        stage = f"{stage} → {_ENDS[alert.resolved_why].within(spoken)}"
    return f"{alert.file_id} ({standard}) {stage}"
