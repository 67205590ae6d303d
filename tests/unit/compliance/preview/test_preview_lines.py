"""A preview in words, in both languages."""

from __future__ import annotations

from datetime import date

from services.compliance.preview.document import AttainmentCurve, KeptWithin
from services.compliance.preview.preview_lines import curve_in_words, lines
from tests.builders import ZONE
from tests.unit.compliance.preview.test_document import DOCUMENT

CURVE = AttainmentCurve(
    "business_days",
    date(2025, 11, 24),
    date(2026, 11, 23),
    20,
    (),
    (KeptWithin(80.0, 23), KeptWithin(87.5, 1)),
)


def test_it_says_what_changes():
    assert list(lines(DOCUMENT, "en", ZONE)) == [
        "Catalogue town: revision 1 → 2, as of November 23, 2026, 12:00",
        "1 of 4 files would change.",
        "",
        "courriel — Answer to e-mails (2 business days → absent)",
        "  1 cases would become late: A",
        "  October 2026, due: 3 of 4 (75.00%) → 2 of 4 (50.00%)",
        "  answers that would change of a year that is over, 2025-2026, due: 2",
        "  answers of closed months that would change, 2026-2027, due: 1",
    ]


def test_french_has_its_typography():
    said = list(lines(DOCUMENT, "fr", ZONE))
    assert said[0] == (
        "Catalogue town\u00a0: révision 1 → 2, en date du 23 novembre 2026, 12\u00a0h\u00a000"
    )
    assert "  1 cas deviendraient en retard\u00a0: A" in said


def test_a_curve_is_one_sentence():
    assert curve_in_words(CURVE, "en") == (
        "Kept in 80% of cases: 23 business days; in 87.5%: 1 business day"
    )
    assert curve_in_words(CURVE, "fr") == (
        "Respecté dans 80\u00a0% des cas\u00a0: 23 jours ouvrables\u00a0; dans 87,5\u00a0%\u00a0: 1 jour ouvrable"
    )
