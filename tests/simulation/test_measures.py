"""Every figure told over HTTP and to Prometheus, against a count made from the events by the oracle: late, voided and out-of-order ones, a catalogue
that changes, and a rebuild (§5 of the counting rules)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.compliance.attainment.metrics import BusinessMetrics
from services.compliance.periods import PERIODS
from services.ingest.cloudevents.envelope import Rules, parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from shared.domain.events import Event, encode
from shared.metrics.registry import Metrics
from tests.services.scrape import Scraped, scraped
from tests.services.world import Site, World, site, world
from tests.simulation import catalogues, changes, figures, lives, scratch, stops, workload
from tests.simulation.catalogues import Revision
from tests.simulation.figures import Cycle, Told
from tests.simulation.scratch import File, Known
from tests.unit.domain.oracle_calendar import MONTREAL, local_day

FILES = 120
DAYS = 400
BEGINS = date(2025, 1, 15)
TOLERANCE = timedelta(minutes=5)


class Ministry:
    """Random lives told to a system day after day, and what a hand would have written down of them."""

    def __init__(self, seed: int) -> None:
        self._begins = datetime.combine(BEGINS, time(7), MONTREAL).astimezone(UTC)
        self._posts = lives.World(Random(seed), self._begins, DAYS - 30).posts(FILES)
        self._random = Random(seed + 1)
        self._records: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
        self._files: dict[str, File] = {}
        self.known: dict[str, Known] = {}
        self.corrections: Counter[Told] = Counter()
        self.now = self._begins

    def steps(self, revision: Revision) -> Iterator[list[Event]]:
        """What arrives together, at ``now``, once it is written down in the books."""
        while self._posts:
            before, self.now = self.now, self.now + timedelta(hours=self._random.randint(3, 30))
            arrived: dict[str, list[bytes]] = defaultdict(list)
            events = []
            while self._posts and self._posts[0].arrives_at <= self.now:
                raw = self._posts.pop(0).raw
                rules = Rules(
                    catalogue=revision.catalogue, now=self.now, future_tolerance=TOLERANCE
                )
                try:
                    events.append(parse_structured(raw, rules))
                except InvalidEventsError:
                    assert b'"1999-' in raw
                    continue
                arrived[events[-1].file_id].append(encode(events[-1]))
            self._write_down(arrived, before, revision)
            yield events

    def _write_down(
        self, arrived: dict[str, list[bytes]], before: datetime, revision: Revision
    ) -> None:
        ahead = {}
        for file_id in self.known:
            times = [told.at for told in self._files[file_id].events.values()]
            if begun := [at for at in times if before < at <= self.now]:
                ahead[file_id] = max(begun)
        for file_id in arrived.keys() | ahead.keys():
            had = len(self._files.get(file_id, File()).events)
            records = self._records[file_id]
            records += [(0, len(records), raw) for raw in arrived.get(file_id, ())]
            file = scratch.accepted(records).files.get(file_id)
            if file is None:
                continue
            self._files[file_id] = file
            known = scratch.known(file, revision, self.now)
            at = self.now if len(file.events) > had else ahead.get(file_id)
            if had and at is not None:
                old = self.known[file_id]
                self.corrections += figures.corrections(file_id, old, known, at, self.now)
            self.known[file_id] = known

    def look(self, revision: Revision) -> None:
        """Bring the books to the present: time alone changes clocks, and corrects nothing."""
        for file_id in self.known:
            self.known[file_id] = scratch.known(self._files[file_id], revision, self.now)

    def known_by(self, day: date, revision: Revision) -> dict[str, Known]:
        """What the books say at the end of a day of the events recorded by then."""
        end = datetime.combine(day, time.max, MONTREAL).astimezone(UTC)
        found = {}
        for file_id, records in self._records.items():
            told = scratch.accepted(
                one
                for one in records
                if datetime.fromisoformat(json.loads(one[2])["recordedtime"]) <= end
            )
            if file_id in told.files:
                found[file_id] = scratch.known(told.files[file_id], revision, end)
        return found

    def recount(self, revision: Revision) -> None:
        """Count everything again under another catalogue."""
        for file_id, old in self.known.items():
            known = scratch.known(self._files[file_id], revision, self.now)
            self.corrections += figures.corrections(file_id, old, known, self.now, self.now)
            self.known[file_id] = known


@asynccontextmanager
async def running(
    folder: Path, ministry: Ministry, revision: Revision
) -> AsyncIterator[tuple[World, Site]]:
    (folder / "credentials.json").unlink(missing_ok=True)
    now = ministry.now.isoformat()
    async with world(folder, now, catalogue=revision.catalogue) as known, site(known) as web:
        yield known, web


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.whole)])
async def test_every_figure_is_what_a_hand_counts_from_the_events(data: Path, seed: int) -> None:
    ministry, first = Ministry(seed), catalogues.first()
    async with running(data, ministry, first) as (known, web):
        for number, events in enumerate(ministry.steps(first)):
            await known.live(*events, until=ministry.now.isoformat())
            if number == 250:
                ministry.look(first)
                await compare(known, web, ministry, first)
        ministry.look(first)
        await compare(known, web, ministry, first)
        today = local_day(ministry.now)
        days = {
            day: figures.cycles(ministry.known_by(day, first))
            for day in (today - timedelta(days=20), today - timedelta(days=90))
        }
        await compare_as_known(web, days)
        assert ministry.corrections
        await known.embedded.reset_computed()
        await known.live()
        await compare(known, web, ministry, first)
        await compare_as_known(web, days)
    second = catalogues.second(BEGINS + timedelta(days=100))
    async with running(data, ministry, second) as (known, web):
        before = ministry.corrections.total()
        ministry.recount(second)
        await known.live()
        assert ministry.corrections.total() > before
        await compare(known, web, ministry, second)


async def compare(known: World, web: Site, ministry: Ministry, revision: Revision) -> None:
    today = local_day(ministry.now)
    found = figures.cycles(ministry.known)
    await compare_attainment(web, found, today)
    await compare_delays(web, found, today)
    await compare_metrics(known, found, today)
    await compare_report(web, found, today)
    await compare_files(web, found, today)
    await compare_stops(web, ministry, found, today)
    await compare_open(web, found, revision, today)
    await compare_corrections(web, ministry)
    await workload.compare(web, found, revision, today)
    await changes.compare(web, found, ministry.corrections, revision, today)
    await compare_anomalies(web, ministry)


def of_units(found: list[Cycle]) -> dict[str | None, list[Cycle]]:
    units: dict[str | None, list[Cycle]] = {None: found}
    for unit in lives.UNITS:
        units[unit] = [cycle for cycle in found if cycle.unit == unit]
    return units


async def compare_attainment(web: Site, found: list[Cycle], today: date) -> None:
    units = of_units(found)
    for name, within in figures.periods(BEGINS, today).items():
        for basis in ("decided", "due"):
            told = await web.json("/v1/attainment", period=name, basis=basis, by="unit")
            rows = {(row["standard"], row["unit"]): row for row in told["rows"]}
            for unit, within_unit in units.items():
                right = {
                    standard: figures.attainment(within_unit, standard, basis, within, today)
                    for standard in lives.PACE_DAYS
                }
                for standard, row in right.items():
                    told_row = rows.get((standard, unit))
                    if told_row is None:
                        assert unit is not None and not row["measured"], (standard, unit, name)
                        continue
                    assert told_row | row == told_row, (standard, unit, name, basis)
                listed = [standard for standard, of in rows if of == unit]
                assert (None in listed) == bool(listed)
                whole = rows.get((None, unit), {})
                for figure in ("measured", "on_time", "late", "late_allowed", "late_committed"):
                    total = sum(row[figure] for row in right.values())
                    assert whole.get(figure, total) == total


async def compare_delays(web: Site, found: list[Cycle], today: date) -> None:
    units = of_units(found)
    for name, within in figures.periods(BEGINS, today).items():
        told = await web.json("/v1/delays", period=name, by="unit")
        rows = {(row["standard"], row["unit"]): row for row in told["rows"]}
        for (unit, within_unit), standard in product(units.items(), lives.PACE_DAYS):
            right = figures.delays(within_unit, standard, within)
            row = rows.get((standard, unit))
            if row is None:
                assert unit is not None and right["net"]["mean"] is None, (standard, unit, name)
                continue
            assert row | right == row, (standard, unit, name)
            for measure in ("net", "gross"):
                bins = row[f"{measure}_histogram"]
                assert sum(one["on_time"] + one["late"] for one in bins) == row["decided"]


async def compare_as_known(web: Site, days: dict[date, list[Cycle]]) -> None:
    """What was known at the end of some days."""
    for day, found in days.items():
        units, periods = of_units(found), figures.periods(BEGINS, day)
        for name in ("fiscal-year", "rolling-90"):
            query = {"period": name, "by": "unit", "known_at": day.isoformat()}
            told = [
                {
                    (row["standard"], row["unit"]): row
                    for row in (await web.json(path, **query))["rows"]
                }
                for path in ("/v1/delays", "/v1/attainment")
            ]
            for (unit, within_unit), standard in product(units.items(), lives.PACE_DAYS):
                delays = figures.delays(within_unit, standard, periods[name])
                kept = figures.attainment(within_unit, standard, "decided", periods[name], day)
                for rows, right in zip(told, (delays, kept), strict=True):
                    row = rows.get((standard, unit))
                    if row is None:
                        assert unit is not None, (standard, name)
                        assert delays["net"]["mean"] is None or rows is not told[0]
                        assert not kept["measured"] or rows is not told[1]
                        continue
                    assert row | right == row, (standard, unit, name, day)


async def compare_metrics(known: World, found: list[Cycle], today: date) -> None:
    kept, parts = Metrics(known.now), known.embedded
    await BusinessMetrics(parts.compliance, parts.catalogue, kept, known.now).refresh()
    told = scraped(kept)
    periods = figures.periods(BEGINS, today)
    for period, basis, standard in product(PERIODS, ("decided", "due"), lives.PACE_DAYS):
        right = figures.attainment(found, standard, basis, periods[period], today)
        place = {"standard": standard, "period": period}
        ratio = told.of("echeance_attainment_ratio", **place, basis=basis)
        assert (None if ratio is None else round(ratio, 6)) == right["attainment"], (place, basis)
        for outcome in ("on_time", "late"):
            files = told.of("echeance_measured_files", **place, basis=basis, outcome=outcome)
            assert files == right[outcome], (place, basis, outcome)
        if basis == "decided":
            for name in ("allowed", "used", "committed"):
                files = told.of(f"echeance_late_files_{name}", **place)
                assert files == right[f"late_{name}"], (place, name)
            compare_delay_metrics(told, found, place, periods[period])


def compare_delay_metrics(
    told: Scraped, found: list[Cycle], place: dict[str, str], within: Callable[[date], bool]
) -> None:
    for measure, right in figures.delays(found, place["standard"], within).items():
        of = {**place, "delay": measure}
        for name, quantile in (("median", "0.5"), ("p80", "0.8"), ("p90", "0.9")):
            shown = told.of("echeance_delay_percentile", **of, share=quantile)
            assert shown == right[name], (of, name)
        mean = told.of("echeance_delay_mean", **of)
        assert (None if mean is None else round(mean, 6)) == right["mean"], of


async def compare_report(web: Site, everywhere: list[Cycle], today: date) -> None:
    units = of_units(everywhere)
    for name, within in figures.periods(BEGINS, today).items():
        if len(name) != len("2025-2026") or not name[0].isdigit():
            continue
        told = await web.json("/v1/report", fiscal_year=name, by="unit")
        for row in told["rows"]:
            standard, found = row["standard"], units[row["unit"]]
            decided = figures.attainment(found, standard, "decided", within, today)
            due = figures.attainment(found, standard, "due", within, today)
            decided.pop("formulas", None)
            assert row | decided == row, (standard, name)
            assert (row["measured_due"], row["on_time_due"]) == (due["measured"], due["on_time"])
            for measure, right in figures.delays(found, standard, within).items():
                shown = {name: row[f"delay_{name}_{measure}"] for name in right}
                assert shown == right, (standard, name, measure)
            begun = [one for one in found if one.standard == standard]
            assert row["received"] == sum(within(one.state["received_on"]) for one in begun)


async def compare_files(web: Site, found: list[Cycle], today: date) -> None:
    within = figures.periods(BEGINS, today)
    parts = {
        "numerator": ["on_time"],
        "late": ["late", "abandoned", "overdue"],
        "denominator": ["on_time", "late", "abandoned", "overdue"],
    }
    asked = [
        (standard, basis, part, name, unit)
        for standard in lives.PACE_DAYS
        for basis in ("decided", "due")
        for part in parts
        for name, unit in (("fiscal-year", None), ("2025-05", None), ("quarter", "laval"))
    ]
    for standard, basis, part, name, unit in asked:
        listed = figures.behind(found, basis, within[name], today)
        right = [
            (cycle.file_id, cycle.state["number"], cycle.outcome, *figures.taken(cycle))
            for cycle in listed
            if cycle.standard == standard
            and cycle.outcome in parts[part]
            and unit in (None, cycle.unit)
        ]
        query = {"standard": standard, "basis": basis, "part": part, "period": name, "limit": 4}
        query |= {} if unit is None else {"unit": unit}
        told = [
            (file["file_id"], file["cycle"], file["outcome"], file["counted"], file["gross"])
            async for file in pages(web, "/v1/attainment/files", "files", query)
        ]
        assert told == right, (standard, basis, part, name, unit)


async def pages(web: Site, path: str, name: str, query: dict[str, Any]) -> AsyncIterator[Any]:
    """Everything of a list, a page at a time."""
    after: dict[str, Any] = {}
    while True:
        page = await web.json(path, **query, **after)
        assert len(page[name]) <= query["limit"]
        for one in page[name]:
            yield one
        if page["next"] is None:
            return
        after = {"after": page["next"]}


async def compare_stops(web: Site, ministry: Ministry, found: list[Cycle], today: date) -> None:
    within = figures.periods(BEGINS, today)
    for name in ("month", "fiscal-year", "rolling-90", "2025-05", "2025-Q2"):
        told = await web.json("/v1/stops", period=name, by="unit")
        rows = {(row["standard"], row["unit"]): row for row in told["rows"]}
        for unit, within_unit in of_units(found).items():
            for standard in lives.PACE_DAYS:
                ended = [
                    one
                    for one in figures.behind(within_unit, "decided", within[name], today)
                    if one.standard == standard
                ]
                row = rows.get((standard, unit))
                if row is None:
                    assert unit is not None and not ended, (standard, unit, name)
                    continue
                right = stops.row([one.state for one in ended])
                assert row | right == row, (standard, unit, name)
                singled_out = Counter(
                    rule
                    for one in ended
                    for rule, _, _ in stops.found(one.state, ministry.known[one.file_id].cycles)
                )
                told_rules = {one["rule"]: one["files"] for one in row["to_verify"]}
                assert {rule: files for rule, files in told_rules.items() if files} == singled_out
                if unit is None:
                    for rule in singled_out:
                        query = {"standard": standard, "rule": rule, "period": name, "limit": 3}
                        listed = [
                            (one["ended_on"], one["file_id"], one["cycle"])
                            async for one in pages(web, "/v1/stops/files", "files", query)
                        ]
                        assert listed == sorted(listed, reverse=True)
                        assert len(listed) == singled_out[rule], (standard, rule, name)


async def compare_open(web: Site, found: list[Cycle], revision: Revision, today: date) -> None:
    told = await web.json("/v1/open", by="unit")
    rows = {(row["standard"], row["unit"]): row for row in told["rows"]}
    for unit, within_unit in of_units(found).items():
        for standard in lives.PACE_DAYS:
            calendar = revision.calendars[standard]
            right = figures.opened(within_unit, standard, calendar, today)
            row = rows.get((standard, unit))
            if row is None:
                assert unit is not None and not right["open"] + right["waiting"], (standard, unit)
            else:
                assert row | right == row, (standard, unit)


async def compare_corrections(web: Site, ministry: Ministry) -> None:
    told: Counter[Told] = Counter()
    last = ""
    async for one in pages(web, "/v1/corrections", "corrections", {"limit": 7}):
        old, new = one["old"], one["new"]
        told[
            one["file_id"],
            one["cycle"],
            one["standard"],
            one["unit"],
            one["basis"],
            old and (old["day"], old["result"]),
            new and (new["day"], new["result"]),
        ] += 1
        assert one["noted_at"] >= last
        last = one["noted_at"]
        if one["generation"] == 1:
            assert one["cause"]["id"].startswith(f"{one['file_id']}/")
    assert told == ministry.corrections


async def compare_anomalies(web: Site, ministry: Ministry) -> None:
    told = (await web.json("/v1/anomalies"))["anomalies"]
    right = Counter(
        (source, reason)
        for known in ministry.known.values()
        for source, _, reason in known.anomalies
    )
    assert {(one["source"], one["reason"]): one["events"] for one in told} == right
