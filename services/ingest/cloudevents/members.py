"""The members of a JSON object, read one by one, and where they stand (JSON pointer, RFC 6901).

Pure. Every reader adds to ``faults`` what it refuses; what it returns is used only when it added nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.ingest.cloudevents.faults import EventFault, excerpt, fault
from shared.domain import EVENT_ID

Members = Mapping[str, Any]


def pointer_to(*path: str | int) -> str:
    """A JSON pointer (RFC 6901), safe to print whatever the names are."""
    return "".join(f"/{_token(part)}" for part in path)


def _token(part: str | int) -> str:
    shown = str(part).encode("ascii", "backslashreplace").decode()
    shown = shown if len(shown) <= 200 else shown[:200] + "..."
    return shown.replace("~", "~0").replace("/", "~1")


def string(
    members: Members, name: str, faults: list[EventFault], *, within: str = ""
) -> str | None:
    """A member that must be a non-empty string; None when it is not one, with its fault added."""
    value = members.get(name)
    if isinstance(value, str) and value:
        return value
    pointer = within + pointer_to(name)
    if name not in members or (value is None and not within):
        faults.append(fault(pointer, "missing"))
    elif value == "":
        faults.append(fault(pointer, "empty"))
    else:
        faults.append(fault(pointer, "not_a_string", given=excerpt(value)))
    return None


def identifier(
    members: Members,
    name: str,
    pattern: re.Pattern[str],
    faults: list[EventFault],
    *,
    within: str = "",
) -> str:
    """A member that must match one of the patterns of :mod:`shared.domain.events`."""
    value = members.get(name)
    if isinstance(value, str) and pattern.fullmatch(value) is not None:
        return value
    given = string(members, name, faults, within=within)
    if given is not None:
        longest, signs = (128, ". _ : / -") if pattern is EVENT_ID else (64, ". _ : -")
        pointer = within + pointer_to(name)
        faults.append(
            fault(pointer, "bad_identifier", given=excerpt(given), longest=longest, signs=signs)
        )
    return ""
