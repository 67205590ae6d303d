"""A trace has each key once, and every cycle where there are several."""

from __future__ import annotations

from xml.etree import ElementTree

from echeance.exporter.xes import XesLog
from tests.builders import CATALOGUE
from tests.unit.echeance.exporter.lives import file_at


def test_a_log_is_well_formed_and_its_keys_differ() -> None:
    log, file = XesLog(CATALOGUE), file_at()
    trace, later = log.file(file, file.events)
    assert later == ""
    root = ElementTree.fromstring(log.beginning + trace + log.end)
    [found] = root.findall("trace")
    assert [one.get("value") for one in found.findall("list/values/int")] == ["1", "2"]
    assert len(found.findall("event")) == len(file.events)
    for element in (found, *found.findall("event")):
        keys = [one.get("key") for one in element if one.tag != "event"]
        assert len(keys) == len(set(keys))
