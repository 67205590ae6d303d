"""What compliance answers over HTTP, as it is documented in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import GenericAlias
from typing import Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, create_model

from services.compliance.attainment import DECIDED, REPORT_FIGURES, SOME_FIGURES
from services.compliance.forecast import Risk, WhyNotRanked
from services.compliance.projection import FigurePart, MeasuredBasis
from shared.domain import LimitUnit
from shared.http import Responses, schema_of


class FormulaView(BaseModel):
    """Calls answered within the limit, among so many."""

    attainment: float | None
    on_time: int
    of: int


class TierView(BaseModel):
    """Files decided within a further limit; the second target of the terms is tier 2."""

    tier: int
    target: float
    attainment: float | None
    measured: int
    on_time: int
    late: int


_FIGURES: Mapping[str, Any] = {
    name: (figure.schema, ...) if figure.always else (figure.schema | None, None)
    for name, figure in DECIDED._asdict().items()
}
_TIERS: Any = GenericAlias(list, (TierView,)) | None
AttainmentRow = create_model(
    "AttainmentRow",
    __doc__="""One standard (null for all) and unit (null for all) in the period.

``late_used`` are decided late; ``late_committed`` adds those overdue; ``late_left`` is what is still allowed. ``formulas`` stands
for limits in opening time, on the basis ``decided``. Absent where they say nothing: what was on time without an extension, where
terms have none; ``tiers``, where they have one target.
""",
    standard=(str | None, ...),
    unit=(str | None, ...),
    target=(float | None, ...),
    **_FIGURES,
    formulas=(dict[str, FormulaView] | None, None),
    tiers=(_TIERS, None),
)
_ROWS: Any = GenericAlias(list, (AttainmentRow,))
AttainmentView = create_model(
    "AttainmentView",
    __doc__="How often commitments were kept in a period, on a basis.",
    period=(str, ...),
    first=(date, ...),
    last=(date, ...),
    basis=(MeasuredBasis, ...),
    rows=(_ROWS, ...),
)


class MeasuredFile(BaseModel):
    """A cycle behind the figure: ``outcome`` is ``on_time`` (``on_time_extended`` where an extension made it so), ``late``, ``abandoned`` or ``overdue``.

    Once it ended, ``counted`` is what its limit had counted, ``gross`` what it would have counted had nothing stopped the
    delay: whole days, or seconds rounded up.
    """

    file_id: str
    cycle: int
    unit: str
    received_on: date
    decided_on: date | None
    due_on: date | None
    outcome: str
    counted: int | None
    gross: int | None


class DelayStatistics(BaseModel):
    """The delays of decided files: mean, and the least that so many in a hundred did not exceed (nearest rank)."""

    mean: float | None
    median: int | None
    p80: int | None
    p90: int | None


class DelayBin(BaseModel):
    """Files whose delay is from ``first`` to ``last``, both included; any greater where ``last`` is null."""

    first: int
    last: int | None
    on_time: int
    late: int


class DelayRow(BaseModel):
    """The delays of the files of one standard and unit (null for all) that were decided in the period.

    ``net`` is what the limit had counted, ``gross`` what it would have counted had nothing stopped the delay, both in
    ``limit_unit``: whole days, or seconds rounded up. ``limit`` is a mean where it depends on the day of the reception.
    """

    standard: str
    unit: str | None
    limit_unit: LimitUnit
    limit: float
    decided: int
    net: DelayStatistics
    gross: DelayStatistics
    net_histogram: list[DelayBin]
    gross_histogram: list[DelayBin]


class DelaysView(BaseModel):
    """How long the decided files of a period took."""

    period: str
    first: date
    last: date
    rows: list[DelayRow]


class MeasuredFiles(BaseModel):
    """A page of the files behind a figure, by day; ``next`` is given back as ``after`` for the page that follows."""

    standard: str
    unit: str | None
    period: str
    first: date
    last: date
    basis: MeasuredBasis
    part: FigurePart
    files: list[MeasuredFile]
    next: str | None


class SinceView(BaseModel):
    """A day, and how many days ago it was: in the days of the standard's limit, the others being absent."""

    day: date
    business_days: int | None = None
    civil_days: int | None = None


class OpenRow(BaseModel):
    """What is open in one standard (null for all) and unit (null for all). Days are those of the limit: business days, or civil days.

    ``ages`` are since the reception, of what is open and does not wait, each by stage. ``waiting`` for the client, ``waiting_other`` for others; ``waiting_long``, of both, for longer than the standard's reminder.
    Over all standards a file of several is counted once.
    """

    standard: str | None
    unit: str | None
    open: int
    stages: dict[str, int]
    remaining: dict[str, int]
    ages: dict[str, dict[str, int]]
    oldest: SinceView | None
    waiting: int
    waiting_days: dict[str, int]
    waiting_longest: SinceView | None
    waiting_other: int
    waiting_long: int
    followed: int


class OpenView(BaseModel):
    """What is open today."""

    today: date
    rows: list[OpenRow]


class ReachStep(BaseModel):
    """By the end of a day: how many of the files open are due, how many of these must be decided in time, and how many decisions
    the pace of the last 20 business days brings from today on, in 8 cases of 10 (null where too few days are known)."""

    day: date
    due: int
    needed: int
    pace_low: int | None
    pace_high: int | None


class ReachRow(BaseModel):
    """One standard and unit (null for all). The files due in the period: settled ``on_time`` or ``late``, or ``open`` and in time.

    ``needed`` of the open ones must be decided in time, and ``late_left`` more may be late. Below 0 the files known do not reach the
    target: ``needed_of_others`` more must come and be decided in time, none late (null for never). ``may_come`` are the files that
    could: those that wait, which are due on no day; null for any number, where the limit is shorter than what is left of the period.
    Where they are too few, the target is ``impossible``.
    """

    standard: str
    unit: str | None
    target: float
    on_time: int
    late: int
    open: int
    needed: int
    late_allowed: int
    late_left: int
    needed_of_others: int | None
    may_come: int | None
    impossible: bool
    steps: list[ReachStep]


class ReachView(BaseModel):
    """What it takes to reach the targets of a current period."""

    period: str
    first: date
    last: date
    today: date
    rows: list[ReachRow]


class RuleComparison(BaseModel):
    """A mean score of the forecast beside that of a simple rule, smaller being better; ``beats``: by more than one standard error."""

    forecast: float
    rule: float
    beats: bool


class RiskCount(BaseModel):
    """Of so many files called by a word, how many became late."""

    files: int
    late: int


class ForecastRow(BaseModel):
    """One standard. ``shown`` is whether the trials on its own past allow to say how likely its target is.

    ``tenths`` are the chances in ten (0 and 10 being nearly none and nearly all), ``low`` and ``high`` hold the attainment of the files
    due in 8 cases of 10; null where it is not shown, or nothing is left to say. ``comparisons`` has the errors and the Brier scores by
    the rule. ``risks`` is null where the skill of the last 60 days is not above zero.
    """

    standard: str
    target: float
    built_on: date
    shown: bool
    tenths: int | None
    low: float | None
    high: float | None
    months_tried: int
    coverage: float
    comparisons: dict[str, RuleComparison]
    risks: dict[str, RiskCount] | None


class ForecastView(BaseModel):
    """How likely the targets of the current month are; a standard is missing until its model is built."""

    period: str
    today: date
    rows: list[ForecastRow]


class FileToDecide(BaseModel):
    """A file in time; ``risk`` of being late is null where the last 60 days do not allow to say so any more."""

    file_id: str
    standard: str
    unit: str | None
    due_on: date
    risk: Risk | None


class FilesToDecideView(BaseModel):
    """Files whose decision now changes most, of the standards ``ranked``; and what keeps the others out."""

    today: date
    ranked: list[str]
    not_ranked: dict[str, WhyNotRanked]
    files: list[FileToDecide]
    next: str | None


class ResultView(BaseModel):
    """On which day a cycle counted, and as what."""

    day: date
    result: Literal["on_time", "late"]


class CauseView(BaseModel):
    """The event that changed an answer, and when it was recorded."""

    source: str
    id: str
    type: str
    recorded_at: datetime


class CorrectionView(BaseModel):
    """An answer that changed after its month had closed; null where there was none, or is none any more.

    ``cause`` is null when the catalogue or the calendar changed it, under the generation that is named.
    """

    file_id: str
    cycle: int
    standard: str
    unit: str
    basis: MeasuredBasis
    old: ResultView | None
    new: ResultView | None
    cause: CauseView | None
    generation: int
    noted_at: datetime


class Corrections(BaseModel):
    """A page of corrections, the first noted first; ``next`` is given back as ``after``, also later, for what comes after it."""

    corrections: list[CorrectionView]
    next: str | None


class AnomalyCount(BaseModel):
    """How many events of a source changed nothing, for one reason."""

    source: str
    reason: str
    events: int


class Anomalies(BaseModel):
    """Events that changed nothing, by source and reason."""

    anomalies: list[AnomalyCount]


_typed_dict: Any = TypedDict
"""Called at run time: the fields of a row are those that the figures declare."""
_TIER = _typed_dict(
    "ReportTier", {name: field.annotation for name, field in TierView.model_fields.items()}
)
_TIER.__doc__ = TierView.__doc__
_ROW = _typed_dict(
    "ReportRow",
    {
        "standard": str,
        "unit": str | None,
        **{figure.name: figure.schema for figure in REPORT_FIGURES},
        **{figure.name: NotRequired[figure.schema] for figure in SOME_FIGURES},
        "tiers": NotRequired[GenericAlias(list, (_TIER,))],
    },
)
_ROW.__doc__ = "A commitment beside its target, on both bases, with the files behind each figure."
_EXPLANATION = _typed_dict(
    "ReportExplanation",
    {
        "standard": str,
        "version": int,
        "written_at": datetime,
        "written_by": NotRequired[str],
        "fr": str,
        "en": str,
    },
)
_EXPLANATION.__doc__ = "What the body says of a commitment; who wrote it is for the staff."
_ANSWER = _typed_dict(
    "ReportAnswer",
    {
        "period": str,
        "first": date,
        "last": date,
        "today": date,
        "rows": GenericAlias(list, (_ROW,)),
        "explanations": NotRequired[GenericAlias(list, (_EXPLANATION,))],
    },
)
_ANSWER.__doc__ = "Every commitment over a fiscal year, worst first, as it is known ``today``."


def report_responses() -> Responses:
    """The report in its four forms."""
    written = {
        name: {"schema": {"type": "string"}} for name in ("text/csv", "text/markdown", "text/html")
    }
    return {200: {"content": {**schema_of(_ANSWER), **written}}}
