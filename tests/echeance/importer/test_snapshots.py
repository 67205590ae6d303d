"""An export that is all its source says, imported each night: figures as if only the last had been."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tests.echeance.importer.exports import imported, refused

TABLE = """
row: file
source: https://example.org/nightly
zone: America/Toronto
columns: {file_id: file}
events: {received: opened, documents_requested: asked, documents_received: back, decided: closed}
standard: courriel
unit: {column: unit, words: {M: montreal, L: laval}}
outcome: answered
"""
HEADER = "file,opened,asked,back,closed,unit\n"
Files = dict[str, list[str]]


def life(random: Random, night: int) -> list[str]:
    """The dates of a file, as far as they have come by a night."""
    opened = timedelta(days=random.randrange(night + 5), minutes=random.randrange(500))
    at = datetime(2025, 4, 1, 9) + opened  # noqa: DTZ001 — the mapping knows the zone
    dates = [at]
    for _ in range(3):
        dates.append(dates[-1] + timedelta(days=random.randrange(1, 4), hours=random.randrange(5)))
    known = random.choice([1, 2, 3, 4, 4])
    cells = [f"{one:%Y-%m-%d %H:%M}" if n < known else "" for n, one in enumerate(dates)]
    return [*cells, random.choice("ML")]


def nights(seed: int) -> list[Files]:
    """Exports of ten nights: files come, are corrected, begin again, vanish, and come back."""
    random = Random(seed)
    files: Files = {}
    gone: Files = {}
    exports = []
    for night in range(10):
        for _ in range(4):
            files[f"F{len(files) + len(gone)}-{night}"] = life(random, night)
        for name in random.sample(sorted(files), min(3, len(files))):
            files[name] = life(random, night)
        for name in random.sample(sorted(files), 1):
            gone[name] = files.pop(name)
        if gone and random.random() < 0.5:
            name = random.choice(sorted(gone))
            files[name] = gone.pop(name)
        exports.append({name: list(cells) for name, cells in files.items()})
    return exports


def rows_of(files: Files) -> str:
    return "".join(f"{name},{','.join(cells)}\n" for name, cells in files.items())


def test_ten_nights_equal_the_last_export_alone(tmp_path: Path) -> None:
    before: set[str] = set()
    for number, files in enumerate(nights(1)):
        nightly = imported(
            tmp_path, rows_of(files), "--snapshot", mapping=TABLE, header=HEADER, data=True
        )
        alone = imported(tmp_path, rows_of(files), mapping=TABLE, header=HEADER)
        assert nightly.standing == alone.standing, number
        assert set(nightly.figures["vanished"]["files"]) == before - files.keys()
        assert nightly.figures["vanished"]["count"] == len(before - files.keys())
        before = set(files)
    again = imported(
        tmp_path, rows_of(nights(1)[-1]), "--snapshot", mapping=TABLE, header=HEADER, data=True
    )
    assert again.figures["corrections"] == {"voided": 0, "restored": 0}
    assert again.figures["vanished"]["count"] == 0


def test_an_export_that_lost_most_of_its_files_is_refused(tmp_path: Path) -> None:
    files: Files = {f"F{n}": ["2025-04-01 10:00", "", "", "", "M"] for n in range(20)}
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
    row = "2025-04-01 10:00,,,,M\n"
    imported(tmp_path, f"A,{row}", mapping=other, header=HEADER, data=True)
    found = imported(tmp_path, f"B,{row}", "--snapshot", mapping=TABLE, header=HEADER, data=True)
    assert found.figures["vanished"]["count"] == 0
    assert found.standing["received"] == 2
