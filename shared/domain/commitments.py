"""Commitments: their terms (limit, target, thresholds, whom they measure), and those of one day.

Pure. Every convention chosen where the declaration is silent is a field here, never a constant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from pydantic import Field, model_validator

from shared.domain.calendars import BilingualText, BusinessCalendar, Day, StrictModel
from shared.domain.limits import AnyLimit, Count, Limit, Word
from shared.domain.records import Stage
from shared.domain.strict_yaml import UnusableValueError
from shared.text import Text


class Review(StrictModel):
    """The client's recourse: civil days after the date of a decision with one of these outcomes."""

    days: Count
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]


class Thresholds(StrictModel):
    """Remaining days at or below which an open file is at risk, then critical."""

    at_risk: Count
    critical: Annotated[int, Field(ge=0, le=10_000)]

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.critical >= self.at_risk:
            raise UnusableValueError(
                "critical doit être plus petit que at_risk",
                "critical must be smaller than at_risk",
                at=("critical",),
            )
        return self

    def stages(self) -> tuple[tuple[Stage, int], tuple[Stage, int]]:
        return ("at_risk", self.at_risk), ("critical", self.critical)


class Terms(StrictModel):
    """What a standard promises to the files received from ``effective_from`` to ``effective_to``, both included."""

    moved_keys: ClassVar[Mapping[str, Text]] = {
        "sentence": Text(
            "cette clé s’appelle maintenant summary\u00a0: ce qui est mesuré, et quand le délai commence, dans les mots du catalogue",
            "this key is now called summary: what is measured, and when its clock begins, in the catalogue's own words",
        )
    }

    effective_from: Day | None = None
    effective_to: Day | None = None
    limit: AnyLimit
    target_percent: Annotated[Decimal, Field(gt=0, le=100)]
    thresholds: Thresholds | None = None
    measured_when: Mapping[Word, Sequence[Word]] = {}
    received_on_day_off: Literal["that_day", "next_business_day"] = "that_day"
    withdrawn: Literal["left_out", "late_after_limit"] = "left_out"
    summary: BilingualText

    @cached_property
    def target(self) -> Fraction:
        return Fraction(self.target_percent) / 100

    @cached_property
    def stages(self) -> Sequence[tuple[Stage, int]]:
        """How much of the limit remains when each stage before overdue begins (§4)."""
        return self.thresholds.stages() if self.thresholds else ()

    @cached_property
    def measures_abandonment(self) -> bool:
        """Whether a file withdrawn after the limit counts as late (rule 9)."""
        return self.withdrawn == "late_after_limit"

    def day_zero(self, calendar: BusinessCalendar, received_on: date) -> date:
        """From which day on the cycles received that day are counted (rule 11)."""
        if self.received_on_day_off == "next_business_day":
            return calendar.business_day_from(received_on)
        return received_on

    def covers(self, day: date) -> bool:
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """Whether a file with these attributes is measured, or only followed."""
        if not self.measured_when:
            return True
        return all(attributes.get(name) in words for name, words in self.measured_when.items())


class TermsOfDay(msgspec.Struct, frozen=True, gc=False):
    """A standard's terms for the files received on one day, shared by all of them.

    ``in_effect`` is false where no terms cover the day and the nearest ones are taken.
    """

    received_on: date
    terms: Terms
    in_effect: bool
    limit: Limit[Any]

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """Whether a file with these attributes is measured, or only followed (rules 9 and 13)."""
        return self.in_effect and self.terms.measures(attributes)


class Standard(StrictModel):
    """A commitment under one identifier; its terms may change from one date to the next."""

    name: BilingualText
    closes_with: BilingualText
    source: BilingualText
    calendar: Word | None = None
    review: Review | None = None
    terms: Annotated[Sequence[Terms], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Standard:
        for index, terms in enumerate(self.terms):
            begins, ends = terms.effective_from or date.min, terms.effective_to or date.max
            if ends < begins:
                raise UnusableValueError(
                    "effective_to ne peut pas précéder effective_from",
                    "effective_to must not be before effective_from",
                    at=("terms", index, "effective_to"),
                )
            for other, earlier in enumerate(self.terms[:index]):
                first, last = earlier.effective_from or date.min, earlier.effective_to or date.max
                if begins <= last and first <= ends:
                    raise UnusableValueError(
                        f"terms.{other} et terms.{index} sont en vigueur le même jour\u00a0: donnez-leur des dates qui se suivent",
                        f"terms.{other} and terms.{index} are in effect on the same day: give them dates that follow one another",
                        at=("terms", index),
                    )
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
        return next((terms for terms in self.terms if terms.covers(day)), None)

    def terms_of_day(self, calendar: BusinessCalendar, received_on: date) -> TermsOfDay:
        """The terms of a reception date, and the limit they set on it; raises ``CoverageError``."""
        in_effect = self.terms_on(received_on)
        terms = in_effect or self.nearest_terms(received_on)
        limit = terms.limit.on(calendar, terms.day_zero(calendar, received_on))
        return TermsOfDay(received_on, terms, in_effect is not None, limit)

    def followed_by(self, day: date) -> Terms:
        """The terms that count a cycle received that day, whether or not they measure it."""
        return self.terms_on(day) or self.nearest_terms(day)

    def nearest_terms(self, day: date) -> Terms:
        """The last terms begun by a day, or the first: for files received under no terms."""
        begun = [terms for terms in self.terms if (terms.effective_from or date.min) <= day]
        if begun:
            return max(begun, key=lambda terms: terms.effective_from or date.min)
        return min(self.terms, key=lambda terms: terms.effective_from or date.min)

    @cached_property
    def has_thresholds(self) -> bool:
        """Whether single files are warned of, under some of its terms (§4)."""
        return any(terms.thresholds is not None for terms in self.terms)

    @property
    def current(self) -> Terms:
        """The terms with the latest beginning."""
        return self.nearest_terms(date.max)
