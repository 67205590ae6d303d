"""What Alertmanager gives its templates of a unit's alerts, as JSON: to see a message before anybody is sent it.

Pure. Of one file only the gravest stage is told, as the rules of inhibition have it; alerts stand in the order of their labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from services.compliance.alerts.law import STAGES
from services.compliance.notifications.messages import AlertMessage

Data = Mapping[str, Any]
_RANKS: Mapping[str, int] = {stage: rank for rank, stage in enumerate(STAGES)}


def of_units(notices: Sequence[AlertMessage], at: datetime) -> Mapping[str, Data]:
    """The data of each unit's message."""
    told = sorted(
        _gravest(notices), key=lambda notice: (notice.group, sorted(notice.labels.items()))
    )
    return {
        unit: _data(unit, list(group), at) for unit, group in groupby(told, key=attrgetter("group"))
    }


def _gravest(notices: Sequence[AlertMessage]) -> Sequence[AlertMessage]:
    ranks: dict[tuple[str, str], int] = {}
    for notice in notices:
        if "file" in notice.labels:
            ranks[_cycle(notice)] = max(ranks.get(_cycle(notice), 0), _rank(notice))
    return [
        notice
        for notice in notices
        if "file" not in notice.labels or _rank(notice) == ranks[_cycle(notice)]
    ]


def _cycle(notice: AlertMessage) -> tuple[str, str]:
    return notice.labels["file"], notice.labels["cycle"]


def _rank(notice: AlertMessage) -> int:
    return _RANKS[notice.labels["stage"]]


def _data(unit: str, told: Sequence[AlertMessage], at: datetime) -> Data:
    alerts = [
        {
            "status": "firing",
            "labels": dict(notice.labels),
            "annotations": dict(notice.annotations),
            "startsAt": at.isoformat(),
            "endsAt": at.isoformat(),
        }
        for notice in told
    ]
    return {
        "receiver": unit,
        "status": "firing",
        "alerts": alerts,
        "groupLabels": {"unit": unit},
        "commonLabels": _common([notice.labels for notice in told]),
        "commonAnnotations": _common([notice.annotations for notice in told]),
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
