"""Words, dates and figures in one language, for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from fractions import Fraction

from services.compliance.board.words import COMMON
from services.compliance.delays.distribution import delay_in_words
from services.compliance.periods import Period
from services.compliance.publication import DisclosedAttainment, units_name
from shared.domain import (
    AnomalyReason,
    Catalogue,
    CycleState,
    DayReason,
    Effect,
    Event,
    Length,
    LimitUnit,
    Outstanding,
    Status,
    ThresholdUnit,
    deadline_words,
    in_threshold_words,
    ledger_days,
    short_name,
    vocabulary,
)
from shared.domain.calendars import ALWAYS, BilingualText
from shared.text import Language, Text, formats, local

_DAY = 86_400
_TWO_DAYS = 2 * _DAY
_AT_ALL_TIMES = Text("en tout temps", "at all times")
_DURING_HOURS = Text("aux heures : {hours}", "during the hours: {hours}")


class Translator:
    """The words of a page, and those common to all, in one language; unknown words raise."""

    def __init__(self, spoken: Language, words: Mapping[str, Text], zone: tzinfo) -> None:
        self.spoken = spoken
        self._words = {**COMMON, **words}
        self._zone = zone
        self.names_people = False
        """Whether the page has named anybody so far; its foot says so."""

    def __call__(self, word: str, /, **values: object) -> str:
        return self._words[word].within(self.spoken).format_map(values)

    def count(self, word: str, number: int, /, **values: object) -> str:
        """A phrase with a number; ``word_one`` is its singular: French 0 and 1, English 1."""
        name = f"{word}_one" if formats.is_singular(number, self.spoken) else word
        return self(name, n=self.number(number), **values)

    def person(self, name: str) -> str:
        """Who did something, by the name of their account or token: every page names them by this."""
        self.names_people = True
        return name

    def of(self, text: BilingualText | Text) -> str:
        return text.fr if self.spoken == "fr" else text.en

    def words(self, catalogue: Catalogue, words: Sequence[str]) -> str:
        """Words of a catalogue as people read them, in a row."""
        return ", ".join(self.of(catalogue.word(word)) for word in words)

    def hours(self, catalogue: Catalogue, name: str) -> str:
        """During which opening hours."""
        if name == ALWAYS:
            return _AT_ALL_TIMES.within(self.spoken)
        return _DURING_HOURS.within(self.spoken).format(hours=self.of(catalogue.word(name)))

    def number(self, value: float) -> str:
        return formats.number(value, self.spoken)

    def hundredths(self, value: float) -> str:
        return formats.hundredths(value, self.spoken)

    def percent(self, ratio: Fraction | None) -> str:
        return formats.percent(ratio, self.spoken)

    def points(self, difference: Fraction | None) -> str:
        return "—" if difference is None else formats.points(difference, self.spoken)

    def whole_percent(self, ratio: float) -> str:
        """A ratio that is known roughly, without decimals."""
        return formats.target(Fraction(round(100 * ratio), 100), self.spoken)

    def attainment_cells(
        self, one: DisclosedAttainment
    ) -> tuple[str | None, str | None, str | None]:
        """Ratio, files on time and files measured; None for what is withheld or not measured."""
        ratio, on_time, measured = one.ratio, one.on_time, one.measured
        return (
            None if ratio is None or one.percent is not None else self.percent(ratio),
            None if on_time is None else self.number(on_time),
            None if measured is None else self.number(measured),
        )

    def units(self, units: Sequence[str], catalogue: Catalogue) -> str:
        """The names of units that are shown together."""
        return units_name(units, catalogue, self.spoken)

    def target(self, ratio: Fraction) -> str:
        return formats.target(ratio, self.spoken)

    def day(self, value: date) -> str:
        return formats.day(value, self.spoken)

    def short_day(self, value: date) -> str:
        return formats.short_day(value, self.spoken)

    def day_and_month(self, value: date) -> str:
        return formats.day_and_month(value, self.spoken)

    def weekday(self, value: date) -> str:
        return formats.weekday(value, self.spoken)

    def week(self) -> Sequence[formats.WeekdayName]:
        return formats.week(self.spoken)

    def whole_day(self, value: date) -> str:
        """With its weekday: ``lundi 23 novembre 2026`` or ``Monday, November 23, 2026``."""
        between = " " if self.spoken == "fr" else ", "
        return f"{self.weekday(value)}{between}{self.day(value)}"

    def run_out(self, late_from: date) -> str:
        """That a limit has run out, as a sentence."""
        words = deadline_words.run_out_words(late_from, self.spoken)
        return f"{words[0].upper()}{words[1:]}."

    def amount(self, value: float, unit: LimitUnit) -> str:
        """So many days in words, or a duration: ``1 jour ouvrable``, ``2 min 30 s``."""
        return deadline_words.amount(value, unit, self.spoken)

    def delay(self, value: float, unit: LimitUnit) -> str:
        """A delay where its unit is said beside it: ``12``, or ``2 min 30 s``."""
        return delay_in_words(value, unit, self.spoken)

    def mean(self, value: Fraction, unit: LimitUnit) -> str:
        """A mean of amounts: ``4,3 jours ouvrables``, ``2 min 30 s``."""
        return deadline_words.mean_amount(float(value), unit, self.spoken)

    def threshold(self, value: int, unit: ThresholdUnit) -> str:
        """An amount in the unit of thresholds: ``2 jours civils``, ``30 minutes``."""
        return in_threshold_words(value, unit, self.spoken)

    def long(self, length: Length) -> str:
        """A length of a catalogue: ``30 jours ouvrables``, ``2 weeks``."""
        return length.in_words(self.spoken)

    def waits(self, state: CycleState) -> str:
        """That a file waits, and for whom."""
        return vocabulary.PARTIES[state.waits_for or "client"].within(self.spoken)

    def month(self, value: date) -> str:
        return formats.month(value, self.spoken)

    def short_month(self, value: date) -> str:
        return formats.short_month(value, self.spoken)

    def period(self, period: Period) -> str:
        """A period by the name people give it."""
        if period.name.startswith("rolling-"):
            days, to = (period.last - period.first).days + 1, period.name.partition("-to-")[1]
            return self("rolling_to" if to else period.name, days=days, last=self.day(period.last))
        if "-Q" in period.name:
            return self.count("quarter_name", int(period.name[-1]), year=period.first.year)
        if period.first.month == period.last.month and period.first.year == period.last.year:
            return self.month(period.first)
        return self("fiscal_year_name", year=period.name)

    def city(self, zone: str) -> str:
        """The city that a time zone is named for."""
        return formats.city(zone, self.spoken)

    def moment(self, value: datetime) -> str:
        return formats.moment(value, self._zone, self.spoken)

    def short_moment(self, value: datetime) -> str:
        return formats.short_moment(value, self._zone, self.spoken)

    def moment_to_second(self, value: datetime) -> str:
        """For what is counted in minutes."""
        seconds = local(value, self._zone).second
        after = f"\u00a0min\u00a0{seconds:02}\u00a0s" if self.spoken == "fr" else f":{seconds:02}"
        return self.moment(value) + (after if seconds else "")

    def point(self, value: date | datetime) -> str:
        """A day with its weekday, or a moment where time is counted."""
        return self.moment(value) if isinstance(value, datetime) else self.whole_day(value)

    def length(self, earlier: datetime, later: datetime) -> str:
        """From one instant to another: civil days; what is shorter than two in hours and minutes."""
        seconds = (later - earlier).total_seconds()
        if seconds < _TWO_DAYS:
            return deadline_words.amount(seconds - seconds % 60, "seconds", self.spoken)
        return deadline_words.amount(seconds // _DAY, "civil_days", self.spoken)

    def days_between(self, earlier: datetime, later: datetime) -> int:
        """Local midnights from one instant to the other."""
        return (local(later, self._zone).date() - local(earlier, self._zone).date()).days

    def why(self, reason: DayReason) -> str:
        """Why a day counted or did not."""
        return vocabulary.why(reason, self.spoken)

    def why_begun(self, reason: DayReason) -> str:
        """As :meth:`why`, of a cycle that a milestone began: nothing was received on its first day."""
        begins = isinstance(reason, ledger_days.ReceivedThatDay)
        return self("begins_that_day") if begins else self.why(reason)

    def requests(self, outstanding: Outstanding) -> str:
        """The first requests by their identifiers, and how many more; empty where none has one."""
        return vocabulary.requests(outstanding, self.spoken)

    def event(self, word: str) -> str:
        """An event by its word, such as ``received``."""
        return vocabulary.EVENTS[word].within(self.spoken)

    def event_of(self, event: Event) -> str:
        return self.event(short_name(type(event)))

    def anomaly(self, reason: AnomalyReason) -> str:
        """Why an event changed nothing."""
        return vocabulary.ANOMALIES[reason].within(self.spoken)

    def effect(self, effect: Effect) -> str:
        """What an event did to its file."""
        return vocabulary.EFFECTS[effect].within(self.spoken)

    def status(self, status: Status) -> str:
        return vocabulary.STATUSES[status].within(self.spoken)
