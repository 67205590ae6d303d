"""Members of a JSON object, and JSON pointers to them (RFC 6901).

Pure. A reader adds every fault to ``faults``; its result is valid only if it added none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.ingest.cloudevents.faults import EventFault, excerpt, fault
from services.ingest.cloudevents.personal import personal_shape
from services.ingest.cloudevents.texts import Code
from shared.domain import EVENT_ID

Members = Mapping[str, Any]


def pointer_to(*path: str | int) -> str:
    """A JSON pointer (RFC 6901), in printable ASCII."""
    return "".join(f"/{_token(part)}" for part in path)


def _token(part: str | int) -> str:
    token = str(part).encode("ascii", "backslashreplace").decode()
    token = token if len(token) <= 200 else token[:200] + "..."
    return token.replace("~", "~0").replace("/", "~1")


def string(
    members: Members, name: str, faults: list[EventFault], *, within: str = ""
) -> str | None:
    """A member that must be a non-empty string; None, with a fault added, if it is not."""
    value = members.get(name)
    if isinstance(value, str) and value:
        return value
    pointer = within + pointer_to(name)
    if name not in members or (value is None and not within):
        faults.append(fault(pointer, Code.missing))
    elif value == "":
        faults.append(fault(pointer, Code.empty))
    else:
        faults.append(fault(pointer, Code.not_a_string, given=excerpt(value)))
    return None


def personal(pointer: str, identifier: str) -> EventFault:
    """The fault of an identifier that has the shape of a person's, which it does not quote."""
    shape = personal_shape(identifier)
    assert shape is not None
    return fault(pointer, Code.personal_identifier, shape=shape)


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
    text = string(members, name, faults, within=within)
    if text is not None and personal_shape(text) is not None:
        faults.append(personal(within + pointer_to(name), text))
    elif text is not None:
        longest, signs = (128, ". _ : / -") if pattern is EVENT_ID else (64, ". _ : -")
        pointer = within + pointer_to(name)
        faults.append(
            fault(pointer, Code.bad_identifier, given=excerpt(text), longest=longest, signs=signs)
        )
    return ""
