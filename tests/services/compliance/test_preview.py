"""A preview says what the candidate does: the figures that the system shows once it is in use.

Every expectation is read from the system itself, after it was opened again with the candidate.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from echeance.preview import compare_catalogues
from services.clock import CatalogueRefusedError
from services.compliance.preview import (
    PreviewDocument,
    PreviewStore,
    StandardPreview,
    preview_lines,
)
from shared.domain.catalogue import Catalogue
from tests.builders import CATALOGUE, answered, decided, received, requested, revised
from tests.services.compliance.test_one_answer import NOW, lives
from tests.services.world import Site, World, site, world

SHORTER = ("business_days: 20", "business_days: 12")
LONGER = ("months: 6", "months: 7")
CANDIDATE = revised(2, SHORTER, LONGER)


async def previewed(known: World, candidate: Catalogue = CANDIDATE) -> PreviewDocument:
    database = known.embedded.database
    return await compare_catalogues(
        database, known.embedded.catalogue, candidate, known.now(), lambda files: None
    )


@asynccontextmanager
async def asked(folder: Path, catalogue: Catalogue) -> AsyncIterator[tuple[World, Site]]:
    """The world of a folder under a catalogue, opened for the first time or again."""
    (folder / "credentials.json").unlink(missing_ok=True)
    async with world(folder, NOW, catalogue=catalogue) as known, site(known) as web:
        yield known, web


Shares = dict[tuple[str, str, str], tuple[int, int]]
"""On time and measured, by standard, period and basis."""


async def shown(web: Site, document: PreviewDocument) -> Shares:
    """What the API says of the periods of a preview."""
    shares: Shares = {}
    for standard, period, basis in shares_of(document, "before"):
        answer = await web.json(
            "/v1/attainment", standard=standard, period=period, basis=basis, by="unit"
        )
        row = next(row for row in answer["rows"] if row["unit"] is None)
        shares[standard, period, basis] = row["on_time"], row["measured"]
    return shares


def shares_of(document: PreviewDocument, side: str) -> Shares:
    shares: Shares = {}
    for one in document.standards:
        for period in (*one.months, *one.years):
            for basis in ("decided", "due"):
                share = getattr(getattr(period, basis), side)
                shares[one.standard, period.name, basis] = share.on_time, share.measured
    return shares


async def alerts(web: Site) -> Counter[tuple[str, str]]:
    """Active alerts by standard and stage."""
    active: Counter[tuple[str, str]] = Counter()
    after: dict[str, Any] = {}
    while True:
        answer = await web.json("/v1/alerts", limit=200, **after)
        active.update(
            (one["standard"], one["stage"])
            for one in answer["alerts"]
            if one["resolved_at"] is None
        )
        if not answer["next"]:
            return active
        after = {"after": answer["next"]}


def of(document: PreviewDocument, standard: str) -> StandardPreview:
    return next(one for one in document.standards if one.standard == standard)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_candidate_in_use_shows_what_was_previewed(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    events = sorted(lives(chance, 250), key=lambda event: event.recorded_at)
    async with asked(tmp_path, CATALOGUE) as (known, web):
        await known.live(*events)
        document = await previewed(known)
        assert shares_of(document, "before") == await shown(web, document)
        before, corrected = await alerts(web), await corrections(web)
    assert document.files == 250
    assert 0 < document.changed_files < 250
    async with asked(tmp_path, CANDIDATE) as (known, web):
        await known.live()
        assert shares_of(document, "after") == await shown(web, document)
        after, changed = await alerts(web), await corrections(web) - corrected
    raised = Counter({(one.standard, one.stage): one.raised for one in document.alerts})
    resolved = Counter({(one.standard, one.stage): one.resolved for one in document.alerts})
    assert +raised
    assert +resolved
    before.update(raised)
    before.subtract(resolved)
    assert +before == after
    answers: Counter[tuple[str, str]] = Counter()
    for one in document.standards:
        for answer in one.answers:
            answers[one.standard, answer.basis] += answer.answers
    assert answers == changed


async def corrections(web: Site) -> Counter[tuple[str, str]]:
    answer = await web.json("/v1/corrections", limit=500)
    assert answer["next"] is None
    return Counter((one["standard"], one["basis"]) for one in answer["corrections"])


async def test_due_dates_and_lateness_are_counted_file_by_file(tmp_path: Path) -> None:
    def file(name: str, received_on: str) -> Any:
        return received(name, f"{received_on} 09:00", standard="caq-etudes")

    limit = CATALOGUE.standards["caq-etudes"].current.limit
    assert limit.length == 20, "the figures below are of 20 business days, then 12"
    async with world(tmp_path, "2026-11-23 12:00") as known:
        await known.live(
            file("OPEN", "2026-11-16"),
            file("LATE", "2026-11-02"),
            file("ENDED", "2026-10-01"),
            decided("ENDED", "2026-10-26 10:00", "accepted"),
            file("FAST", "2026-10-01"),
            decided("FAST", "2026-10-05 10:00", "accepted"),
        )
        document = await previewed(known, revised(2, SHORTER))
    one = of(document, "caq-etudes")
    assert (one.cycles.due_earlier, one.cycles.due_later, one.cycles.ended_due) == (2, 0, 2)
    assert (one.cycles.newly_late, one.cycles.no_longer_late) == (2, 0)
    assert [(c.file_id, c.kind) for c in document.changes] == [
        ("LATE", "due"),
        ("OPEN", "due"),
        ("ENDED", "newly_late"),
        ("LATE", "newly_late"),
    ]
    october = next(period for period in one.months if period.name == "2026-10")
    assert (october.decided.before.on_time, october.decided.after.on_time) == (2, 1)
    [answers] = [one for one in one.answers if one.basis == "decided"]
    assert (answers.fiscal_year, answers.over, answers.answers) == ("2026-2027", False, 1)
    said = "\n".join(preview_lines.lines(document, "en", CATALOGUE.zone))
    assert "2 cases would become late: ENDED, LATE" in said
    assert "October 2026, decided: 2 of 2 (100.00%) → 1 of 2 (50.00%)" in said


async def test_the_curve_is_what_each_limit_would_have_kept(tmp_path: Path) -> None:
    """Limits of the curve are previewed as candidates of their own; its year begins on 1 December."""
    chance = random.Random(7)
    async with world(tmp_path, "2026-11-30 10:00") as known:
        for number in range(120):
            begin, days = date(2026, 1, 5) + timedelta(days=2 * number), chance.randrange(1, 50)
            asked_on, end = begin + timedelta(days=days // 2), begin + timedelta(days=days)
            file = f"F-{number}"
            await known.append(
                received(file, f"{begin} 09:00", standard="caq-etudes"),
                *([requested(file, f"{asked_on} 11:00")] if number % 3 else []),
                *([answered(file, f"{end} 08:00")] if number % 3 == 1 else []),
                decided(file, f"{end} 10:00", "accepted"),
            )
        await known.live()
        curve = of(await previewed(known), "caq-etudes").curve
        assert curve is not None
        assert (curve.limit, curve.first) == (12, date(2025, 12, 1))
        compared = set()
        for point in curve.points:
            if point.limit in (7, 12, 19):
                changed = ("business_days: 20", f"business_days: {point.limit}")
                months = of(await previewed(known, revised(2, changed)), "caq-etudes").months
                year = [one.decided.after for one in months if one.first >= curve.first]
                on_time, measured = (
                    sum(one.on_time for one in year),
                    sum(one.measured for one in year),
                )
                assert (point.kept.on_time, point.kept.measured) == (on_time, measured)
                compared.add(on_time)
        assert len(compared) == 3
        shares = {one.percent: one.limit for one in curve.kept}
        assert list(shares) == [50, 80, 90, 95]
        for percent, limit in shares.items():
            by_limit = {point.limit: point.kept for point in curve.points}
            reached, missed = by_limit[limit], by_limit[limit - 1]
            assert reached.on_time * 100 >= percent * reached.measured
            assert missed.on_time * 100 < percent * missed.measured


async def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-11-23 12:00", catalogue=revised(3)) as known:
        await known.live(received("F", "2026-11-16 09:00", standard="caq-etudes"))
        with pytest.raises(CatalogueRefusedError, match="older revision"):
            await previewed(known, revised(2))
        with pytest.raises(CatalogueRefusedError, match="another text under the same revision"):
            await previewed(known, revised(3, SHORTER))


async def test_the_last_preview_is_kept_and_no_other(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-11-23 12:00") as known:
        store = PreviewStore(known.embedded.database)
        assert await store.last() is None
        first = await previewed(known)
        await store.replace(first)
        assert await store.last() == first
        second = await previewed(known, revised(2, LONGER))
        await store.replace(second)
        assert await store.last() == second
