"""The stored form of a preview, and what it says of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

from services.compliance.preview.document import (
    AnswerChangeCount,
    AttainmentPair,
    CycleChange,
    CycleCounts,
    KeptShare,
    PeriodPreview,
    PreviewDocument,
    PreviewText,
    StandardPreview,
    decode_preview,
    encode_preview,
)

SAME = AttainmentPair(KeptShare(3, 4), KeptShare(3, 4))
WORSE = AttainmentPair(KeptShare(3, 4), KeptShare(2, 4))
OCTOBER = PeriodPreview("2026-10", date(2026, 10, 1), date(2026, 10, 31), SAME, WORSE)
STANDARD = StandardPreview(
    standard="courriel",
    name=PreviewText("Réponse aux courriels", "Answer to e-mails"),
    target=0.85,
    limit_before=PreviewText("2 jours ouvrables", "2 business days"),
    limit_after=None,
    cycles=CycleCounts(newly_late=1),
    months=(OCTOBER,),
    years=(),
    answers=(
        AnswerChangeCount("2025-2026", True, "due", 2),
        AnswerChangeCount("2026-2027", False, "due", 1),
    ),
    curve=None,
)
CHANGES = (
    CycleChange("newly_late", "courriel", "A", 1, date(2026, 10, 5), date(2026, 10, 2), None),
    CycleChange("due", "courriel", "A", 1, date(2026, 10, 5), date(2026, 10, 2), None),
)
DOCUMENT = PreviewDocument(
    catalogue="town",
    revision_before=1,
    revision_after=2,
    digest_after="d",
    made_at=datetime(2026, 11, 23, 17, tzinfo=UTC),
    files=4,
    changed_files=1,
    standards=(STANDARD,),
    alerts=(),
    changes=CHANGES,
)


def test_a_document_is_read_as_it_was_written():
    assert decode_preview(encode_preview(DOCUMENT)) == DOCUMENT


def test_a_document_says_what_differs():
    assert OCTOBER.differs
    assert STANDARD.differs
    assert DOCUMENT.answers_of_closed_years == 2
    assert DOCUMENT.listed("due") == CHANGES[1:]
    assert KeptShare(3, 4).ratio == Fraction(3, 4)
    assert KeptShare(0, 0).ratio is None
