"""A calendar for each country whose public holidays the ``holidays`` package knows, 2015 to 2030.

The files are generated: ``python -m tests.countries`` writes them anew.
"""

from __future__ import annotations

import importlib.resources
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import babel
import holidays

from shared.domain.calendars.values import WEEKDAYS

FOLDER: Final = Path(__file__).parent
YEARS: Final = range(2015, 2031)
_CAPITALS: Final[Mapping[str, str]] = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "EC": "America/Guayaquil",
    "GL": "America/Nuuk",
    "KZ": "Asia/Almaty",
    "PF": "Pacific/Tahiti",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",
}
"""Zones of countries whose capital is not in the first that the database has."""

_FILE: Final = """\
# Generated from the package holidays by tests.countries: no law was looked up. Give each
# day its own before you rely on it.
version: "{first}-{last}"
name: {{fr: "Jours fériés\u00a0: {fr}", en: "Public holidays: {en}"}}
zone: {zone}
coverage: {{first_year: {first}, last_year: {last}}}
working_weekdays: [{weekdays}]
holidays_package:
  country: "{country}"
  unnamed:
    law:
      fr: "Selon le paquet holidays, sans vérification dans la loi"
      en: "According to the package holidays, not checked against the law"
"""
_WORKING: Final = """\
extra_working_days:
  - name: {fr: Jour travaillé en échange, en: Working day in exchange}
    law:
      fr: "Selon le paquet holidays, sans vérification dans la loi"
      en: "According to the package holidays, not checked against the law"
    days:
"""


@cache
def _zones() -> Mapping[str, Sequence[str]]:
    """The zones of each country, from the tz database."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab")
    zones: dict[str, list[str]] = defaultdict(list)
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones[country].append(zone)
    return zones


def codes() -> Sequence[str]:
    """The countries with a public holiday in these years."""
    known = sorted(holidays.list_supported_countries(include_aliases=False))
    return [code for code in known if holidays.country_holidays(code, years=YEARS)]


def text_of(code: str) -> str:
    """The file of a country."""
    fr, en = (babel.Locale(language).territories[code] for language in ("fr", "en"))
    country = holidays.country_holidays(code, years=YEARS, observed=False)
    text = _FILE.format(
        first=YEARS.start,
        last=YEARS.stop - 1,
        fr=fr.replace("'", "’"),
        en=en.replace("'", "’"),
        zone=_CAPITALS.get(code) or _zones()[code][0],
        weekdays=", ".join(
            day for number, day in enumerate(WEEKDAYS) if number not in country.weekend
        ),
        country=code,
    )
    working = sorted(day for day in country.weekend_workdays if day.year in YEARS)
    return text + (_WORKING if working else "") + "".join(f"      - {day}\n" for day in working)
