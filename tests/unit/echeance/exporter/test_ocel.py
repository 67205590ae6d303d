"""Objects come before events, and every relation leads somewhere."""

from __future__ import annotations

import json

from echeance.exporter.ocel import OcelLog
from tests.builders import CATALOGUE
from tests.unit.echeance.exporter.lives import file_at


def test_an_event_is_related_to_its_file_and_its_cycle() -> None:
    log, file = OcelLog(CATALOGUE), file_at()
    objects, events = log.file(file, [one for one in file.events if one.in_effect])
    document = json.loads(log.beginning + objects + log.middle + events + log.end)
    assert {one["id"] for one in document["objects"]} == {"A", "A/caq-etudes/1", "A/caq-etudes/2"}
    assert [
        [relation["objectId"] for relation in one["relationships"]] for one in document["events"]
    ] == [["A", "A/caq-etudes/1"]] * 4 + [["A", "A/caq-etudes/2"]]
    empty = json.loads(OcelLog(CATALOGUE).beginning + log.middle + log.end)
    assert empty["objects"] == empty["events"] == []
