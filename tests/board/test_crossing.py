"""A crossing on the accelerated clock appears on an open worklist by itself; the test prints how soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.board.crossing import delays

pytestmark = pytest.mark.asyncio(loop_scope="session")
_BOUND_SECONDS = 15.0
"""On a machine that others use too. The aim is 1 s, and what is printed is to be held to it."""


async def test_a_crossing_appears_on_an_open_worklist_without_a_reload(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = await delays(browser, tmp_path)
    with capsys.disabled():
        print(f"\ncrossing to row: {', '.join(f'{one:.2f} s' for one in taken)}")
    assert all(0 <= one < _BOUND_SECONDS for one in taken)
