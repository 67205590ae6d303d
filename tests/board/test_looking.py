"""What looks at the pages does find what is wrong: each fault is put on a real page, and seen."""

from __future__ import annotations

import pytest
from playwright.async_api import Page as Sheet

from tests.board import looking
from tests.board.browser import Visitor
from tests.board.pages import PAGES

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOME = next(page for page in PAGES if page.path == "/")


async def put(sheet: Sheet, markup: str) -> None:
    script = "markup => document.querySelector('main').insertAdjacentHTML('beforeend', markup)"
    await sheet.evaluate(script, markup)


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ('<img src="/static/none">', "image-alt"),
        ("<input name='unnamed'>", "label"),
        ("<p class='planted'>Pale grey on white</p>", "color-contrast"),
        (
            "<button class='planted tiny'>x</button><button class='planted tiny'>y</button>",
            "target-size",
        ),
        ("<p lang='zz-nothing'>Words</p>", "valid-lang"),
    ],
)
async def test_axe_finds_a_planted_barrier(visitor: Visitor, markup: str, rule: str) -> None:
    sheet = await visitor.open(HOME, "fr")
    version: str = await sheet.evaluate(f"() => {{ {looking.AXE}; return axe.version }}")
    assert tuple(map(int, version.split("."))) >= (4, 8)  # the first with rules of WCAG 2.2
    await put(sheet, markup)
    for element in await sheet.locator(".planted").all():
        await element.evaluate(
            "one => Object.assign(one.style, {color: '#ccc', background: '#fff', padding: 0, border: 0,"
            " minHeight: 0, height: '9px', width: '9px', fontSize: '9px', whiteSpace: 'nowrap'})"
        )
    found = await looking.barriers(sheet)
    assert any(one.startswith(f"{rule}: ") for one in found), found
    visitor.complaints.clear()  # the picture that is not there


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ({"position": "absolute", "left": "2000px", "whiteSpace": "nowrap"}, "the page is"),
        ({"position": "absolute", "left": "-50px"}, "outside the window"),
        ({"overflow": "hidden", "width": "40px", "whiteSpace": "nowrap"}, "cut"),
        ({"position": "absolute", "top": "160px", "left": "120px"}, "texts overlap"),
    ],
)
async def test_an_eye_sees_a_planted_fault(
    visitor: Visitor, style: dict[str, str], told: str
) -> None:
    sheet = await visitor.open(HOME, "fr")
    assert await looking.layout(sheet) == []
    await put(
        sheet,
        "<p id='planted'>A sentence that is long enough to be cut or to be in the way of others</p>",
    )
    await sheet.locator("#planted").evaluate(
        "(one, style) => Object.assign(one.style, style)", style
    )
    assert any(one.startswith(told) for one in await looking.layout(sheet))


async def test_an_eye_sees_what_something_around_it_cuts(visitor: Visitor) -> None:
    sheet = await visitor.open(HOME, "fr")
    await put(
        sheet, "<div id='planted'><p>A sentence that is wider than what it stands in</p></div>"
    )
    await sheet.locator("#planted").evaluate(
        "one => { Object.assign(one.style, {width: '60px', overflow: 'hidden'});"
        " one.firstChild.style.width = '600px'; }"
    )
    assert any(one.startswith("cut") for one in await looking.layout(sheet))


async def test_the_keyboard_finds_what_it_cannot_reach_or_see(visitor: Visitor) -> None:
    sheet = await visitor.open(HOME, "fr")
    await put(
        sheet, "<a href='/a' tabindex='-1'>unreachable</a><button id='planted'>unseen</button>"
    )
    await sheet.locator("#planted").evaluate("one => { one.style.outline = 'none' }")
    found = await looking.walk(sheet)
    assert len(found) == 2
    assert found[0].startswith("focus does not show") and "unseen" in found[0]
    assert found[1].startswith("not reached") and "unreachable" in found[1]


async def test_the_browser_complains_of_scripts_and_styles_that_the_policy_forbids(
    visitor: Visitor,
) -> None:
    sheet = await visitor.open(HOME, "fr")
    await put(sheet, "<p style='color: red'>styled</p>")
    await put(sheet, "<img src='/static/none' alt='' onerror='alert(1)'>")
    await sheet.wait_for_function("() => [...document.images].every(one => one.complete)")
    assert any("Content Security Policy" in one for one in visitor.complaints)
    visitor.complaints.clear()
