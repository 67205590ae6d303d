"""What a catalogue may say and rarely means: legal, and worth a second look before it is used.

Pure. A fault stops a catalogue, a doubt does not: each is a line of the file, why it is surprising,
and what to write where something else was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from shared.domain import Catalogue, CatalogueLimit, Standard, Target, Terms
from shared.domain.calendars import ALWAYS, ONE_DAY, BusinessCalendar
from shared.domain.strict_yaml import Document, Fault, FaultsError, listed, reader
from shared.text import Text

_Path = tuple[str | int, ...]
_Doubt = tuple[_Path, Text]
_SHORTEST_MONTH_DAYS = 28
_WEEK = 7
_FORTNIGHT = 14
_HOUR = 3_600 * 1_000_000


def doubts(catalogue: Catalogue) -> Sequence[Fault]:
    """In the order of the file; one in a part with several aliases once."""
    document = reader.parse(catalogue.text, catalogue.catalogue)
    places = [document.fault(path, text) for path, text in _doubts(catalogue, document)]
    return FaultsError(catalogue.catalogue, places).faults


def _doubts(catalogue: Catalogue, document: Document) -> Iterator[_Doubt]:
    yield from _targets_of_every_file(catalogue, document)
    for identifier, standard in catalogue.standards.items():
        path: _Path = ("standards", identifier)
        calendar = catalogue.calendar_of(standard)
        for index, terms in enumerate(standard.terms):
            yield from _of_terms(catalogue, terms, calendar, (*path, "terms", index))
        yield from _gaps(standard, path)
        yield from _unmeasured(catalogue, standard, path)
    yield from _calendars_without_holidays(catalogue)
    yield from _unused_milestones(catalogue)


def _of_terms(
    catalogue: Catalogue, terms: Terms, calendar: BusinessCalendar, path: _Path
) -> Iterator[_Doubt]:
    tiers = terms.targets or [Target(percent=terms.target_percent, limit=terms.limit)]
    for index, tier in enumerate(tiers):
        in_tier: _Path = (*path, "targets", index) if terms.targets else path
        yield from _hours_of_limit(catalogue, tier.limit, calendar, (*in_tier, "limit"))
        for other, earlier in enumerate(tiers[:index]):
            if _follows(tier, earlier) or _follows(earlier, tier):
                one, of = (index, other) if _follows(tier, earlier) else (other, index)
                yield in_tier, _follows_from(one, of)
                break
    yield from _thresholds(terms, path)
    outside = terms.received_outside
    if outside is not None and outside.opening_hours == ALWAYS:
        yield (*path, "received_outside", "opening_hours"), _NEVER_OUTSIDE
    for name, words in terms.measured_when.items():
        if not words:
            yield (*path, "measured_when", name), _MEASURES_NOTHING


_NEVER_OUTSIDE = Text(
    "rien n’arrive hors de always\u00a0: nommez les heures du bureau, ou retirez received_outside",
    "nothing arrives outside always: name the hours of the office, or remove received_outside",
)
_MEASURES_NOTHING = Text(
    "aucune valeur n’est donnée\u00a0: aucun dossier n’est mesuré",
    "no value is given: no file is measured",
)


def _targets_of_every_file(catalogue: Catalogue, document: Document) -> Iterator[_Doubt]:
    """Targets of 100 %: said once, since where one is a duty under a law so are the others, often."""
    found: list[_Path] = []
    for identifier, standard in catalogue.standards.items():
        for number, terms in enumerate(standard.terms):
            path: _Path = ("standards", identifier, "terms", number)
            if terms.targets:
                shares = enumerate(one.share for one in terms.targets)
                found += [(*path, "targets", at, "percent") for at, share in shares if share == 1]
            elif terms.target == 1:
                found.append((*path, "target_percent"))
    if found:
        nothing = Text("", "")
        places = {
            (fault.line, fault.column) for fault in (document.fault(one, nothing) for one in found)
        }
        others = len(places) - 1
        more = Text(f" (et {others} de plus)", f" (and {others} more)") if others else nothing
        message = Text(
            f"une cible de 100\u00a0% est manquée dès le premier dossier en retard\u00a0: est-ce ce qui est promis\u00a0?{more.fr}",
            f"a target of 100% is missed with the first late file: is it what is promised?{more.en}",
        )
        yield found[0], message


def _follows(tier: Target, other: Target) -> bool:
    """Whether one target is met whenever another is: no more files, in no less time."""
    return tier.share <= other.share and tier.limit.length >= other.limit.length


def _follows_from(tier: int, other: int) -> Text:
    return Text(
        f"targets.{tier} est atteinte dès que targets.{other} l’est\u00a0: les pourcentages croissent avec les limites",
        f"targets.{tier} is met whenever targets.{other} is: percentages grow with limits",
    )


def _hours_of_limit(
    catalogue: Catalogue, limit: CatalogueLimit, calendar: BusinessCalendar, path: _Path
) -> Iterator[_Doubt]:
    if limit.inside is None:
        return
    if limit.inside == ALWAYS:
        names = list(catalogue.calendars[calendar.identifier].opening_hours)
        if names:
            message = Text(
                f"compte aussi la nuit et les jours chômés\u00a0; heures du calendrier\u00a0: {listed(names)}",
                f"counts nights and days off as well; hours of the calendar: {listed(names)}",
            )
            yield (*path, "opening_hours"), message
        return
    longest = _longest_day(calendar, limit.inside)
    allowed = limit.length * limit.per_unit
    if allowed > longest:
        hours, opens = allowed / _HOUR, longest / _HOUR
        message = Text(
            f"{hours:g}\u00a0h d’ouverture, quand le plus long jour ouvre {opens:g}\u00a0h\u00a0: la limite passe au jour suivant\u00a0; le temps réel s’écrit opening_hours: always",
            f"{hours:g} h of opening, where the longest day opens for {opens:g} h: the limit goes on to the next day; real time is opening_hours: always",
        )
        yield path, message


def _longest_day(calendar: BusinessCalendar, hours: str) -> int:
    """How long these hours open on their longest day, in microseconds."""
    middle = calendar.first + (calendar.last - calendar.first) // 2
    days = [middle + timedelta(days=day) for day in range(_FORTNIGHT)]
    return max(
        calendar.open_microseconds(hours, calendar.midnight(day), calendar.midnight(day + ONE_DAY))
        for day in days
    )


def _thresholds(terms: Terms, path: _Path) -> Iterator[_Doubt]:
    if terms.thresholds is None:
        return
    whole = terms.limit.whole_in_thresholds
    if whole is None:
        whole = int(terms.limit.length * _SHORTEST_MONTH_DAYS / 31)
    if terms.thresholds.at_risk >= whole:
        message = Text(
            "at_risk est la limite entière ou presque\u00a0: tout dossier est à risque dès sa réception",
            "at_risk is the whole limit or nearly: every file is at risk from its reception",
        )
        yield (*path, "thresholds", "at_risk"), message


def _gaps(standard: Standard, path: _Path) -> Iterator[_Doubt]:
    """Days between two terms on which none are in effect."""
    dated = sorted(enumerate(standard.terms), key=lambda item: item[1].effective_from or date.min)
    last: date | None = None
    for index, terms in dated:
        begins = terms.effective_from
        if last is not None and begins is not None and begins > last + ONE_DAY:
            after, before = last + ONE_DAY, begins - ONE_DAY
            message = Text(
                f"du {after} au {before}, rien n’est en vigueur\u00a0: ce qui est reçu alors n’est pas mesuré",
                f"from {after} to {before} nothing is in effect: what is received then is not measured",
            )
            yield (*path, "terms", index, "effective_from"), message
        ends = terms.effective_to or date.max
        last = ends if last is None else max(last, ends)
        if last == date.max:
            return


def _unmeasured(catalogue: Catalogue, standard: Standard, path: _Path) -> Iterator[_Doubt]:
    """Values of an attribute that decides the terms, and that no terms have."""
    deciding = set.intersection(*(set(terms.when) for terms in standard.terms))
    for name in sorted(deciding):
        fitting = {word for terms in standard.terms for word in terms.when[name]}
        rest = [word for word in catalogue.attributes[name] if word not in fitting]
        if rest:
            message = Text(
                f"aucun when n’a ces valeurs de {name}\u00a0: {listed(rest)}\u00a0; ces dossiers ne sont pas mesurés",
                f"no when has these values of {name}: {listed(rest)}; such files are not measured",
            )
            yield (*path, "terms"), message


def _calendars_without_holidays(catalogue: Catalogue) -> Iterator[_Doubt]:
    """Calendars on which business days are counted and no holiday falls."""
    counting = {
        catalogue.calendar_of(standard).identifier
        for standard in catalogue.standards.values()
        for terms in standard.terms
        if terms.limit.unit == "business_days"
    }
    for identifier in sorted(counting):
        data = catalogue.calendars[identifier]
        if not catalogue.calendar(identifier).holidays and len(data.working_weekdays) < _WEEK:
            message = Text(
                "ce calendrier n’a aucun jour férié\u00a0: donnez-les sous holidays",
                "this calendar has no holiday: give them under holidays",
            )
            yield ("calendars", identifier), message


def _unused_milestones(catalogue: Catalogue) -> Iterator[_Doubt]:
    naming = {
        milestone
        for standard in catalogue.standards.values()
        for milestone in (standard.begins_with, standard.ends_with)
    }
    for index, milestone in enumerate(catalogue.milestones):
        if milestone not in naming:
            message = Text(
                "aucun engagement ne commence ni ne finit par cette étape\u00a0: un reached n’y change rien",
                "no standard begins or ends with this milestone: a reached changes nothing",
            )
            yield ("milestones", index), message
