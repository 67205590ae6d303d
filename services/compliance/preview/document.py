"""A preview as it is kept and shown: what a candidate catalogue would change, as of one instant.

Pure. Counts are of cycles (one passage of a file under one standard); lists are bounded, and the
counts beside them say how many there are in all.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Final, Literal

import msgspec

from services.compliance.attainment.attainment import Attainment
from services.compliance.projection.corrections import MeasuredBasis
from shared.domain import AlertStage, LimitUnit

MOST_LISTED: Final = 50
"""Cycles in each list of a preview."""


class PreviewText(msgspec.Struct, frozen=True):
    """A text of the candidate catalogue, in both languages."""

    fr: str
    en: str


class KeptShare(msgspec.Struct, frozen=True):
    """How many cycles were on time, of those measured."""

    on_time: int
    measured: int

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.on_time, self.measured) if self.measured else None

    @classmethod
    def of(cls, attainment: Attainment) -> KeptShare:
        return cls(attainment.on_time, attainment.measured)


class AttainmentPair(msgspec.Struct, frozen=True):
    """An attainment under the catalogue in use, and under the candidate."""

    before: KeptShare
    after: KeptShare

    @property
    def differs(self) -> bool:
        return self.before != self.after


class PeriodPreview(msgspec.Struct, frozen=True):
    """A month or fiscal year on both bases."""

    name: str
    first: date
    last: date
    decided: AttainmentPair
    due: AttainmentPair

    @property
    def differs(self) -> bool:
        return self.decided.differs or self.due.differs


class CycleCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many cycles of a standard differ, and in what.

    ``due_earlier`` and ``due_later`` are open cycles whose last day on time moves; ``ended_due``
    are ended ones. A cycle is late when it was decided or withdrawn late, or is overdue.
    """

    due_earlier: int = 0
    due_later: int = 0
    ended_due: int = 0
    newly_late: int = 0
    no_longer_late: int = 0
    newly_measured: int = 0
    no_longer_measured: int = 0


class AnswerChangeCount(msgspec.Struct, frozen=True):
    """Answers of closed months that would change in a fiscal year; ``over`` once it is published."""

    fiscal_year: str
    over: bool
    basis: MeasuredBasis
    answers: int


class CurvePoint(msgspec.Struct, frozen=True):
    """How often a limit would have been kept."""

    limit: int
    kept: KeptShare


class KeptWithin(msgspec.Struct, frozen=True):
    """The shortest limit that is kept in this share (percent) of cases."""

    percent: float
    limit: int


class AttainmentCurve(msgspec.Struct, frozen=True):
    """Attainment against limit: the cycles decided from ``first`` to ``last``, as the candidate counts.

    Nothing is taken as extended. ``limit`` is the candidate's, None where it depends on the file.
    """

    unit: LimitUnit
    first: date
    last: date
    limit: int | None
    points: tuple[CurvePoint, ...]
    kept: tuple[KeptWithin, ...]


class StandardPreview(msgspec.Struct, frozen=True, kw_only=True):
    """One standard under both catalogues; a limit is None where a catalogue lacks the standard."""

    standard: str
    name: PreviewText
    target: float
    limit_before: PreviewText | None
    limit_after: PreviewText | None
    cycles: CycleCounts
    months: tuple[PeriodPreview, ...]
    years: tuple[PeriodPreview, ...]
    answers: tuple[AnswerChangeCount, ...]
    curve: AttainmentCurve | None

    @property
    def differs(self) -> bool:
        """Whether anything but the curve would change."""
        return self.cycles != CycleCounts() or any(
            one.differs for one in (*self.months, *self.years)
        )


ChangeKind = Literal["due", "newly_late", "no_longer_late"]


class CycleChange(msgspec.Struct, frozen=True):
    """A cycle in a list of a preview; days are the last on time."""

    kind: ChangeKind
    standard: str
    file_id: str
    cycle: int
    due_before: date | None
    due_after: date | None
    ended_on: date | None


class AlertCount(msgspec.Struct, frozen=True):
    """Alerts of a standard and stage that the candidate would raise, and resolve."""

    standard: str
    stage: AlertStage
    raised: int
    resolved: int


class PreviewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate would change, of ``files`` files as they were at ``made_at``."""

    catalogue: str
    revision_before: int
    revision_after: int
    digest_after: str
    made_at: datetime
    files: int
    changed_files: int
    standards: tuple[StandardPreview, ...]
    alerts: tuple[AlertCount, ...]
    changes: tuple[CycleChange, ...]

    @property
    def answers_of_closed_years(self) -> int:
        """Answers that would change of fiscal years that are over, on both bases."""
        counts = [one for standard in self.standards for one in standard.answers if one.over]
        return sum(one.answers for one in counts)

    def listed(self, kind: ChangeKind) -> tuple[CycleChange, ...]:
        """One of the lists."""
        return tuple(one for one in self.changes if one.kind == kind)


encode_preview = msgspec.json.Encoder(order="deterministic").encode
decode_preview = msgspec.json.Decoder(PreviewDocument).decode
