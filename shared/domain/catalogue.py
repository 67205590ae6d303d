"""The catalogue: standards, calendars, units and words as validated data.

Pure: from text to values. What the declaration promises, and every convention where it is silent,
is in a catalogue and nowhere in code. Faults have line and column, and what to write instead.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Annotated, ClassVar

from pydantic import Field, PrivateAttr

from shared.domain import countable, ownership
from shared.domain.calendars import (
    BilingualText,
    BusinessCalendar,
    CalendarData,
    HolidayError,
    StrictModel,
    calendar_file,
)
from shared.domain.commitments import Standard, Terms
from shared.domain.countable import CountableRange
from shared.domain.events import LONGEST_SOURCE, OPERATOR, WordList
from shared.domain.limits import Word
from shared.domain.ownership import NOT_SHARED, Sharing
from shared.domain.strict_yaml import Document, Fault, FaultsError, cited, reader
from shared.domain.uri import URI_REFERENCE
from shared.text import Text

_Path = tuple[str | int, ...]


class Unit(StrictModel):
    """An office that treats files."""

    name: BilingualText


class Catalogue(StrictModel):
    """All inputs of counting but the events; ``revision`` grows with every change of the text."""

    moved_keys: ClassVar[Mapping[str, Text]] = {
        "review": Text(
            "le recours se dit maintenant par engagement\u00a0: écrivez review sous chacun des standards dont la décision peut être révisée",
            "the recourse is now said of each commitment: write review under each of the standards whose decision can be reviewed",
        )
    }

    catalogue: Word
    revision: Annotated[int, Field(ge=1)]
    name: BilingualText
    organization: BilingualText
    default_calendar: Word
    calendars: Annotated[Mapping[Word, CalendarData], Field(min_length=1)]
    units: Annotated[Mapping[Word, Unit], Field(min_length=1)]
    attributes: Mapping[Word, Sequence[Word]] = {}
    words: Mapping[Word, BilingualText] = {}
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]
    reasons: Sequence[Word] = ()
    standards: Annotated[Mapping[Word, Standard], Field(min_length=1)]
    shared_sources: Sequence[Annotated[Sequence[str], Field(min_length=2)]] = ()
    _built: dict[str, BusinessCalendar] = PrivateAttr(default_factory=dict)
    _digest: str = PrivateAttr(default="")
    _sharing: Sharing = PrivateAttr(default=NOT_SHARED)
    _countable_range: CountableRange = PrivateAttr()
    _text: str = PrivateAttr(default="")

    @property
    def countable_range(self) -> CountableRange:
        """The range in which every event can be counted."""
        return self._countable_range

    @property
    def sharing(self) -> Sharing:
        """Which publishing systems share their files (``shared_sources``)."""
        return self._sharing

    def listed(self, words: WordList) -> Collection[str]:
        """The words under a key."""
        match words:
            case "standards":
                return self.standards
            case "units":
                return self.units
            case "outcomes":
                return self.outcomes
            case "reasons":
                return self.reasons

    def word(self, word: str) -> Text:
        """The name of a word under ``words``, or the word itself with spaces for its hyphens."""
        named = self.words.get(word)
        plain = word.replace("-", " ")
        return named.text() if named else Text(plain, plain)

    def calendar(self, identifier: str | None = None) -> BusinessCalendar:
        """A calendar by its identifier, or the default one; raises KeyError."""
        return self._built[identifier or self.default_calendar]

    def calendar_of(self, standard: Standard) -> BusinessCalendar:
        return self.calendar(standard.calendar)

    def local_day(self, now: datetime) -> date:
        """The day of an instant by the default calendar: what ``today`` is, but for one file."""
        return self.calendar().local_day(now)

    @property
    def zone(self) -> tzinfo:
        """The time zone of the default calendar, in which moments are written and read."""
        return self.calendar().zone

    def require_coverage(self, now: datetime) -> None:
        """Raise ``CoverageError`` when a calendar has run out of years: nothing can be counted."""
        for calendar in self._built.values():
            calendar.local_day(now)

    @property
    def text(self) -> str:
        """The YAML text."""
        return self._text

    @property
    def digest(self) -> str:
        """A hash of the text and of the holidays computed from it."""
        return self._digest


def load_catalogue_text(text: str, name: str = "catalogue") -> Catalogue:
    """Read a catalogue, or raise :class:`FaultsError` with the line and column of every fault."""
    document = reader.parse(text, name)
    catalogue = reader.validated(Catalogue, document, name, list(_unprintable_texts(document)))
    faults = [document.fault(path, message) for path, message in _broken_references(catalogue)]
    digest = hashlib.sha256(text.encode())
    for identifier, data in catalogue.calendars.items():
        path: _Path = ("calendars", identifier)
        broken = [document.fault((*path, *at), message) for at, message in _broken_hours(data)]
        faults += broken
        if broken:
            continue
        try:
            built = calendar_file.build_calendar(identifier, data)
        except HolidayError as error:
            faults += [document.fault((*path, *one.at), one.text) for one in error.faults]
            continue
        catalogue._built[identifier] = built
        digest.update("".join(day.isoformat() for day in sorted(built.holidays)).encode())
    if faults:
        raise FaultsError(name, faults)
    catalogue._digest = digest.hexdigest()[:16]
    catalogue._countable_range = countable.countable_range(
        {name: (one, catalogue.calendar_of(one)) for name, one in catalogue.standards.items()}
    )
    catalogue._sharing = ownership.sharing(catalogue.shared_sources)
    catalogue._text = text
    return catalogue


_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional controls: they make a text read otherwise than it is written."""

_ONE_LINE = Text(
    "ce texte contient un saut de ligne ou un caractère de commande\u00a0: écrivez-le sur une ligne (un texte replié commence par >-)",
    "this text has a line break or a control character: write it on one line (a folded text begins with >-)",
)


def _unprintable_texts(document: Document) -> Iterator[Fault]:
    """Texts that would break a line where they are shown: in a subject, a cell, a log."""
    for path, scalar in document.scalars():
        if any(
            unicodedata.category(character) in _UNPRINTABLE or character in _DIRECTIONS
            for character in scalar.value
        ):
            yield document.fault(path, _ONE_LINE)


def _broken_hours(data: CalendarData) -> Iterator[tuple[_Path, Text]]:
    for name, week in data.opening_hours.items():
        for weekday, index in calendar_file.overlapping_hours(week):
            message = Text(
                "ces heures commencent avant que d’autres ne soient finies",
                "these hours begin before others have closed",
            )
            yield ("opening_hours", name, weekday, index), message


def _broken_references(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    """Names used in one place of the catalogue and defined in another."""
    if catalogue.default_calendar not in catalogue.calendars:
        yield ("default_calendar",), _no_calendar(catalogue.default_calendar)
    for identifier, standard in catalogue.standards.items():
        path: _Path = ("standards", identifier)
        for index, outcome in enumerate(standard.review.outcomes if standard.review else ()):
            if outcome not in catalogue.outcomes:
                message = Text(
                    f"{cited(outcome)} n’est pas un des outcomes",
                    f"{outcome!r} is not one of the outcomes",
                )
                yield (*path, "review", "outcomes", index), message
        if standard.calendar is not None and standard.calendar not in catalogue.calendars:
            yield (*path, "calendar"), _no_calendar(standard.calendar)
        for index, terms in enumerate(standard.terms):
            yield from _broken_terms(catalogue, standard, terms, (*path, "terms", index))
    yield from _unknown_words(catalogue)
    yield from _broken_sources(catalogue)


def _unknown_words(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    """Names given to words that the catalogue does not have."""
    hours = (name for one in catalogue.calendars.values() for name in one.opening_hours)
    values = (value for values in catalogue.attributes.values() for value in values)
    known = {*catalogue.outcomes, *catalogue.reasons, *catalogue.attributes, *values, *hours}
    for word in sorted(catalogue.words.keys() - known):
        message = Text(
            f"{cited(word)} n’est ni un résultat, ni un motif, ni un attribut, ni une valeur d’attribut, ni des heures d’ouverture",
            f"{word!r} is no outcome, reason, attribute, value of an attribute or opening hours",
        )
        yield ("words", word), message


def _broken_sources(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    """Sources that no publishing system can have, or that share their files with two groups."""
    listed: set[str] = set()
    for index, group in enumerate(catalogue.shared_sources):
        for number, source in enumerate(group):
            path: _Path = ("shared_sources", index, number)
            uri = URI_REFERENCE.fullmatch(source) is not None
            if not source or len(source) > LONGEST_SOURCE or not uri or source == OPERATOR:
                message = Text(
                    f"{cited(source)} n’est pas une source\u00a0: une référence d’URI (RFC 3986)",
                    f"{source!r} is not a source: a URI reference (RFC 3986)",
                )
                yield path, message
            elif source in listed:
                message = Text(
                    f"{cited(source)} figure déjà ailleurs\u00a0: mettez dans un seul groupe toutes celles qui partagent leurs dossiers",
                    f"{source!r} is listed already: put all that share their files in one group",
                )
                yield path, message
            listed.add(source)


def _no_calendar(name: str) -> Text:
    return Text(f"aucun calendrier ne s’appelle {cited(name)}", f"no calendar is named {name!r}")


def _broken_terms(
    catalogue: Catalogue, standard: Standard, terms: Terms, path: _Path
) -> Iterator[tuple[_Path, Text]]:
    limit, thresholds = terms.limit, terms.thresholds
    if thresholds is not None and not limit.counts_days:
        message = Text(
            "une limite en minutes n’a pas de seuils", "a limit in minutes has no thresholds"
        )
        yield (*path, "thresholds"), message
    for keys, message in limit.faults(
        catalogue.calendars, standard.calendar or catalogue.default_calendar
    ):
        yield (*path, "limit", *keys), message
    if limit.counts_days and terms.measures_abandonment:
        message = Text(
            "seule une limite en minutes mesure un retrait après la limite",
            "only a limit in minutes measures a withdrawal after the limit",
        )
        yield (*path, "withdrawn"), message
    whole = limit.fixed_days
    if thresholds is not None and whole is not None and thresholds.at_risk > whole:
        message = Text(
            "at_risk dépasse la limite entière\u00a0: tout dossier serait à risque dès sa réception",
            "at_risk is more than the whole limit: every file would be at risk from its reception",
        )
        yield (*path, "thresholds", "at_risk"), message
    for attribute, words in terms.measured_when.items():
        for index, word in enumerate(words):
            if word not in catalogue.attributes.get(attribute, ()):
                message = Text(
                    f"le catalogue n’a pas d’attribut {cited(attribute)} dont une valeur est {cited(word)}",
                    f"the catalogue lists no attribute {attribute!r} with the value {word!r}",
                )
                yield (*path, "measured_when", attribute, index), message
