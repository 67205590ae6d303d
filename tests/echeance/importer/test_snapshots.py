"""An export that is all its source says, imported each night: figures as if only the last had been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from shared.process import runner
from tests.echeance.command import done
from tests.echeance.importer.exports import imported, refused

SAID = """
source: https://example.org/nightly
zone: America/Toronto
standard: {column: standard, words: {E: courriel, S: caq-etudes}}
unit: {column: unit, words: {M: montreal, L: laval}}
outcome: {column: standard, words: {E: answered, S: accepted}}
reason: sent-back
"""
TABLE = f"""{SAID}
row: file
columns: {{file_id: file}}
events:
  received: opened
  documents_requested: asked
  documents_received: back
  decided: [closed, closed again]
  reopened: again
"""
LOG = f"""{SAID}
columns: {{file_id: file, activity: step, time: at}}
activities:
  opened: received
  asked: documents_requested
  back: documents_received
  closed: decided
  closed again: decided
  again: reopened
"""
STEPS = ("opened", "asked", "back", "closed", "again", "closed again")
HEADER = f"file,{','.join(STEPS)},unit,standard\n"
LOG_HEADER = "file,step,at,unit,standard\n"
NIGHTS = 10
Files = dict[str, list[str]]


def life(random: Random, night: int) -> list[str]:
    """The dates of a file, as far as they have come by a night."""
    opened = timedelta(days=random.randrange(night + 5), minutes=random.randrange(500))
    at = datetime(2025, 4, 1, 9) + opened  # noqa: DTZ001 — the mapping knows the zone
    dates = [at]
    for _ in STEPS[1:]:
        dates.append(dates[-1] + timedelta(days=random.randrange(1, 4), hours=random.randrange(5)))
    known = random.choice([1, 2, 3, 4, 5, 6, 6])
    cells = [f"{one:%Y-%m-%d %H:%M}" if n < known else "" for n, one in enumerate(dates)]
    return [*cells, random.choice("ML"), random.choice("ES")]


def nights(seed: int) -> list[Files]:
    """Exports of ten nights: files come, are corrected, are reopened, vanish, and come back."""
    random = Random(seed)
    files: Files = {}
    gone: Files = {}
    exports = []
    for night in range(NIGHTS):
        for _ in range(4):
            files[f"F{len(files) + len(gone)}-{night}"] = life(random, night)
        for name in random.sample(sorted(files), min(3, len(files))):
            files[name] = life(random, night)
        for name in random.sample(
            sorted(files), 1
        ):  # the dates stand; the unit or standard was wrong
            files[name][-2:] = random.choice("ML"), random.choice("ES")
        for name in random.sample(sorted(files), 1):
            gone[name] = files.pop(name)
        if gone and random.random() < 0.5:
            name = random.choice(sorted(gone))
            files[name] = gone.pop(name)
        exports.append({name: list(cells) for name, cells in files.items()})
    return exports


def rows_of(files: Files) -> str:
    return "".join(f"{name},{','.join(cells)}\n" for name, cells in files.items())


def log_of(files: Files) -> str:
    return "".join(
        f"{name},{step},{at},{','.join(cells[-2:])}\n"
        for name, cells in files.items()
        for step, at in zip(STEPS, cells, strict=False)
        if at
    )


def cycles(data: Path, moment: datetime) -> str:
    """Every cycle of a directory with its delay, at a moment and as it was known then."""
    at = moment.isoformat()
    return done("export", "csv-cycles", "--data", data, "--at", at, "--known-at", at)


@pytest.mark.parametrize(
    ("mapping", "header", "write", "exports"),
    [(TABLE, HEADER, rows_of, nights(1)), (LOG, LOG_HEADER, log_of, nights(2)[5:])],
    ids=["table", "log"],
)
def test_ten_nights_equal_the_last_export_alone_and_each_is_still_known(
    tmp_path: Path,
    mapping: str,
    header: str,
    write: Callable[[Files], str],
    exports: Sequence[Files],
) -> None:
    before: set[str] = set()
    data, known = tmp_path / "data", []
    compared = {0, len(exports) // 2, len(exports) - 1}
    for number, files in enumerate(exports):
        nightly = imported(
            tmp_path, write(files), "--snapshot", mapping=mapping, header=header, data=True
        )
        assert nightly.rows["rejected"]["count"] == 0
        assert set(nightly.figures["vanished"]["files"]) == before - files.keys()
        assert nightly.figures["vanished"]["count"] == len(before - files.keys())
        before = set(files)
        if number in compared:
            alone = tmp_path / f"alone-{number}"
            alone.mkdir()
            scratch = imported(alone, write(files), mapping=mapping, header=header, data=True)
            assert nightly.standing == scratch.standing, number
            moment = runner.now()
            known.append((moment, cycles(data, moment)))
            assert known[-1][1] == cycles(alone / "data", moment), number
    assert ",2,caq-etudes," in known[-1][1]
    for moment, answer in known[:-1]:
        assert answer != known[-1][1]
        assert cycles(data, moment) == answer, moment
    again = imported(
        tmp_path, write(exports[-1]), "--snapshot", mapping=mapping, header=header, data=True
    )
    assert again.figures["corrections"] == {"voided": 0, "restored": 0}
    assert again.figures["vanished"]["count"] == 0


def test_an_export_that_lost_most_of_its_files_is_refused(tmp_path: Path) -> None:
    files: Files = {f"F{n}": ["2025-04-01 10:00", "", "", "", "", "", "M", "E"] for n in range(20)}
    imported(tmp_path, rows_of(files), "--snapshot", mapping=TABLE, header=HEADER, data=True)
    few = (HEADER + rows_of({"F1": files["F1"]})).encode()
    said = refused(tmp_path, few, "--snapshot", "--data", tmp_path / "data", mapping=TABLE)
    assert "no longer has 19 of the 20 files of its source" in said
    assert (
        imported(tmp_path, rows_of(files), mapping=TABLE, header=HEADER, data=True).standing[
            "received"
        ]
        == 20
    )


def test_files_of_other_sources_do_not_vanish(tmp_path: Path) -> None:
    other = TABLE.replace("nightly", "other")
    row = "2025-04-01 10:00,,,,,,M,E\n"
    imported(tmp_path, f"A,{row}", mapping=other, header=HEADER, data=True)
    found = imported(tmp_path, f"B,{row}", "--snapshot", mapping=TABLE, header=HEADER, data=True)
    assert found.figures["vanished"]["count"] == 0
    assert found.standing["received"] == 2
