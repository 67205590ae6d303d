"""What an import amounts to: the figures of the whole system, and what became of every row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import Any, Final, NamedTuple

import click

from echeance.importer.fates import FIRST_PLACES, Fates, ReasonTally
from services.compliance.attainment import attainment_of, waiting_files
from services.compliance.projection import ComplianceStore
from shared.mapping import shown
from shared.process import language, say
from shared.text import Text, formats

_PRINTED_ACTIVITIES = 20
_PRINTED_DIFFERENCES = 20
_WIDTH = 30


class Totals(NamedTuple):
    """What became of the file's rows, and what all files of the directory amount to."""

    fates: Fates
    figures: dict[str, Any]
    report: str


async def figures_of(store: ComplianceStore, fates: Fates) -> dict[str, Any]:
    """Figures of the system after the import, over all years, and the fates of this one's rows."""
    received = await store.files_by_outcome("received")
    withdrawn = await store.files_by_outcome("withdrawn")
    decided, running = await store.outcomes("decided"), await store.files_by_outcome("open")
    attainment = attainment_of(decided)
    waiting, waiting_other = waiting_files(running)
    ignored = fates.ignored.total() + fates.outside_only.total()
    spoken = language()
    return {
        "files": await store.files(),
        "received": sum(received.values()),
        "decided": sum(decided.values()) - decided.get("abandoned", 0),
        "on_time": attainment.on_time,
        "late": attainment.late,
        "open": sum(running.values()) - waiting - waiting_other,
        "waiting": waiting,
        "waiting_other": waiting_other,
        "withdrawn": sum(withdrawn.values()) + decided.get("abandoned", 0),
        "attainment": None if attainment.ratio is None else float(attainment.ratio),
        "rejected": fates.rejected.count,
        "ignored": ignored,
        "rejections": [
            {"line": line, "reason": reason.within(spoken)} for line, reason in fates.listed
        ],
        "rows": {
            "read": fates.read,
            "ignored": {
                "count": ignored,
                "by_activity": dict(fates.ignored.most_common()),
                "outside_only": dict(fates.outside_only.most_common()),
            },
            "rejected": fates.rejected.as_json(spoken),
            "set_aside": fates.set_aside.as_json(spoken),
            "changed_nothing": fates.unchanged.as_json(spoken),
            "counted": fates.counted,
        },
        "activities_respelt": [
            {"written": written, "read_as": name, "rows": rows}
            for (written, name), rows in fates.respelt.items()
        ],
        "keys_never_seen": list(fates.never_seen),
        "remarks": [one.within(spoken) for one in fates.remarks],
        "earlier": {"absent": fates.absent, "contradicted_files": fates.contradicted},
        "corrections": {"voided": fates.voided, "restored": fates.restored},
        "vanished": {"count": fates.vanished, "files": list(fates.vanished_files)},
        "days_in_minutes": fates.days_in_minutes,
        "due": {
            "compared": fates.due_compared,
            "different": fates.due_different,
            "differences": [one._asdict() for one in fates.due_differences],
        },
        "breaks_off": None
        if fates.broken is None
        else {"line": fates.broken.line, "reason": fates.broken.detail.within(spoken)},
    }


def print_totals(totals: Totals) -> None:
    """Print the report, figures and fates; rejected rows go to standard error."""
    figures = totals.figures
    click.echo(totals.report)
    for french, english, key in (
        ("dossiers", "files", "files"),
        ("reçus", "received", "received"),
        ("décidés", "decided", "decided"),
        ("dans le délai", "on time", "on_time"),
        ("en retard", "late", "late"),
        ("ouverts", "open", "open"),
        ("en attente du client", "waiting for the client", "waiting"),
        ("en attente d’un tiers", "waiting for a third party", "waiting_other"),
        ("retirés", "withdrawn", "withdrawn"),
    ):
        if figures[key] or key != "waiting_other":
            _line(say(french, english), figures[key])
    ratio = (
        None
        if figures["attainment"] is None
        else Fraction(figures["on_time"], figures["on_time"] + figures["late"])
    )
    click.echo(f"{say('atteinte', 'attainment'):<{_WIDTH}}{formats.percent(ratio, language()):>12}")
    click.echo()
    _print_rows(totals.fates)
    _print_due(totals.fates)
    print_rejections(totals.fates)
    _print_remarks(totals.fates)


def print_rejections(fates: Fates) -> None:
    """On standard error: the rows that were rejected or set aside, a line for each reason."""
    for tally in (fates.rejected, fates.set_aside):
        for one in tally:
            click.echo(_places(one), err=True)


def _print_rows(fates: Fates) -> None:
    """Every row read, by what became of it: the five counts add up to the first."""
    _line(say("lignes lues", "rows read"), fates.read)
    ignored = fates.ignored.total() + fates.outside_only.total()
    _line(say("sans événement", "no event"), ignored, 1)
    _print_activities(fates.ignored.most_common(), "")
    _print_activities(
        fates.outside_only.most_common(), say(" (hors de «\u00a0only\u00a0»)", " (outside “only”)")
    )
    _line(say("refusées", "rejected"), fates.rejected.count, 1)
    _print_reasons(fates.rejected)
    _line(say("mises de côté", "set aside"), fates.set_aside.count, 1)
    _print_reasons(fates.set_aside)
    _line(say("sans effet", "changed nothing"), fates.unchanged.count, 1)
    for one in fates.unchanged:
        _reason(f"{one.text.within(language())} ({_lines(one)})", one.count)
    _line(say("comptées", "counted"), fates.counted, 1)


def _print_due(fates: Fates) -> None:
    """The files of which the export has another due date, where the mapping compares them."""
    if not fates.due_compared:
        return
    click.echo()
    _line(say("échéances comparées", "due dates compared"), fates.due_compared)
    _line(say("différentes", "different"), fates.due_different, 1)
    for one in fates.due_differences[:_PRINTED_DIFFERENCES]:
        spoken = language()
        export, counted = (formats.short_day(date.fromisoformat(day), spoken) for day in one[2:])
        click.echo(
            say(
                f"    {one.file_id} (ligne {one.line})\u00a0: {export} dans l’export, {counted} selon les règles",
                f"    {one.file_id} (line {one.line}): {export} in the export, {counted} by the rules",
            )
        )


def _print_activities(activities: list[tuple[str, int]], remark: str) -> None:
    for activity, rows in activities[:_PRINTED_ACTIVITIES]:
        _reason(shown(activity)[1:-1] + remark, rows)
    if rest := activities[_PRINTED_ACTIVITIES:]:
        others = _number(len(rest))
        label = say(f"… {others} autres activités{remark}", f"… {others} more activities{remark}")
        _reason(label, sum(rows for _, rows in rest))


def _print_reasons(reasons: Iterable[ReasonTally]) -> None:
    for one in reasons:
        _reason(one.text.within(language()), one.count)


def _line(label: str, value: int, depth: int = 0) -> None:
    indented = "  " * depth + label
    click.echo(f"{indented:<{_WIDTH}} {_number(value):>11}")


def _reason(label: str, rows: int) -> None:
    click.echo(f"    {_number(rows):>9}  {label}")


def _places(one: ReasonTally) -> str:
    """``line 5: reason: When = 'yesterday'``; of many rows, the first five and how many more."""
    text = one.text.within(language())
    details = dict.fromkeys(place.detail.within(language()) for place in one.first)
    detail = ", ".join(filter(None, details))
    reason = say(f"{text}\u00a0: {detail}", f"{text}: {detail}") if detail else text
    return say(f"{_lines(one)}\u00a0: {reason}", f"{_lines(one)}: {reason}")


def _lines(one: ReasonTally) -> str:
    """``lines 2, 3, 4, 5, 6 and 99,995 more``."""
    numbers = ", ".join(str(place.line) for place in one.first)
    if one.count == 1:
        return say(f"ligne {numbers}", f"line {numbers}")
    if one.count <= FIRST_PLACES:
        return say(f"lignes {numbers}", f"lines {numbers}")
    more = _number(one.count - len(one.first))
    return say(f"lignes {numbers} et {more} autres", f"lines {numbers} and {more} more")


_REMARKS: Final[Sequence[tuple[Callable[[Fates], int], Text, Text]]] = (
    (
        attrgetter("days_in_minutes"),
        Text(
            "lignes qui ne disent pas la minute, pour un engagement en minutes",
            "rows that do not tell the minute, for a commitment in minutes",
        ),
        Text("cette mesure est douteuse", "that measure is doubtful"),
    ),
    (
        attrgetter("vanished"),
        Text("dossiers disparus de l’export", "files that vanished from the export"),
        Text(
            "tout ce que la source en disait est annulé",
            "all that the source said of them is voided",
        ),
    ),
    (
        attrgetter("voided"),
        Text("événements antérieurs annulés", "earlier events voided"),
        Text("l’export ne les a plus", "the export no longer has them"),
    ),
    (
        attrgetter("restored"),
        Text("événements antérieurs rétablis", "earlier events restored"),
        Text("l’export les a de nouveau", "the export has them again"),
    ),
    (
        attrgetter("contradicted"),
        Text(
            "dossiers dont un import antérieur a dit autre chose, que rien n’annule",
            "files of which an earlier import said otherwise, and nothing takes it back",
        ),
        Text(
            "si cet export corrige les précédents et dit tout de ses dossiers, recommencer avec --corrections",
            "if this export corrects the earlier ones and says all of its files, run it again with --corrections",
        ),
    ),
    (
        lambda fates: 0 if fates.contradicted else fates.absent,
        Text(
            "événements de ces dossiers qui ne sont pas dans cet export",
            "events of these files that are not in this export",
        ),
        Text("reçus avant, ils tiennent toujours", "received before, they still stand"),
    ),
)


def _print_remarks(fates: Fates) -> None:
    """On standard error: cells read under another spelling, and what earlier imports contradict."""
    remarks = [
        *fates.remarks,
        *(
            Text(
                f"activité {shown(spelling)} lue comme {shown(name)}\u00a0: {_number(rows)} {'ligne' if rows == 1 else 'lignes'}",
                f"activity {shown(spelling)} read as {shown(name)}: {_number(rows)} {'row' if rows == 1 else 'rows'}",
            )
            for (spelling, name), rows in fates.respelt.items()
        ),
    ]
    remarks += [
        Text(
            f"aucun événement du journal n’a la clé {shown(key)}",
            f"no event of the log has the key {shown(key)}",
        )
        for key in fates.never_seen
    ]
    remarks += [
        Text(
            f"{text.fr}\u00a0: {_number(count)} ({advice.fr})",
            f"{text.en}: {_number(count)} ({advice.en})",
        )
        for count_of, text, advice in _REMARKS
        if (count := count_of(fates))
    ]
    for remark in remarks:
        click.echo(remark.within(language()), err=True)


def _number(value: int) -> str:
    return formats.number(value, language())
