# SPDX-License-Identifier: GPL-2.0-or-later
"""What a maintainer does: asks, watches, reads, copies."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import looking, sign_in
from tests.support.hands import PROBE, TARGET
from tests.support.story import CULPRIT, Story


def _clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_a_bisection_is_submitted_watched_and_its_regression_opened(browser: Browser, story: Story) -> None:
    with looking(browser, story.url, permissions=["clipboard-read", "clipboard-write"]) as watched:
        page = watched.page
        sign_in(page, story.served.token())
        page.goto("/")
        page.get_by_role("link", name="New job").click()
        page.get_by_label("Good revisions").fill("v4.4")
        page.get_by_label("Bad revision").fill("v4.6")
        page.locator("#probe").select_option(PROBE)
        page.locator("#b-target").select_option(TARGET)
        page.get_by_role("button", name="Submit bisection").click()
        page.wait_for_url(re.compile(r"/jobs/\d+$"))
        page.evaluate("window.untouched = true")
        page.wait_for_selector('.status[data-state="done"]')
        assert page.evaluate("window.untouched"), "the page was loaded anew"
        expect(page.get_by_role("heading", name="Answer")).to_be_visible()
        expect(page.locator("svg.search .dot")).not_to_have_count(0)
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        fixes = page.locator("#copy-fixes").inner_text()
        assert fixes.startswith(f"Fixes: {story.ids[2][:12]} (")

        page.goto("/regressions?state=fixed")
        page.get_by_role("row").filter(has_text=story.ids[2][:12]).get_by_role(
            "link", name="1", exact=True
        ).click()
        page.get_by_role("button", name="Copy the Fixes: line").click()
        expect(page.locator("[data-copy=copy-fixes]")).to_contain_text("Copied")
        assert _clipboard(page) == fixes


def test_every_step_leads_to_its_evidence_and_the_log_can_be_downloaded(
    browser: Browser, story: Story
) -> None:
    number = story.served.bisect(story.ids[0], story.ids[5])
    story.served.finished(number)
    with looking(browser, story.url) as watched:
        page = watched.page
        page.goto(f"/jobs/{number}")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the log").click()
        assert f"git bisect bad {story.ids[2]}" in download.value.path().read_text()
        page.get_by_role("region", name="Steps").get_by_role(
            "link", name=re.compile("evidence")
        ).first.click()
        expect(page.get_by_role("heading", name="Before and after")).to_be_visible()
        expect(page.locator(".bit.amiss").nth(1)).to_have_text(re.compile("FE0"))
        assert page.locator("#copy-rerun").inner_text().startswith("bisectd eval --repo . --rev ")
        expect(page.locator(".source .here")).to_contain_text("msr &= ~")
        expect(page.get_by_role("region", name="Trace").get_by_role("row")).not_to_have_count(1)


def test_the_keyboard_walks_the_timeline(browser: Browser, story: Story) -> None:
    with looking(browser, story.url) as watched:
        page = watched.page
        page.goto(f"/history?branch={story.branch}&probe={PROBE}&target={TARGET}")
        marks = page.locator(".mark")
        expect(marks.last).to_have_attribute("tabindex", "0")
        marks.last.focus()
        page.keyboard.press("Home")
        expect(marks.first).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(marks.nth(1)).to_be_focused()
        expect(page.locator("#card")).to_contain_text("no longer clears")
        expect(page.locator(".mark[tabindex='0']")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator("#card")).to_be_hidden()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(f"/commits/linux/{story.ids[2]}"))
        page.go_back()
        marks.nth(2).hover()
        expect(page.locator("#card")).to_contain_text("UNTESTABLE")


def test_the_theme_is_switched_and_remembered(browser: Browser, story: Story) -> None:
    with looking(browser, story.url, color_scheme="light") as watched:
        page = watched.page
        page.goto("/probes")
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Use dark colours").click()
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert dark != before
        page.goto("/targets")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_what_came_from_a_commit_is_shown_and_harmless(browser: Browser, story: Story) -> None:
    with looking(browser, story.url) as watched:
        page = watched.page
        for address in story.pages():
            page.goto(address)
            assert page.locator("main script, main img").count() == 0, address
            text = page.content()
            assert "\u202e" not in text, address
            assert "\x1b" not in text, address
        page.goto(f"/commits/linux/{story.ids[2]}")
        shown = CULPRIT.replace("\u202e", "\\u202e").replace("\u202c", "\\u202c").replace("\x1b", "\\x1b")
        expect(page.locator("h1")).to_contain_text(shown)
        expect(page.locator("pre.message")).to_contain_text("</pre></body>")
        expect(page.locator("pre.diff")).to_contain_text("</code></pre><script>")


def test_a_mistake_is_told_with_what_was_typed(browser: Browser, story: Story) -> None:
    with looking(browser, story.url) as watched:
        page = watched.page
        sign_in(page, story.served.token())
        page.goto("/jobs/new")
        page.get_by_label("Good revisions").fill("v4.4")
        page.get_by_label("Bad revision").fill("v9.9")
        page.locator("#b-target").select_option(TARGET)
        page.get_by_role("button", name="Submit bisection").click()
        expect(page.get_by_role("alert")).to_contain_text("unknown revision 'v9.9'")
        expect(page.get_by_label("Good revisions")).to_have_value("v4.4")
        assert all("422" in line for line in watched.wrong)  # Chromium tells of the status
        watched.wrong.clear()
