"""Parameters that every service has: the reader, and where a page of a list begins.

A cursor is the key of the last row of a page: a ``NamedTuple`` of numbers and words, written joined
by ``~``. The types of its fields are what is accepted; anything else is the problem ``bad_cursor``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Query
from msgspec import Meta
from pydantic import Field

from shared.domain import FILE_ID
from shared.http.credentials import Principal
from shared.http.front_door import principal
from shared.http.problems import ProblemError
from shared.text import Text

Reader = Annotated[Principal, Depends(principal)]
AfterCursor = Annotated[str | None, Query(description="The `next` of the page before.")]
PageLength = Annotated[int, Field(ge=1, le=500)]

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
FileKey = Annotated[str, Meta(pattern=rf"\A{FILE_ID.pattern}\Z")]
StandardKey = Annotated[str, Meta(pattern=r"\A[a-z0-9-]{0,64}\Z")]
"""The standard of a file of several; empty for any other."""

_SEPARATOR = "~"
_BAD_CURSOR = Text(
    "« after » se donne tel qu’il est rendu dans « next ».",
    "`after` is given as it was returned in `next`.",
)
C = TypeVar("C", bound=tuple[Any, ...])


def write_cursor(key: Iterable[int | str]) -> str:
    """A cursor after this key, as ``next`` returns it."""
    return _SEPARATOR.join(map(str, key))


def read_cursor(kind: type[C], cursor: str | None) -> C | None:
    """The key after which a page begins; None for the first page."""
    if cursor is None:
        return None
    try:
        key: C = msgspec.convert(cursor.split(_SEPARATOR), kind, strict=False)
    except msgspec.ValidationError:
        raise ProblemError(422, "bad_cursor", _BAD_CURSOR) from None
    return key
