"""A browser without eyes: a session on the board, and what a page says when its marks are taken away."""

from __future__ import annotations

import csv
import html
import io
import re

import httpx

from shared.http.credentials import Principal
from tests.services.world import Site

BROWSER = {"accept": "text/html,application/xhtml+xml"}


def reader(units: frozenset[str] | None = None) -> Principal:
    """Who may read these units, or all (None)."""
    return Principal("one", frozenset({"read"}), frozenset(), units)


async def shown(web: Site, path: str, *, token: str | None = None, **query: str) -> httpx.Response:
    """A page, as whoever holds a token sees it in a browser that remembers no unit."""
    web.client.cookies.pop("echeance_unit", None)
    headers = {**BROWSER, "authorization": f"Bearer {token or web.token}"}
    return await web.client.get(path, params=query or None, headers=headers)


def words(page: str) -> str:
    """What a page says: its text in one line, words apart by one space."""
    body = page[page.index("<body>") :]
    text = html.unescape(re.sub(r"<[^>]*>", " ", body))
    return re.sub(r"[ \n\t]+", " ", text)


def part(page: str, identifier: str) -> str:
    """What the article of an identifier says."""
    begins = page.index(f'<article class="card" id="{identifier}"')
    return words("<body>" + page[begins : page.index("</article>", begins)])


def sheet(answer: httpx.Response, separator: str = ";") -> list[dict[str, str]]:
    """The lines of a spreadsheet by their headings, as a spreadsheet reads them."""
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=separator))
