# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds for every page: for eyes, keyboards, phones, and browsers without scripts."""

from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.support import accessible
from tests.support.browser import PHONE, looking, sign_in
from tests.support.story import Story

KINDS = {
    "",
    "regressions",
    "regressions/N",
    "history",
    "commits",
    "matrix",
    "jobs",
    "jobs/N",
    "jobs/new",
    "observations/N",
    "probes",
    "targets",
    "search",
    "sign-in",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(browser: Browser, story: Story, scheme: str) -> None:
    with looking(browser, story.url, color_scheme=scheme) as watched:
        page = watched.page
        sign_in(page, story.served.token())
        for address in [*story.pages(), "/jobs/new"]:
            page.goto(address)
            assert accessible.structure(page) == [], address
            assert accessible.contrast(page) == [], address


def test_the_checks_see_what_is_wrong(browser: Browser, story: Story) -> None:
    with looking(browser, story.url) as watched:
        page = watched.page
        page.goto("/probes")
        page.evaluate(
            """() => {
              const main = document.querySelector("main");
              for (const tag of ["h4", "input", "button", "table"]) main.append(document.createElement(tag));
              const faint = document.createElement("p");
              faint.textContent = "faint";
              faint.style.color = "rgb(160 160 160)";
              main.append(faint);
            }"""
        )
        found = " ".join(accessible.structure(page))
        for what in ("empty heading", "heading after h1", "no label", "no name", "no caption", "inline"):
            assert what in found
        assert [line for line in accessible.contrast(page) if "faint" in line]
        page.evaluate("document.querySelector('.brand').style.outline = 'none'")
        assert len(accessible.hidden_focus(page)) == 1


def test_the_keyboard_is_seen_wherever_it_is(browser: Browser, story: Story) -> None:
    with looking(browser, story.url) as watched:
        page = watched.page
        sign_in(page, story.served.token())
        for address in [*story.pages(), "/jobs/new"]:
            page.goto(address)
            assert accessible.hidden_focus(page) == [], address


def test_the_skip_link_leads_past_the_menu(browser: Browser, story: Story) -> None:
    with looking(browser, story.url) as watched:
        page = watched.page
        page.goto("/jobs")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_is_wider_than_a_phone(browser: Browser, story: Story, scripts: bool) -> None:
    with looking(browser, story.url, viewport=PHONE, java_script_enabled=scripts) as watched:
        page = watched.page
        sign_in(page, story.served.token())
        for address in [*story.pages(), "/jobs/new"]:
            page.goto(address)
            assert accessible.overflow(page) <= 0, address


def test_every_page_is_complete_without_scripts(browser: Browser, story: Story) -> None:
    with looking(browser, story.url, java_script_enabled=False) as watched:
        page = watched.page
        sign_in(page, story.served.token())
        seen: set[str] = set()
        waiting = ["/", "/regressions?state=all"]  # none of the story is open
        while waiting:
            address = waiting.pop()
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert page.locator("h1").inner_text().strip(), address
            assert page.locator("button:visible", has_text="Copy").count() == 0, address
            for link in page.locator("a[href]").evaluate_all("links => links.map(link => link.href)"):
                there = urlsplit(urljoin(page.url, link))
                kind = _kind(there.path)
                if there.netloc == watched.host and kind in KINDS and kind not in seen:
                    seen.add(kind)
                    waiting.append(f"{there.path}?{there.query}" if there.query else there.path)
        assert seen == KINDS - {"search", "sign-in"}  # a form leads to the one, signing out to the other
        page.goto("/")
        page.get_by_label("Search").fill("powerpc")
        page.get_by_role("button", name="Search").click()
        assert page.locator("h1").inner_text() == "Search: powerpc"


def _kind(path: str) -> str:
    first, _, rest = path.strip("/").partition("/")
    if first == "commits" or not rest:
        return first
    return f"{first}/N" if rest.isdigit() else f"{first}/{rest}"


def test_without_scripts_a_job_at_work_is_loaded_anew(browser: Browser, story: Story) -> None:
    with looking(browser, story.url, java_script_enabled=False) as watched:
        page = watched.page
        number = story.served.bisect(story.ids[0], story.ids[3])
        page.goto(f"/jobs/{number}")
        page.wait_for_selector('.status[data-state="done"]')
        assert page.locator("#copy-fixes").count() == 1
