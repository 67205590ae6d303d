"""``GET /metrics`` of the system at work: an event that is posted is soon a figure."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.builders import SOURCE, decided, received
from tests.echeance.system.web import up
from tests.services.scrape import Scraped, samples
from tests.waiting import until

DECIDED = {"standard": "caq-etudes", "period": "month", "basis": "decided", "outcome": "on_time"}


async def test_an_event_that_is_posted_is_soon_a_figure(tmp_path: Path) -> None:
    found = Scraped()
    async with up(tmp_path) as web:
        events = received("A", "2025-04-28"), decided("A", "2025-05-01 08:00")
        assert await web.publish(*events) == 202
        assert await web.publish(*events) == 202

        async def told() -> bool:
            answer = await web.client.get("/metrics")
            found.update(samples(text_string_to_metric_families(answer.text)))
            return (
                found.of("echeance_measured_files", **DECIDED) == 1
                and found.of("echeance_events_duplicate_total", source=SOURCE) == 2
            )

        await until(told, "the figures of both events, and of both again")
    assert found.of("echeance_events_accepted_total", source=SOURCE, type="received") == 2
    for topic in ("echeance.file-events", "echeance.file-clocks"):
        assert found.of("echeance_stream_progress_timestamp_seconds", topic=topic)
        assert found.of("echeance_stream_lag_records", topic=topic, partition="0") is not None
