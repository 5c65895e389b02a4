# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page must be so that everybody can use it, looked for in the page itself."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_CHECKS = Path(__file__).with_name("accessible_checks")


@cache
def _check(name: str) -> str:
    """A function to run in a page."""
    return (_CHECKS / f"{name}.js").read_text(encoding="utf-8")


def structure(page: Page) -> list[str]:
    """What is wrong with names, headings, labels and tables."""
    return list(page.evaluate(_check("structure")))


def contrast(page: Page) -> list[str]:
    """Text that is hard to read."""
    return list(page.evaluate(_check("contrast")))


def hidden_focus(page: Page, most: int = 60) -> list[str]:
    """Stops of the Tab key at which nobody sees where they are; something must be reached at all."""
    wrong: list[str] = []
    reached = 0
    for _ in range(most):
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = page.evaluate(_check("focus"))
        if stop is None:
            break
        reached += 1
        if not (stop["shown"] and stop["seen"]):
            wrong.append(stop["what"])
    assert reached > 3, "the Tab key reaches nothing"
    return wrong


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
