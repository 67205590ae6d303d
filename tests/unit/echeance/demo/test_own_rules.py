"""The demo's rules beside the declaration: its complaints and degrees use more of the law, and the shipped catalogue nothing of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

from echeance.demo.ministry import Ministry
from echeance.demo.own_rules import demo_catalogue
from echeance.demo.profiles import SOURCES
from services.ingest.cloudevents import envelope
from shared.domain.cycles import history
from shared.domain.events import Event
from shared.domain.file_clock import FileCalculator, FileReading
from tests.builders import CATALOGUE
from tests.demo.test_ministry import CALENDAR, NOW

DEMO = demo_catalogue(CATALOGUE)


@cache
def files() -> dict[str, FileReading]:
    """Every file of the past, read under the demo's catalogue; ingest accepts all that is sent."""
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for arrival in Ministry(4, DEMO, CALENDAR, NOW, files=1_200).past():
        rules = envelope.Rules(catalogue=DEMO, now=arrival.recorded_at, sources=SOURCES)
        event = envelope.parse_structured(arrival.raw, rules)
        events[event.file_id].append(event)
    calculator = FileCalculator(DEMO)
    return {file_id: calculator.read(history(told), NOW) for file_id, told in events.items()}


def test_the_declaration_stays_as_it_is_beside_the_rules_of_the_demo() -> None:
    assert DEMO.catalogue != CATALOGUE.catalogue
    assert list(DEMO.standards)[:-1] == list(CATALOGUE.standards)
    assert not (CATALOGUE.services or CATALOGUE.requests or CATALOGUE.milestones)
    for name, standard in CATALOGUE.standards.items():
        terms = DEMO.standards[name].current
        assert terms.limit == standard.current.limit
        assert terms.summary == standard.current.summary


def test_a_complaint_is_acknowledged_and_answered_and_sometimes_extended() -> None:
    complaints = [one for name, one in files().items() if name.startswith("PLA")]
    verdicts: Counter[tuple[str, bool | None]] = Counter()
    extended = 0
    for file in complaints:
        assert [one.name for one in file.of_standards] == ["plainte-accuse", "plainte"]
        for cycle in file.clock.cycles:
            verdicts[cycle.state.standard or "", cycle.state.on_time] += 1
            extended += len(cycle.state.extensions)
    assert 0.1 < extended / len(complaints) < 0.4
    late, on_time = (verdicts["plainte-accuse", verdict] for verdict in (False, True))
    assert 0 < late < on_time / 5


def test_some_degrees_wait_for_the_institution_and_not_for_the_client() -> None:
    parties = Counter(
        request.law.party
        for name, file in files().items()
        if name.startswith("EVC")
        for cycle in file.state.cycles
        for request in cycle.requests
    )
    assert parties["client"] > parties["other"] > 5


def test_no_rule_of_the_demo_brings_an_anomaly() -> None:
    reasons = Counter(one.reason for file in files().values() for one in file.clock.anomalies)
    assert not reasons.keys() - {"already_received", "before_reception", "after_end"}
