"""The catalogue: standards, calendars, units and words as validated data.

Pure: takes text, gives values. What the declaration promises, and every convention chosen where it is silent, is written in a
catalogue and nowhere in code. A catalogue that cannot be read says where, by line and column, and what to write instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    model_validator,
)

from shared import calendar_data, yaml_positions
from shared.calendar import BusinessCalendar
from shared.calendar_data import BilingualText, CalendarData
from shared.events import Stage
from shared.holiday import HolidayError
from shared.yaml_positions import Document, Fault, FaultsError

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Count = Annotated[int, Field(ge=1, le=10_000)]
_Path = tuple[str | int, ...]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BusinessDays(_Model):
    """So many days of the calendar."""

    business_days: Count


class Months(_Model):
    """Civil months; ``roll_forward`` carries a deadline on a day off to the next business day (art. 83 C.C.P.)."""

    months: Annotated[int, Field(ge=1, le=120)]
    roll_forward: bool = False


class Minutes(_Model):
    """Real time inside the named opening hours."""

    minutes: Count
    opening_hours: Word


def _limit_kind(value: object) -> str | None:
    """Which kind of limit is meant, so that an error speaks of that kind alone."""
    kinds = ("business_days", "months", "minutes")
    names = value if isinstance(value, Mapping) else dir(value)
    return next((kind for kind in kinds if kind in names), None)


Limit = Annotated[
    Annotated[BusinessDays, Tag("business_days")]
    | Annotated[Months, Tag("months")]
    | Annotated[Minutes, Tag("minutes")],
    Discriminator(
        _limit_kind,
        custom_error_type="limit",
        custom_error_message="a limit is one of business_days, months or minutes",
    ),
]


class Thresholds(_Model):
    """Remaining days at or below which an open file is at risk, then critical."""

    at_risk: Annotated[int, Field(ge=1)]
    critical: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.critical >= self.at_risk:
            raise ValueError("critical must be smaller than at_risk")
        return self

    def stages(self) -> tuple[tuple[Stage, int], tuple[Stage, int]]:
        return ("at_risk", self.at_risk), ("critical", self.critical)


class Terms(_Model):
    """What a standard promises to the files received from ``effective_from`` to ``effective_to``, both included."""

    effective_from: date | None = None
    effective_to: date | None = None
    limit: Limit
    target_percent: Annotated[Decimal, Field(gt=0, le=100)]
    thresholds: Thresholds | None = None
    measured_when: Mapping[Word, Sequence[Word]] = {}
    received_on_day_off: Literal["that_day", "next_business_day"] = "that_day"
    withdrawn: Literal["left_out", "late_after_limit"] = "left_out"
    sentence: BilingualText

    @cached_property
    def target(self) -> Fraction:
        return Fraction(self.target_percent) / 100

    @cached_property
    def measures_abandonment(self) -> bool:
        """Whether a file withdrawn after the limit counts as late (rule 9)."""
        return self.withdrawn == "late_after_limit"

    def covers(self, day: date) -> bool:
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """Whether a file with these attributes is measured, or only followed."""
        if not self.measured_when:
            return True
        return all(attributes.get(name) in words for name, words in self.measured_when.items())


class Standard(_Model):
    """A commitment under one identifier; its terms may change from one date to the next."""

    name: BilingualText
    closes_with: BilingualText
    source: BilingualText
    calendar: Word | None = None
    terms: Annotated[Sequence[Terms], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Standard:
        spans = sorted(
            (terms.effective_from or date.min, terms.effective_to or date.max)
            for terms in self.terms
        )
        if any(end < start for start, end in spans):
            raise ValueError("effective_to must not be before effective_from")
        if any(later[0] <= earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError("two terms of one standard are in effect on the same day")
        return self

    @cached_property
    def _undated(self) -> Terms | None:
        """The only terms, when the declaration gives them no dates."""
        only = self.terms[0]
        return only if only.effective_from is None and only.effective_to is None else None

    def terms_on(self, day: date) -> Terms | None:
        """The terms in effect on a reception date (rule 13)."""
        if self._undated is not None:
            return self._undated
        for terms in self.terms:
            if terms.covers(day):
                return terms
        return None

    def nearest_terms(self, day: date) -> Terms:
        """By what a file received outside every effective date is followed, unmeasured: the last terms begun, or the first."""
        begun = [terms for terms in self.terms if (terms.effective_from or date.min) <= day]
        if begun:
            return max(begun, key=lambda terms: terms.effective_from or date.min)
        return min(self.terms, key=lambda terms: terms.effective_from or date.min)

    @property
    def current(self) -> Terms:
        """The terms with the latest beginning."""
        return self.nearest_terms(date.max)


class Unit(_Model):
    """An office that treats files."""

    name: BilingualText


class Review(_Model):
    """The client's recourse: civil days after the date of a decision with one of these outcomes."""

    days: Count
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]


class Catalogue(_Model):
    """Everything the counting needs that is not an event. ``revision`` grows with every change of the text."""

    catalogue: Word
    revision: Annotated[int, Field(ge=1)]
    name: BilingualText
    organization: BilingualText
    default_calendar: Word
    calendars: Annotated[Mapping[Word, CalendarData], Field(min_length=1)]
    units: Annotated[Mapping[Word, Unit], Field(min_length=1)]
    attributes: Mapping[Word, Sequence[Word]] = {}
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]
    reasons: Sequence[Word] = ()
    review: Review | None = None
    standards: Annotated[Mapping[Word, Standard], Field(min_length=1)]
    _built: dict[str, BusinessCalendar] = PrivateAttr(default_factory=dict)
    _digest: str = PrivateAttr(default="")

    def calendar(self, identifier: str) -> BusinessCalendar:
        """A calendar by its identifier; KeyError when the catalogue has none of that name."""
        return self._built[identifier]

    def calendar_of(self, standard: Standard) -> BusinessCalendar:
        return self._built[standard.calendar or self.default_calendar]

    def require_coverage(self, now: datetime) -> None:
        """Raise ``CoverageError`` when a calendar has run out of years: nothing could be counted any more."""
        for calendar in self._built.values():
            calendar.local_day(now)

    @property
    def digest(self) -> str:
        """Tells two catalogues apart: over the text and the holidays computed from it."""
        return self._digest


def load(text: str, name: str = "catalogue") -> Catalogue:
    """Read a catalogue, or raise :class:`FaultsError` with the line and column of every fault."""
    catalogue, document = yaml_positions.read(Catalogue, text, name)
    faults = [document.fault(path, message) for path, message in _broken_references(catalogue)]
    if faults:
        raise FaultsError(name, faults)
    digest = hashlib.sha256(text.encode())
    for identifier, data in catalogue.calendars.items():
        built = _calendar(identifier, data, document, name)
        catalogue._built[identifier] = built
        digest.update("".join(day.isoformat() for day in sorted(built.holidays)).encode())
    catalogue._digest = digest.hexdigest()[:16]
    return catalogue


def _calendar(
    identifier: str, data: CalendarData, document: Document, name: str
) -> BusinessCalendar:
    try:
        return calendar_data.build(identifier, data)
    except (HolidayError, ValueError, NotImplementedError) as error:
        fault: Fault = document.fault(("calendars", identifier), str(error))
        raise FaultsError(name, [fault]) from None


def _broken_references(catalogue: Catalogue) -> Iterator[tuple[_Path, str]]:
    """Names used in one place of the catalogue and defined in another."""
    if catalogue.default_calendar not in catalogue.calendars:
        yield ("default_calendar",), f"no calendar is named {catalogue.default_calendar!r}"
    for index, outcome in enumerate(catalogue.review.outcomes if catalogue.review else ()):
        if outcome not in catalogue.outcomes:
            yield ("review", "outcomes", index), f"{outcome!r} is not one of the outcomes"
    for identifier, standard in catalogue.standards.items():
        path: _Path = ("standards", identifier)
        calendar = catalogue.calendars.get(standard.calendar or catalogue.default_calendar)
        if calendar is None and standard.calendar is not None:
            yield (*path, "calendar"), f"no calendar is named {standard.calendar!r}"
        for index, terms in enumerate(standard.terms):
            yield from _broken_terms(catalogue, terms, (*path, "terms", index))


def _broken_terms(catalogue: Catalogue, terms: Terms, path: _Path) -> Iterator[tuple[_Path, str]]:
    match terms.limit:
        case Minutes(opening_hours=hours):
            if terms.thresholds is not None:
                yield (*path, "thresholds"), "a limit in minutes has no thresholds (§4)"
            for identifier, calendar in catalogue.calendars.items():
                if hours not in calendar.opening_hours:
                    message = f"the calendar {identifier!r} has no opening hours named {hours!r}"
                    yield (*path, "limit", "opening_hours"), message
        case BusinessDays() | Months():
            if terms.withdrawn == "late_after_limit":
                message = "only a limit in minutes measures a withdrawal after the limit (rule 9)"
                yield (*path, "withdrawn"), message
    limit, thresholds = terms.limit, terms.thresholds
    if isinstance(limit, BusinessDays) and thresholds and thresholds.at_risk > limit.business_days:
        message = (
            "at_risk is more than the whole limit: every file would be at risk from its reception"
        )
        yield (*path, "thresholds", "at_risk"), message
    for attribute, words in terms.measured_when.items():
        for word in words:
            if word not in catalogue.attributes.get(attribute, ()):
                message = f"the catalogue lists no attribute {attribute!r} with the value {word!r}"
                yield (*path, "measured_when", attribute), message
