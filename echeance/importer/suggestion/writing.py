"""A suggested mapping as commented YAML, in a language. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from echeance.importer.suggestion.columns import (
    DAY_FIRST,
    MONTH_FIRST,
    PLACEHOLDERS,
    SampleColumn,
    sample_of,
)
from echeance.importer.suggestion.guess import (
    Endings,
    GuessedColumn,
    Meaning,
    Structure,
    endings_of,
    event_of,
    is_disposition,
    is_status,
    meanings_of,
    of_states_only,
    state_of,
    structure_of,
)
from shared.domain import Catalogue, EventName, WordList
from shared.mapping import QUESTION, read_time, slug
from shared.text import Language, Text, formats

_PLAIN: Final = re.compile(r"[^\W\d_][\w]*(?: [\w()/.-]+)*")
_NOT_STRINGS: Final = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}
_MOST_LISTED: Final = 40
_MOST_SHOWN: Final = 5
_ASKED: Final = json.dumps(QUESTION)
_NEVER_GUESSED: Final = ("standard", "unit")


class SampledExport(NamedTuple):
    """A sample of an export: its first rows, and what they hold."""

    name: str
    sheet: str | None
    remarks: Sequence[Text]
    """What was guessed of how it is written, as a ``csv`` key."""
    names: Sequence[str]
    columns: Sequence[SampleColumn]
    rows: Sequence[Sequence[str]]

    def column(self, name: str) -> SampleColumn:
        return next(one for one in self.columns if one.name == name)


def mapping_text(
    export: SampledExport, catalogue: Catalogue, catalogue_path: str | None, spoken: Language
) -> str:
    """The mapping; a line for each key, and why where it is a guess."""
    only = of_states_only(export.columns)
    if only is not None:
        column, word = only
        rows = [cells for cells in export.rows if cells[column.position] == word]
        export = export._replace(columns=sample_of(export.names, rows), rows=rows)
    structure = structure_of(export.columns, len(export.rows))
    writer = _Writer(export, structure, catalogue, spoken, only)
    return "\n".join([*writer.head(catalogue_path), *writer.body(), *writer.words()]) + "\n"


class _Writer(NamedTuple):
    export: SampledExport
    structure: Structure
    catalogue: Catalogue
    spoken: Language
    only: tuple[SampleColumn, str] | None = None
    """The column of what changed, in a log of all that does, and its word for the state."""

    def head(self, catalogue_path: str | None) -> Iterator[str]:
        rows = formats.number(len(self.export.rows), self.spoken)
        yield Text(
            f"# Proposé d’après {self.export.name} ({rows} lignes lues). Relire ce qui est dit deviné.",
            f"# Suggested from {self.export.name} ({rows} rows read). Look again at what is said to be a guess.",
        ).within(self.spoken)
        name = slug(self.export.name.partition(".")[0]) or "export"
        yield f"source: https://example.org/{name}  # " + Text(
            "un URI de votre système ; le garder d’un import à l’autre",
            "a URI of your system; keep it from one import to the next",
        ).within(self.spoken)
        if catalogue_path is not None:
            yield f"catalogue: {_scalar(catalogue_path)}"
        calendar = self.catalogue.calendar(self.catalogue.default_calendar)
        yield f"zone: {calendar.zone.key}  # " + Text(
            "celui du calendrier ; pour les heures sans décalage",
            "that of the calendar; for times without an offset",
        ).within(self.spoken)
        yield from self._times()
        for remark in self.export.remarks:
            if (key := re.search(r"csv: \{.*\}", remark.en)) is not None:
                yield key[0]
        if self.export.sheet is not None:
            yield f"sheet: {_scalar(self.export.sheet)}"
        empty = dict.fromkeys(one for column in self.export.columns for one in column.placeholders)
        if empty:
            yield f"empty: [{', '.join(map(json.dumps, empty))}]  # " + Text(
                "ces cellules ne disent rien", "these cells say nothing"
            ).within(self.spoken)

    def _times(self) -> Iterator[str]:
        """The formats of the columns that are read; none is chosen where two read all."""
        columns = [self.export.column(one.column) for one in self.structure.dates]
        columns += [self.structure.time] if self.structure.time is not None else []
        columns += [self.export.column(self.structure.due)] if self.structure.due else []
        orders = {_order(one) for column in columns for one in _sure(column.time_formats)} - {None}
        candidates = [
            [one for one in column.time_formats if _order(one) in orders]  # others say which
            if _is_ambiguous(column.time_formats) and len(orders) == 1
            else column.time_formats
            for column in columns
        ]
        doubtful = next((one for one, of in zip(columns, candidates, strict=True) if _is_ambiguous(of)), None)  # fmt: skip
        if doubtful is None:
            chosen = list(dict.fromkeys(of[0] for of in candidates))
            if chosen and chosen != ["iso"]:
                yield f"time_formats: {_list(chosen)}"
        else:
            yield from self._choice_of_order(doubtful, candidates)
        for column in columns:
            if unreadable := column.unreadable:
                shown = ", ".join(map(_scalar, unreadable[:_MOST_SHOWN]))
                yield Text(
                    f"# {column.name} : ces cellules ne sont pas des dates, et leurs lignes seront rejetées : {shown}",
                    f"# {column.name}: these cells are no times, and their rows will be rejected: {shown}",
                ).within(self.spoken)

    def _choice_of_order(
        self, column: SampleColumn, candidates: Sequence[Sequence[str]]
    ) -> Iterator[str]:
        """A line of formats for each order of day and month."""
        example = next(cell for cell in column.values if cell not in column.unreadable)
        yield Text(
            f"# {column.name} : {example} peut se lire des deux façons ; enlever le # de la bonne ligne :",
            f"# {column.name}: {example} can be read in two ways; uncomment the right line:",
        ).within(self.spoken)
        for order in ("day", "month"):
            chosen = [
                next((one for one in of if _order(one) == order), of[0])
                if _is_ambiguous(of)
                else of[0]
                for of in candidates
            ]
            of_example = next(one for one in column.time_formats if _order(one) == order)
            moment = read_time(example, of_example).moment.date()
            listed = _list(list(dict.fromkeys(chosen)))
            yield f"# time_formats: {listed}  # {formats.day(moment, self.spoken)}"

    def body(self) -> Iterator[str]:
        structure = self.structure
        if structure.row != "event":
            yield f"row: {structure.row}"
        if self.only is not None:
            column, word = self.only
            yield f"only: {{{_scalar(column.name)}: [{_scalar(word)}]}}"
        yield "columns:"
        yield from self._file_id()
        match structure.row:
            case "file":
                yield from self._dates()
            case "event" | "state":
                yield from self._names()

    def _file_id(self) -> Iterator[str]:
        column = self.structure.file_id
        if column is None:
            listed = ", ".join(one.name for one in self.export.columns[:_MOST_LISTED])
            yield f"  file_id: {_ASKED}  # " + Text(
                f"quelle colonne nomme le dossier ? {listed}",
                f"which column names the file? {listed}",
            ).within(self.spoken)
            return
        replace = column.replacements
        if not replace:
            yield f"  file_id: {_scalar(column.name)}"
            return
        pairs = ", ".join(f"{json.dumps(one)}: {json.dumps(to)}" for one, to in replace.items())
        yield f"  file_id: {{column: {_scalar(column.name)}, replace: {{{pairs}}}}}"

    def _dates(self) -> Iterator[str]:
        yield "events:"
        for guessed in self.structure.dates:
            yield from self._date(guessed)
        yield from self._other_dates()

    def _other_dates(self) -> Iterator[str]:
        if self.structure.due is not None:
            yield f"check_due: {_scalar(self.structure.due)}  # " + Text(
                "comparée aux échéances calculées", "compared with the due dates counted"
            ).within(self.spoken)
        for name in self.structure.unread:
            event = event_of(name)
            instead = (
                f" ({event} ?)" if event in {one.event for one in self.structure.dates} else ""
            )
            yield Text(
                f"# Date non lue : {name}{instead}",
                f"# A date that is not read: {name}{instead.replace(' ?', '?')}",
            ).within(self.spoken)

    def _date(self, guessed: GuessedColumn) -> Iterator[str]:
        event, column = guessed
        why = Text("deviné par son nom", "a guess, by its name").within(self.spoken)
        ended = self._endings(column) if event == "decided" else None
        if ended is None:
            yield f"  {event}: {_scalar(column)}  # {why}"
            return
        status, endings = ended

        def at(words: Sequence[str]) -> str:
            return f"{{at: {_scalar(column)}, when: {{{_scalar(status.name)}: {_list(words)}}}}}"

        if endings.decided:
            yield f"  decided: {at(endings.decided)}  # {why}"
        if endings.withdrawn:
            yield f"  withdrawn: {at(endings.withdrawn)}  # {why}"
        if endings.unknown:
            yield Text(
                "  # decided ou withdrawn ? Y mettre les mots de cette ligne, puis l’enlever :",
                "  # decided or withdrawn? Move the words of this line there, then remove it:",
            ).within(self.spoken)
            yield f"  {_ASKED}: {at(endings.unknown)}"

    def _endings(self, date: str) -> tuple[SampleColumn, Endings] | None:
        """The column that says how files ended that have a date, if it makes a difference."""
        place = self.export.column(date).position
        ended = [cells for cells in self.export.rows if cells[place] not in ("", *PLACEHOLDERS)]
        columns = [one for one in self.export.columns if one.words and not one.is_time]
        for column in (one for one in columns if is_status(one.name)):
            of_status = is_status(date)  # the date of a status is an end where that is one
            words = self._words_of(column, ended)
            endings = endings_of(words, dated_by_status=of_status)
            if endings.withdrawn or (endings.decided and (endings.unknown or of_status)):
                return column, endings
        for column in (one for one in columns if is_disposition(one.name)):
            decided, withdrawn, unknown = endings_of(self._words_of(column, ended))
            if withdrawn:
                return column, Endings([*decided, *unknown], withdrawn, ())
        return None

    def _words_of(self, column: SampleColumn, rows: Sequence[Sequence[str]]) -> Sequence[str]:
        counts = Counter(cells[column.position] for cells in rows)
        return [word for word, _ in counts.most_common()]

    def _names(self) -> Iterator[str]:
        structure = self.structure
        key = "state" if structure.row == "state" else "activity"
        listed = ", ".join(one.name for one in self.export.columns[:_MOST_LISTED])
        asked = Text(f"quelle colonne ? {listed}", f"which column? {listed}").within(self.spoken)
        named, time = structure.named_by, structure.time
        yield f"  {key}: {_scalar(named.name)}" if named else f"  {key}: {_ASKED}  # {asked}"
        yield f"  time: {_scalar(time.name)}" if time else f"  time: {_ASKED}  # {asked}"
        if named is None:
            yield f"activities: {{{_ASKED}: received}}  # " + Text(
                "les mots de cette colonne ; received, documents_requested, documents_received, decided…",
                "the words of that column; received, documents_requested, documents_received, decided…",
            ).within(self.spoken)
        else:
            yield "states:" if structure.row == "state" else "activities:"
            yield from self._states(named) if structure.row == "state" else self._activities(named)
        yield from self._other_dates()

    def _states(self, named: SampleColumn) -> Iterator[str]:
        for word in named.words:
            state, count = state_of(word), formats.number(named.values[word], self.spoken)
            if state is None:
                yield f"  # {_scalar(word)}: {_ASKED}  # {count} × ; in_hand, waiting, ended, withdrawn"
            else:
                yield f"  {_scalar(word)}: {state}  # {count} ×"

    def _activities(self, named: SampleColumn) -> Iterator[str]:
        meanings = self._meanings(named)
        for word in named.words:
            meaning, count = meanings[word], formats.number(named.values[word], self.spoken)
            if meaning.first is None:
                ignored = Text("non lue", "not read").within(self.spoken)
                yield f"  # {_scalar(word)}: {_ASKED}  # {count} × ; {ignored}"
            elif meaning.first == meaning.again:
                yield f"  {_scalar(word)}: {meaning.first}  # {count} ×"
            else:
                again = meaning.again or "null"
                yield f"  {_scalar(word)}: {{first: {meaning.first}, again: {again}}}  # {count} ×"

    def _meanings(self, named: SampleColumn) -> Mapping[str, Meaning]:
        return meanings_of(self._in_order(named), named.words, self.catalogue.milestones)

    def _events(self) -> set[EventName]:
        """The events that the mapping has."""
        named = self.structure.named_by
        if self.structure.row == "event" and named is not None:
            meanings = self._meanings(named).values()
            return {event for one in meanings for event in one if event is not None}
        return {one.event for one in self.structure.dates}

    def _in_order(self, named: SampleColumn) -> Sequence[tuple[str, str]]:
        """The files and activities of the rows, in the order of their times."""
        file_id, time = self.structure.file_id, self.structure.time
        if file_id is None or time is None:
            return ()
        format_ = time.time_formats[0]

        def moment(cells: Sequence[str]) -> str:
            try:
                return read_time(cells[time.position], format_).moment.isoformat()
            except ValueError:
                return ""

        ordered = sorted(self.export.rows, key=moment)
        return [(cells[file_id.position], cells[named.position]) for cells in ordered]

    def words(self) -> Iterator[str]:
        """What the catalogue must be told: the standard, the unit, the outcome, attributes."""
        standards = [*self.catalogue.services, *self.catalogue.standards]
        if self.catalogue.services:
            inner = {one for name in self.catalogue.services for one in self.catalogue.standards_of(name)}  # fmt: skip
            standards = [one for one in standards if one not in inner]
        yield from self._word("standard", standards)
        yield from self._word("unit", list(self.catalogue.units))
        yield from self._word("outcome", list(self.catalogue.outcomes))
        happens = self._events()
        for event, key, listed in _WORDS_OF_EVENTS:
            if event in happens and (known := list(self.catalogue.listed(listed))):
                yield from self._word(key, known)
        if self.structure.row == "state" and self.catalogue.reasons:
            yield from self._word("reason", list(self.catalogue.reasons))
        lines = []
        for name, words in self.catalogue.attributes.items():
            column = self._column_of(words)
            if column is None:
                lines.append(f"  # {name}: {{column: {_ASKED}}}  # {', '.join(words)}")
            else:
                lines.append(f"  {name}: {self._word_source(column, words)}")
        if lines:
            whole = all(line.startswith("  #") for line in lines)
            yield "# attributes:" if whole else "attributes:"
            yield from lines

    def _word(self, key: str, words: Sequence[str]) -> Iterator[str]:
        if len(words) == 1:
            yield f"{key}: {_scalar(words[0])}"
            return
        column = self._column_of(words)
        if column is not None:
            yield f"{key}: {self._word_source(column, words)}"
            return
        listed = ", ".join(words[:_MOST_LISTED])
        asked = Text(
            f"ou {{column: …, words: {{cellule: mot}}}} ; {listed}",
            f"or {{column: …, words: {{cell: word}}}}; {listed}",
        ).within(self.spoken)
        first = _ASKED if key in _NEVER_GUESSED else _scalar(words[0])
        yield f"{key}: {first}  # {asked}"

    def _column_of(self, words: Sequence[str]) -> SampleColumn | None:
        """The column with the most cells that are these words, if most of its cells are."""
        best, most = None, 0.0
        for column in self.export.columns:
            if column.words and not column.is_time:
                meant = sum(column.values[one] for one in column.words if self._word_of(one, words))
                if meant > column.filled * _MOST_MEANT and meant > most:
                    best, most = column, meant
        return best

    def _word_of(self, cell: str, words: Sequence[str]) -> str | None:
        """The word of the catalogue that a cell is, or has the name of in either language."""
        written = slug(cell)
        if written in words:
            return written
        named = (one for one in words if written in map(slug, self._name(one)))
        return next(named, None)

    def _name(self, word: str) -> Text:
        catalogue = self.catalogue
        for lists in (catalogue.standards, catalogue.units):
            if (named := lists.get(word)) is not None:
                return named.name.text()
        return catalogue.word(word)

    def _word_source(self, column: SampleColumn, words: Sequence[str]) -> str:
        """Where a word comes from: a column, and the cells that are no word of the catalogue."""
        meant = {one: self._word_of(one, words) for one in column.words if slug(one) not in words}
        pairs = ", ".join(f"{_scalar(one)}: {word or _ASKED}" for one, word in meant.items())
        listed = f", words: {{{pairs}}}" if meant else ""
        asks = f"  # {', '.join(words[:_MOST_LISTED])}" if None in meant.values() else ""
        return f"{{column: {_scalar(column.name)}, slugify: true{listed}}}{asks}"


_MOST_MEANT: Final = 0.5
_WORDS_OF_EVENTS: Final[Sequence[tuple[EventName, str, WordList]]] = (
    ("extended", "extension", "extensions"),
    ("reached", "milestone", "milestones"),
    ("reopened", "reason", "reasons"),
    ("documents_requested", "kind", "requests"),
    ("withdrawn", "withdrawal", "withdrawals"),
)


def _order(format_: str) -> Literal["day", "month"] | None:
    """Which of day and month a format has first, where both are numbers before the year."""
    if format_.startswith(DAY_FIRST):
        return "day"
    return "month" if format_.startswith(MONTH_FIRST) else None


def _is_ambiguous(candidates: Sequence[str]) -> bool:
    return {"day", "month"} <= set(map(_order, candidates))


def _sure(candidates: Sequence[str]) -> Sequence[str]:
    return [] if _is_ambiguous(candidates) else candidates


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _scalar(text: str) -> str:
    """A text as YAML reads it back."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_STRINGS:
        return text
    return json.dumps(text, ensure_ascii=False)
