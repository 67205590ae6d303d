"""The steps of an alert at which a compliance service may end, from the fold that raises it until whoever was told is noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from services.compliance.alerts.delivery_log import DeliveryLog
from services.compliance.alerts.tables import alerts
from services.compliance.notifications import service
from services.compliance.notifications.alertmanager.client import Alertmanager
from services.compliance.projection.store import ComplianceStore
from shared.database.bulk_writes import Write
from shared.log.ports import BREACH_ALERTS
from tests.simulation.crashes import Fate


def around(*steps: str) -> list[str]:
    """The points before and after each of these steps."""
    return [f"{step} {when}" for step in steps for when in ("before", "after")]


_RAISE, _PUSH, _DELIVER, _TELL = (
    f"alert {step}" for step in ("raise", "push", "deliver", "record_published")
)
POINTS: Final = around(_RAISE, f"{BREACH_ALERTS} append", _PUSH, _DELIVER, _TELL)
"""Raised in the transaction of the fold; published; pushed to Alertmanager; noted as delivered; noted as published."""


def wrap(fate: Fate) -> None:
    """Put the steps under a fate. The publication is a step of the log's."""
    service.LEASE = timedelta(seconds=1)  # a successor soon tells what this process does not
    _wrap(fate, _RAISE, ComplianceStore, "commit", _raises)
    _wrap(fate, _PUSH, Alertmanager, "push")
    _wrap(fate, _DELIVER, DeliveryLog, "record_delivered")
    _wrap(fate, _TELL, DeliveryLog, "record_published")


def _raises(*given: Any) -> bool:
    writes: Sequence[Write] = given[-1]
    return any(write.table is alerts and write.rows for write in writes)


def _always(*_: Any) -> bool:
    return True


def _wrap(
    fate: Fate, step: str, owner: type, method: str, concerned: Callable[..., bool] = _always
) -> None:
    real = getattr(owner, method)

    async def wrapped(self: object, *given: Any) -> Any:
        if not concerned(*given):
            return await real(self, *given)
        fate.begin(step)
        answer = await real(self, *given)
        fate.reach(f"{step} after")
        return answer

    setattr(owner, method, wrapped)
