"""What the columns of a sample hold: times and their formats, identifiers, words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice, product
from typing import Final

from shared.domain import FILE_ID
from shared.mapping import UnknownZoneError, read_time

_MOST_VALUES: Final = 20_000
_MOST_WORDS: Final = 200
_FEW: Final = 20
_TRIED_CELLS: Final = 300
_ENOUGH_CELLS: Final = 20
_MOST_READ: Final = 0.95
"""Of a column of times, when some of its cells are totals or remarks."""
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_PLAUSIBLE: Final = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2070, 1, 1, tzinfo=UTC))

DAY_FIRST: Final = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y")
MONTH_FIRST: Final = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y", "%m-%d-%y")
_OTHER_DATES: Final = (
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%Y.%m.%d",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d/%b/%Y",
    "%d/%b/%y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%Y %b %d",
    "%a, %d %b %Y",
    "%a %d %b %Y",
    "%A, %B %d, %Y",
)
_TIMES_OF_DAY: Final = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    " %H:%M:%S.%f",
    " %H:%M %z",
    " %H:%M:%S %z",
    " %H:%M %Z",
    " %H:%M:%S %Z",
    "T%H:%M",
    "T%H:%M:%S",
    " à %H:%M",
    " at %I:%M %p",
    ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M %p",
    ", %I:%M:%S %p",
    " %Hh%M",
    " %H h %M",
    " à %Hh%M",
    " à %H h %M",
)
_FORMATS: Final = (
    "iso",
    *(
        f"{day}{time}"
        for day, time in product((*DAY_FIRST, *MONTH_FIRST, *_OTHER_DATES), _TIMES_OF_DAY)
    ),
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "epoch",
    "epoch-ms",
    "excel",
)


PLACEHOLDERS: Final = frozenset(
    ("N/A", "n/a", "NA", "#N/A", "NULL", "null", "None", "NaN", "nan", "-", "--", "—", "S.O.", "s.o.", "(blank)", "(null)")
)  # fmt: skip
"""What systems write where there is nothing."""


class SampleColumn:
    """A column of a sample: how often each of its cells stands in it."""

    def __init__(self, name: str, position: int) -> None:
        self.name = name
        self.position = position
        self.filled = 0
        self.values: Counter[str] = Counter()
        self.placeholders: dict[str, None] = {}
        self._many = False

    def add(self, cell: str) -> None:
        if not cell:
            return
        if cell in PLACEHOLDERS:
            self.placeholders[cell] = None
            return
        self.filled += 1
        if cell in self.values or len(self.values) < _MOST_VALUES:
            self.values[cell] += 1
        else:
            self._many = True

    @property
    def tells_apart(self) -> bool:
        """Whether every cell is another one."""
        return not self._many and len(self.values) == self.filled > 1

    @property
    def words(self) -> Sequence[str]:
        """Its different cells, the most frequent first; none where they are many, or each once."""
        if (
            self._many
            or len(self.values) > _MOST_WORDS
            or (self.tells_apart and self.filled > _FEW)
        ):
            return ()
        return [value for value, _ in self.values.most_common()]

    @cached_property
    def time_formats(self) -> Sequence[str]:
        """The formats that read every cell, as times that can be meant; the first is enough."""
        cells = list(islice(self.values, _TRIED_CELLS))
        if not any(character.isdigit() for cell in cells[:_FEW] for character in cell):
            return ()
        if (days := _formats_of_days(cells)) is not None:
            return days
        shapes = {_numbers(cell) for cell in cells}
        tried = [one for one in _FORMATS if _NUMBERS[one] is None or _NUMBERS[one] in shapes]
        of_all = [one for one in tried if all(_reads(one, cell) for cell in cells)]
        if of_all or len(cells) < _ENOUGH_CELLS:
            return of_all
        enough = len(cells) * _MOST_READ
        return [one for one in tried if sum(_reads(one, cell) for cell in cells) >= enough]

    @property
    def unreadable(self) -> Sequence[str]:
        """Its cells that are no times, in a column of times."""
        if not self.is_time:
            return ()
        cells = islice(self.values, _TRIED_CELLS)
        return [cell for cell in cells if not _reads(self.time_formats[0], cell)]

    @property
    def is_time(self) -> bool:
        return bool(self.time_formats)

    def first_time(self) -> float:
        """The mean of its times, in seconds; to put columns of times in order."""
        moments = [
            read_time(cell, self.time_formats[0]).moment.replace(tzinfo=UTC).timestamp()
            for cell in islice(self.values, _TRIED_CELLS)
            if _reads(self.time_formats[0], cell)
        ]
        return sum(moments) / len(moments)

    @property
    def replacements(self) -> Mapping[str, str]:
        """What must be replaced in its cells to make identifiers of them."""
        cells = list(islice(self.values, _TRIED_CELLS))
        foreign = sorted(
            {one for cell in cells for one in cell if not FILE_ID.fullmatch(f"a{one}")}
        )
        spaces = [one for one in foreign if one.isspace()]
        digits = all(one.isdigit() or one.isspace() for cell in cells for one in cell)
        return {one: "" if digits and one in spaces else "-" for one in foreign}


def _formats_of_days(cells: Sequence[str]) -> Sequence[str] | None:
    """The formats of days that are all written as midnights: what they leave open is a day."""
    end = _MIDNIGHT.search(cells[0])
    if end is None or len(cells) < _ENOUGH_MIDNIGHTS:
        return None
    if not all(cell.endswith(end[0]) for cell in cells):
        return None
    days = [cell.removesuffix(end[0]) for cell in cells]
    return [
        f"{one}{end[0]}"
        for one in (*DAY_FIRST, *MONTH_FIRST, *_OTHER_DATES)
        if all(_reads(one, day) for day in days)
    ] or None


_MIDNIGHT: Final = re.compile(r"(?:[T ]0?0:00(?::00(?:\.0+)?)?| 12:00(?::00)? [Aa][Mm])$")
_ENOUGH_MIDNIGHTS: Final = 3


def _numbers(cell: str) -> int:
    """How many numbers stand in a cell."""
    return len(_NUMBER.findall(cell))


_NUMBER: Final = re.compile(r"\d+")
_OF_NO_NUMBER: Final = re.compile(r"%[aAbBp]")
_NUMBERS: Final[Mapping[str, int | None]] = {
    one: None
    if "%" not in one or "%z" in one.lower() or one.startswith("%Y%m%d")
    else one.count("%") - len(_OF_NO_NUMBER.findall(one))
    for one in _FORMATS
}
"""How many numbers a format reads, where that is always the same."""


def _reads(format_: str, cell: str) -> bool:
    try:
        moment = read_time(cell, format_).moment
    except (ValueError, UnknownZoneError):
        return False
    first, last = (
        _PLAUSIBLE if format_ in ("excel", "epoch", "epoch-ms", "%Y%m%d") else (_FIRST, _LAST)
    )
    return first <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < last


def sample_of(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Sequence[SampleColumn]:
    """The columns of some rows; those without a name, or with one that stands twice, are left out."""
    columns = [SampleColumn(name, index) for index, name in enumerate(names)]
    for cells in rows:
        for column, cell in zip(columns, cells, strict=False):
            column.add(cell)
    return [one for one in columns if one.name and names.count(one.name) == 1]
