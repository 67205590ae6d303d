"""docs/catalogue.md does what it shows: its commands are run, and its pieces are counted as their comments say."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from echeance.cases import answer
from shared.domain import Catalogue, FileCalculator
from shared.domain.catalogue import load_catalogue_text
from shared.domain.cycles import history
from tests.builders import members, stored
from tests.echeance.command import echeance
from tests.paths import ROOT

GUIDE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
PIECES = [
    block
    for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    if not re.match(r"(harbour|any-part):", block)
]
CALENDARS: Mapping[str, Any] = {
    name: value
    for block in re.findall(r"```yaml\n((?:harbour|any-part):.*?)```", GUIDE, re.DOTALL)
    for name, value in yaml.safe_load(block).items()
}
WHOLE: str = re.findall(r"\$ cat town\.yaml\n(.*?\n)\$ ", GUIDE, re.DOTALL)[0]
TOWN: Mapping[str, Any] = yaml.safe_load(WHOLE)
_DUMP = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def test_the_whole_catalogue_is_the_one_to_copy() -> None:
    assert (ROOT / "examples/town/catalogue.yaml").read_text(encoding="utf-8") == WHOLE


def commands() -> Iterator[tuple[str, str]]:
    """Each command in the console blocks and what stands below it, in their order."""
    for block in CONSOLE:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def test_the_commands_of_the_guide_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = 0
    for command, shown in commands():
        name, *arguments = command.split()
        match name:
            case "cat":
                (tmp_path / arguments[0]).write_text(shown, encoding="utf-8")
            case "export":
                assert arguments == ["ECHEANCE_LANGUAGE=en"]
            case "sed":
                subprocess.run(command, shell=True, check=True, cwd=tmp_path)
            case _:
                assert name == "echeance"
                result = echeance(*arguments, variables={"ECHEANCE_LANGUAGE": "en"})
                assert result.output == shown, command
                seen += 1
    assert seen >= 5


class Story(NamedTuple):
    """What a comment says a file does, and what comes of it."""

    standard: str
    steps: str
    outcome: str


def stories(piece: str) -> Iterator[Story]:
    """The comments of a piece; each is of the standard that it stands in, or of the permit."""
    standard, inside = "permit", False
    reception = ""
    for line in piece.splitlines():
        inside = line.startswith("standards:") or (inside and line[:1] in " #")
        if inside and (named := re.match(r"  ([a-z-]+):", line)):
            standard = named[1]
        if said := re.search(r"# (\w.*): ([a-z ]+?(?: [-\d]+)?)$", line):
            steps = said[1]
            if steps.startswith("received"):
                reception = steps.partition(",")[0]
            else:
                steps = f"{reception}, {steps}"
            yield Story(standard, steps, said[2])


def merged(base: Any, piece: Any) -> Any:
    """A piece laid over a catalogue; lists, limits and lengths are taken whole."""
    if not isinstance(base, dict) or not isinstance(piece, dict):
        return piece
    return {**base, **{key: merged(base.get(key), value) for key, value in piece.items()}}


@cache
def catalogue(piece: str) -> Catalogue:
    """``town.yaml`` with a piece of the guide, and the keys that the piece leaves out."""
    shown = yaml.safe_load(piece)
    value = merged(TOWN, shown)
    value["calendars"] = {**value["calendars"], "harbour": CALENDARS["harbour"]}
    plain = TOWN["standards"]["permit"]
    for name in shown.get("standards", {}):
        standard = value["standards"][name]
        for key in ("name", "closes_with", "source"):
            standard.setdefault(key, plain[key])
        for terms in standard["terms"]:
            terms.setdefault("summary", plain["terms"][0]["summary"])
            if "targets" not in terms:
                terms.setdefault("target_percent", 80)
    return load_catalogue_text(yaml.dump(value, Dumper=_DUMP, allow_unicode=True), "piece.yaml")


_STEP = re.compile(
    r"(received|requested|answered|extended|reached|decided|withdrawn)((?: [a-z-]+)*) (2026-\d\d-\d\d)"
    r"(?: (\d\d:\d\d))?((?: [a-z-]+)*)(?: until (2026-\d\d-\d\d))?"
)
_EVENTS = {"requested": "documents_requested", "answered": "documents_received"}
_MEMBERS = {"requested": "kind", "extended": "extension", "reached": "milestone"}


def event(step: str, attributes: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """``requested fee 2026-02-05``, ``received 2026-05-11 by north``."""
    read = _STEP.fullmatch(step)
    assert read, step
    verb, word, day, hour, after, until = read.groups()
    found: dict[str, Any] = {
        "type": _EVENTS.get(verb, verb),
        "at": f"{day}T{hour or '10:00'}-05:00",
    }
    if verb in _MEMBERS and word:
        found[_MEMBERS[verb]] = word.strip()
    if verb == "withdrawn" and word:
        found["reason"] = word.split()[-1]
    if until:
        found["until"] = until
    for one in after.split():
        if one in TOWN["units"]:
            found["unit"] = one
        for name, words in attributes.items():
            if one in words:
                found["attributes"] = {name: one}
    return found


def given(story: Story, piece: str) -> dict[str, Any]:
    value = catalogue(piece)
    events = [event(step, value.attributes) for step in story.steps.split(", ")]
    last = datetime.fromisoformat(events[-1]["at"]) + timedelta(hours=12)
    case = {"standard": story.standard, "as_of": last.isoformat(), "events": events}
    return answer(json.dumps(case), value)


def begins(story: Story, piece: str, stage: str, day: str) -> bool:
    """Whether a stage begins with a day."""
    value, told = catalogue(piece), []
    for number, step in enumerate(story.steps.split(", ")):
        data = event(step, value.attributes)
        kind, at = data.pop("type"), datetime.fromisoformat(data.pop("at"))
        if kind == "received":
            data = {"standard": story.standard, "unit": "north", "attributes": {}} | data
        posted = members(kind, "F-1", at.isoformat(), data, named=str(number))
        told.append(stored(posted, at))
    midnight = value.calendar().midnight(date.fromisoformat(day))
    before, then = [
        FileCalculator(value).read(history(told), at).clock.cycles[-1].state.stage
        for at in (midnight - timedelta.resolution, midnight)
    ]
    return before != stage == then


@pytest.mark.parametrize(
    ("piece", "story"),
    [pytest.param(piece, story, id=story.steps) for piece in PIECES for story in stories(piece)],
)
def test_a_file_of_a_comment_is_counted_as_it_says(piece: str, story: Story) -> None:
    found = given(story, piece)
    match story.outcome.split():
        case ["due", day]:
            assert found.get("due_on") == day, found
        case ["counted", days]:
            assert found.get("counted") == int(days), found
        case ["on", "time"]:
            assert found.get("on_time") is True, found
        case ["late"]:
            assert found.get("on_time") is False, found
        case ["followed"]:
            assert (found.get("status"), found.get("measured")) == ("decided", False), found
        case ["second", "target", "kept"]:
            assert (found.get("on_time"), found.get("tiers")) == (False, [True]), found
        case ["waits", "for", "others"]:
            assert (found.get("status"), found.get("waits_for")) == ("waiting", "other"), found
        case ["at", "risk", day]:
            assert begins(story, piece, "at_risk", day)
        case ["long", "wait", day]:
            assert begins(story, piece, "waiting_long", day)
        case ["left", "out"]:
            assert (found.get("status"), found.get("measured")) == ("withdrawn", False), found
        case _:
            pytest.fail(story.outcome)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.splitlines()[0])
def test_every_piece_is_of_a_catalogue_without_a_fault(piece: str) -> None:
    assert catalogue(piece).revision == TOWN["revision"]


FORMS = {
    "business_days", "civil_days", "weeks", "months", "seconds", "minutes", "hours", "always",
    "roll_forward", "thresholds", "when", "targets", "extensions", "until", "by", "at_most",
    "waiting", "received_outside", "requests", "party", "counts", "lapses_after", "clock",
    "milestones", "services", "withdrawals", "begins_with", "ends_with", "calendar",
    "measured_when", "received_on_day_off", "withdrawn", "remind_after",
}  # fmt: skip


def test_every_form_of_the_law_is_shown() -> None:
    shown = set(re.findall(r"[a-z][a-z_]*", "\n".join([*PIECES, str(TOWN)])))
    assert shown >= FORMS, FORMS - shown
