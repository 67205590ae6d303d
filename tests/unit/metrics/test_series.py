"""Series keep the conventions of Prometheus."""

from __future__ import annotations

import re

from shared.metrics.series import BUSINESS, TECHNICAL


def test_names_are_of_echeance_unique_and_those_of_counters_end_in_total() -> None:
    series = [*BUSINESS, *TECHNICAL]
    assert len({one.name for one in series}) == len(series)
    for one in series:
        assert re.fullmatch(r"echeance_[a-z_0-9]+", one.name)
        assert one.name.endswith("_total") == (one.kind == "counter"), one.name
        assert one.meaning.endswith(".")


def test_no_label_is_a_file() -> None:
    labels = {label for one in (*BUSINESS, *TECHNICAL) for label in one.labels}
    assert labels.isdisjoint({"file", "file_id", "event_id"})
