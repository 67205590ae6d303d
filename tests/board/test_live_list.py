"""The worklist follows by itself, however its scripts arrive."""

from __future__ import annotations

import pytest
from playwright.async_api import Response, Route

from tests.board.browser import Visitor
from tests.board.pages import PAGES

pytestmark = pytest.mark.asyncio(loop_scope="session")
_WORKLIST = next(page for page in PAGES if page.name == "worklist")


def _stream(answer: Response) -> bool:
    return "/worklist/stream" in answer.url


async def test_a_script_that_comes_late_does_not_leave_the_list_standing_still(
    visitor: Visitor,
) -> None:
    sheet = await visitor.open(_WORKLIST, "fr")

    async def late(route: Route) -> None:
        """Once htmx is there and has had its turn."""
        await sheet.wait_for_function("() => 'htmx' in window")
        await sheet.evaluate("() => new Promise(turn => setTimeout(() => setTimeout(turn)))")
        await route.continue_()

    await sheet.route("**/hx-sse.min.js*", late)
    async with sheet.expect_response(_stream) as following:
        await sheet.reload()
    assert (await following.value).status == 200
