# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m tests.browser.screenshots`: the pictures of docs/screenshots, of the bundled history.

Takes minutes: branches are followed with every probe, and jobs are run, by the real workers.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bisectd.demo import RANGE_BAD, RANGE_GOOD
from bisectd.services.demo import demo_repository
from bisectd.services.follow import Wanted, follow_here
from tests.support.browser import browsing, looking, sign_in
from tests.support.following import Silent
from tests.support.hands import PROBE, TARGET, TOOLCHAIN
from tests.support.served import Served, serving
from workers.shared import SharedPool

Options = dict[str, Any]
OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
BRANCHES = ("master", "linux-4.19.y", "linux-4.9.y")
PROBES = (PROBE, "fpexc-disable", "kvm-pr-host-sigfpe", "fp-save-keeps-f0", "vmx-giveup")
MOST = 150_000  # bytes of one picture
_LIGHT: Options = {"viewport": {"width": 1100, "height": 760}, "color_scheme": "light"}
_TALL: Options = {**_LIGHT, "viewport": {"width": 1100, "height": 980}}
_LOW: Options = {**_LIGHT, "viewport": {"width": 1100, "height": 520}}
_DARK: Options = {**_LIGHT, "color_scheme": "dark"}
_PHONE: Options = {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"}


def main() -> None:
    """Write them all, and say how large each is."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, _told(Path(name)) as (served, jobs), browsing() as browser:
        for file, address, options in _pictures(served, jobs):
            _take(browser, served, file, address, options)
    for path in sorted(OUT.glob("*.png")):
        print(f"{path.stat().st_size:7} {path.name}")
        if path.stat().st_size > MOST:
            sys.exit(f"{path} is too large")


@contextmanager
def _told(folder: Path) -> Iterator[tuple[Served, list[int]]]:
    repository = demo_repository(os.environ)
    with serving(folder, workers=2, path=repository) as served:
        wanted = Wanted(
            str(repository), BRANCHES, PROBES, ("all",), TOOLCHAIN, "v4.4", str(folder / "served.db")
        )
        with SharedPool(2) as pool:
            follow_here(wanted, pool, Silent())
        fix = _fix(served)
        jobs = [served.bisect(RANGE_GOOD, RANGE_BAD), _suggest(served, fix)]
        for job in jobs:
            served.finished(job)
        jobs.append(served.bisect("v4.4", "v5.1", "scan"))
        served.finished(jobs[-1])
        yield served, jobs


def _fix(served: Served) -> str:
    with served.store.read() as tx:
        regression = next(one for one in tx.regressions.page()[::-1] if one.fixed)
    return regression.fixed or ""


def _suggest(served: Served, commit: str) -> int:
    with served.client("submit") as client:
        question = {"kind": "suggest", "repository": "linux", "toolchain": TOOLCHAIN, "commit": commit}
        answer = client.post("/jobs", json=question)
        assert answer.is_success, answer.text
        number: int = answer.json()["id"]
        return number


def _pictures(served: Served, jobs: list[int]) -> Iterator[tuple[str, str, Options]]:
    with served.store.read() as tx:
        (master,) = [one for one in tx.branches.all() if one.name == "master"]
        line = next(
            one for one in tx.branches.timelines(master.id) if (one.probe, one.target) == (PROBE, TARGET)
        )
        versions = tx.branches.versions(line.id)
        first, *_ = tx.regressions.page()[::-1]
    broke, before = next(
        (after, before) for before, after in pairwise(versions) if after.commit == first.introduced
    )[::1]
    history = f"/history?branch={master.id}&probe={PROBE}&target={TARGET}"
    observation = f"/observations/{broke.observation}?commit={broke.commit}&against={before.observation}"
    bisection, suggestion, scan = (f"/jobs/{number}" for number in jobs)
    yield "overview", "/", _LIGHT
    yield "regressions", "/regressions?state=all", _LIGHT
    yield "regression", f"/regressions/{first.id}", _LIGHT
    yield "timelines", "/history", _LIGHT
    yield "history", history, _LIGHT
    yield "commit", f"/commits/linux/{first.introduced}", _LIGHT
    yield "matrix", "/matrix", _LIGHT
    yield "jobs", "/jobs", _LIGHT
    yield "new-job", "/jobs/new", _LIGHT
    yield "job", bisection, _TALL
    yield "suggestion", suggestion, _LIGHT
    yield "scan", f"{scan}#picture", _LIGHT
    yield "observation", f"{observation}#against", _TALL
    yield "probes", "/probes", _LOW
    yield "targets", "/targets", _LIGHT
    yield "search", "/search?q=FPU", _LIGHT
    yield "sign-in", "/sign-in", _LIGHT
    yield "history-dark", history, _DARK
    yield "job-dark", bisection, _DARK
    yield "observation-phone", observation, _PHONE


def _take(browser: Browser, served: Served, file: str, address: str, options: Options) -> None:
    with looking(browser, served.url, **options) as watched:
        page = watched.page
        if address != "/sign-in":
            sign_in(page, served.token())
        page.goto(address)
        if file == "history":
            _point(page)
        page.screenshot(path=OUT / f"{file}.png")


def _point(page: Page) -> None:
    """With the card of a version."""
    page.locator("li.changed .mark.m-bad").first.hover()


if __name__ == "__main__":
    main()
