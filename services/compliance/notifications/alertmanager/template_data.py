"""The data that Alertmanager passes to its templates for a unit's alerts, to preview its mails.

Pure. Of each cycle only the gravest stage remains (the inhibition rules), in the order of labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from services.compliance.alerts.law import LONG_WAIT, STAGES
from services.compliance.notifications.messages import AlertMessage

TemplateData = Mapping[str, Any]
_RANKS: Mapping[str, int] = {stage: rank for rank, stage in enumerate((LONG_WAIT, *STAGES))}


def of_units(messages: Sequence[AlertMessage], at: datetime) -> Mapping[str, TemplateData]:
    """The data of each unit's message."""
    in_order = sorted(
        _gravest(messages), key=lambda message: (message.group, sorted(message.labels.items()))
    )
    return {
        unit: _data(unit, list(group), at)
        for unit, group in groupby(in_order, key=attrgetter("group"))
    }


def _gravest(messages: Sequence[AlertMessage]) -> Sequence[AlertMessage]:
    ranks: dict[tuple[str, str], int] = {}
    for message in messages:
        if "file" in message.labels:
            ranks[_cycle(message)] = max(ranks.get(_cycle(message), 0), _rank(message))
    return [
        message
        for message in messages
        if "file" not in message.labels or _rank(message) == ranks[_cycle(message)]
    ]


def _cycle(message: AlertMessage) -> tuple[str, str]:
    return message.labels["file"], message.labels["cycle"]


def _rank(message: AlertMessage) -> int:
    return _RANKS[message.labels["stage"]]


def _data(unit: str, messages: Sequence[AlertMessage], at: datetime) -> TemplateData:
    alerts = [
        {
            "status": "firing",
            "labels": dict(message.labels),
            "annotations": dict(message.annotations),
            "startsAt": at.isoformat(),
            "endsAt": at.isoformat(),
        }
        for message in messages
    ]
    return {
        "receiver": unit,
        "status": "firing",
        "alerts": alerts,
        "groupLabels": {"unit": unit},
        "commonLabels": _common([message.labels for message in messages]),
        "commonAnnotations": _common([message.annotations for message in messages]),
        "externalURL": "",
    }


def _common(pairs: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The pairs that all have."""
    first, *others = pairs
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }
