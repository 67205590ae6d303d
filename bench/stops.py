"""``python -m bench.stops``: how many planted stops the rules find, and what else they point out.

Some units of the demo's ministry bring late files back within their limits (``echeance.demo.doubtful``);
which files is known. A file is found where its rule singles it out. Recall is the share of the planted
files that are found; precision the share of what is found that was planted: of a single list that of
its base rate, so that lists are read where a unit stands out. A unit is found where the share of a rule
is more than chance explains at the base rate of its standard.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from echeance.demo import Ministry
from echeance.demo.doubtful import DOUBTFUL_UNITS
from echeance.demo.profiles import SOURCES
from services.clock import Evaluator, of_events
from services.compliance.projection import STOP_RULES, snapshot_tallies, stop_rules
from services.compliance.stops import StopMeasure, base_rates, stop_measure
from services.ingest.cloudevents import Rules, parse_structured
from shared.domain import Catalogue, ClockSnapshot, Event, decode_snapshot
from shared.process import load_catalogue

NOW: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)
SEEDS: Final = (2021, 2022, 2023)
FILES: Final = 24_000
_RULE_WIDTH: Final = 18


class Score(NamedTuple):
    """Of what was planted, what was found, and what of it was both."""

    planted: int
    found: int
    both: int

    def line(self, name: str) -> str:
        """As a row of a table."""
        return (
            f"{name:<{_RULE_WIDTH}}{self.planted:>9}{self.found:>9}{self.both:>9}"
            f"{_percent(self.both, self.planted):>9}{_percent(self.both, self.found):>11}"
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "—"


class Verification(NamedTuple):
    """What the rules found in the past of one ministry: files by rule, and standing-out units."""

    by_rule: Mapping[str, Score]
    in_doubtful_units: Mapping[str, Score]
    files: Score
    units: Score


def verify(seed: int, catalogue: Catalogue) -> Verification:
    """Two years of a ministry under the rules."""
    ministry = Ministry(seed, catalogue, catalogue.calendar(), NOW, files=FILES)
    stories: defaultdict[str, list[Event]] = defaultdict(list)
    for arrival in ministry.past():
        rules = Rules(catalogue=catalogue, now=arrival.recorded_at, sources=SOURCES)
        event = parse_structured(arrival.raw, rules)
        stories[event.file_id].append(event)
    snapshots = list(_snapshots(stories, catalogue))
    planted: dict[str, set[str]] = defaultdict(set)
    found: dict[str, set[str]] = defaultdict(set)
    doubtful: set[str] = set()
    for one in snapshots:
        if one.unit in DOUBTFUL_UNITS.get(one.standard or "", {}):
            doubtful.add(one.file_id)
        if one.file_id in ministry.tricks and _is_measured(one):
            planted[ministry.tricks[one.file_id]].add(one.file_id)
        for _, _, rule in stop_rules.stop_facts(one).rows:
            found[rule].add(one.file_id)
    all_planted = set[str]().union(*planted.values())
    of_stops = [rule for rule in STOP_RULES if rule != "last_day"]
    all_found = set[str]().union(*(found[rule] for rule in of_stops))
    return Verification(
        {rule: _score(planted[rule], found[rule]) for rule in of_stops},
        {rule: _score(planted[rule], found[rule] & doubtful) for rule in of_stops},
        _score(all_planted, all_found & doubtful),
        _units(snapshots, catalogue),
    )


def _score(planted: set[str], found: set[str]) -> Score:
    return Score(len(planted), len(found), len(planted & found))


def _is_measured(snapshot: ClockSnapshot) -> bool:
    return any(one.ended_on is not None and one.measured for one in snapshot.cycles)


def _snapshots(
    stories: Mapping[str, Sequence[Event]], catalogue: Catalogue
) -> Iterator[ClockSnapshot]:
    evaluator = Evaluator(catalogue)
    for file_id, story in stories.items():
        history = of_events(story)
        row = evaluator.evaluate(file_id, history, partition=0, generation=1, position=0, now=NOW)
        yield decode_snapshot(row.snapshot)


def _units(snapshots: Sequence[ClockSnapshot], catalogue: Catalogue) -> Score:
    """Units of a standard in which some rule stands out, but the one of the last day."""
    counts: dict[tuple[str, str | None], dict[Any, Counter[str]]] = defaultdict(
        lambda: defaultdict(Counter)
    )
    for one in snapshots:
        keys = snapshot_tallies.tally_keys(one, catalogue.zone)
        for standard, basis, _, unit, outcome in (*keys, *stop_rules.stop_facts(one).keys):
            for place in (unit, None):
                counts[standard, place][basis][outcome] += 1
    planted = {(name, unit) for name, units in DOUBTFUL_UNITS.items() for unit in units}
    found = {
        (standard, unit)
        for (standard, unit), past in counts.items()
        if unit is not None
        and _stands_out(
            stop_measure(
                standard, unit, past, tests_bunching=False, bases=base_rates(counts[standard, None])
            )
        )
    }
    return Score(len(planted), len(found), len(planted & found))


def _stands_out(measure: StopMeasure) -> bool:
    return any(one.stands_out for one in measure.rules if one.rule != "last_day")


def main() -> None:
    """Print the scores of a few ministries together."""
    catalogue = load_catalogue(None)
    found = [verify(seed, catalogue) for seed in SEEDS]
    print(f"{len(SEEDS)} ministries of about {FILES:,} files, seeds {SEEDS}")
    heading = (
        f"{'':<{_RULE_WIDTH}}{'planted':>9}{'found':>9}{'both':>9}{'recall':>9}{'precision':>11}"
    )
    for title, scores in (
        ("Files, in the whole ministry", [one.by_rule for one in found]),
        ("Files, in the units that plant", [one.in_doubtful_units for one in found]),
    ):
        print(f"\n{title}\n{heading}")
        for rule in scores[0]:
            print(_together([one[rule] for one in scores]).line(rule))
    print(_together([one.files for one in found]).line("any of these"))
    print(f"\nUnits of a standard that stand out\n{heading}")
    print(_together([one.units for one in found]).line("units"))


def _together(scores: Sequence[Score]) -> Score:
    return Score(*map(sum, zip(*scores, strict=True)))


if __name__ == "__main__":
    main()
