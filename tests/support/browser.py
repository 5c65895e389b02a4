# SPDX-License-Identifier: GPL-2.0-or-later
"""A real browser: Debian's Chromium through Playwright, watched for everything that it complains of."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PATIENCE = 60_000  # milliseconds until a test gives up on something that should have appeared
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def chromium() -> str:
    """The browser; a test without one is skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser, for as long as the block lasts."""
    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page with what was wrong with it: messages, errors, requests to others."""

    page: Page
    host: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._message)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != self.host:
            self.wrong.append(f"request to {request.url}")


@contextmanager
def looking(browser: Browser, url: str, **options: Any) -> Iterator[Watched]:
    """A page in a context of its own; nothing may have been wrong with it at the end."""
    context = browser.new_context(**{"viewport": WIDE, "base_url": url, **options})
    context.set_default_timeout(PATIENCE)
    try:
        watched = Watched(context.new_page(), urlsplit(url).netloc)
        yield watched
        assert watched.wrong == []
    finally:
        context.close()


def sign_in(page: Page, token: str) -> None:
    """As a user does it."""
    page.goto("/sign-in")
    page.get_by_label("Token").fill(token)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
