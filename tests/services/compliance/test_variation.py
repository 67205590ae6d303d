"""Control charts, funnels and the age order: recounted over random lives, and only of the reader's units."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.compliance.board.pages.variation import WORDS
from services.compliance.variation.keeper import AgeOrderKeeper
from shared.domain.events import Event
from tests.builders import (
    CATALOGUE,
    answered,
    decided,
    received,
    requested,
    revised,
    transferred,
    voided,
    withdrawn,
)
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import Site, World, site, world
from tests.waiting import until

NOW = "2026-11-23 12:00"
TODAY = date(2026, 11, 23)
STANDARD = "caq-etudes"
UNITS = ("laval", "montreal")
SHORTER = revised(2, ("business_days: 20}", "business_days: 15}"))


@dataclass
class Life:
    """What happened to a file, at whole hours; ``ended`` is None for open."""

    name: str
    unit: str
    received: datetime
    waits: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    ended: datetime | None = None
    is_decided: bool = True


def drawn(chance: random.Random, number: int) -> tuple[Life, list[Event]]:
    """A life, and its events: some of them voided, in which case the life is as if they had never been."""
    name, unit = f"F-{number}", chance.choice(UNITS)
    come = datetime.combine(TODAY - timedelta(days=chance.randrange(2, 160)), time(9))
    life = Life(name, unit, come)
    events = [received(name, f"{come:%Y-%m-%d %H:%M}", standard=STANDARD, unit=unit)]
    last = datetime.combine(TODAY, time(9))
    at = come
    for request in range(chance.choice((0, 0, 1, 2))):
        began = at + timedelta(days=chance.randrange(0, 9), hours=chance.choice((1, 3)))
        if began >= last:
            break
        events.append(requested(name, f"{began:%Y-%m-%d %H:%M}", named=f"{name}-stop-{request}"))
        at = began + timedelta(days=chance.choice((0, 1, 6)), hours=2)
        if at >= last or chance.random() < 0.15:
            life.waits.append((began, None))
            at = began
            break
        events.append(answered(name, f"{at:%Y-%m-%d %H:%M}"))
        if chance.random() < 0.2:
            events.append(voided(name, "2026-11-22", f"{name}-stop-{request}"))
        else:
            life.waits.append((began, at))
    ended = at + timedelta(days=chance.randrange(1, 60))
    if ended < last:
        life.is_decided = chance.random() < 0.85
        moment = f"{ended:%Y-%m-%d %H:%M}"
        end = (
            decided(name, moment, named=f"{name}-end")
            if life.is_decided
            else withdrawn(name, moment, named=f"{name}-end")
        )
        events.append(end)
        if chance.random() < 0.1:
            events.append(voided(name, "2026-11-22", f"{name}-end"))
        else:
            life.ended = ended
    return life, events


def lives(seed: int, number: int = 70) -> tuple[list[Life], list[Event]]:
    chance = random.Random(seed)
    each = [drawn(chance, one) for one in range(number)]
    events = [event for _, some in each for event in some]
    chance.shuffle(events)
    return [life for life, _ in each], events


# -- the recount: every file on every day, hour by hour


def in_hand(life: Life, day: date) -> bool:
    first, last = life.received.date(), life.ended.date() if life.ended else TODAY
    if not first <= day <= last:
        return False
    if day == first or (life.ended and life.is_decided and day == last):
        return True
    half_hours = [datetime.combine(day, time(hour, 30)) for hour in range(24)]
    return any(
        (life.ended is None or moment < life.ended)
        and not any(
            began <= moment and (ended is None or moment < ended) for began, ended in life.waits
        )
        for moment in half_hours
    )


def days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def order(known: Sequence[Life]) -> tuple[dict[str, tuple[int, Any]], dict[str, int]]:
    """Decisions and the mean of their shares by month, and who was passed over; each unit by itself."""
    shares: dict[str, list[float]] = defaultdict(list)
    passed: Counter[str] = Counter()
    for life in known:
        if life.ended is None or not life.is_decided:
            continue
        day, own = life.ended.date(), life.received.date()
        queue = [one for one in known if one.unit == life.unit and one is not life]
        others = [one.received.date() for one in queue if in_hand(one, day)]
        later, earlier = sum(one > own for one in others), sum(one < own for one in others)
        if later + earlier:
            shares[f"{day:%Y-%m}-01"].append(later / (later + earlier))
        if (TODAY - day).days <= 90:
            for one in queue:
                older = one.received.date() < own and one.ended is None
                waits = any(ended is None for _, ended in one.waits)
                if older and not waits and all(in_hand(one, each) for each in days(day, TODAY)):
                    passed[one.name] += 1
    return (
        {
            month: (len(each), pytest.approx(sum(each) / len(each)))
            for month, each in shares.items()
        },
        dict(passed),
    )


def said(answer: Mapping[str, Any]) -> tuple[dict[str, tuple[int, Any]], dict[str, int]]:
    return (
        {one["first"]: (one["decisions"], one["mean"]) for one in answer["months"]},
        {one["file_id"]: one["passed"] for one in answer["passed"]},
    )


@asynccontextmanager
async def lived(folder: Path, seed: int) -> AsyncIterator[tuple[World, Site, list[Life]]]:
    known_lives, events = lives(seed)
    async with world(folder, NOW) as known, site(known) as web:
        await known.live(*events)
        await web.refresh()
        yield known, web, known_lives


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_age_order_is_as_each_file_is_counted_on_each_day(
    tmp_path: Path, seed: int
) -> None:
    """Also after a rebuild, and under a catalogue whose limit is another."""
    async with lived(tmp_path, seed) as (known, web, known_lives):
        whole = await web.json("/v1/age-order", standard=STANDARD)
        assert said(whole) == order(known_lives)
        assert len(whole["months"]) > 3 and len(whole["passed"]) > 3
        for unit in UNITS:
            own = [life for life in known_lives if life.unit == unit]
            answer = await web.json("/v1/age-order", standard=STANDARD, unit=unit)
            assert said(answer) == order(own)
            assert {one["unit"] for one in answer["passed"]} <= {unit}
            token = web.units_token(unit)
            assert said(await web.json("/v1/age-order", standard=STANDARD, token=token)) == order(
                own
            )
        await known.embedded.reset_computed()
        await known.live()
        await web.refresh()
        assert await web.json("/v1/age-order", standard=STANDARD) == whole
        await charted(known, web)
    (tmp_path / "credentials.json").unlink()
    async with world(tmp_path, NOW, catalogue=SHORTER) as known, site(known) as web:
        await known.live()
        await web.refresh()
        assert await web.json("/v1/age-order", standard=STANDARD) == whole
        before = await web.json("/v1/variation", standard=STANDARD)
        await charted(known, web)
        await known.embedded.reset_computed()
        await known.live()
        assert await web.json("/v1/variation", standard=STANDARD) == before


async def charted(known: World, web: Site) -> None:
    """The chart and the funnel are as the clocks say."""
    newest = {one.file_id: one for one in await known.published()}
    answers = {
        basis: await web.json("/v1/variation", standard=STANDARD, basis=basis)
        for basis in ("decided", "due")
    }
    one_unit = await web.json("/v1/variation", standard=STANDARD, unit="laval")
    for basis, answer in answers.items():
        months: Counter[tuple[date, bool]] = Counter()
        units: Counter[tuple[str, bool]] = Counter()
        for snapshot in newest.values():
            for cycle in snapshot.cycles:
                day = cycle.ended_on if basis == "decided" else cycle.due_on
                in_time = cycle.on_time
                if basis == "due" and (cycle.due_on is None or cycle.due_on >= TODAY):
                    continue
                if not cycle.measured or day is None or in_time is None:
                    continue
                months[day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), in_time] += 1
                units[cycle.unit or snapshot.unit or "", in_time] += 1
        assert answer["step"] == "quarter"
        points = [*answer["points"], answer["running"]]
        counted = {
            (date.fromisoformat(point["first"]), in_time): point["on_time" if in_time else "late"]
            for point in points
            for in_time in (True, False)
        }
        assert {key: files for key, files in counted.items() if files} == dict(months)
        around = {
            (one["unit"], in_time): one["on_time" if in_time else "late"]
            for one in answer["funnel"]["units"]
            for in_time in (True, False)
        }
        assert {key: files for key, files in around.items() if files} == dict(units)
        assert [one["unit"] for one in answer["funnel"]["units"]] == sorted(UNITS)
    laval = [*one_unit["points"], one_unit["running"]]
    [own] = [one for one in one_unit["funnel"]["units"] if one["unit"] == "laval"]
    assert sum(point["measured"] for point in laval) == own["measured"]


async def test_the_chart_and_the_funnel_are_as_the_clocks_say(tmp_path: Path) -> None:
    async with lived(tmp_path, 3) as (known, web, _):
        await charted(known, web)


async def test_a_reader_of_a_unit_sees_no_other(tmp_path: Path) -> None:
    async with lived(tmp_path, 4) as (known, web, known_lives):
        token = web.units_token("laval")
        answer = await web.json("/v1/variation", standard=STANDARD, token=token)
        page = (await shown(web, "/variation", standard=STANDARD, token=token)).text
        other = await web.json("/v1/age-order", standard=STANDARD, unit="montreal", token=token)
        lines = sheet(
            await shown(web, "/variation.csv", standard=STANDARD, part="units", token=token)
        )
        passed = await web.json("/v1/age-order", standard=STANDARD, token=token)
        listed_lines = sheet(
            await shown(web, "/variation.csv", standard=STANDARD, part="passed", token=token)
        )
        # What was moved or decided since all files were read is on the list no longer.
        moved, ended, *others = [one["file_id"] for one in passed["passed"]]
        await known.live(transferred(moved, NOW, "montreal"), decided(ended, NOW, "accepted"))
        since = await web.json("/v1/age-order", standard=STANDARD, token=token)
        page_since = (await shown(web, "/variation", standard=STANDARD, token=token)).text
    assert {one["unit"] for one in passed["passed"]} == {"laval"}
    assert [one["Dossier"] for one in listed_lines] == [moved, ended, *others]
    assert {one["Unité (code)"] for one in listed_lines} == {"laval"}
    assert [one["file_id"] for one in since["passed"]] == others
    assert f'href="/files/{moved}"' not in page_since
    assert [one["unit"] for one in answer["funnel"]["units"]] == ["laval"]
    assert [one["Unité (code)"] for one in lines] == ["laval"]
    assert said(other) == ({}, {})
    listed = [life for life in known_lives if f'href="/files/{life.name}"' in page]
    assert listed and {life.unit for life in listed} == {"laval"}


async def test_the_page_and_the_spreadsheets_say_what_the_api_says(tmp_path: Path) -> None:
    async with lived(tmp_path, 5) as (_, web, _lives):
        answer = await web.json("/v1/variation", standard=STANDARD)
        ordered = await web.json("/v1/age-order", standard=STANDARD)
        page = words((await shown(web, "/variation", standard=STANDARD)).text)
        periods = sheet(await shown(web, "/variation.csv", standard=STANDARD))
        months = sheet(await shown(web, "/variation.csv", standard=STANDARD, part="order"))
        unknown = await shown(web, "/variation", standard="none")
    assert unknown.status_code == 404
    assert [(one["Depuis le"], one["En retard"]) for one in periods] == [
        (one["first"], str(one["late"])) for one in answer["points"]
    ]
    last = answer["points"][-1]
    assert f"{last['late']} en retard sur {last['measured']}." in page
    assert "Trop peu de trimestres pour dire ce qui est habituel" in page
    assert [(one["Mois"], one["Décisions"]) for one in months] == [
        (one["first"], str(one["decisions"])) for one in ordered["months"]
    ]
    for one in ordered["passed"]:
        assert one["file_id"] in page


def many(chance: random.Random) -> Iterator[Event]:
    """E-mails of two years, thirty a month, a few of them late, due after two business days."""
    for back in range(24):
        month = date(2024 + (10 + back) // 12, (10 + back) % 12 + 1, 1)
        monday = month + timedelta(days=(7 - month.weekday()) % 7)
        late = 15 if back == 23 else chance.choice((2, 3, 4))
        for number in range(30):
            name = f"M-{month}-{number}"
            end = monday + timedelta(days=4 if number < late else 1)
            yield received(name, f"{monday} 09:00", standard="courriel", unit="laval")
            yield decided(name, f"{end} 10:00", "answered")


async def test_what_is_unusual_is_said_in_words(tmp_path: Path) -> None:
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*many(random.Random(1)))
        answer = await web.json("/v1/variation", standard="courriel")
        page = words((await shown(web, "/variation", standard="courriel", lang="en")).text)
    assert (answer["step"], answer["usual"]) == ("month", "worse")
    assert answer["points"][-1]["signals"][0] == {"rule": "beyond", "side": "worse"}
    assert "Worse than usual; at this level the target will be met some months" in page
    assert "October 2026: 15 late of 30. Signal: below the limits." in page
    assert WORDS["not_read"].en in page


async def test_the_task_reads_once_and_ends_when_told(tmp_path: Path) -> None:
    async with lived(tmp_path, 6) as (known, _, _lives):
        keeper = AgeOrderKeeper(known.embedded.compliance, CATALOGUE, known.now)
        assert await keeper.order(STANDARD, None) is None
        stop = asyncio.Event()
        task = asyncio.create_task(keeper.run(stop))
        await until(lambda: keeper.as_of is not None, "an order")
        stop.set()
        await asyncio.wait_for(task, 10)
