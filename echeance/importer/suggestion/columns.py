"""What the columns of a sample hold: times and their formats, identifiers, words. Pure."""

from __future__ import annotations

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
    "T%H:%M",
    "T%H:%M:%S",
    " à %H:%M",
    " at %I:%M %p",
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
        if not cells or not any(character.isdigit() for character in cells[0]):
            return ()
        return [one for one in _FORMATS if all(_reads(one, cell) for cell in cells)]

    @property
    def is_time(self) -> bool:
        return bool(self.time_formats)

    def first_time(self) -> float:
        """The mean of its times, in seconds; to put columns of times in order."""
        moments = [
            read_time(cell, self.time_formats[0]).moment.replace(tzinfo=UTC).timestamp()
            for cell in islice(self.values, _TRIED_CELLS)
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
