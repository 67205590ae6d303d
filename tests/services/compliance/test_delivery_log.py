"""The leases, and what was published, delivered and sent, on both databases."""

from __future__ import annotations

from sqlalchemy import func, select

from services.compliance.alerts.delivery_log import DeliveryLog, Lease
from services.compliance.alerts.lists import AlertFilter
from services.compliance.alerts.store import AlertStore
from services.compliance.alerts.tables import alert_deliveries
from shared.database.engine import Database
from tests.services.compliance.stored_alerts import NOW, SECOND, alert, write


async def test_a_lease_is_held_by_one_until_it_expires_or_is_given_back(base: Database) -> None:
    first, second = (Lease(base, "x", name, lasts=15 * SECOND) for name in ("first", "second"))
    other = Lease(base, "y", "second", lasts=15 * SECOND)
    assert await first.acquire(NOW) and not await second.acquire(NOW)
    assert await other.acquire(NOW)
    assert await first.acquire(NOW + 10 * SECOND)
    assert not await second.acquire(NOW + 20 * SECOND)
    assert await second.acquire(NOW + 25 * SECOND)
    assert not await first.acquire(NOW + 26 * SECOND)
    await second.release()
    assert await first.acquire(NOW + 31 * SECOND)


async def test_what_was_told_and_delivered_and_sent_is_kept(base: Database) -> None:
    delivery_log = DeliveryLog(base)
    await delivery_log.record_published({0: 5, 1: 7})
    await delivery_log.record_published({1: 9})
    assert await delivery_log.published_positions() == {0: 5, 1: 9}
    await delivery_log.record_delivered([alert("A"), alert("B")], NOW)
    await delivery_log.record_delivered([alert("A")], NOW + SECOND)
    await write(base, 0, 1, alert("A"))
    [listed] = await AlertStore(base).page(AlertFilter(), None, 10)
    assert listed.delivered_at == NOW
    async with base.reading() as connection:
        found = await connection.execute(select(func.count()).select_from(alert_deliveries))
        assert found.scalar_one() == 2
    assert not await delivery_log.has_digest("laval", NOW.date())
    await delivery_log.record_digest("laval", NOW.date(), NOW)
    await delivery_log.record_digest("laval", NOW.date(), NOW)
    assert await delivery_log.has_digest("laval", NOW.date())
    assert not await delivery_log.has_digest("quebec", NOW.date())
