"""The forecast from events to the page: what it reads of lives, whom it answers, and what it hides."""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from services.compliance.attainment.metrics import BusinessMetrics
from services.compliance.forecast.forecaster import Forecaster
from services.compliance.forecast.history import read_history
from services.compliance.forecast.lives import Life, Pause
from services.compliance.forecast.metrics import ForecastMetrics
from shared.domain.events import Event
from shared.metrics.registry import Metrics
from tests.builders import CATALOGUE, answered, at, decided, received, requested, withdrawn
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.compliance.lives import NOW, TODAY, lived, mail
from tests.services.scrape import Scraped, scraped
from tests.services.world import World, site, world
from tests.waiting import until


def day(written: str) -> int:
    return date.fromisoformat(written).toordinal()


async def test_the_lives_that_are_read_are_those_of_the_events(tmp_path: Path) -> None:
    """Decided after a stop, overdue, and open in time (as if it had never waited); withdrawn ones are counted apart."""
    events = [
        received("STOPPED", "2026-09-01 09:00", standard="caq-etudes"),
        requested("STOPPED", "2026-09-08 09:00"),
        answered("STOPPED", "2026-09-15 09:00"),
        decided("STOPPED", "2026-10-01 09:00", "accepted"),
        received("OVERDUE", "2026-09-01 09:00", standard="caq-etudes"),
        received("OPEN", "2026-11-02 09:00", standard="caq-etudes"),
        received("GONE", "2026-11-02 09:00", standard="caq-etudes"),
        withdrawn("GONE", "2026-11-05 09:00"),
        received("WAITS", "2026-11-02 09:00", standard="caq-etudes"),
        requested("WAITS", "2026-11-05 09:00"),
    ]
    async with lived(tmp_path, *events) as (known, _):
        store = known.embedded.compliance
        history = await read_history(store, CATALOGUE, "caq-etudes", TODAY)
    assert history.withdrawn == 1
    stopped = Pause(day("2026-09-08"), day("2026-09-15"), 5)
    assert set(history.lives) == {
        Life(
            day("2026-09-01"), day("2026-10-01"), day("2026-10-07"), on_time=True, pauses=(stopped,)
        ),
        Life(day("2026-09-01"), None, day("2026-09-30"), on_time=False),
        Life(day("2026-11-02"), None, day("2026-11-30"), on_time=False, is_running=True),
    }


async def test_of_many_lives_some_are_read_and_stand_for_as_many(tmp_path: Path) -> None:
    names = [f"C-{number}" for number in range(60)]
    events = [
        event
        for name in names
        for event in (
            received(name, "2026-09-01 09:00", standard="caq-etudes"),
            decided(name, "2026-09-10 09:00", "accepted"),
        )
    ]
    async with lived(tmp_path, *events) as (known, _):
        store = known.embedded.compliance
        [some] = (await read_history(store, CATALOGUE, "caq-etudes", TODAY, most=20)).lives
        [every] = (await read_history(store, CATALOGUE, "caq-etudes", TODAY)).lives
    assert every.files == 60
    assert some.files == 4 * sum(crc32(name.encode()) % 4 == 0 for name in names) > 0
    assert some._replace(files=60) == every


def two_years(chance: random.Random) -> Iterator[Event]:
    """E-mails due after two business days: in some months most take longer than in others, which their first days show."""
    for ago in range(700, 0, -1):
        come = TODAY - timedelta(days=ago)
        if come.weekday() >= 5:
            continue
        slow = (come.month * 7 + come.year) % 5 < 2
        for number in range(3):
            name = f"{come}-{number}"
            yield received(name, f"{come} 09:00", standard="courriel")
            later = come + timedelta(days=chance.choice((1, 2, 5, 6)) if slow else 1)
            if later < TODAY:
                yield decided(name, f"{later} 10:00", "answered")


async def test_whoever_sees_some_units_only_is_told_nothing_of_all(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        await web.refresh()
        token = web.units_token("laval")
        page = words((await shown(web, "/forecast", standard="courriel", token=token)).text)
    assert "La probabilité se calcule sur toutes les unités d’un engagement" in page
    assert "mois d’essais" not in page


async def test_the_api_says_what_the_page_does_to_whoever_sees_every_unit(tmp_path: Path) -> None:
    events = sorted(two_years(random.Random(3)), key=lambda event: event.recorded_at)
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*events)
        assert (await web.json("/v1/forecast"))["rows"] == []
        await web.refresh()
        [row] = (await web.json("/v1/forecast", standard="courriel"))["rows"]
        page = words((await shown(web, "/forecast", standard="courriel", lang="en")).text)
        refused = await web.refused("/v1/forecast", token=web.units_token("laval"))
        unknown = await web.refused("/v1/forecast", standard="none")
    assert refused == (403, "all-units-only")
    assert unknown == (404, "unknown-standard")
    assert (row["months_tried"], row["built_on"]) == (21, str(TODAY))
    assert row["shown"] is (row["tenths"] is not None)
    assert "21 months of trials" in page
    assert f"held {round(10 * row['coverage'])} times in 10" in page
    for rule in row["comparisons"].values():
        assert rule["beats"] in (True, False)
    assert ("Risk of being late" in page) and (row["risks"] is None) is (
        "no better than the usual share" in page
    )


async def test_what_is_not_built_yet_is_said_to_be_coming(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        page = words((await shown(web, "/forecast", standard="courriel")).text)
        assert "La prévision se calcule" in page
        await web.refresh()
        page = words((await shown(web, "/forecast", standard="courriel")).text)
    assert "Aucune probabilité n’est montrée pour cet engagement" in page
    assert "Le risque des dossiers n’est pas montré" in page


async def test_two_years_are_tried_and_the_page_says_how(tmp_path: Path) -> None:
    events = sorted(two_years(random.Random(3)), key=lambda event: event.recorded_at)
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*events)
        await web.refresh()
        text = (await shown(web, "/forecast", standard="courriel")).text
    page = words(text)
    assert "21 mois d’essais" in page
    assert text.count("<tr><th") > 60
    for said in ("l’atteinte du mois d’avant", "score de Brier", "8 cas sur 10"):
        assert said in page


def caq_lives(chance: random.Random) -> Iterator[Event]:
    """A year of files of 20 business days, decided after 10 to 26 of them: the fewer days left, the likelier late."""
    calendar = CATALOGUE.calendar()
    for ago in range(400, 0, -1):
        come = TODAY - timedelta(days=ago)
        if not calendar.is_business_day(come):
            continue
        for number in range(2):
            name = f"C-{come}-{number}"
            yield received(name, f"{come} 09:00", standard="caq-etudes", unit="laval")
            end = calendar.advance(come, chance.choice((10, 12, 14, 16, 18, 22, 26)))
            if end < TODAY:
                yield decided(name, f"{end} 10:00", "accepted")


async def measured(known: World) -> Scraped:
    """What Prometheus scrapes, once the models are built."""
    parts, kept = known.embedded, Metrics(known.now)
    forecaster = Forecaster(parts.compliance, CATALOGUE, known.now)
    await forecaster.build()
    more = [ForecastMetrics(forecaster).read]
    await BusinessMetrics(parts.compliance, CATALOGUE, kept, known.now, more=more).refresh()
    return scraped(kept)


def compare_metrics(
    samples: Scraped, reached: Mapping[str, Any], forecast: Mapping[str, Any], risks: Sequence[str]
) -> None:
    """The series are what the API says."""
    for period, rows in reached.items():
        for one in rows:
            of = {"standard": one["standard"], "period": period}
            for series, name in (
                ("open", "open"),
                ("needed", "needed"),
                ("late_left", "late_left"),
            ):
                assert samples.of(f"echeance_reach_{series}_files", **of) == one[name]
            assert samples.of("echeance_reach_impossible", **of) == one["impossible"]
            start = samples.of("echeance_reach_latest_start_timestamp_seconds", **of)
            first = next((step["day"] for step in one["steps"] if step["needed"]), None)
            assert start == (None if first is None else at(first).timestamp())
            low, high = (
                samples.of("echeance_reach_pace_files", bound=bound, **of)
                for bound in ("low", "high")
            )
            assert low is not None and high is not None
            for step in one["steps"]:  # the end of the period is not before any of them
                assert step["pace_low"] <= low and step["pace_high"] <= high
    of = {"standard": forecast["standard"]}
    assert samples.of("echeance_forecast_shown", **of) == forecast["shown"] == 1
    chance = samples.of("echeance_target_chance_ratio", **of)
    assert chance is not None and round(10 * chance) == forecast["tenths"]
    base = forecast["comparisons"]["brier_base"]
    for name, score in (("forecast", base["forecast"]), ("base", base["rule"])):
        said = samples.of("echeance_forecast_brier_score", of=name, **of)
        assert said is not None and round(said, 6) == score
    for risk in ("high", "medium", "low"):
        files = samples.of("echeance_open_files_by_risk", risk=risk, **of)
        assert files == risks.count(risk)
    assert samples.of("echeance_open_files_by_risk", risk="high", standard="courriel") is None
    assert samples.of("echeance_forecast_shown", standard="courriel") == 0


async def test_the_files_to_decide_first_are_in_time_and_due_soonest(tmp_path: Path) -> None:
    """The same in every form, for who sees every unit; each file with its risk, and the record of the word."""
    events = sorted(caq_lives(random.Random(3)), key=lambda event: event.recorded_at)
    mails = [mail(f"MAIL-{number}", "2026-11-20", "laval") for number in range(3)]
    asked = {"standard": "caq-etudes", "sort": "effect"}
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*events, *mails)
        unknown = await web.json("/v1/forecast/files")
        unsaid = words((await shown(web, "/worklist", sort="effect")).text)
        refused = await shown(web, "/worklist.csv", **asked)
        await web.refresh()
        [row] = (await web.json("/v1/forecast", standard="caq-etudes"))["rows"]
        text = (await shown(web, "/forecast", standard="caq-etudes")).text
        newest = {one.file_id: one.cycles[-1] for one in await known.published()}
        first = await web.json("/v1/forecast/files", limit=7)
        files, answer = first["files"], first
        while answer["next"]:
            answer = await web.json("/v1/forecast/files", limit=7, after=answer["next"])
            files += answer["files"]
        page = (await shown(web, "/worklist", sort="effect")).text
        lines = sheet(await shown(web, "/worklist.csv", sort="effect"))
        usual = (await shown(web, "/worklist")).text
        token = web.units_token("laval")
        own = (await shown(web, "/worklist", token=token, **asked)).text
        denied = await web.refused("/v1/forecast/files", token=token)
        samples = await measured(known)
        reached = {
            period: (await web.json("/v1/reach", period=period))["rows"]
            for period in ("month", "quarter", "fiscal-year")
        }
        called = files[0]["file_id"]
        file_page = words((await shown(web, f"/files/{called}")).text)
        own_file = words((await shown(web, f"/files/{called}", token=token)).text)
    listed = re.findall(r'/files/(C-[^"]+)"', text[text.index('id="changes"') :])
    in_time = {
        name: state
        for name, state in newest.items()
        if state.ended_on is None and state.stage != "overdue" and state.due_on
    }
    ranked = [name for name in in_time if name.startswith("C-")]
    assert len(listed) == min(50, len(ranked))
    assert listed == [one["file_id"] for one in files][:50]
    due = [date.fromisoformat(one["due_on"]) for one in files]
    assert due == sorted(due) and min(due) >= TODAY
    assert sorted(one["file_id"] for one in files) == sorted(ranked)
    assert first["ranked"] == ["caq-etudes"]
    assert first["not_ranked"]["courriel"] == "too_few_months"
    assert [line["Dossier"] for line in lines][: len(files)] == [one["file_id"] for one in files]
    assert {line["Dossier"] for line in lines} == {
        name for name, state in newest.items() if state.ended_on is None
    }
    risks = {line["Dossier"]: line["Risque de retard"] for line in lines}
    said = {"high": "élevé", "medium": "moyen", "low": "faible"}
    assert {one["file_id"]: said[one["risk"]] for one in files} == {
        name: risk for name, risk in risks.items() if risk
    }
    assert re.findall(r'id="row-([^"]+)"', page) == [line["Dossier"] for line in lines][:50]
    assert "Classés par la prévision\u00a0: " in html.unescape(page)
    assert '<option value="effect"' in usual
    # Not before it is built, and not for who sees some units only: neither the order nor a risk.
    assert unknown["files"] == [] and set(unknown["not_ranked"].values()) == {"not_built"}
    assert refused.status_code == 422 and "n’est pas offert" in words(refused.text)
    assert "n’est pas offert" in unsaid and "la prévision se calcule encore" in unsaid
    assert '<option value="effect"' not in own and "Risque de retard" not in own
    assert "vous n’en voyez que certaines" in words(own)
    assert denied == (403, "all-units-only")
    records = row["risks"]
    shares = [records[risk]["late"] / records[risk]["files"] for risk in ("high", "medium")]
    assert shares[0] > shares[1]
    compare_metrics(samples, reached, row, [one["risk"] for one in files])
    record = records[files[0]["risk"]]
    assert f"{record['late']} en retard sur {record['files']} ainsi appelés" in file_page
    assert "Risque de retard" not in own_file


async def test_the_task_builds_the_models_once_and_ends_when_told(tmp_path: Path) -> None:
    async with lived(tmp_path) as (known, _):
        forecaster = Forecaster(known.embedded.compliance, CATALOGUE, known.now)
        stop = asyncio.Event()
        task = asyncio.create_task(forecaster.run(stop))
        await until(lambda: forecaster.model("courriel") is not None, "a model")
        stop.set()
        await asyncio.wait_for(task, 10)
    model = forecaster.model("courriel")
    assert model is not None and model.built_on == TODAY
    assert forecaster.model("nothing") is None
