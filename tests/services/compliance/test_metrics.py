"""``GET /metrics``: what Prometheus is told, against what a hand counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from typing_extensions import override

from services.compliance.attainment.metrics import BusinessMetrics
from shared.database.rebuilds import rebuilds
from shared.errors import UnavailableError
from shared.metrics import series
from shared.metrics.registry import Metrics
from shared.metrics.series import Figures
from tests.builders import CATALOGUE, at, decided, received, revised, voided
from tests.services.compliance.lives import lived
from tests.services.scrape import OPEN, scrape, scrape_open, scraped
from tests.services.world import Site, World, site, world

MAIL = "courriel"


@asynccontextmanager
async def shown(folder: Path) -> AsyncIterator[tuple[World, Site]]:
    async with lived(folder) as (known, web):
        await snapshot(known).refresh()
        yield known, web


class SiteFigures(Metrics):
    """Shows business figures on the registry of a site, whose own service has registered their age."""

    def __init__(self, known: World) -> None:
        super().__init__(known.now)
        self._site = known.embedded.metrics

    @override
    def show(self, figures: Figures) -> None:
        self._site.show(figures)


def snapshot(known: World, kept: Metrics | None = None) -> BusinessMetrics:
    parts = known.embedded
    return BusinessMetrics(parts.compliance, parts.catalogue, kept or SiteFigures(known), known.now)


async def test_the_business_figures_are_what_a_hand_counts(tmp_path: Path) -> None:
    """Those that no other reading shows; the others are compared by test_one_answer."""
    async with shown(tmp_path) as (_, web):
        found = await scrape(web)
    year = {"standard": MAIL, "period": "fiscal-year"}
    assert found.of("echeance_received_files", **year) == 18
    assert found.of("echeance_closed_files", **year) == 14
    assert found.of("echeance_target_ratio", standard=MAIL) == 0.8
    remaining = {"overdue": 1, "0": 1, "1-2": 1, "3-5": 0, ">10": 0, "waiting": 1}
    for days, files in remaining.items():
        told = {"standard": MAIL, "remaining": days}
        assert found.of("echeance_open_files_by_remaining", **told) == files, days
        units = [
            found.of("echeance_open_files_by_unit", **told, unit=unit) for unit in CATALOGUE.units
        ]
        assert sum(one or 0 for one in units) == files
    oldest = found.of("echeance_oldest_open_timestamp_seconds", standard=MAIL)
    assert oldest == at("2026-11-09").timestamp()


async def test_both_formats_say_the_same(tmp_path: Path) -> None:
    async with shown(tmp_path) as (_, web):
        plain, opened = await scrape(web), await scrape_open(web)
        media_type = (await web.get("/metrics", headers=OPEN)).headers["content-type"]
    moving = ("process_", "echeance_clock")
    assert {one: value for one, value in plain.items() if not one[0].startswith(moving)} == {
        one: value for one, value in opened.items() if not one[0].startswith(moving)
    }
    assert media_type.startswith("application/openmetrics-text; version=1.0.0")


async def test_every_series_is_declared_with_its_labels(tmp_path: Path) -> None:
    declared = {one.name: set(one.labels) for one in (*series.BUSINESS, *series.TECHNICAL)}
    async with shown(tmp_path) as (_, web):
        found = await scrape(web)
    suffixes = ("_bucket", "_count", "_sum")
    for name, labels in found:
        if name.startswith("process_"):
            continue
        own = name
        for suffix in suffixes:
            own = own.removesuffix(suffix) if own not in declared else own
        assert {label for label, _ in labels} - {"le"} == declared[own], name


async def test_every_standard_has_its_figures_before_its_first_file(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        await snapshot(known).refresh()
        found = await scrape(web)
    for standard in CATALOGUE.standards:
        assert found.of("echeance_open_files", standard=standard, stage="overdue") == 0
        told = {"standard": standard, "period": "month"}
        assert found.of("echeance_late_files_committed", **told) == 0
        assert found.of("echeance_attainment_ratio", **told, basis="decided") is None


async def test_a_scrape_does_not_touch_the_database(tmp_path: Path) -> None:
    async with shown(tmp_path) as (known, web):
        before = (await scrape(web)).each("echeance_attainment_ratio")
        await known.embedded.database.close()
        (tmp_path / "echeance.sqlite").rename(tmp_path / "away.sqlite")
        assert (await scrape(web)).each("echeance_attainment_ratio") == before
        (tmp_path / "away.sqlite").rename(tmp_path / "echeance.sqlite")


async def test_figures_change_with_the_next_look_after_a_commit(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01 09:00") as known, site(known) as web:
        looking = snapshot(known)
        await looking.refresh()
        on_track = {"standard": "caq-etudes", "stage": "on_track"}
        assert (await scrape(web)).of("echeance_open_files", **on_track) == 0
        await known.live(received("A", "2025-04-30"), received("B", "2025-04-30"))
        assert (await scrape(web)).of("echeance_open_files", **on_track) == 0
        await looking.refresh()
        assert (await scrape(web)).of("echeance_open_files", **on_track) == 2
        await known.live(decided("A", "2025-05-01 08:00"))
        await looking.refresh()
        assert (await scrape(web)).of("echeance_open_files", **on_track) == 1


async def test_events_on_files_of_others_are_counted_by_source_until_they_are_taken_back(
    tmp_path: Path,
) -> None:
    evil = "urn:evil"
    async with world(tmp_path, "2025-05-06 12:00") as known:
        kept = Metrics(known.now)
        looking = snapshot(known, kept)

        async def strays() -> float | None:
            await looking.refresh()
            return scraped(kept).of("echeance_other_source_events", source=evil)

        await known.live(received("A", "2025-04-28"), received("B", "2025-04-28"))
        assert await strays() is None
        await known.live(
            decided("A", "2025-05-01", named="a", source=evil),
            received("B", "2025-04-21", recorded="2025-05-01", named="b", source=evil),
        )
        assert await strays() == 2
        void = voided("A", "2025-05-02", "a", named="back")
        await known.live(msgspec.structs.replace(void, source=evil))
        assert await strays() == 1


async def test_active_alerts_are_counted_by_standard_and_stage_and_stand_at_zero_before(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-04-28 12:00") as known:
        kept = Metrics(known.now)
        looking = snapshot(known, kept)

        async def active(standard: str = "caq-etudes") -> list[float | None]:
            await looking.refresh()
            found = scraped(kept)
            return [
                found.of("echeance_alerts_active", standard=standard, stage=stage)
                for stage in ("at_risk", "critical", "overdue")
            ]

        assert await active() == [0, 0, 0]
        await known.live(received("A", "2025-04-28"), received("B", "2025-04-28"))
        for day in ("2025-05-20", "2025-05-23", "2025-05-28"):
            await known.live(until=f"{day} 08:00")
        assert await active() == [2, 2, 2]
        await known.live(decided("A", "2025-05-28 08:00"))
        assert await active() == [1, 1, 1]
        assert await active("plainte") == [0, 0, 0]


async def test_a_rebuild_at_work_tells_how_far_it_has_come(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        kept = Metrics(known.now)
        for done in (0, 30):
            row = {"service": "clock", "partition": done, "started_at": 1}
            async with known.embedded.database.transaction() as connection:
                await connection.execute(
                    rebuilds.insert().values(**row, done_records=done, total_records=60)
                )
        await snapshot(known, kept).refresh()
        assert scraped(kept).of("echeance_rebuild_progress_ratio", service="clock") == 0.25


async def test_the_age_of_the_figures_is_told_by_the_wall_clock(tmp_path: Path) -> None:
    moments = [datetime(2025, 5, 1, 12, tzinfo=UTC), datetime(2025, 5, 1, 12, 1, tzinfo=UTC)]
    kept = Metrics(lambda: moments[0])
    async with world(tmp_path) as known:
        looking = snapshot(known, kept)
        assert scraped(kept).of("echeance_snapshot_timestamp_seconds") == 0
        await looking.refresh()
        assert scraped(kept).of("echeance_snapshot_timestamp_seconds") == moments[0].timestamp()
        del moments[0]
        await looking.refresh()  # nothing has changed: the same figures are known to be right later
        assert scraped(kept).of("echeance_snapshot_timestamp_seconds") == moments[0].timestamp()


async def test_figures_grow_old_while_the_database_is_away_and_are_kept(tmp_path: Path) -> None:
    class Away:
        async def positions(self) -> None:
            asked.set()
            raise UnavailableError("away")

    asked, stop = asyncio.Event(), asyncio.Event()
    async with shown(tmp_path) as (known, web):
        before = await scrape(web)
        looking = BusinessMetrics(Away(), CATALOGUE, Metrics(known.now), known.now)  # type: ignore[arg-type]  # only positions() is called
        keeping = asyncio.create_task(looking.run(stop))
        async with asyncio.timeout(20):
            await asked.wait()
            stop.set()
            await keeping
        assert (await scrape(web)).each("echeance_measured_files") == before.each(
            "echeance_measured_files"
        )


async def test_a_token_of_some_units_may_not_read_the_figures_of_all(web: Site) -> None:
    token = web.units_token("laval")
    assert await web.refused("/metrics", token=token) == (403, "all-units-only")
    assert (await web.client.get("/metrics")).status_code == 401


async def test_what_the_catalogue_no_longer_lists_is_not_told(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        await known.live(received("A", "2025-03-31", unit="laval"))
        fewer = revised(2, ("  laval: {name: {fr: Laval, en: Laval}}\n", ""))
        parts = known.embedded
        await BusinessMetrics(parts.compliance, fewer, SiteFigures(known), known.now).refresh()
        found = await scrape(web)
    assert ("unit", "laval") not in {label for _, labels in found for label in labels}
