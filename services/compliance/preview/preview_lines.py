"""A preview in words, a line each: what the command prints. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from fractions import Fraction
from typing import Final

from services.compliance.preview.document import (
    AttainmentCurve,
    AttainmentPair,
    ChangeKind,
    KeptShare,
    PeriodPreview,
    PreviewDocument,
    StandardPreview,
)
from shared.domain import STAGE_WORDS, deadline_words
from shared.text import Language, Text, formats

_NAMED: Final = 5
"""Files named in a line; the page and the JSON have more."""


def lines(document: PreviewDocument, spoken: Language, zone: tzinfo) -> Iterator[str]:
    """The preview in a language; moments are in ``zone``."""
    yield _say(
        _HEADING,
        spoken,
        catalogue=document.catalogue,
        before=document.revision_before,
        after=document.revision_after,
        moment=formats.moment(document.made_at, zone, spoken),
    )
    yield _say(
        _FILES if document.changed_files else _NO_FILES,
        spoken,
        changed=formats.number(document.changed_files, spoken),
        files=formats.number(document.files, spoken),
    )
    for standard in document.standards:
        yield ""
        yield from _standard(document, standard, spoken)
    if document.alerts:
        yield ""
        yield _ALERTS.within(spoken)
        for one in document.alerts:
            stage = STAGE_WORDS[one.stage].within(spoken)
            words = _say(
                _RAISED,
                spoken,
                raised=formats.number(one.raised, spoken),
                resolved=formats.number(one.resolved, spoken),
            )
            yield f"  {one.standard}, {stage}{_COLON.within(spoken)}{words}"


def _say(text: Text, spoken: Language, **values: object) -> str:
    return text.within(spoken).format(**values)


def _standard(document: PreviewDocument, one: StandardPreview, spoken: Language) -> Iterator[str]:
    absent = _ABSENT.within(spoken)
    limits = [
        absent if limit is None else getattr(limit, spoken)
        for limit in (one.limit_before, one.limit_after)
    ]
    shown = limits[0] if limits[0] == limits[1] else " → ".join(limits)
    yield f"{one.standard} — {getattr(one.name, spoken)} ({shown})"
    if not one.differs:
        yield f"  {_NOTHING.within(spoken)}"
    counts = one.cycles
    lists: Sequence[tuple[Text, Sequence[int], ChangeKind | None]] = (
        (_DUE, (counts.due_earlier, counts.due_later, counts.ended_due), "due"),
        (_LATE, (counts.newly_late,), "newly_late"),
        (_NOT_LATE, (counts.no_longer_late,), "no_longer_late"),
        (_MEASURED, (counts.newly_measured, counts.no_longer_measured), None),
    )
    for text, numbers, kind in lists:
        if any(numbers):
            words = text.within(spoken).format(*(formats.number(one, spoken) for one in numbers))
            yield f"  {words}{_names(document, one.standard, kind, spoken) if kind else ''}"
    for period in (*one.years, *one.months):
        if period.differs:
            yield from _period(period, spoken)
    for changed in one.answers:
        yield "  " + _say(
            _ANSWERS_OVER if changed.over else _ANSWERS,
            spoken,
            year=changed.fiscal_year,
            basis=_ON[changed.basis].within(spoken),
            n=formats.number(changed.answers, spoken),
        )
    if one.curve is not None:
        yield f"  {curve_in_words(one.curve, spoken)}"


def _names(document: PreviewDocument, standard: str, kind: ChangeKind, spoken: Language) -> str:
    """The first files of a list, after a colon."""
    names = [one.file_id for one in document.listed(kind) if one.standard == standard]
    first = ", ".join(names[:_NAMED])
    more = "…" if len(names) > _NAMED else ""
    return f"{_COLON.within(spoken)}{first}{more}" if first else ""


def _period(period: PeriodPreview, spoken: Language) -> Iterator[str]:
    month = (period.first.year, period.first.month) == (period.last.year, period.last.month)
    name = formats.month(period.first, spoken) if month else period.name
    pairs: Sequence[tuple[str, AttainmentPair]] = (("decided", period.decided), ("due", period.due))
    for basis, pair in pairs:
        if pair.differs:
            before, after = _share(pair.before, spoken), _share(pair.after, spoken)
            colon = _COLON.within(spoken)
            yield f"  {name}, {_ON[basis].within(spoken)}{colon}{before} → {after}"


def _share(one: KeptShare, spoken: Language) -> str:
    on_time, measured = (formats.number(n, spoken) for n in (one.on_time, one.measured))
    ratio = formats.percent(one.ratio, spoken)
    return f"{_say(_OF, spoken, on_time=on_time, measured=measured)} ({ratio})"


def curve_in_words(curve: AttainmentCurve, spoken: Language) -> str:
    """``Kept in 80% of cases: 23 business days; in 90%: 31 business days``."""
    parts = []
    for one, text in zip(curve.kept, (_KEPT, *[_KEPT_TOO] * len(curve.kept)), strict=False):
        share = formats.target(Fraction(str(one.percent)) / 100, spoken)
        amount = deadline_words.amount(one.limit, curve.unit, spoken)
        parts.append(_say(text, spoken, share=share, amount=amount))
    return _SEMICOLON.within(spoken).join(parts)


_HEADING: Final = Text(
    "Catalogue {catalogue}\u00a0: révision {before} → {after}, en date du {moment}",
    "Catalogue {catalogue}: revision {before} → {after}, as of {moment}",
)
_FILES: Final = Text(
    "{changed} des {files} dossiers changeraient.", "{changed} of {files} files would change."
)
_NO_FILES: Final = Text(
    "Aucun des {files} dossiers ne changerait.", "None of {files} files would change."
)
_NOTHING: Final = Text("rien ne change", "nothing changes")
_ABSENT: Final = Text("absent", "absent")
_DUE: Final = Text(
    "dernier jour dans le délai\u00a0: {0} plus tôt et {1} plus tard, de cas ouverts\u00a0; {2} de cas terminés",
    "last day on time: {0} earlier and {1} later, of open cases; {2} of ended cases",
)
_LATE: Final = Text("{0} cas deviendraient en retard", "{0} cases would become late")
_NOT_LATE: Final = Text("{0} cas ne seraient plus en retard", "{0} cases would no longer be late")
_MEASURED: Final = Text(
    "{0} cas deviendraient mesurés, {1} ne le seraient plus",
    "{0} cases would become measured, {1} would no longer be",
)
_OF: Final = Text("{on_time} sur {measured}", "{on_time} of {measured}")
_ON: Final = {"decided": Text("décidés", "decided"), "due": Text("échus", "due")}
_ANSWERS: Final = Text(
    "réponses de mois terminés qui changeraient, {year}, {basis}\u00a0: {n}",
    "answers of closed months that would change, {year}, {basis}: {n}",
)
_ANSWERS_OVER: Final = Text(
    "réponses qui changeraient d’un exercice terminé, {year}, {basis}\u00a0: {n}",
    "answers that would change of a year that is over, {year}, {basis}: {n}",
)
_KEPT: Final = Text(
    "Respecté dans {share} des cas\u00a0: {amount}", "Kept in {share} of cases: {amount}"
)
_KEPT_TOO: Final = Text("dans {share}\u00a0: {amount}", "in {share}: {amount}")
_ALERTS: Final = Text("Alertes", "Alerts")
_RAISED: Final = Text("{raised} levées, {resolved} closes", "{raised} raised, {resolved} resolved")
_COLON: Final = Text("\u00a0: ", ": ")
_SEMICOLON: Final = Text("\u00a0; ", "; ")
