"""The catalogue: standards, calendars, units and words as validated data.

Pure: from text to values. What the declaration promises, and every convention where it is silent,
is in a catalogue and nowhere in code. Faults have line and column, and what to write instead.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Annotated, ClassVar, get_args

from pydantic import BaseModel, BeforeValidator, Field, PrivateAttr

from shared.domain import countable, ownership
from shared.domain.calendars import (
    ALWAYS,
    BilingualText,
    BusinessCalendar,
    CalendarData,
    HolidayError,
    Languages,
    StrictModel,
    calendar_file,
)
from shared.domain.commitments import RequestTerms, Retention, Standard, Terms
from shared.domain.countable import Commitment, CountableRange
from shared.domain.events import WordList
from shared.domain.limits import CatalogueLimit, Word, hours_faults
from shared.domain.ownership import NOT_SHARED, Sharing
from shared.domain.records import CycleState
from shared.domain.strict_yaml import (
    WHOLE,
    Document,
    Fault,
    FaultsError,
    UnusableValueError,
    cited,
    listed,
    not_among,
    reader,
)
from shared.text import Text

_Path = tuple[str | int, ...]
_MOST_STANDARDS = 10


_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _language_code(value: object) -> object:
    if isinstance(value, str) and _LANGUAGE.fullmatch(value):
        return value
    raise UnusableValueError(
        'écrivez le code d’une langue, tel que fr, en ou de (entre guillemets où YAML lirait oui ou non\u00a0: "no")',
        'write the code of a language, such as fr, en or de (in quotes where YAML reads yes or no: "no")',
    )


_LanguageCodes = Annotated[
    Sequence[Annotated[str, BeforeValidator(_language_code)]], Field(min_length=1, max_length=10)
]
"""Languages by their codes (ISO 639)."""


class _InLanguages(BaseModel):
    """What is read before the rest: it decides how every text is."""

    languages: _LanguageCodes = ("fr", "en")


class Unit(StrictModel):
    """An office that treats files, on a calendar of its own where it has one."""

    name: BilingualText
    calendar: Word | None = None


def _day_of_year(text: object) -> object:
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        raise UnusableValueError(
            'écrivez le jour où l’exercice commence comme "07-01" (mois-jour)',
            'write the day on which the fiscal year begins as "07-01" (month-day)',
        ) from None
    return text


class CatalogueService(StrictModel):
    """What a reception may name in place of a standard: each of these measures the file."""

    standards: Annotated[Sequence[Word], Field(min_length=2, max_length=_MOST_STANDARDS)]


class Catalogue(StrictModel):
    """All inputs of counting but the events; ``revision`` grows with every change of the text."""

    moved_keys: ClassVar[Mapping[str, Text]] = {
        "review": Text(
            "le recours se dit maintenant par engagement\u00a0: écrivez review sous chacun des standards dont la décision peut être révisée",
            "the recourse is now said of each commitment: write review under each of the standards whose decision can be reviewed",
        )
    }

    catalogue: Word
    languages: _LanguageCodes = ("fr", "en")
    revision: Annotated[int, WHOLE, Field(ge=1)]
    name: BilingualText
    organization: BilingualText
    default_calendar: Word
    fiscal_year_begins: Annotated[str, BeforeValidator(_day_of_year)] = "04-01"
    calendars: Annotated[Mapping[Word, CalendarData], Field(min_length=1)]
    units: Annotated[Mapping[Word, Unit], Field(min_length=1)]
    attributes: Mapping[Word, Sequence[Word]] = {}
    words: Mapping[Word, BilingualText] = {}
    outcomes: Annotated[Sequence[Word], Field(min_length=1)]
    reasons: Sequence[Word] = ()
    withdrawals: Sequence[Word] = ()
    milestones: Sequence[Word] = ()
    requests: Mapping[Word, RequestTerms] = {}
    standards: Annotated[Mapping[Word, Standard], Field(min_length=1)]
    services: Mapping[Word, CatalogueService] = {}
    shared_sources: Sequence[Annotated[Sequence[str], Field(min_length=2)]] = ()
    retention: Retention | None = None
    _built: dict[str, BusinessCalendar] = PrivateAttr(default_factory=dict)
    _digest: str = PrivateAttr(default="")
    _sharing: Sharing = PrivateAttr(default=NOT_SHARED)
    _countable_range: CountableRange = PrivateAttr()
    _text: str = PrivateAttr(default="")

    @cached_property
    def countable_range(self) -> CountableRange:
        """The range in which every event can be counted."""
        return self._countable_range

    @property
    def sharing(self) -> Sharing:
        """Which publishing systems share their files (``shared_sources``)."""
        return self._sharing

    def listed(self, words: WordList) -> Collection[str]:
        """The words under a key."""
        return self._lists[words]

    @cached_property
    def _lists(self) -> Mapping[WordList, Collection[str]]:
        """The words under each key, as ingest looks them up for every event."""
        return {words: dict.fromkeys(self._words_under(words)) for words in get_args(WordList)}

    def _words_under(self, words: WordList) -> Iterable[str]:
        match words:
            case "standards":
                return [*self.standards, *self.services]
            case "units":
                return self.units
            case "outcomes":
                return self.outcomes
            case "reasons":
                return self.reasons
            case "withdrawals":
                return self.withdrawals
            case "milestones":
                return self.milestones
            case "requests":
                kinds = (one.requests for one in self.standards.values())
                return chain(self.requests, *kinds)
            case "extensions":
                terms = (terms for one in self.standards.values() for terms in one.terms)
                return chain.from_iterable(one.extensions for one in terms)

    def word(self, word: str) -> Text:
        """The name of a word under ``words``, or the word itself with spaces for its hyphens."""
        named = self.words.get(word)
        plain = word.replace("-", " ")
        return named.text() if named else Text(plain, plain)

    def calendar(self, identifier: str | None = None) -> BusinessCalendar:
        """A calendar by its identifier, or the default one; raises KeyError."""
        return self._built[identifier or self.default_calendar]

    def calendar_of(self, standard: Standard, unit: str | None = None) -> BusinessCalendar:
        """The calendar on which the files of a unit are counted: its own, or else the standard's."""
        office = None if unit is None else self.units.get(unit)
        return self.calendar((office and office.calendar) or standard.calendar)

    def calendar_of_cycle(self, standard: Standard, state: CycleState) -> BusinessCalendar:
        """The calendar on which a cycle is counted."""
        return self.calendar(state.calendar or standard.calendar)

    def standards_of(self, word: str) -> Sequence[str]:
        """The standards that measure a file whose reception has this word; none for an unknown one."""
        service = self.services.get(word)
        if service is not None:
            return service.standards
        return (word,) if word in self.standards else ()

    def deciding_attributes(self, word: str) -> Mapping[str, Sequence[str]]:
        """The attributes that the terms of a standard or service depend on, with their words."""
        names = {
            attribute: None
            for name in self.standards_of(word)
            for terms in self.standards[name].terms
            for attribute in terms.when
        }
        return {name: self.attributes[name] for name in names}

    def commitments_of(self, word: str) -> Sequence[Commitment]:
        """The standards of a word of a reception, each on every calendar that it may be counted on."""
        standards = [self.standards[name] for name in self.standards_of(word)]
        return [
            (standard, self.calendar(name))
            for standard in standards
            for name in dict.fromkeys(
                office.calendar or standard.calendar or self.default_calendar
                for office in self.units.values()
            )
        ]

    @cached_property
    def has_retention(self) -> bool:
        """Whether files of any standard are forgotten once they are old enough."""
        return self.retention is not None or any(one.retention for one in self.standards.values())

    def retained_from(self, word: str, now: datetime) -> datetime | None:
        """Of a standard or service: files that ended before this instant are to be forgotten.

        None where they are kept for ever. A file of several standards is kept for as long as any of them asks.
        """
        times = [self.standards[one].retention or self.retention for one in self.standards_of(word)]
        kept = [one.after_end for one in times if one is not None]
        if len(kept) < len(times) or not kept:
            return None
        day = max(kept, key=attrgetter("years")).before(self.local_day(now))
        return datetime.combine(day, time.min, self.zone)

    def local_day(self, now: datetime) -> date:
        """The day of an instant by the default calendar: what ``today`` is, but for one file."""
        return self.calendar().local_day(now)

    def end_of_day(self, day: date) -> datetime:
        """The last instant of a day by the default calendar."""
        return datetime.combine(day, time.max, self.zone)

    @property
    def fiscal_year_start(self) -> tuple[int, int]:
        """The month and day on which each fiscal year begins."""
        month, day = self.fiscal_year_begins.split("-")
        return int(month), int(day)

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
    unprintable = list(_unprintable_texts(document))
    languages = _languages(reader.validated(_InLanguages, document, name))
    catalogue = reader.validated(Catalogue, document, name, unprintable, languages)
    catalogue = _with_common_requests(catalogue)
    faults = [document.fault(path, message) for path, message in _broken_references(catalogue)]
    digest = hashlib.sha256(text.encode())
    for identifier, data in catalogue.calendars.items():
        path: _Path = ("calendars", identifier)
        broken = [document.fault((*path, *at), message) for at, message in _broken_hours(data)]
        faults += broken
        if broken:
            continue
        try:
            built = calendar_file.build_calendar(identifier, data, catalogue._built)
        except HolidayError as error:
            faults += [document.fault((*path, *one.at), one.text) for one in error.faults]
            continue
        catalogue._built[identifier] = built
        digest.update("".join(day.isoformat() for day in sorted(built.holidays)).encode())
    if faults:
        raise FaultsError(name, faults)
    catalogue._digest = digest.hexdigest()[:16]
    catalogue._countable_range = countable.countable_range(
        {word: catalogue.commitments_of(word) for word in catalogue.listed("standards")}
    )
    catalogue._sharing = ownership.sharing(catalogue.shared_sources)
    catalogue._text = text
    return catalogue


def _languages(written: _InLanguages) -> Languages | None:
    """The languages that a catalogue says its texts are in; None for French and English."""
    codes = list(dict.fromkeys(written.languages))
    return None if set(codes) == {"fr", "en"} else Languages(codes)


def _with_common_requests(catalogue: Catalogue) -> Catalogue:
    """The kinds of request of the catalogue, in each standard that does not say otherwise."""
    if not catalogue.requests:
        return catalogue
    standards = {
        identifier: one.model_copy(update={"requests": {**catalogue.requests, **one.requests}})
        for identifier, one in catalogue.standards.items()
    }
    return catalogue.model_copy(update={"standards": standards})


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
        if name == ALWAYS:
            message = Text(
                "always est déjà toutes les heures de tous les jours\u00a0: retirez ces heures, ou donnez-leur un autre nom",
                "always already is every hour of every day: remove these hours, or name them otherwise",
            )
            yield ("opening_hours", name), message
        for weekday, index in calendar_file.overlapping_hours(week):
            message = Text(
                "ces heures commencent avant que d’autres ne soient finies",
                "these hours begin before others have closed",
            )
            yield ("opening_hours", name, weekday, index), message


def _broken_references(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    """Names used in one place of the catalogue and defined in another."""
    if catalogue.default_calendar not in catalogue.calendars:
        yield ("default_calendar",), _no_calendar(catalogue, catalogue.default_calendar)
    for identifier, standard in catalogue.standards.items():
        path: _Path = ("standards", identifier)
        for index, outcome in enumerate(standard.review.outcomes if standard.review else ()):
            if outcome not in catalogue.outcomes:
                message = not_among(outcome, "outcomes", catalogue.outcomes)
                yield (*path, "review", "outcomes", index), message
        for key, milestone in (
            ("begins_with", standard.begins_with),
            ("ends_with", standard.ends_with),
        ):
            if milestone is not None and milestone not in catalogue.milestones:
                yield (*path, key), not_among(milestone, "milestones", catalogue.milestones)
        if standard.calendar is not None and standard.calendar not in catalogue.calendars:
            yield (*path, "calendar"), _no_calendar(catalogue, standard.calendar)
        for index, terms in enumerate(standard.terms):
            yield from _broken_terms(catalogue, standard, terms, (*path, "terms", index))
        if all(name in catalogue.attributes for terms in standard.terms for name in terms.when):
            for at, message in standard.clashes():
                yield (*path, *at), message
    for identifier, unit in catalogue.units.items():
        if unit.calendar is not None:
            for message in _broken_calendar_of_unit(catalogue, unit.calendar):
                yield ("units", identifier, "calendar"), message
    yield from _broken_services(catalogue)
    yield from _unknown_words(catalogue)
    yield from _broken_sources(catalogue)


def _broken_calendar_of_unit(catalogue: Catalogue, chosen: str) -> Iterator[Text]:
    """What the calendar of a unit lacks: its files may be of any standard."""
    if chosen not in catalogue.calendars:
        yield _no_calendar(catalogue, chosen)
        return
    for identifier, standard in catalogue.standards.items():
        own = standard.calendar or catalogue.default_calendar
        names = dict.fromkeys(chain.from_iterable(map(_hours_of, standard.terms)))
        for _, message in chain.from_iterable(
            hours_faults(hours, catalogue.calendars, chosen)
            for hours in names
            if not any(hours_faults(hours, catalogue.calendars, own))
        ):
            yield Text(
                f"{message.fr}, où compte {cited(identifier)}\u00a0: une unité peut recevoir des dossiers de chaque engagement, donnez ces heures à son calendrier aussi",
                f"{message.en}, in which {identifier!r} counts: a unit may receive files of every standard, give its calendar these hours too",
            )


def _hours_of(terms: Terms) -> Iterator[str]:
    """The opening hours that terms name."""
    for limit in (terms.limit, *(tier.limit for tier in terms.tiers)):
        if limit.inside is not None:
            yield limit.inside
    if terms.received_outside is not None:
        yield terms.received_outside.opening_hours


def _broken_services(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    for word, service in catalogue.services.items():
        path: _Path = ("services", word)
        if word in catalogue.standards:
            message = Text(
                f"{cited(word)} est aussi un engagement\u00a0: une réception ne saurait pas lequel elle nomme",
                f"{word!r} is a standard as well: a reception would not say which it names",
            )
            yield path, message
        for index, name in enumerate(service.standards):
            if name not in catalogue.standards:
                message = not_among(name, "standards", catalogue.standards)
                yield (*path, "standards", index), message
            elif name in service.standards[:index]:
                message = Text(f"{cited(name)} figure deux fois", f"{name!r} is listed twice")
                yield (*path, "standards", index), message


def _unknown_words(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    """Names given to words that the catalogue does not have."""
    hours = (name for one in catalogue.calendars.values() for name in one.opening_hours)
    values = (value for values in catalogue.attributes.values() for value in values)
    listed: Iterable[WordList] = ("reasons", "withdrawals", "milestones", "requests", "extensions")
    words = chain.from_iterable(catalogue.listed(one) for one in listed)
    known = {
        *catalogue.outcomes,
        *words,
        *catalogue.attributes,
        *values,
        *hours,
        *catalogue.services,
    }
    for word in sorted(catalogue.words.keys() - known):
        message = Text(
            f"{cited(word)} n’est ni un résultat, ni un motif (de réouverture ou de retrait), ni un attribut, ni une valeur d’attribut, ni des heures d’ouverture, ni un jalon, une prolongation, une sorte de demande ou un service",
            f"{word!r} is no outcome, reason (of reopening or withdrawal), attribute, value of an attribute, opening hours, milestone, extension, kind of request or service",
        )
        yield ("words", word), message


def _broken_sources(catalogue: Catalogue) -> Iterator[tuple[_Path, Text]]:
    """Sources that no publishing system can have, or that share their files with two groups."""
    listed: set[str] = set()
    for index, group in enumerate(catalogue.shared_sources):
        for number, source in enumerate(group):
            path: _Path = ("shared_sources", index, number)
            if not ownership.is_source(source):
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


def _no_calendar(catalogue: Catalogue, name: str) -> Text:
    return not_among(name, "calendars", catalogue.calendars)


def _broken_terms(
    catalogue: Catalogue, standard: Standard, terms: Terms, path: _Path
) -> Iterator[tuple[_Path, Text]]:
    limit, thresholds = terms.limit, terms.thresholds
    chosen = standard.calendar or catalogue.default_calendar
    limits = (
        {("limit",): limit}
        if not terms.targets
        else {("targets", index, "limit"): tier.limit for index, tier in enumerate(terms.targets)}
    )
    for at, one in limits.items():
        for keys, message in one.faults(catalogue.calendars, chosen):
            yield (*path, *at, *keys), message
        if one.unit != limit.unit:
            message = Text(
                "les limites de targets comptent toutes la même chose\u00a0: jours ouvrables, jours civils ou temps d’ouverture",
                "the limits of targets all count the same: business days, civil days or opening time",
            )
            yield (*path, *at), message
    if terms.received_outside is not None:
        hours = terms.received_outside.opening_hours
        for keys, message in hours_faults(hours, catalogue.calendars, chosen):
            yield (*path, "received_outside", *keys), message
        if terms.received_on_day_off != "that_day":
            message = Text(
                "received_outside dit déjà ce qu’il en est d’un jour chômé\u00a0: retirez received_on_day_off",
                "received_outside already says what a day off does: remove received_on_day_off",
            )
            yield (*path, "received_on_day_off"), message
    for word, extension in terms.extensions.items():
        if extension.by is not None and extension.by.unit != limit.unit:
            message = Text(
                f"une limite en {_counted_in(limit).fr} se prolonge en {_counted_in(limit).fr}",
                f"a limit in {_counted_in(limit).en} is extended in {_counted_in(limit).en}",
            )
            yield (*path, "extensions", word, "by"), message
    if limit.counts_days and terms.measures_abandonment:
        message = Text(
            "seule une limite en temps d’ouverture mesure un retrait après la limite",
            "only a limit in opening time measures a withdrawal after the limit",
        )
        yield (*path, "withdrawn"), message
    whole = limit.whole_in_thresholds
    if thresholds is not None and whole is not None and thresholds.at_risk > whole:
        message = Text(
            "at_risk dépasse la limite entière\u00a0: tout dossier serait à risque dès sa réception",
            "at_risk is more than the whole limit: every file would be at risk from its reception",
        )
        yield (*path, "thresholds", "at_risk"), message
    for key, words_of in (("when", terms.when), ("measured_when", terms.measured_when)):
        yield from _unknown_attributes(catalogue, words_of, (*path, key))


def _counted_in(limit: CatalogueLimit) -> Text:
    return {
        "business_days": Text("jours ouvrables", "business days"),
        "civil_days": Text("jours civils, semaines ou mois", "civil days, weeks or months"),
        "seconds": Text("secondes, minutes ou heures", "seconds, minutes or hours"),
    }[limit.unit]


def _unknown_attributes(
    catalogue: Catalogue, words_of: Mapping[str, Sequence[str]], path: _Path
) -> Iterator[tuple[_Path, Text]]:
    for attribute, words in words_of.items():
        known = catalogue.attributes.get(attribute)
        if known is None:
            yield (*path, attribute), not_among(attribute, "attributes", catalogue.attributes)
            continue
        for index, word in enumerate(words):
            if word not in known:
                message = Text(
                    f"{cited(word)} n’est pas une valeur de {attribute}\u00a0; celles qui existent\u00a0: {listed(known)}",
                    f"{word!r} is not a value of {attribute}; those there are: {listed(known)}",
                )
                yield (*path, attribute, index), message
