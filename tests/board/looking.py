"""What is looked for on a page: what shuts readers out (axe), what an eye sees wrong, and where the keyboard goes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

AXE: Final = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
_LOOKING: Final = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")
_MOST_STOPS: Final = 8
"""The parts of a field for a date and time, and its button, are stops of their own."""

_RUN: Final = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"


async def barriers(sheet: Page) -> Sequence[str]:
    """What axe finds: its rule, and where. It comes in by the debugger, so that the page's own policy stays as strict as it is."""
    if not await sheet.evaluate("() => 'axe' in window"):
        await sheet.evaluate(AXE)
    found = await sheet.evaluate(_RUN, list(TAGS))
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def layout(sheet: Page) -> Sequence[str]:
    """What does not fit, is cut, or lies over something else."""
    await sheet.evaluate(_LOOKING)
    faults: list[str] = await sheet.evaluate("() => looking.layout()")
    return faults


async def walk(sheet: Page) -> Sequence[str]:
    """Go through the page with Tab, once round: what is not reached, not shown, or keeps the keyboard."""
    await sheet.evaluate(_LOOKING)
    controls: list[str] = await sheet.evaluate("() => looking.controls()")
    reached: list[int] = []
    faults: list[str] = []
    for _ in range(_MOST_STOPS * len(controls)):
        await sheet.keyboard.press("Tab")
        stop: dict[str, Any] = await sheet.evaluate("() => looking.focused()")
        if stop["number"] < 0 or (stop["number"] == 0 and len(reached) > 1):
            break
        if reached[-1:] != [stop["number"]]:
            reached.append(stop["number"])
            faults += stop["faults"]
    else:
        faults.append(f"the keyboard does not come out of {controls[reached[-1]]}")
    missed = [control for number, control in enumerate(controls) if number not in reached]
    faults += [f"not reached: {control}" for control in missed]
    if reached != sorted(reached):
        faults.append(f"not in the order of the page: {reached}")
    return faults
