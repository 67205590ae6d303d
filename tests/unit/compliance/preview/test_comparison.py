"""Two catalogues side by side, on snapshots made by hand."""

from __future__ import annotations

from msgspec.structs import replace

from services.compliance.preview.comparison import PreviewTally
from services.compliance.preview.document import (
    MOST_LISTED,
    AlertCount,
    CycleCounts,
    PreviewDocument,
    StandardPreview,
)
from shared.domain.events import Event
from tests.builders import CATALOGUE, at, decided, received, revised, snapshot

NOW = "2026-11-23 12:00"
CANDIDATE = revised(2, ("business_days: 20", "business_days: 12"))


def compared(*stories: tuple[Event, ...]) -> PreviewDocument:
    comparison = PreviewTally(CATALOGUE, CANDIDATE, at(NOW))
    for story in stories:
        before = snapshot(*story, now=NOW)
        after = replace(snapshot(*story, now=NOW, catalogue=CANDIDATE), generation=2)
        if comparison.add(before, after):
            comparison.add_alerts((), before, after)
    return comparison.document()


def studies(document: PreviewDocument) -> StandardPreview:
    return next(one for one in document.standards if one.standard == "caq-etudes")


def test_nothing_compared_changes_nothing():
    document = compared()
    assert (document.files, document.changed_files, document.changes) == (0, 0, ())
    assert not any(one.differs for one in document.standards)
    assert [one.standard for one in document.standards] == list(CATALOGUE.standards)


def test_a_file_of_another_standard_is_counted_and_does_not_change():
    document = compared((received("A", "2026-11-20 09:00", standard="courriel"),))
    assert (document.files, document.changed_files) == (1, 0)


def test_an_open_file_is_due_earlier_and_may_become_late():
    document = compared((received("A", "2026-11-02 09:00"),))
    assert studies(document).cycles == CycleCounts(due_earlier=1, newly_late=1)
    assert [(one.kind, one.file_id) for one in document.changes] == [
        ("due", "A"),
        ("newly_late", "A"),
    ]
    assert document.alerts[-1] == AlertCount("caq-etudes", "overdue", raised=1, resolved=0)


def test_a_decision_changes_its_month_and_year_on_both_bases():
    story = received("A", "2026-10-01 09:00"), decided("A", "2026-10-26 10:00", "accepted")
    one = studies(compared(story))
    assert [period.name for period in one.years] == ["2026-2027"]
    [october] = one.months
    assert (october.decided.before.on_time, october.decided.after.on_time) == (1, 0)
    assert (october.due.before.measured, october.due.after.measured) == (1, 1)
    assert {(a.fiscal_year, a.over, a.basis, a.answers) for a in one.answers} == {
        ("2026-2027", False, "decided", 1),
        ("2026-2027", False, "due", 1),
    }


def test_lists_are_bounded_and_their_order_is_that_of_the_files():
    stories = [(received(f"F-{number:04}", "2026-11-02 09:00"),) for number in range(120)]
    document = compared(*reversed(stories))
    assert studies(document).cycles.due_earlier == 120
    names = [one.file_id for one in document.listed("due")]
    assert names == [f"F-{number:04}" for number in range(MOST_LISTED)]
