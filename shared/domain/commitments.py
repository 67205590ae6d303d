"""Commitments: their terms (limit, target, thresholds, whom they measure), and those of one day.

Pure. Every convention chosen where the declaration is silent is a field here, never a constant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from typing import Annotated, Literal, Self

import msgspec
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from shared.domain.calendars import (
    ONE_DAY,
    BilingualText,
    BusinessCalendar,
    CoverageError,
    Day,
    Limit,
    StrictModel,
)
from shared.domain.counting import CountingLaw, ExtensionLaw, ExtensionLaws
from shared.domain.cycles import Passage, RequestLaw
from shared.domain.limits import AnyLimit, CatalogueLimit, Count, HoursName, Length, Word
from shared.domain.records import CycleState, Party, Stage
from shared.domain.strict_yaml import DECIMAL, WHOLE, UnusableValueError
from shared.text import Text

_MOST_TARGETS = 4


class Review(StrictModel):
    """The client's recourse: civil days after the date of a decision with one of these outcomes."""

    days: Count
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]


class Thresholds(StrictModel):
    """What remains, in the limit's unit (minutes for hours), when an open file is at risk, then critical."""

    at_risk: Count
    critical: Annotated[int, WHOLE, Field(ge=0, le=10_000)]

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


class Target(StrictModel):
    """A share of the files to close within a limit."""

    percent: Annotated[Decimal, DECIMAL, Field(gt=0, le=100)]
    limit: AnyLimit

    @cached_property
    def share(self) -> Fraction:
        return Fraction(self.percent) / 100


def _given(value: object) -> object:
    if value is None or value == "given":
        return value
    raise UnusableValueError(
        "écrivez given\u00a0: la date vient avec chaque événement extended, dans until",
        "write given: the date comes with each extended event, as its until",
    )


class ExtensionTerms(StrictModel):
    """What an extension is worth: exactly one of ``by`` and ``until: given``."""

    by: Length | None = None
    until: Annotated[Literal["given"] | None, BeforeValidator(_given)] = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ExtensionTerms:
        if (self.by is None) is (self.until is None):
            raise UnusableValueError(
                "donnez exactement un de by (une durée) et until: given (une date que l’événement donne)",
                "give exactly one of by (a length) and until: given (a date that the event gives)",
            )
        return self

    def law(self) -> ExtensionLaw:
        return ExtensionLaw(self.by, self.at_most)


class WaitLength(Length):
    """How long a wait may be: so many days."""

    @model_validator(mode="after")
    def _in_days(self) -> Self:
        if self.unit == "seconds":
            raise UnusableValueError(
                "une attente se compte en jours\u00a0: business_days, civil_days, weeks ou months",
                "a wait is counted in days: business_days, civil_days, weeks or months",
            )
        return self


class Reminder(StrictModel):
    """When a wait is long enough to look after."""

    remind_after: WaitLength


class RequestTerms(StrictModel):
    """What a kind of request does to the delay (rule 14)."""

    clock: Literal["stops", "restarts", "runs"] = "stops"
    party: Party = "client"
    counts: Literal[
        "in_hand_at_start", "in_hand_at_end", "in_hand_all_day", "in_hand_at_any_time"
    ] = "in_hand_at_start"
    lapses_after: WaitLength | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _stops(self) -> RequestTerms:
        for key in ("party", "counts", "lapses_after", "at_most"):
            if self.clock == "runs" and key in self.model_fields_set:
                raise UnusableValueError(
                    f"une demande qui laisse courir le délai n’a pas de {key}",
                    f"a request that lets the delay run has no {key}",
                    at=(key,),
                )
        return self

    def law(self, calendar: BusinessCalendar) -> RequestLaw:
        lapses = self.lapses_after
        return RequestLaw(
            clock=self.clock,
            party=self.party,
            first_day=0 if self.counts in ("in_hand_at_end", "in_hand_all_day") else 1,
            last_day=-1 if self.counts in ("in_hand_at_end", "in_hand_at_any_time") else 0,
            at_most=self.at_most,
            lapses_at=None if lapses is None else partial(_lapse, lapses, calendar),
        )


def _lapse(wait: WaitLength, calendar: BusinessCalendar, requested_at: datetime) -> datetime | None:
    """When a wait for an answer ends by itself: with its last day; never, outside the calendar's years."""
    try:
        last = wait.last_day(calendar, calendar.local_day(requested_at))
        return calendar.midnight(last + ONE_DAY)
    except CoverageError:
        return None


class ReceivedOutside(StrictModel):
    """What arrives outside these hours is received on the next day that opens (rule 11)."""

    opening_hours: HoursName
    rule: Annotated[Literal["next_opening_day"], Field(alias="is")]


class Terms(StrictModel):
    """What a standard promises to the files received from ``effective_from`` to ``effective_to``, both included."""

    effective_from: Day | None = None
    effective_to: Day | None = None
    when: Mapping[Word, Annotated[Sequence[Word], Field(min_length=1)]] = {}
    limit: AnyLimit
    target_percent: Annotated[Decimal, DECIMAL, Field(gt=0, le=100)]
    targets: Annotated[Sequence[Target], Field(max_length=_MOST_TARGETS)] = ()
    thresholds: Thresholds | None = None
    extensions: Mapping[Word, ExtensionTerms] = {}
    waiting: Reminder | None = None
    measured_when: Mapping[Word, Sequence[Word]] = {}
    received_on_day_off: Literal["that_day", "next_business_day"] = "that_day"
    received_outside: ReceivedOutside | None = None
    withdrawn: Literal["left_out", "late_after_limit"] = "left_out"
    summary: BilingualText

    @model_validator(mode="before")
    @classmethod
    def _earlier_name(cls, written: object) -> object:
        """``summary`` was called ``sentence``: catalogues written then are read."""
        if not isinstance(written, Mapping) or "sentence" not in written or "summary" in written:
            return written
        rest = {key: value for key, value in written.items() if key != "sentence"}
        return {**rest, "summary": written["sentence"]}

    @model_validator(mode="before")
    @classmethod
    def _first_target(cls, written: object) -> object:
        """``targets`` in place of ``limit`` and ``target_percent``: the first is that of the file."""
        if not isinstance(written, Mapping) or "targets" not in written:
            return written
        for key in ("limit", "target_percent"):
            if key in written:
                raise UnusableValueError(
                    f"targets donne chaque limite avec sa cible\u00a0: retirez {key}",
                    f"targets gives each limit with its target: remove {key}",
                    at=(key,),
                )
        targets = written["targets"]
        if targets == []:
            raise UnusableValueError(
                "rien n’est donné\u00a0: il en faut au moins un",
                "nothing is given: give at least one",
                at=("targets",),
            )
        first = targets[0] if isinstance(targets, Sequence) and targets else None
        try:
            target = Target.model_validate(first)
        except ValidationError:  # said at targets, where it is written
            return {**written, "limit": {"business_days": 1}, "target_percent": 1}
        return {**written, "limit": target.limit, "target_percent": target.percent}

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if (self.effective_to or date.max) < (self.effective_from or date.min):
            raise UnusableValueError(
                "effective_to ne peut pas précéder effective_from",
                "effective_to must not be before effective_from",
                at=("effective_to",),
            )
        return self

    @cached_property
    def target(self) -> Fraction:
        return Fraction(self.target_percent) / 100

    @cached_property
    def stages(self) -> Sequence[tuple[Stage, int]]:
        """What remains to be counted when each stage between on track and overdue begins (§4)."""
        per_threshold = self.limit.per_threshold
        stages = self.thresholds.stages() if self.thresholds else ()
        return [(stage, amount * per_threshold) for stage, amount in stages]

    @cached_property
    def tiers(self) -> Sequence[Target]:
        """The targets after the first."""
        return self.targets[1:]

    @cached_property
    def extension_laws(self) -> ExtensionLaws:
        return {word: terms.law() for word, terms in self.extensions.items()}

    @cached_property
    def measures_abandonment(self) -> bool:
        """Whether a file withdrawn after the limit counts as late (rule 9)."""
        return self.withdrawn == "late_after_limit"

    def day_zero(self, calendar: BusinessCalendar, received_at: datetime) -> date:
        """From which day on what is received at an instant is counted (rule 11); raises ``CoverageError``."""
        if self.received_outside is not None:
            return calendar.opening_day(self.received_outside.opening_hours, received_at)
        received_on = calendar.local_day(received_at)
        if self.received_on_day_off == "next_business_day":
            return calendar.business_day_from(received_on)
        return received_on

    def covers(self, day: date) -> bool:
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )

    def meets(self, other: Terms) -> bool:
        """Whether both are in effect on some day."""
        first = max(self.effective_from or date.min, other.effective_from or date.min)
        last = min(self.effective_to or date.max, other.effective_to or date.max)
        return first <= last

    def fits(self, attributes: Mapping[str, str]) -> bool:
        """Whether these are the terms of a file with these attributes, as far as they go."""
        return _all_among(self.when, attributes)

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """Whether a file with these attributes is measured, or only followed."""
        return _all_among(self.measured_when, attributes)

    def law(self, calendar: BusinessCalendar, limit: CatalogueLimit) -> CountingLaw:
        """How a cycle is counted against one of the limits of these terms."""
        begin = partial(_begin, self, calendar, limit)
        return CountingLaw(begin, self.extension_laws)


def _all_among(words_of: Mapping[str, Sequence[str]], attributes: Mapping[str, str]) -> bool:
    if not words_of:
        return True
    return all(attributes.get(name) in words for name, words in words_of.items())


def _begin(terms: Terms, calendar: BusinessCalendar, limit: CatalogueLimit, at: datetime) -> Limit:
    """The limit of what begins to be counted at an instant; raises ``CoverageError``."""
    return limit.on(calendar, terms.day_zero(calendar, at))


class TermsOfDay(msgspec.Struct, frozen=True, gc=False):
    """A standard's terms for the files received on one day, shared by all of them.

    ``in_effect`` is false where no terms cover the day and the nearest ones are taken; ``index`` is
    their place in the standard.
    """

    received_on: date
    terms: Terms
    in_effect: bool
    index: int

    @property
    def always_measured(self) -> bool:
        """Whether a file is measured whatever its attributes."""
        return self.in_effect and not self.terms.measured_when

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """Whether a file with these attributes is measured, or only followed (rules 9 and 13)."""
        return self.always_measured or (self.in_effect and self.terms.measures(attributes))


class RetentionTime(StrictModel):
    """So many whole years."""

    years: Annotated[int, WHOLE, Field(ge=1, le=100)]

    def before(self, day: date) -> date:
        """The day so many years before another; 28 February where that year has no 29th."""
        year = day.year - self.years
        try:
            return day.replace(year=year)
        except ValueError:
            return day.replace(year=year, day=28)


class Retention(StrictModel):
    """For how long a file is kept once it ended and nothing more was recorded of it; then it is forgotten."""

    after_end: RetentionTime


class Standard(StrictModel):
    """A commitment under one identifier; its terms may change from one date to the next.

    ``requests`` holds those of the catalogue as well, once it is loaded.
    """

    name: BilingualText
    closes_with: BilingualText
    source: BilingualText
    calendar: Word | None = None
    review: Review | None = None
    begins_with: Word | None = None
    ends_with: Word | None = None
    requests: Mapping[Word, RequestTerms] = {}
    retention: Retention | None = None
    terms: Annotated[Sequence[Terms], Field(min_length=1)]

    @model_validator(mode="after")
    def _between_two(self) -> Standard:
        if self.begins_with is not None and self.begins_with == self.ends_with:
            raise UnusableValueError(
                "l’engagement finit par l’étape qui le commence\u00a0: nommez-en une autre, ou retirez une des deux clés",
                "the standard ends with the milestone that begins it: name another, or remove one of the two keys",
                at=("ends_with",),
            )
        return self

    def clashes(self) -> Iterator[tuple[Sequence[str | int], Text]]:
        """Terms in effect together with others that a file could meet, or with another target."""
        for index, terms in enumerate(self.terms):
            for other, earlier in enumerate(self.terms[:index]):
                if not terms.meets(earlier):
                    continue
                if not _exclude_one_another(terms, earlier):
                    message = Text(
                        f"terms.{other} et terms.{index} sont en vigueur le même jour\u00a0: donnez-leur des dates qui se suivent, ou des when qu’un même dossier ne peut remplir tous deux",
                        f"terms.{other} and terms.{index} are in effect on the same day: give them dates that follow one another, or a when that no file can meet both of",
                    )
                    yield ("terms", index), message
                    break
                if terms.target != earlier.target:
                    message = Text(
                        f"terms.{other} et terms.{index} sont en vigueur ensemble avec deux cibles\u00a0: une atteinte a une seule cible, écrivez deux engagements",
                        f"terms.{other} and terms.{index} are in effect together with two targets: an attainment has one target, write two standards",
                    )
                    key = "targets" if terms.targets else "target_percent"
                    yield ("terms", index, key), message
                    break

    @cached_property
    def _only(self) -> Terms | None:
        """The only terms, when the declaration gives them no dates and they fit every file."""
        only = self.terms[0]
        undated = only.effective_from is None and only.effective_to is None
        return only if undated and not only.when else None

    @cached_property
    def depends_on_attributes(self) -> bool:
        """Whether the terms of a file depend on more than the day of its reception."""
        return any(terms.when for terms in self.terms)

    def terms_on(self, day: date) -> Terms | None:
        """The first terms in effect on a reception date (rule 13)."""
        if self._only is not None:
            return self._only
        for terms in self.terms:
            if terms.covers(day):
                return terms
        return None

    def terms_of_day(self, received_on: date, attributes: Mapping[str, str]) -> TermsOfDay:
        """The terms of a file with these attributes received that day (rule 13)."""
        if self._only is not None:
            return TermsOfDay(received_on, self._only, in_effect=True, index=0)
        fitting = [terms for terms in self.terms if terms.fits(attributes)]
        for terms in fitting:
            if terms.covers(received_on):
                return TermsOfDay(received_on, terms, in_effect=True, index=self.terms.index(terms))
        nearest = _nearest(fitting or self.terms, received_on)
        return TermsOfDay(received_on, nearest, in_effect=False, index=self.terms.index(nearest))

    def terms_of(self, state: CycleState) -> Terms:
        """The terms that count a cycle."""
        if state.terms is not None:
            return self.terms[state.terms]
        return self.followed_by(state.received_on)

    def followed_by(self, day: date) -> Terms:
        """The terms that count a cycle received that day, whether or not they measure it."""
        return self.terms_on(day) or self.nearest_terms(day)

    def nearest_terms(self, day: date) -> Terms:
        """The last terms begun by a day, or the first: they follow what is received without terms in effect."""
        return _nearest(self.terms, day)

    @cached_property
    def has_thresholds(self) -> bool:
        """Whether single files are warned of, under some of its terms (§4)."""
        return any(terms.thresholds is not None for terms in self.terms)

    @property
    def current(self) -> Terms:
        """The terms with the latest beginning."""
        return self.nearest_terms(date.max)

    def passage(self, calendar: BusinessCalendar) -> Passage:
        """How it reads the events of a file that is counted on a calendar."""
        return Passage(
            {kind: terms.law(calendar) for kind, terms in self.requests.items()},
            self.begins_with,
            self.ends_with,
        )


def _exclude_one_another(one: Terms, other: Terms) -> bool:
    """Whether no file can meet the ``when`` of both."""
    return any(
        set(words).isdisjoint(other.when[name])
        for name, words in one.when.items()
        if name in other.when
    )


def _nearest(chosen: Sequence[Terms], day: date) -> Terms:
    begun = [terms for terms in chosen if (terms.effective_from or date.min) <= day]
    if begun:
        return max(begun, key=lambda terms: terms.effective_from or date.min)
    return min(chosen, key=lambda terms: terms.effective_from or date.min)
