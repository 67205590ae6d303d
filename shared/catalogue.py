"""The catalogue: standards, calendars, units and words as validated data.

Pure: takes text, gives values. What the declaration promises, and every convention chosen where it is silent, is written in a
catalogue and nowhere in code. A catalogue that cannot be read says where, by line and column, and what to write instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import (
    Field,
    PrivateAttr,
)

from shared import calendar_data, yaml_positions
from shared.calendar import BusinessCalendar
from shared.calendar_data import BilingualText, CalendarData, StrictModel
from shared.holiday import HolidayError
from shared.standards import BusinessDays, Count, Minutes, Months, Standard, Terms, Word
from shared.yaml_positions import Document, Fault, FaultsError

_Path = tuple[str | int, ...]


class Unit(StrictModel):
    """An office that treats files."""

    name: BilingualText


class Review(StrictModel):
    """The client's recourse: civil days after the date of a decision with one of these outcomes."""

    days: Count
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]


class Catalogue(StrictModel):
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
    _text: str = PrivateAttr(default="")

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
    def text(self) -> str:
        """The catalogue as it was written."""
        return self._text

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
    catalogue._text = text
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
