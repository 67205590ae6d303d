"""What people write in a YAML file of the project: words, dates, zones, hours, texts in both languages.

Pure. A value that cannot be used says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from shared.domain.strict_yaml import DATE, UnusableValueError, cited
from shared.text import Text, apostrophes, french

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableValueError(
            f"{cited(name)} n’est pas un fuseau horaire, tel que America/Toronto",
            f"{name!r} is not a time zone, such as America/Toronto",
        ) from None
    return name


def _interval(written: str) -> str:
    if _INTERVAL.fullmatch(written) is None:
        raise UnusableValueError(
            'écrivez des heures d’ouverture comme "08:00-16:30" ; minuit s’écrit 24:00',
            'write opening hours as "08:00-16:30"; midnight closes as 24:00',
        )
    if written[:5] == written[6:]:
        raise UnusableValueError(
            'ces heures ouvrent et ferment au même moment\u00a0; une journée entière s’écrit "00:00-24:00"',
            'these hours open and close at the same time; a whole day is "00:00-24:00"',
        )
    return written


def _day(written: object) -> object:
    """A date, as YAML reads it or as text; no instant, and no number (pydantic reads seconds)."""
    if isinstance(written, str):
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise UnusableValueError(*DATE) from None
    if written is None or (isinstance(written, date) and not isinstance(written, datetime)):
        return written
    raise UnusableValueError(*DATE)


Day = Annotated[date, BeforeValidator(_day)]
"""A date and nothing else."""

Zone = Annotated[str, AfterValidator(_known_zone)]
"""A name of the tz database."""


class StrictModel(BaseModel):
    """A frozen model of what people write in YAML; unknown keys are refused.

    ``moved_keys`` are keys of earlier versions, each with what to write instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    moved_keys: ClassVar[Mapping[str, Text]] = {}


def _set(words: str) -> str:
    return apostrophes(french(words))


class Languages(NamedTuple):
    """The languages that every text of a catalogue is written in, as validation context."""

    codes: Sequence[str]


class BilingualText(StrictModel):
    """Words in French and English, both required.

    In a catalogue of other languages (:class:`Languages`) a text has those; where one of them is
    not French or English, its first language stands for the one that is missing.
    """

    fr: Annotated[str, Field(min_length=1), AfterValidator(_set)]
    en: Annotated[str, Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _in_languages(cls, written: object, info: ValidationInfo) -> object:
        languages = info.context
        if not isinstance(languages, Languages) or not isinstance(written, Mapping):
            return written
        for code in languages.codes:
            if code not in written:
                raise UnusableValueError(
                    f"ce texte manque en {code}\u00a0: écrivez {code}, ou retirez-le de languages",
                    f"this text is missing in {code}: write {code}, or remove it from languages",
                )
        for code in written:
            if code not in languages.codes:
                raise UnusableValueError(
                    f"{code} n’est pas une des languages du catalogue\u00a0: retirez-le, ou ajoutez-le à languages",
                    f"{code} is not one of the languages of the catalogue: remove it, or add it to languages",
                    at=(str(code),),
                )
        first = written[languages.codes[0]]
        return {"fr": written.get("fr", first), "en": written.get("en", first)}

    def text(self) -> Text:
        return Text(self.fr, self.en)


Intervals = Sequence[Annotated[str, AfterValidator(_interval)]]
"""Opening hours of a day, each as ``08:30-12:00``."""
