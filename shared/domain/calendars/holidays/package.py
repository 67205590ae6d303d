"""The days of the ``holidays`` package, by name.

Pure. A name may have several days of a year, or none in some years, and a day several names. Its
"observed" days are never read: they add days that no law makes, and drop two that the law does
(rule 12). Names are in French, in English where the package has no French, else in its own
language; the others are read only where a catalogue needs them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

import holidays

from shared.text import Text, apostrophes, french

NamesOfDays = Mapping[str, Sequence[date]]

_SEPARATOR = "; "
"""Of the names of two holidays on one day."""


class PackageSource(NamedTuple):
    """What is read from the package: ``ignore`` are names without effect, ``unnamed`` is the law of
    those that no rule names. ``at`` is where the catalogue says so, in its calendar.
    """

    country: str
    subdivision: str | None = None
    categories: Sequence[str] = ("public",)
    ignore: Sequence[str] = ()
    unnamed: Text | None = None
    at: tuple[str | int, ...] = ("holidays_package",)


class UnknownSourceError(ValueError):
    """The package has no such country, subdivision or categories."""


class PackageDays:
    """The days of a source over some years, by name; raises :class:`UnknownSourceError`."""

    def __init__(self, source: PackageSource, years: range) -> None:
        self.source = source
        self._years = years
        try:
            country = holidays.country_holidays(source.country, subdiv=source.subdivision)
            self._language, *self._others = _languages(country)
            self._all: NamesOfDays = self._read(self._language)
        except (NotImplementedError, ValueError):
            raise UnknownSourceError(source.country) from None
        ignored = {name for written in source.ignore for name in self._meant(written)}
        self.days: NamesOfDays = {
            name: days for name, days in self._all.items() if name not in ignored
        }

    def names(self, written: str) -> Sequence[str]:
        """The names that a catalogue means by one, in any of the languages; none of those ignored."""
        return [name for name in self._meant(written) if name in self.days]

    def ignores(self, written: str) -> bool:
        """Whether a name has days that are ignored."""
        return any(name not in self.days for name in self._meant(written))

    def left_by(self, written: Iterable[str]) -> Sequence[str]:
        """The names, in order, that none of these means."""
        meant = {name for one in written for name in self.names(one)}
        return sorted(self.days.keys() - meant)

    def has(self, written: str, years: range) -> bool:
        """Whether a name has days in these years, ignored or not."""
        return any(day.year in years for name in self._meant(written) for day in self._all[name])

    def _meant(self, written: str) -> Sequence[str]:
        """The names that one means, whichever apostrophe it is written with."""
        typeset = apostrophes(written)
        if meant := [name for name in self._all if apostrophes(name) == typeset]:
            return meant
        for others in self._translations.values():
            if meant := [name for name, other in others.items() if apostrophes(other) == typeset]:
                return meant
        return ()

    def text(self, name: str) -> Text:
        """A name in both languages, the same in both where the package has no other."""
        spoken = {self._language: name} | {
            language: names[name] for language, names in self._translations.items()
        }
        fr = next((spoken[one] for one in spoken if one.startswith("fr")), None)
        en = next((spoken[one] for one in spoken if one.startswith("en")), None)
        return Text(apostrophes(french(fr or en or name)), apostrophes(en or name))

    @cached_property
    def _translations(self) -> Mapping[str, Mapping[str, str]]:
        return {one: _translation(self._all, self._read(one)) for one in self._others}

    def _read(self, language: str) -> NamesOfDays:
        names_of_days = holidays.country_holidays(
            self.source.country,
            subdiv=self.source.subdivision,
            years=self._years,
            observed=False,
            language=language or None,
            categories=tuple(self.source.categories),
        )
        days: dict[str, list[date]] = defaultdict(list)
        for day, names in sorted(names_of_days.items()):
            for name in names.split(_SEPARATOR):
                days[name].append(day)
        return days


_PREFERRED = ("fr", "en_US", "en_GB")


def _languages(country: holidays.HolidayBase) -> Sequence[str]:
    """The languages of a country: the first is that of its names, the others those they are also known by.

    Never one that the package has not: it would take that of the environment. Empty is its only one.
    """
    known = country.supported_languages
    return list(
        dict.fromkeys(
            [
                *(one for one in _PREFERRED if one in known),
                *(one for one in known if one.startswith(("en", "fr"))),
                country.default_language or "",
            ]
        )
    )


def _translation(names: NamesOfDays, others: NamesOfDays) -> Mapping[str, str]:
    """Each name in another language: the one that stands on the same days, else on all of them and few more."""
    same_days: dict[frozenset[date], list[str]] = defaultdict(list)
    for other, days in others.items():
        same_days[frozenset(days)].append(other)
    alike: dict[frozenset[date], list[str]] = defaultdict(list)
    for name, days in names.items():
        alike[frozenset(days)].append(name)
    translation: dict[str, str] = {}
    for group, together in alike.items():
        same = same_days.get(group, ())
        if len(same) == len(together):
            translation.update(zip(together, same, strict=True))
            continue
        wider = sorted((len(days), other) for other, days in others.items() if group <= set(days))
        for name in together:
            translation[name] = wider[0][1] if wider else name
    return translation
