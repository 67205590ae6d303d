"""``python -m bench``: measure, and print tables. Nothing here passes or fails; docs/performance.md says how to read it.

By default the sizes are those of the targets: 1,000,000 events imported, 1,000,000 files read from, some ten minutes in all.
``--quick`` takes a minute or two and tells orders of magnitude.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bench import core, folding, posts, reads, whole
from bench.figures import Figure, table

Section = Callable[[], Iterator[Figure]]


def main() -> None:
    """Run the sections asked for, all by default."""
    asked = _arguments()
    titles = _sections(asked)
    for name in asked.sections or titles:
        title, section = titles[name]
        print(table(title, section()), flush=True)


def _sections(asked: argparse.Namespace) -> Mapping[str, tuple[str, Section]]:
    quick = asked.quick
    events = asked.events or (100_000 if quick else 1_000_000)
    files = asked.files or (50_000 if quick else 1_000_000)
    singles, batched = (5_000, 50_000) if quick else (30_000, 300_000)
    return {
        "core": ("The law and the parser, alone", partial(core.figures, 3 if quick else 9)),
        "fold": ("A record of each service, alone", partial(folding.figures, 3 if quick else 9)),
        "posts": ("Ingest over HTTP, durable SQLite", partial(posts.figures, singles, batched)),
        "import": ("End to end, embedded", partial(whole.figures, events)),
        "reads": ("Reading over HTTP", partial(reads.figures, files, 1_000 if quick else 5_000)),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ("core", "fold", "posts", "import", "reads")
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="a minute or two, small sizes")
    parser.add_argument("--events", type=int, help="events to import; 1,000,000 by default")
    parser.add_argument("--files", type=int, help="files to read from; 1,000,000 by default")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - set(names):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return asked


if __name__ == "__main__":
    main()
