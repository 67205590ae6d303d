"""A file explained: for each standard that measures it, every day that counted or did not, and why.

Pure. The words are those of pages and mails; a file of one plain standard has its ledger and no
more. Rules 1 to 17 of docs/counting-rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from shared.domain import (
    ANOMALIES,
    EVENTS,
    LIMIT_UNITS,
    STATUSES,
    Catalogue,
    CycleClock,
    CycleLedger,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Extended,
    FileCalculator,
    FileReading,
    History,
    LedgerDay,
    LedgerEvent,
    Reached,
    StandardReading,
    Transferred,
    Withdrawn,
    cycles,
    deadline_words,
    remaining,
    vocabulary,
    why,
)
from shared.text import Language, formats

_INSTANT = timedelta(microseconds=1)


def lines(
    file_id: str, history: History, catalogue: Catalogue, reading: FileReading, spoken: Language
) -> Iterator[str]:
    """A file as of a reading's moment, one line after the other."""
    return _Explanation(file_id, history, catalogue, reading, spoken).lines()


class _Explanation(NamedTuple):
    file_id: str
    history: History
    catalogue: Catalogue
    reading: FileReading
    spoken: Language

    def say(self, fr: str, en: str) -> str:
        return en if self.spoken == "en" else fr

    def day(self, day: date) -> str:
        return formats.day(day, self.spoken)

    def word(self, word: str) -> str:
        return self.catalogue.word(word).within(self.spoken)

    def unit(self, word: str) -> str:
        unit = self.catalogue.units.get(word)
        return unit.name.text().within(self.spoken) if unit else word

    def lines(self) -> Iterator[str]:
        opening, standards = self.reading.opening, self.reading.of_standards
        if opening is None:
            yield self.say(
                f"{self.file_id} : aucune réception connue à ce moment.",
                f"{self.file_id}: no reception known at that moment.",
            )
            return
        names = [one.standard.name.text().within(self.spoken) for one in standards]
        yield f"{self.file_id} — {', '.join(names)}"
        yield from self._units()
        for name, of_standard in zip(names, standards, strict=True):
            if len(standards) > 1:
                yield ""
                yield f"== {name} =="
            yield from self._standard(of_standard)

    def _units(self) -> Iterator[str]:
        """Where the file has been, if it has been in more than one place."""
        units = self.reading.units
        if len(units) < 2:
            return
        zone = self.catalogue.zone
        passages = [self.unit(units[0][1])]
        for at, word in units[1:]:
            moment, unit = formats.day(at.astimezone(zone).date(), self.spoken), self.unit(word)
            passages.append(self.say(f"{unit} depuis le {moment}", f"{unit} since {moment}"))
        yield self.say("Unités\u00a0: ", "Units: ") + self.say("\u00a0; ", "; ").join(passages)

    def _standard(self, of_standard: StandardReading) -> Iterator[str]:
        standard, calendar, state = of_standard.standard, of_standard.calendar, of_standard.state
        summary = standard.current.summary.text().within(self.spoken)
        yield self.say(f"Ce qui est mesuré\u00a0: {summary}", f"What is measured: {summary}")
        own = calendar is self.catalogue.calendar_of(standard)
        if len(self.reading.of_standards) > 1 or not own:
            name = self.catalogue.calendars[calendar.identifier].name.text().within(self.spoken)
            yield self.say(f"Calendrier\u00a0: {name}", f"Calendar: {name}")
        if not state.cycles and standard.begins_with is not None:
            milestone = self.word(standard.begins_with)
            yield self.say(
                f"Le délai n’a pas commencé\u00a0: il commence à l’étape «\u00a0{milestone}\u00a0».",
                f"The delay has not begun: it begins at the milestone “{milestone}”.",
            )
        ledgers = FileCalculator(self.catalogue).ledgers(self.history, of_standard)
        for cycle, counted, days in zip(
            state.cycles, of_standard.clock.cycles, ledgers, strict=True
        ):
            yield ""
            yield from self._cycle(of_standard, cycle, counted, days)

    def _cycle(
        self,
        of_standard: StandardReading,
        cycle: cycles.Cycle,
        clock: CycleClock,
        days: CycleLedger,
    ) -> Iterator[str]:
        state, spoken = clock.state, self.spoken
        if days.unit == "seconds":
            count, limit = (
                deadline_words.amount(time, days.unit, spoken)
                for time in (clock.counted, clock.limit)
            )
            counted = self.say(
                f"{count} d’ouverture comptés sur {limit}",
                f"{count} of {limit} of opening time counted",
            )
        else:
            unit = LIMIT_UNITS[days.unit].within(spoken)
            count = formats.number(clock.counted, spoken)
            limit = formats.number(clock.limit, spoken)
            counted = self.say(
                f"{count} {unit} comptés sur {limit}", f"{count} of {limit} {unit} counted"
            )
        status = STATUSES[state.status]
        if state.status == "waiting" and state.waits_for is not None:
            status = vocabulary.PARTIES[state.waits_for]
        yield self.say(f"Cycle {state.number} : ", f"Cycle {state.number}: ") + status.within(
            spoken
        )
        yield counted + self._verdict(of_standard, clock)
        yield from self._remarks(of_standard, cycle, clock)
        details = {(event.source, event.id): self._detail(event) for event in self.history}
        for day in days.days:
            yield self._day(day, details)

    def _verdict(self, of_standard: StandardReading, clock: CycleClock) -> str:
        state, calendar = clock.state, of_standard.calendar
        today = calendar.local_day(of_standard.state.now)
        late_from = remaining.late_from(state, calendar, today)
        parts = []
        if state.due_on is not None:
            due = self.day(state.due_on)
            parts.append(self.say(f"échéance le {due}", f"due {due}"))
            if late_from is not None:
                parts.append(deadline_words.run_out_words(late_from, self.spoken))
        if clock.earliest_due_on is not None:
            earliest = self.day(clock.earliest_due_on)
            client = state.waits_for is None
            parts.append(
                self.say(
                    f"au plus tôt le {earliest} si {'les documents arrivaient' if client else 'la réponse arrivait'}",
                    f"{earliest} at the earliest if the {'documents' if client else 'answer'} came",
                )
            )
        if state.on_time is not None:
            parts.append(self._on_time(state.on_time))
        if state.on_time_unextended is not None:
            without = self._on_time(state.on_time_unextended)
            parts.append(self.say(f"sans prolongation, {without}", f"{without} without extensions"))
        if state.review_until is not None:
            until = self.day(state.review_until)
            parts.append(
                self.say(f"révision possible jusqu’au {until}", f"review possible until {until}")
            )
        return "".join(self.say(f" ; {part}", f"; {part}") for part in parts)

    def _on_time(self, on_time: bool) -> str:
        return self.say("dans le délai", "on time") if on_time else self.say("en retard", "late")

    def _remarks(
        self, of_standard: StandardReading, cycle: cycles.Cycle, clock: CycleClock
    ) -> Iterator[str]:
        """What a plain cycle does not have: restarts, extensions, lapses, targets, another unit."""
        state, calendar = clock.state, of_standard.calendar
        if state.counted_from is not None:
            day = self.day(calendar.local_day(state.counted_from))
            yield self.say(
                f"Le délai a recommencé le {day}, à la réponse.",
                f"The delay began again on {day}, at the answer.",
            )
        for extension in state.extensions:
            day = self.day(calendar.local_day(extension.at))
            word = self.word(extension.extension)
            until = extension.until and self.day(extension.until)
            yield self.say(
                f"Prolongé le {day} ({word})" + (f", jusqu’au {until}." if until else "."),
                f"Extended on {day} ({word})" + (f", until {until}." if until else "."),
            )
        for request in cycle.requests:
            if request.lapsed and request.ended is not None:
                began = self.day(calendar.local_day(request.began))
                last = self.day(calendar.local_day(request.ended - _INSTANT))
                yield self.say(
                    f"L’attente commencée le {began} a pris fin d’elle-même, avec le {last}.",
                    f"The wait that began on {began} ended by itself, with {last}.",
                )
            elif request.ended is None and cycle.ended is None and request.lapses_at is not None:
                last = self.day(calendar.local_day(request.lapses_at - _INSTANT))
                yield self.say(
                    f"Sans réponse, l’attente prend fin d’elle-même avec le {last}.",
                    f"Without an answer, the wait ends by itself with {last}.",
                )
        yield from self._stops(of_standard, clock)
        terms = of_standard.standard.terms_of(state)
        for target, on_time in zip(terms.tiers, state.tiers, strict=False):
            limit, share = (
                target.limit.in_words(self.spoken),
                formats.target(target.share, self.spoken),
            )
            verdict = self._on_time(on_time)
            yield self.say(
                f"Autre cible ({share} en {limit})\u00a0: {verdict}.",
                f"Other target ({share} within {limit}): {verdict}.",
            )
        if state.unit is not None:
            unit = self.unit(state.unit)
            yield self.say(f"Terminé par l’unité {unit}.", f"Ended by the unit {unit}.")

    def _stops(self, of_standard: StandardReading, clock: CycleClock) -> Iterator[str]:
        """What a cycle that ended would have counted had nothing stopped it, and what each stop removed."""
        state, spoken = clock.state, self.spoken
        if state.gross is None or not state.stops:
            return
        gross = formats.number(state.gross, spoken)
        unit = LIMIT_UNITS[clock.unit].within(spoken)
        yield self.say(
            f"Sans arrêt du délai\u00a0: {gross} {unit}.",
            f"Had nothing stopped the delay: {gross} {unit}.",
        )
        for stop in state.stops:
            day = self.day(of_standard.calendar.local_day(stop.began_at))
            removed = formats.number(stop.removed, spoken)
            yield self.say(
                f"Demande du {day}\u00a0: {removed} de moins.", f"Request of {day}: {removed} less."
            )

    def _day(self, day: LedgerDay, details: Mapping[tuple[str, str], str]) -> str:
        weekday = formats.weekday(day.day, self.spoken)
        total = formats.number(day.total, self.spoken) if day.counted else "·"
        events = "".join(
            f" — {self._event(event, details.get((event.source, event.id), ''))}"
            for event in day.events
        )
        reason = why(day.why, self.spoken)
        return f"  {day.day.isoformat()}  {weekday:<10} {total:>6}  {reason}{events}"

    def _event(self, event: LedgerEvent, detail: str) -> str:
        words = EVENTS[event.type].within(self.spoken)
        if detail:
            words += f" ({detail})"
        if event.voided:
            words += self.say(", annulé depuis", ", voided since")
        if event.changed_nothing is not None:
            reason = ANOMALIES[event.changed_nothing].within(self.spoken)
            words += self.say(f", sans effet : {reason}", f", without effect: {reason}")
        return words

    def _detail(self, event: Event) -> str:
        """What an event says beside its kind: which request, extension, milestone or unit."""
        parts: list[str | None] = []
        match event:
            case DocumentsRequested(data=data):
                parts = [data.request_id, data.kind and self.word(data.kind)]
                if data.answer_by is not None:
                    day = self.day(data.answer_by)
                    parts.append(self.say(f"réponse avant la fin du {day}", f"answer by {day}"))
            case DocumentsReceived(data=data):
                parts = [data.request_id]
            case Extended(data=data):
                parts = [self.word(data.extension)]
                if data.until is not None:
                    day = self.day(data.until)
                    parts.append(self.say(f"jusqu’au {day}", f"until {day}"))
            case Reached(data=data):
                parts = [self.word(data.milestone)]
            case Transferred(data=data):
                parts = [self.unit(data.unit)]
            case Withdrawn(data=data):
                parts = [data.reason and self.word(data.reason)]
            case _:
                pass
        return self.say("\u00a0; ", "; ").join(part for part in parts if part)
