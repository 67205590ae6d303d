"""Static files, each under an address with the digest of its content: cached for a year, never stale."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Final, NamedTuple

from fastapi import APIRouter, Response

from services.compliance.board.words import common
from shared.http import STATIC_PATH, ProblemError

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_DIGITS: Final = 16


class Asset(NamedTuple):
    """A file as it is served."""

    content: bytes
    media_type: str
    address: str


def _read() -> dict[str, Asset]:
    assets = {}
    for file in resources.files("services.compliance.board").joinpath("static").iterdir():
        media_type = _TYPES.get(file.name.rpartition(".")[2])
        if media_type is not None:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
            assets[file.name] = Asset(content, media_type, f"{STATIC_PATH}{digest}/{file.name}")
    return assets


ASSETS: Final = _read()
_BY_ADDRESS: Final = {asset.address: asset for asset in ASSETS.values()}


def router() -> APIRouter:
    """The files; whoever asks, for the sign-in page needs them too."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(STATIC_PATH + "{digest}/{name}")
    async def asset(digest: str, name: str) -> Response:
        static_file = _BY_ADDRESS.get(f"{STATIC_PATH}{digest}/{name}")
        if static_file is None:
            raise ProblemError(404, "not_found", common.NO_SUCH_PAGE)
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(static_file.content, media_type=static_file.media_type, headers=headers)

    return routes
