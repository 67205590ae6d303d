"""Where a person goes on to once they have signed in: never to another site."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Query

from shared.http import front_door

NextAddress = Annotated[str, Query(alias="next", max_length=2_000)]
"""Where to go once signed in."""


def ours(onward: str) -> str:
    """An address of this site, and never another's; the home page otherwise."""
    within = onward.startswith("/") and not onward.startswith(("//", "/\\"))
    if not within or not (onward.isascii() and onward.isprintable()):
        return "/"
    path = urlsplit(onward).path
    signs = path in (front_door.SIGN_IN_PATH, front_door.SIGN_OUT_PATH)
    return "/" if signs or path.startswith(front_door.PROVIDER_PATH) else onward
