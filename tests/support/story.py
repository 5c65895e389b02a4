# SPDX-License-Identifier: GPL-2.0-or-later
"""A service with a story to look at: a history that broke and was fixed, followed, in words meant to harm."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bisectd.services.follow import Wanted, follow_here
from tests.support.following import Here, Silent
from tests.support.git_repos import Version, build
from tests.support.hands import PROBE, TARGET, TOOLCHAIN
from tests.support.served import Served, serving
from tests.support.tiny_kernel import bad, broken, good

HARM = "<script>alert(1)</script><img src=x onerror=alert(2)>"
CULPRIT = f"powerpc: {HARM} \u202edesrever\u202c \x1b[31m \"quoted\" & 'single'"
FIX = "powerpc: Clear MSR_FE0 and MSR_FE1 again"
_BODY = f"\n\nA body with a tab\there, {HARM}\n</pre></body>\n\u200bzero width\n"

_RUBBISH = b"\n\nnot UTF-8: \xff\xed\xa0\x80\n"
_TREES = (
    (good("a"), "Linux 4.4"),
    (good("b"), "powerpc: Say more"),
    (bad(f"</code></pre>{HARM}"), CULPRIT + _BODY),
    (bad("d"), b"powerpc: Change what does not matter" + _RUBBISH),
    (broken("e"), "powerpc: Break the build"),
    (bad("f"), "Linux 4.6"),
    (good("g"), FIX),
    (good("h"), "Linux 5.1"),
)
_TAGS = {"v4.4": 0, "v4.6": 5, "v5.1": 7}


@dataclass
class Story:
    """A served story. `ids` are the commits of its history, oldest first; `branch` is followed."""

    served: Served
    ids: list[str]
    branch: int

    @property
    def url(self) -> str:
        """Where the service is."""
        return self.served.url

    def pages(self) -> list[str]:
        """An address of every kind of page that can be read."""
        line = f"branch={self.branch}&probe={PROBE}&target={TARGET}"
        with self.served.store.read() as tx:
            (timeline,) = tx.branches.timelines(self.branch)
            seen = [
                version.observation for version in tx.branches.versions(timeline.id) if version.observation
            ]
            job = tx.lookups.jobs(limit=1)
        jobs = [f"/jobs/{one.id}" for one in job]
        return [
            "/",
            "/regressions?state=all",
            "/regressions/1",
            "/history",
            f"/history?{line}",
            *(f"/commits/linux/{self.ids[number]}" for number in (0, 2, 3, 6)),
            "/matrix",
            "/jobs",
            *jobs,
            f"/observations/{seen[0]}",
            f"/observations/{seen[1]}?against={seen[0]}",
            f"/observations/{seen[1]}?commit={self.ids[3]}",
            "/probes",
            "/targets",
            "/search",
            "/search?q=powerpc",
            "/search?q=%3Cscript%3E",
            f"/search?q={self.ids[2][:8]}",
            "/sign-in",
        ]


@contextmanager
def telling(folder: Path, *, workers: int = 1, **given: Any) -> Iterator[Story]:
    """The service, for as long as the block lasts; its branch is followed already."""
    repository = folder / "linux"
    versions = [Version(tree, message=text) for tree, text in _TREES]
    ids = build(repository, versions, tags=_TAGS)
    with serving(folder, workers=workers, path=repository, **given) as served:
        wanted = Wanted(
            str(repository), ("main",), (PROBE,), (TARGET,), TOOLCHAIN, "v4.4", str(folder / "served.db")
        )
        (recorded,) = follow_here(wanted, Here(), Silent())
        yield Story(served, ids, recorded.scan.branch.id)
