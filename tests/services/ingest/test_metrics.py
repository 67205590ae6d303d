"""What ingest tells of itself: events accepted, by source and type; what was refused, and why."""

from __future__ import annotations

from pathlib import Path

from tests.services.scrape import scraped
from tests.unit.ingest.cloudevents.given import (
    BATCH,
    LINES,
    SOURCE,
    STRUCTURED,
    WITHDRAWN,
    AbsentLog,
    event,
    sqlite_log,
    system,
    written,
)

ACCEPTED, REJECTED = "echeance_events_accepted_total", "echeance_events_rejected_total"


async def test_accepted_events_are_counted_by_source_and_type(tmp_path: Path) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        await ingest.post(written([event(), event(id="e2", subject="F-2")]), BATCH)
        await ingest.post(written(event(id="e3", type=WITHDRAWN, data={})))
        samples = scraped(ingest.metrics)
    assert samples.of(ACCEPTED, source=SOURCE, type="received") == 2
    assert samples.of(ACCEPTED, source=SOURCE, type="withdrawn") == 1
    accepted_at = samples.of("echeance_event_accepted_timestamp_seconds", source=SOURCE)
    assert accepted_at == ingest.metrics.wall().timestamp()
    assert not samples.each(REJECTED)


async def test_what_is_refused_is_counted_once_by_its_first_reason(tmp_path: Path) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        await ingest.post(b"{")
        await ingest.post(written([event(), event(id="")]), BATCH)
        lines = [written(event(id="e4")), b"{", written(event(id="e5", subject=""))]
        await ingest.post(b"\n".join(lines), LINES)
        samples = scraped(ingest.metrics)
    assert samples.of(ACCEPTED, source=SOURCE, type="received") == 1
    assert samples.of(REJECTED, source=SOURCE, reason="not_json") == 2
    assert sum(samples.each(REJECTED).values()) == 4


async def test_a_source_that_the_token_may_not_use_makes_no_series(tmp_path: Path) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        for number in range(3):
            await ingest.post(written(event(source=f"https://elsewhere.example.org/{number}")))
        samples = scraped(ingest.metrics)
    assert samples.of(REJECTED, source=SOURCE, reason="source_not_allowed") == 3
    assert not samples.each(ACCEPTED)


async def test_under_a_token_of_several_sources_a_refusal_is_put_down_to_none(
    tmp_path: Path,
) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        sources = ["https://a.example.org", "https://b.example.org"]
        token = ingest.credentials.create(
            "two", ["publish"], created=ingest.metrics.wall(), sources=sources
        )
        await ingest.post(b"{", {**STRUCTURED, "authorization": f"Bearer {token}"})
        samples = scraped(ingest.metrics)
    assert samples.of(REJECTED, source="several", reason="not_json") == 1


async def test_events_that_the_log_did_not_take_are_not_accepted(tmp_path: Path) -> None:
    async with system(AbsentLog(), tmp_path) as ingest:
        assert (await ingest.post(written(event()))).status_code == 503
        samples = scraped(ingest.metrics)
    assert not samples.each(ACCEPTED)
    assert samples.of(REJECTED, source=SOURCE, reason="log_unavailable") == 1
