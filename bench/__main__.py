"""``python -m bench``: measure, and print tables. Nothing here passes or fails; docs/performance.md
says how to read it.

By default the sizes are those of the targets: 1,000,000 events imported, 1,000,000 files read from,
some ten minutes in all. ``--quick`` takes a minute or two and gives orders of magnitude. ``forms``
(the core compiled beside interpreted), ``growth`` (imports 1,110,000 files), ``board`` (fills two
databases for ten minutes) and ``distributed`` (starts a broker and a database, and installs its
peers) run only when named.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bench import (
    alerts,
    attainment,
    board,
    core,
    flood,
    folding,
    forms,
    growth,
    guarded,
    hooks,
    lengths,
    posts,
    reads,
    scrapes,
    whole,
)
from bench.distributed import processor, sections
from bench.figures import Figure, table
from shared.compiled import CORE_FORM

EMBEDDED = (
    "core",
    "fold",
    "lengths",
    "posts",
    "hooks",
    "guarded",
    "flood",
    "import",
    "alerts",
    "attainment",
    "reads",
    "scrapes",
)
NAMES = (*EMBEDDED, "forms", "growth", "board", "distributed")


def main() -> None:
    """Run the named sections, by default the embedded ones. Prints the machine and the interpreter
    first: two builds of one Python version differ by a fifth.
    """
    asked = _arguments()
    print(f"{processor.model()}, {os.cpu_count()} cores; Python {sys.version}", flush=True)
    print(f"core {CORE_FORM}", flush=True)
    embedded = _embedded(asked)
    for name in asked.sections or EMBEDDED:
        if name == "distributed":
            for text in sections.tables(_sizes(asked), frozenset(asked.only)):
                print(text, flush=True)
        else:
            title, figures = embedded[name]
            print(table(title, figures()), flush=True)


def _embedded(
    asked: argparse.Namespace,
) -> Mapping[str, tuple[str, Callable[[], Iterator[Figure]]]]:
    """The title and the figures of each section on the embedded system."""
    quick = asked.quick
    events = asked.events or (100_000 if quick else 1_000_000)
    files = asked.files or (50_000 if quick else 1_000_000)
    singles, batched = (5_000, 50_000) if quick else (30_000, 300_000)
    runs, reading, scraping = (3, 1_000, 50) if quick else (9, 5_000, 500)
    answers, days = (60, 120) if quick else (400, 730)
    return {
        "core": ("The law and the parser, alone", partial(core.figures, runs)),
        "fold": ("A record of each service, alone", partial(folding.figures, runs)),
        "forms": (
            "The core compiled, by turns",
            partial(forms.figures, 3 if quick else 5, asked.beside),
        ),
        "lengths": ("An event into files of any length", partial(lengths.figures, runs)),
        "posts": ("Ingest over HTTP, durable SQLite", partial(posts.figures, singles, batched)),
        "hooks": ("Webhooks beside single posts", partial(hooks.figures, singles)),
        "guarded": ("Limits and audit records", partial(guarded.figures, singles)),
        "flood": ("Another token under a flood", partial(flood.figures, 2 if quick else 8)),
        "import": ("End to end, embedded", partial(whole.figures, events)),
        "alerts": ("To Alertmanager", partial(alerts.figures, 50 if quick else 600)),
        "attainment": ("Attainment over the tallies", partial(attainment.figures, answers, days)),
        "growth": ("Imports of a hundredth, a tenth and all", partial(growth.figures, files)),
        "reads": ("Reading over HTTP", partial(reads.figures, files, reading)),
        "scrapes": ("Metrics over HTTP", partial(scrapes.scrape_figures, scraping)),
        "board": (
            "Pages of the board",
            partial(board.figures, files, answers, days, asked.keep, asked.pages),
        ),
    }


def _sizes(asked: argparse.Namespace) -> sections.Sizes:
    sizes = sections.QUICK if asked.quick else sections.FULL
    events, files = asked.events or sizes.events, asked.files or sizes.open_files
    rebuilt = asked.events or sizes.rebuilt
    return sizes._replace(events=events, open_files=files, rebuilt=rebuilt)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="a minute or two, small sizes")
    parser.add_argument(
        "--events", type=int, help="events of the import, of the delay job and of the rebuild"
    )
    parser.add_argument("--files", type=int, help="files to read from, and that cross")
    parser.add_argument(
        "--only",
        type=lambda words: words.split(","),
        default=sections.PARTS,
        help=f"parts of distributed, with commas: {','.join(sections.PARTS)}",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="where the databases of board stay, and are found again, whatever the sizes asked for",
    )
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="FOLDER",
        help="of forms: another checkout to measure beside this one, in place of this one interpreted",
    )
    parser.add_argument(
        "--pages",
        type=lambda words: words.split(","),
        default=(),
        help="of board: those whose name has one of these words, with commas; background too",
    )
    asked = parser.parse_args()
    for known, given in ((NAMES, asked.sections), (sections.PARTS, asked.only)):
        if unknown := set(given) - set(known):
            parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return asked


if __name__ == "__main__":
    main()
