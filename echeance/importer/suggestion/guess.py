"""What a row of a sample is, and what its columns and words mean: by their names. Pure.

A guess is one, and is written as such: names are compared with words that systems use in several
languages, without accents. What fits nothing is left out, and said.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from echeance.importer.suggestion.columns import SampleColumn
from shared.domain import EventName
from shared.mapping import ExportState, RowKind

_FILE_NAMES: Final = (
    "case:concept:name",
    "object:",
    "case id",
    "caseid",
    "case number",
    "case",
    "dossier",
    "file",
    "ticket",
    "incident",
    "request id",
    "request",
    "demande",
    "application",
    "billet",
    "chamado",
    "expediente",
    "pathway",
    "reference",
    "numero",
    "number",
    "id",
    "no",
    "ref",
    "cle",
    "key",
)
_ACTIVITY_NAMES: Final = (
    "concept:name",
    "ocel:activity",
    "activity",
    "activite",
    "etape",
    "step",
    "action",
    "event",
    "evenement",
    "transition",
    "operation",
)
_STATE_NAMES: Final = (
    "state",
    "status",
    "statut",
    "etat",
    "situation",
    "situacao",
    "estado",
    "phase",
)
_BEFORE: Final = ("from ", "old ", "previous ", "ancien", "avant ")
"""What begins the name of a column with the state that a file leaves."""
_ENTERED: Final = ("to", "to string", "new value", "new", "nouveau", "nouvelle valeur", "apres")
"""The name of a column with the state that a file enters, in a log of what changed."""
_NOT_MEANT: Final = (
    "update",
    "modif",
    "mise a jour",
    "maj",
    "last",
    "dernier",
    "changed",
    "export",
)
_DUE: Final = ("due", "echeance", "deadline", "target", "sla", "limite", "limit", "prazo", "promis", "expected", "prevu", "cible")  # fmt: skip

_OF_EVENTS: Final[Sequence[tuple[EventName, Sequence[str]]]] = (
    ("extended", ("exten", "prolong", "prorog")),
    ("transferred", ("transfer", "transmis", "reallocat", "reassign", "moved", "passed on")),
    ("reopened", ("reopen", "rouvert", "reouv", "reprise du dossier", "reabert")),
    ("withdrawn", ("withdraw", "retir", "abandon", "cancel", "annul", "desist", "raccroch", "hung up", "left", "dropped")),
    (
        "documents_received",
        ("documents received", "document received", "information received", "pieces recues", "documents recus", "precisions recues", "renseignements recus", "clarified", "restart", "pause end", "pause to", "pause until", "paused to", "paused until", "end of pause", "hold end", "hold to", "hold until", "end of hold", "off hold", "suspension end", "suspension to", "suspended to", "suspended until", "end of suspension", "stopped to", "stopped until", "tolling end", "tolled to", "tolled until", "fin de suspension", "fin de la suspension", "fin suspension", "fin de pause", "fin de l attente", "fin d attente", "info received", "information provided", "clarification received", "fee paid", "resum", "reprise", "answered by client", "reponse du client", "resubmi", "completed by applicant"),
    ),
    (
        "documents_requested",
        ("request for information", "request info", "request further", "request add", "request doc", "request more", "request miss", "request clar", "ask", "info requested", "pause", "suspens", "stopped", "tolled", "tolling", "requested", "asked", "fees notice", "demande de doc", "demande de pi", "demande de compl", "demande d info", "pieces demand", "demande de prec", "demande de rens", "demandees", "demandes ", "suspend", "en attente", "waiting", "on hold", "pending", "pendente", "returned", "renvoy", "incomplet", "additional info", "reject"),
    ),
    (
        "decided",
        ("decid", "decision", "close", "clos", "clotur", "ferm", "resol", "solv", "soluc", "complet", "termin", "finish", "conclu", "encerr", "traite le", "traitee le", "clock stop", "issued", "delivr", "grant", "refus", "approv", "accord", "paid", "pay", "paye", "answer", "repond", "reponse", "sent", "envoye", "depart", "discharg", "end", "fin"),
    ),
    (
        "received",
        ("receiv", "receipt", "recu", "recept", "open", "ouvert", "ouverture", "abert", "creat", "cree", "creation", "submit", "soumis", "depot", "depos", "lodg", "filed", "register", "registr", "enregistr", "nouveau", "new", "novo", "start", "debut", "begin", "inscri", "demande", "entry", "arriv"),
    ),
)  # fmt: skip
"""The first that a name has one of the words of."""

_OF_STATES: Final[Sequence[tuple[ExportState, Sequence[str]]]] = (
    ("withdrawn", ("withdraw", "retir", "abandon", "cancel", "annul", "desist", "zuruckgezogen", "duplicate", "doublon", "sans suite")),
    ("waiting", ("wait", "attente", "pending", "pendente", "hold", "suspend", "client", "customer", "user", "requester", "demandeur", "incomplet")),
    ("ended", ("clos", "resol", "solv", "soluc", "solucion", "done", "complet", "termin", "ferm", "fechad", "regle", "decid", "finish", "refus", "reject", "denied", "accept", "accord", "approv", "issued", "delivr", "grant", "answer", "repond", "resuelt", "cerrad", "erledigt", "abgeschlossen")),
    ("in_hand", ("open", "ouvert", "prise en charge", "en charge", "tramit", "offen", "new", "nouveau", "novo", "progress", "cours", "trait", "atendimento", "assign", "in hand", "recu", "receiv", "review", "stud", "examin", "reopen", "rouvert", "active")),
)  # fmt: skip
_ACKNOWLEDGED: Final = ("acknowledg", "accuse de reception", "ack")
"""What is sent and ends no file; a milestone where the catalogue has one like it."""
_MOST_REST = 0.5


class GuessedColumn(NamedTuple):
    """A column, and the event whose time it has."""

    event: EventName
    column: str


class Structure(NamedTuple):
    """What a row of an export is, and the columns that say so."""

    row: RowKind
    file_id: SampleColumn | None
    dates: Sequence[GuessedColumn] = ()
    due: str | None = None
    unread: Sequence[str] = ()
    """Columns of times that mean nothing known."""
    time: SampleColumn | None = None
    named_by: SampleColumn | None = None


def plain(name: str) -> str:
    """A name for comparison: lower case, without accents, spaces between its words."""
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    spaced = "".join(
        f" {one}" if one.isupper() and before.islower() else one
        for before, one in zip(f" {decomposed}", decomposed, strict=False)
    )
    return " ".join(re.split(r"[\s_:.#’'-]+", spaced.lower().strip()))


def _has(name: str, words: Iterable[str]) -> bool:
    """Whether a word of a name begins with one of some; of short ones, is it."""
    padded = f" {name.strip()} "
    return any(
        f" {word} " in padded if len(word) <= _SHORT else f" {word}" in padded for word in words
    )


_SHORT: Final = 3


def event_of(name: str) -> EventName | None:
    """The event that a column or an activity of this name is likely to be."""
    written = plain(name)
    if _has(written, _ACKNOWLEDGED):
        return None
    return next((event for event, words in _OF_EVENTS if _has(written, words)), None)


def state_of(name: str) -> ExportState | None:
    """The state that a word is likely to be."""
    written = plain(name)
    return next((state for state, words in _OF_STATES if _has(written, words)), None)


def structure_of(columns: Sequence[SampleColumn], rows: int) -> Structure:
    """What a row is: a file where a column tells all rows apart and others have its dates."""
    times = [one for one in columns if one.is_time]
    others = [one for one in columns if not one.is_time and one.filled]
    unique = [one for one in others if one.tells_apart and one.filled == rows]
    entered = [one for one in others if not f"{plain(one.name)} ".startswith(_BEFORE)]
    named = _best(entered, (*_ACTIVITY_NAMES, *_STATE_NAMES), with_words=True)
    file_of_table = _best(unique, _FILE_NAMES)
    if named is None and (file_of_table is None or len(times) == 1):
        named = next((one for one in entered if _says_what_happens(one)), None)
    repeated = [one for one in others if not one.tells_apart and one is not named]
    file_of_log = _best(repeated, _FILE_NAMES, named_only=True) or _only_with_many(repeated)
    logs = named is not None and file_of_log is not None and times
    is_event = logs and named is not None and _has(plain(named.name), _ACTIVITY_NAMES)
    if file_of_table is not None and times and (not logs or (len(times) > 1 and not is_event)):
        return _table(file_of_table, times)
    if file_of_log is not None and not is_event and _begins_and_ends(times):
        return _table(file_of_log, times)  # some files have several rows
    if named is None or not times:
        return Structure("event", file_of_log or file_of_table, time=times[0] if times else None)
    states = [state_of(word) for word in named.words]
    known = sum(state is not None for state in states)
    named_state = _has(plain(named.name), (*_STATE_NAMES, *_ENTERED))
    is_state = named_state and known >= len(states) * _MOST_REST
    kind: Literal["event", "state"] = "state" if is_state else "event"
    time = _best(times, ("time:timestamp", "ocel:time", "time", "date", "at", "when", "quand"))
    others_of_time = [one.name for one in times if one is not time]
    due = next((one for one in others_of_time if _has(plain(one), _DUE)), None)
    return Structure(
        kind,
        file_of_log or file_of_table,
        due=due,
        unread=[one for one in others_of_time if one != due],
        time=time,
        named_by=named,
    )


def _says_what_happens(column: SampleColumn) -> bool:
    """Whether words are of what begins a file and of what ends it: activities, or states entered."""
    of_states = f"{plain(column.name)} ".startswith(tuple(f"{one} " for one in _ENTERED))
    known = {state_of(word) if of_states else event_of(word) for word in column.words}
    return {"in_hand", "ended"} <= known or {"received", "decided"} <= known


def _only_with_many(columns: Sequence[SampleColumn]) -> SampleColumn | None:
    """The only column with many different cells."""
    many = [one for one in columns if len(one.values) > max(2, one.filled * _MANY)]
    return many[0] if len(many) == 1 else None


_MANY: Final = 0.1


def _begins_and_ends(times: Sequence[SampleColumn]) -> bool:
    return {"received", "decided"} <= {event_of(one.name) for one in times}


def of_states_only(columns: Sequence[SampleColumn]) -> tuple[SampleColumn, str] | None:
    """In a log of what changed, the column that says what did, and its word for the state."""
    if not any(f"{plain(one.name)} ".startswith(_BEFORE) for one in columns):
        return None
    return next(
        ((one, word) for one in columns if len(one.words) > 1 for word in one.words if plain(word) in _STATE_NAMES),
        None,
    )  # fmt: skip


class Endings(NamedTuple):
    """What the words of a status mean on rows that have the date of an end."""

    decided: Sequence[str]
    withdrawn: Sequence[str]
    unknown: Sequence[str]


def endings_of(words: Iterable[str], *, dated_by_status: bool = False) -> Endings:
    """Which words decide, which withdraw, and those that may be either or say that neither is so.

    Where the date is that of the status, words of files that go on are no question.
    """
    meant: dict[ExportState | None, list[str]] = defaultdict(list)
    for word in words:
        meant[state_of(word)].append(word)
    go_on = [] if dated_by_status else [*meant["in_hand"], *meant["waiting"]]
    return Endings(meant["ended"], meant["withdrawn"], [*go_on, *meant[None]])


def is_status(name: str) -> bool:
    """Whether a column of this name is likely to have the states of files."""
    return _has(plain(name), _STATE_NAMES)


def is_disposition(name: str) -> bool:
    """Whether a column of this name is likely to say how files ended."""
    return _has(plain(name), _DISPOSITION_NAMES)


_DISPOSITION_NAMES: Final = (
    "disposition",
    "outcome",
    "resolution",
    "result",
    "decision",
    "motif",
    "close code",
    "closure",
)


_CLOCK_STOPS: Final = ("clock stop",)


def _table(file_id: SampleColumn, times: Sequence[SampleColumn]) -> Structure:
    dates: list[GuessedColumn] = []
    unread: list[str] = []
    due = None
    events = {one.name: event_of(one.name) for one in times}
    if "documents_received" in events.values():  # a clock that starts again had not ended
        stops = (one.name for one in times if _has(plain(one.name), _CLOCK_STOPS))
        events |= dict.fromkeys(stops, "documents_requested")
    asked = "documents_requested" in events.values()
    for column in times:
        name, event = plain(column.name), events[column.name]
        if due is None and _has(name, _DUE):
            due = column.name
        elif (
            _has(name, _NOT_MEANT)
            or event is None
            or event in {one.event for one in dates}
            or (event == "documents_received" and not asked)
        ):
            unread.append(column.name)
        else:
            dates.append(GuessedColumn(event, column.name))
    left = sorted((one for one in times if one.name in unread), key=SampleColumn.first_time)
    for event, of_left in (("received", left[:1]), ("decided", left[-1:])):
        if of_left and event not in {one.event for one in dates}:
            column = of_left[0]
            of_status = event == "decided" and _has(plain(column.name), _STATE_NAMES)
            if of_status or not _has(plain(column.name), _NOT_MEANT):
                dates.append(GuessedColumn(event, column.name))  # type: ignore[arg-type]  # one of the two
                unread.remove(column.name)
                left.remove(column)
    order = [event for event, _ in reversed(_OF_EVENTS)]
    return Structure(
        "file", file_id, sorted(dates, key=lambda one: order.index(one.event)), due, unread
    )


def _best(
    columns: Sequence[SampleColumn],
    names: Sequence[str],
    *,
    named_only: bool = False,
    with_words: bool = False,
) -> SampleColumn | None:
    """The column whose name is most likely one of these, the first of which are the surest."""
    if with_words:
        columns = [one for one in columns if one.words]
    for wanted in names:
        for column in columns:
            name = plain(column.name) if ":" not in wanted else column.name
            if name == wanted or (wanted.endswith(":") and name.startswith(wanted)):
                return column
    for wanted in names:
        for column in columns:
            if _has(plain(column.name), (wanted,)):
                return column
    return None if named_only or with_words or not columns else columns[0]


class Meaning(NamedTuple):
    """What an activity means the first time in a file, and again."""

    first: EventName | None
    again: EventName | None


def milestone_of(name: str, milestones: Iterable[str]) -> str | None:
    """The milestone whose word begins as a word of an activity does."""
    parts = plain(name).split()
    return next(
        (one for one in milestones if any(part[:_ALIKE] == plain(one)[:_ALIKE] for part in parts)),
        None,
    )


_ALIKE: Final = 6


def meanings_of(
    rows: Sequence[tuple[str, str]], activities: Sequence[str], milestones: Sequence[str] = ()
) -> Mapping[str, Meaning]:
    """What activities mean, from the files and activities of rows in the order of their times.

    What opens a file and comes again after something else is an answer of the client; what looks
    like a refusal and is followed by such an answer was a request.
    """
    guessed = {
        one: "reached" if milestone_of(one, milestones) else event_of(one) for one in activities
    }
    of_files: dict[str, list[str]] = defaultdict(list)
    for file_id, activity in rows:
        of_files[file_id].append(activity)
    openings = Counter(history[0] for history in of_files.values())
    repeats = {
        activity
        for history in of_files.values()
        for activity, times in Counter(history).items()
        if times > 1
    }
    if openings:
        opening = openings.most_common(1)[0][0]
        begins = [one for one, event in guessed.items() if event == "received"]
        if opening in begins or not begins:  # one thing opens a file; the others speak of it
            guessed |= {**dict.fromkeys(begins), opening: "received"}
    asked = {event for event in guessed.values() if event == "documents_requested"}
    if not asked:  # what would be received had not been requested
        guessed = {
            one: None if event == "documents_received" else event for one, event in guessed.items()
        }
    meanings: dict[str, Meaning] = {}
    for activity, event in guessed.items():
        again = event
        if event == "received" and activity in repeats:
            again = "documents_received" if asked else None
        meanings[activity] = Meaning(event, again)
    return meanings
