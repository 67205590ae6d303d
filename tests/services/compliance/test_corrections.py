"""Corrections as they are listed: an answer before and after, with the event that caused it."""

from __future__ import annotations

from pathlib import Path

from tests.builders import decided, received, revised
from tests.services.world import site, world

# Due on Tuesday 27 May 2025.
RECEIVED = received("A", "2025-04-28 10:00")


async def test_a_decision_recorded_after_its_month_is_listed_with_its_cause(tmp_path: Path) -> None:
    decision = decided("A", "2025-05-20", named="d", recorded="2025-06-03 09:00")
    async with world(tmp_path) as known, site(known) as web:
        await known.live(RECEIVED, until="2025-04-28 11:00")
        await known.live(decision, until="2025-06-03 09:00")
        found = (await web.json("/v1/corrections"))["corrections"]
    on_time = {"day": "2025-05-20", "result": "on_time"}
    assert [(one["basis"], one["old"], one["new"]) for one in found] == [
        ("decided", None, on_time),
        ("due", {"day": "2025-05-27", "result": "late"}, on_time | {"day": "2025-05-27"}),
    ]
    for one in found:
        assert (one["file_id"], one["cycle"], one["standard"]) == ("A", 1, "caq-etudes")
        assert (one["cause"]["id"], one["cause"]["type"]) == ("d", "decided")
        assert one["cause"]["recorded_at"] == one["noted_at"] == "2025-06-03T13:00:00Z"


async def test_a_new_catalogue_corrects_what_it_counts_otherwise_and_names_no_event(
    tmp_path: Path,
) -> None:
    newer = revised(2, ("business_days: 20}", "business_days: 10}"))
    async with world(tmp_path) as known:
        await known.live(RECEIVED, decided("A", "2025-05-20"), until="2025-05-25")
    (tmp_path / "credentials.json").unlink(missing_ok=True)
    async with world(tmp_path, "2025-06-20", catalogue=newer) as known, site(known) as web:
        await known.live()
        found = (await web.json("/v1/corrections"))["corrections"]
        later = (await web.json("/v1/corrections", since="2025-06-21"))["corrections"]
    assert [(one["basis"], one["old"]["result"], one["new"]["result"]) for one in found] == [
        ("decided", "on_time", "late"),
        ("due", "on_time", "late"),
    ]
    assert [(one["cause"], one["generation"]) for one in found] == [(None, 2), (None, 2)]
    assert later == []
