"""What is read without effort: letters large enough on every page, the job of the day at first sight, and paper."""

from __future__ import annotations

import pytest
from playwright.async_api import Page as Sheet

from shared.text.texts import Language
from tests.board import printed
from tests.board.browser import WIDTHS, Visitor
from tests.board.pages import LANGUAGES, PAGES, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")
in_both_languages = pytest.mark.parametrize("language", LANGUAGES)

BODY, LEAST = 16, 14
"""Pixels of letters: of the body, and of the smallest."""
_LETTERS = """() => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), small = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("script, style, option, title, desc")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const drawn = element.closest("svg") ? element.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * drawn;
    if (size < LEAST - 0.05) small.push(`${size.toFixed(1)} px: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return small;
}"""


async def small_letters(sheet: Sheet) -> list[str]:
    """What is drawn smaller than it may be."""
    found: list[str] = await sheet.evaluate(_LETTERS.replace("LEAST", str(LEAST)))
    return found


@pytest.mark.parametrize("page", PAGES, ids=str)
@pytest.mark.parametrize("width", WIDTHS)
async def test_no_letter_is_too_small(visitor: Visitor, page: Page, width: int) -> None:
    sheet = await visitor.open(page, "fr", width=width)
    assert await small_letters(sheet) == []
    size = await sheet.evaluate("() => getComputedStyle(document.body).fontSize")
    assert size == f"{BODY}px"


async def test_a_letter_that_is_too_small_is_seen(visitor: Visitor) -> None:
    sheet = await visitor.open(PAGES[0], "fr")
    await sheet.evaluate("""() => {
        const one = document.createElement("p");
        one.textContent = "planted";
        one.style.fontSize = "13px";
        document.querySelector("main").append(one);
    }""")
    assert await small_letters(sheet) == ["13.0 px: planted"]


@in_both_languages
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("standards", [".summary .is-today", ".summary .is-critical", ".summary .is-overdue"]),
        ("standards", ["article.card:nth-of-type(1) summary"]),
        ("worklist", [".totals .is-today", ".totals .is-critical", "tbody tr:nth-child(1)"]),
    ],
)
async def test_the_job_of_the_day_is_in_the_first_screen_of_a_phone(
    visitor: Visitor, name: str, wanted: list[str], language: Language
) -> None:
    page = next(page for page in PAGES if page.name == name)
    sheet = await visitor.open(page, language, width=360)
    await sheet.set_viewport_size({"width": 390, "height": 844})
    for selector in wanted:
        box = await sheet.locator(selector).first.bounding_box()
        assert box is not None and box["y"] + box["height"] <= 844, selector


@in_both_languages
async def test_all_commitments_are_on_one_screen_and_each_opens_without_scripts(
    visitor: Visitor, language: Language
) -> None:
    page = next(page for page in PAGES if page.name == "standards")
    sheet = await visitor.open(page, language, scripts=False)
    rows = sheet.locator("article.card > details > summary")
    boxes = [await row.bounding_box() for row in await rows.all()]
    assert len(boxes) == 10
    assert all(box is not None and box["y"] + box["height"] <= 900 for box in boxes)
    panel = sheet.locator("article.card .panels").first
    assert not await panel.is_visible()
    await rows.first.click()
    assert await panel.is_visible()


async def test_the_menu_folds_on_a_phone_and_stands_open_on_a_desk(visitor: Visitor) -> None:
    page = next(page for page in PAGES if page.name == "standards")
    wide = await visitor.open(page, "fr")
    assert await wide.locator("nav.main a").first.is_visible()
    assert not await wide.locator(".menu > summary").is_visible()
    narrow = await visitor.open(page, "fr", width=360, scripts=False)
    entry = narrow.locator("nav.main a", has_text="Rapport annuel")
    assert not await entry.is_visible()
    await narrow.locator(".menu > summary").click()
    assert await entry.is_visible()
    for link in await narrow.locator("nav.main a").all():
        box = await link.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360
    await entry.click()
    await narrow.wait_for_load_state()
    assert narrow.url.endswith("/report")


async def test_the_annual_report_has_the_numbers_of_its_pages_on_paper(visitor: Visitor) -> None:
    page = next(page for page in PAGES if page.name == "report")
    sheet = await visitor.open(page, "fr")
    pages = printed.pages(await sheet.pdf(prefer_css_page_size=True))
    assert len(pages) > 1
    assert all(f"{number} / {len(pages)}" in text for number, text in enumerate(pages, 1))
