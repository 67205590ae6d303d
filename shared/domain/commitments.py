"""A commitment and its terms, as validated data: the limit, the target, the thresholds, and whom it measures.

Pure. Every convention chosen where the declaration is silent is a field here, and a constant nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from shared.domain.calendars import BilingualText, Day, StrictModel
from shared.domain.events import Stage
from shared.domain.strict_yaml import UnusableValueError
from shared.text import Text

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Count = Annotated[int, Field(ge=1, le=10_000)]


class BusinessDays(StrictModel):
    """So many days of the calendar."""

    moved_keys: ClassVar[Mapping[str, Text]] = {
        "roll_forward": Text(
            "une limite en jours ouvrables tombe toujours un jour ouvrable\u00a0: retirez roll_forward",
            "a limit in business days always lands on a business day: remove roll_forward",
        )
    }

    business_days: Count


class Months(StrictModel):
    """Civil months; ``roll_forward`` carries a deadline on a day off to the next business day (art. 83 C.C.P.)."""

    months: Annotated[int, Field(ge=1, le=120)]
    roll_forward: bool = False


class Minutes(StrictModel):
    """Real time inside the named opening hours."""

    minutes: Count
    opening_hours: Word


_KINDS = ("business_days", "months", "minutes")


def _one_kind(value: object) -> object:
    """A limit of exactly one kind, so that an error speaks of that kind alone."""
    kinds = [kind for kind in _KINDS if kind in value] if isinstance(value, Mapping) else ()
    if len(kinds) != 1 and not isinstance(value, BusinessDays | Months | Minutes):
        raise UnusableValueError(
            "une limite est exactement un de business_days, months et minutes",
            "a limit is exactly one of business_days, months and minutes",
        )
    return value


def _limit_kind(value: object) -> str:
    names = value if isinstance(value, Mapping) else dir(value)
    return next(f"<{kind}>" for kind in _KINDS if kind in names)


Limit = Annotated[
    Annotated[BusinessDays, Tag("<business_days>")]
    | Annotated[Months, Tag("<months>")]
    | Annotated[Minutes, Tag("<minutes>")],
    Discriminator(_limit_kind),
    BeforeValidator(_one_kind),
]


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
    limit: Limit
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
        for terms in self.terms:
            if terms.covers(day):
                return terms
        return None

    def followed_by(self, day: date) -> Terms:
        """The terms a cycle received that day is counted by, whether or not they measure it."""
        return self.terms_on(day) or self.nearest_terms(day)

    def nearest_terms(self, day: date) -> Terms:
        """By what a file received outside every effective date is followed, unmeasured: the last terms begun, or the first."""
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
