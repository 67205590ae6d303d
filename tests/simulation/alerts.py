"""The alerts of the database, against what must be true: each identity once, every open one active, and none resolved that is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select

from services.compliance.alerts.tables import alert_tallies, alerts
from shared.database.engine import Database
from shared.domain.instants import from_microseconds
from tests.simulation.scratch import Alert, Known

GRAVITY = ("at_risk", "critical", "overdue")
UNWARNED = ("telephone", "regroupement-familial")


async def compare(base: Database, expected: Mapping[str, Known], opened: set[Alert]) -> None:
    """The rows, beside the files as the oracle knows them and the stages that are to be warned of.

    A standard without thresholds warns of no file. One that gains or loses them with a revision is left out: what is raised follows
    the revision under which a file last changed.
    """
    opened = {alert for alert in opened if expected[alert.file_id].standard not in UNWARNED}
    async with base.reading() as connection:
        rows = (await connection.execute(select(alerts))).all()
        counted = (await connection.execute(select(alert_tallies))).all()
    assert {tuple(row[:-1]): row.alerts for row in counted if row.alerts} == Counter(
        (
            "resolved" if row.resolved_why else "active",
            row.standard,
            row.unit,
            row.stage,
            row.partition,
        )
        for row in rows
    )
    named = {
        Alert(row.file_id, row.cycle, row.stage, from_microseconds(row.stage_since)): row
        for row in rows
    }
    assert len(named) == len(rows)
    for alert in opened:
        assert alert in named, f"{alert} was never raised"
        assert named[alert].resolved_at is None, f"{alert} is open and was resolved"
        assert (named[alert].standard, named[alert].unit) == (
            expected[alert.file_id].standard,
            expected[alert.file_id].unit,
        )
    for alert, row in named.items():
        assert row.raised_at >= row.stage_since, f"{alert} was raised before it began"
        warned = expected[alert.file_id].standard not in UNWARNED
        if row.resolved_at is None and alert not in opened and warned:
            _was_passed(alert, opened)
        assert row.standard != "telephone"
        assert (row.resolved_at is None) == (row.resolved_why is None), alert


def _was_passed(alert: Alert, opened: set[Alert]) -> None:
    """An active alert that is not the file's present stage is one of the stages before it."""
    present = [one for one in opened if one[:2] == alert[:2]]
    assert len(present) == 1, f"{alert} is active and the file is not open at any such stage"
    assert GRAVITY.index(present[0].stage) > GRAVITY.index(alert.stage), alert
    assert present[0].since > alert.since, alert
