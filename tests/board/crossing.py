"""How soon a crossing is seen on an open worklist: the real system on an accelerated clock, and a real browser that is not reloaded.

Calls breach one after the other, by time alone. The page notes when each row became late; when each call did is known from the
clock. Both are told by the clock of this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.async_api import Browser
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from echeance.system import site
from echeance.system.embedded import CREDENTIALS, event_records, open_embedded
from shared.http.cookies import SESSION_COOKIE
from shared.http.credentials import Credentials
from shared.log.ports import FILE_EVENTS
from shared.process.runner import AcceleratedClock, now
from tests.board.browser import session_of
from tests.builders import CATALOGUE, at, received
from tests.services.world import settings_of

_SPEED: Final = 10
_START: Final = at("2026-11-23 10:00")
_LIMIT: Final = timedelta(minutes=3)
_HELD: Final = timedelta(minutes=2, seconds=40)
"""For how long the first call has been waiting as time begins."""
_APART: Final = timedelta(seconds=7)
_CALLS: Final = 6
_PATIENCE_MS: Final = 15_000
_NOTE_CHANGES: Final = """
window.seen = {};
new MutationObserver(() => {
  for (const row of document.querySelectorAll('#files tbody tr'))
    if (!(row.id in window.seen) && row.querySelector('.stage.is-overdue')) window.seen[row.id] = Date.now();
}).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""


class _Clock:
    """It stands still until it is told to begin, and then runs faster than the wall."""

    def __init__(self) -> None:
        self._running: AcceleratedClock | None = None
        self.began = now()

    def __call__(self) -> datetime:
        return self._running() if self._running else _START

    def begin(self) -> None:
        self.began, self._running = now(), AcceleratedClock(_START, _SPEED)


async def delays(browser: Browser, folder: Path) -> Sequence[float]:
    """Seconds from the instant at which each call was late to its row saying so."""
    calls = [
        received(
            f"CALL-{number}", (_START - _HELD + number * _APART).isoformat(), standard="telephone"
        )
        for number in range(_CALLS)
    ]
    settings = settings_of(folder, host="127.0.0.1")
    async with open_embedded(settings, CATALOGUE) as embedded:
        await embedded.log.append(FILE_EVENTS, event_records(calls, embedded.log.partitions))
        await embedded.catch_up(lambda: _START)
        credentials = Credentials(folder / CREDENTIALS)
        token = credentials.create("browser", ["read"], created=_START)
        clock = _Clock()
        async with site.serving_embedded(embedded, credentials, settings, clock) as server:
            seen = await _seen(browser, f"http://127.0.0.1:{server.port}", token, clock)
    late = {
        f"row-{call.file_id}": clock.began + (call.time + _LIMIT - _START) / _SPEED
        for call in calls
    }
    return [
        (datetime.fromtimestamp(seen[row] / 1e3, UTC) - instant).total_seconds()
        for row, instant in late.items()
    ]


async def _seen(browser: Browser, address: str, token: str, clock: _Clock) -> dict[str, int]:
    """When each row became late, in milliseconds since 1970; time begins once the list is watched."""
    context = await browser.new_context()
    await context.add_cookies(
        [{"name": SESSION_COOKIE, "value": await session_of(address, token), "url": address}]
    )
    page = await context.new_page()
    await page.add_init_script(_NOTE_CHANGES)
    async with page.expect_response(lambda answer: "/worklist/stream" in answer.url):
        await page.goto(f"{address}/worklist?standard=telephone")
    assert await page.locator("#files tbody tr").count() == _CALLS
    assert await page.evaluate("() => window.seen") == {}
    await page.locator("#row-CALL-0 a").focus()
    clock.begin()
    everyone = f"() => Object.keys(window.seen).length === {_CALLS}"
    try:
        await page.wait_for_function(everyone, timeout=_PATIENCE_MS)
    except PlaywrightTimeoutError:
        so_far = await page.evaluate("() => window.seen")
        listed = await page.locator("#live").inner_html()
        raise AssertionError(f"{so_far} {clock()} {listed}") from None
    found: dict[str, int] = await page.evaluate("() => window.seen")
    assert await page.locator("#news").inner_text() != ""
    kept = await page.evaluate("() => document.activeElement.closest('tr')?.id")
    assert kept == "row-CALL-0", "the keyboard stays where it was"
    await context.close()
    return found
