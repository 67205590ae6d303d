"""Dates, numbers and percentages as each language writes them (Unicode CLDR, through Babel)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from babel import Locale, dates, numbers

from shared.text.moments import local
from shared.text.texts import Language, Text

_LOCALES = {"fr": Locale.parse("fr_CA"), "en": Locale.parse("en_CA")}
_cached = lru_cache(maxsize=8_192)
"""A page has the same few numbers and days many times, and so has its next refresh."""


def percent(ratio: Fraction | None, language: Language) -> str:
    """``88,54 %`` or ``88.54%``, rounded half up; a dash where nothing was measured."""
    return _percent(ratio, "#,##0.00", language)


def target(ratio: Fraction, language: Language) -> str:
    """``80 %`` or ``87.5%``: no more decimals than the target has."""
    return _percent(ratio, "#,##0.##", language)


@_cached
def points(difference: Fraction, language: Language) -> str:
    """Percentage points, their sign before them: ``+2,3`` or ``-0.4`` with a real minus sign, ``0,0``."""
    exact = Decimal(difference.numerator) / Decimal(difference.denominator)
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    pattern = "+#,##0.0;-#,##0.0" if rounded else "#,##0.0"
    return _minus(
        str(numbers.format_decimal(rounded or Decimal(0), pattern, locale=_LOCALES[language]))
    )


@_cached
def _percent(ratio: Fraction | None, pattern: str, language: Language) -> str:
    if ratio is None:
        return "—"
    exact = Decimal(ratio.numerator) / Decimal(ratio.denominator)
    spaced = f"{pattern}\u00a0%" if language == "fr" else f"{pattern}%"
    with localcontext(rounding=ROUND_HALF_UP):
        return _minus(str(numbers.format_percent(exact, spaced, locale=_LOCALES[language])))


@_cached
def number(value: float, language: Language) -> str:
    """Digits grouped as the language groups them, with a real minus sign."""
    return _minus(str(numbers.format_decimal(value, locale=_LOCALES[language])))


def hundredths(value: float, language: Language) -> str:
    """With two decimals always: ``0,80`` or ``0.80``."""
    return str(numbers.format_decimal(value, "0.00", locale=_LOCALES[language]))


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")


@_cached
def day(value: date, language: Language) -> str:
    """``23 novembre 2026`` or ``November 23, 2026``; ``1er`` in French, which CLDR lacks."""
    return _first(str(dates.format_date(value, "long", locale=_LOCALES[language])), value, language)


@_cached
def short_day(value: date, language: Language) -> str:
    """An abbreviated day: ``23 nov. 2026`` or ``Nov 23, 2026``."""
    pattern = "MMM d, y" if language == "en" else "d MMM y"
    return _first(
        str(dates.format_date(value, pattern, locale=_LOCALES[language])), value, language
    )


def _first(text: str, value: date, language: Language) -> str:
    return f"1er{text[1:]}" if _is_first(value, language) else text


def _is_first(value: date, language: Language) -> bool:
    return language == "fr" and value.day == 1


def month(value: date, language: Language) -> str:
    """The month and its year: ``novembre 2026``."""
    return str(dates.format_date(value, "MMMM y", locale=_LOCALES[language]))


def short_month(value: date, language: Language) -> str:
    """The month, abbreviated: ``nov.`` or ``Nov``."""
    return str(dates.format_date(value, "LLL", locale=_LOCALES[language]))


@_cached
def weekday(value: date, language: Language) -> str:
    """The day's name."""
    return str(dates.format_date(value, "EEEE", locale=_LOCALES[language]))


@_cached
def day_of_week(value: date, language: Language) -> str:
    """A day soon to come, without its year: ``lundi 30 novembre`` or ``Monday, November 30``."""
    month_name = dates.format_date(value, "MMMM", locale=_LOCALES[language])
    if language == "en":
        return f"{weekday(value, language)}, {month_name} {value.day}"
    number = "1er" if _is_first(value, language) else value.day
    return f"{weekday(value, language)} {number} {month_name}"


@_cached
def day_and_month(value: date, language: Language) -> str:
    """A day of the last months, as short as can be: ``23 nov.`` or ``Nov 23``."""
    pattern = "MMM d" if language == "en" else "d MMM"
    return _first(
        str(dates.format_date(value, pattern, locale=_LOCALES[language])), value, language
    )


def is_singular(number: float, language: Language) -> bool:
    """Whether a number takes the singular: 0 and 1 in French, 1 in English."""
    return abs(number) < 2 if language == "fr" else number == 1


def quantity(value: float, phrases: tuple[Text, Text], language: Language) -> str:
    """A number in a phrase, singular or plural: ``1 jour``, ``1,200 days``."""
    one, many = phrases
    phrase = one if is_singular(value, language) else many
    return phrase.within(language).format(n=number(value, language))


def duration(seconds: float, language: Language) -> str:
    """A length of time, 0 or more: ``2 h 15 min``, ``2 min 30 s``, ``0 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{number(amount, language)}\u00a0{unit}" for amount, unit in parts if amount]
    return "\u00a0".join(shown) or "0\u00a0s"


class WeekdayName(NamedTuple):
    """A day of the week, Monday being 0, by its short and its long name."""

    number: int
    short: str
    long: str


@cache
def week(language: Language) -> Sequence[WeekdayName]:
    """The days of a week in the locale's order: from Sunday in Canada."""
    locale = _LOCALES[language]
    short, long = locale.days["format"]["abbreviated"], locale.days["format"]["wide"]
    numbers_of = [(locale.first_week_day + index) % 7 for index in range(7)]
    return [WeekdayName(number, short[number], long[number]) for number in numbers_of]


def moment(value: datetime, zone: tzinfo, language: Language) -> str:
    """A local date and time, to the minute."""
    pattern = "MMMM d, y, HH:mm" if language == "en" else "d MMMM y, HH\u00a0'h'\u00a0mm"
    return _moment(value, pattern, zone, language)


def short_moment(value: datetime, zone: tzinfo, language: Language) -> str:
    """Abbreviated: ``23 nov. 2026, 14 h 05`` or ``Nov 23, 2026, 14:05``."""
    pattern = "MMM d, y, HH:mm" if language == "en" else "d MMM y, HH\u00a0'h'\u00a0mm"
    return _moment(value, pattern, zone, language)


@_cached
def _moment(value: datetime, pattern: str, zone: tzinfo, language: Language) -> str:
    there = local(value, zone)  # Babel converts to a zone again: to the one it is in
    shown_in, locale = there.tzinfo, _LOCALES[language]
    text = str(dates.format_datetime(there, pattern, tzinfo=shown_in, locale=locale))
    return _first(text, there.date(), language)


def city(zone: str, language: Language) -> str:
    """The city of a tz database zone in the language: ``Toronto``; ``UTC`` as it is."""
    region, _, name = zone.rpartition("/")
    if region in ("", "Etc"):
        return name
    return str(dates.get_timezone_location(zone, _LOCALES[language], return_city=True))
