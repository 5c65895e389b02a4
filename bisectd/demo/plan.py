# SPDX-License-Identifier: GPL-2.0-or-later
"""From the story to all actions in order: merge windows, release candidates, and everybody else's work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain, zip_longest

from bisectd.demo.actions import GRETA, Action, Fork, Merge, Tag, Write
from bisectd.demo.edits import Replace
from bisectd.demo.noise import AREAS, POWERPC_AREAS, Noise
from bisectd.demo.story import Release

STARTED = date(2015, 8, 30)
TOPICS = 6  # branches of other people in each merge window
COMMITS_A_TOPIC = 9
CANDIDATES = 5
COMMITS_A_CANDIDATE = 8


@dataclass
class Plan:
    """Hands out the actions of one release after the other."""

    noise: Noise = field(default_factory=Noise)
    turn: int = 0  # which area is next
    version: tuple[int, int, str] = (4, 3, "")

    def release(self, release: Release) -> Iterator[Action]:
        """All of a release, from the merge window to its tag."""
        topics = [self._topic() for _ in range(TOPICS)]
        yield Fork("powerpc", "master")
        for area, _ in topics:
            yield Fork(_branch(area), "master")
        work = [self._powerpc(release.steps), *(commits for _, commits in topics)]
        yield from (action for action in chain.from_iterable(zip_longest(*work)) if action)
        for number, branch in enumerate([*(_branch(area) for area, _ in topics), "powerpc"], 1):
            origin = f"Merge tag '{branch}-{release.tag[1:]}-{number}' of git://mini.example.org/{branch}"
            yield Merge((branch,), "master", origin)
        for candidate in range(1, CANDIDATES + 1):
            if candidate > 1:
                yield from self._fixes()
            yield from self._version(f"{release.tag}-rc{candidate}")
        yield from self._fixes()
        yield from self._version(release.tag)

    def after(self, steps: Sequence[Action]) -> Iterator[Action]:
        """What was merged after the last release."""
        yield Fork("powerpc", "master")
        yield from self._powerpc(steps)
        yield Merge(("powerpc",), "master")

    def _topic(self) -> tuple[tuple[str, str], Iterator[Write]]:
        area = AREAS[self.turn % len(AREAS)]
        self.turn += 1
        return area, self.noise.commits(area, _branch(area), COMMITS_A_TOPIC)

    def _powerpc(self, steps: Sequence[Action]) -> Iterator[Action]:
        """The steps of the story, with other work on the platform between them."""
        for number, action in enumerate(steps or [None] * 4):
            yield from self.noise.commits(POWERPC_AREAS[number % 2], "powerpc", 1)
            if action:
                yield action

    def _fixes(self) -> Iterator[Write]:
        """Between two candidates only a few areas change, on master itself."""
        area = AREAS[self.turn % len(AREAS)]
        self.turn += 1
        return self.noise.commits(area, "master", COMMITS_A_CANDIDATE)

    def _version(self, tag: str) -> Iterator[Action]:
        """Write the version into the Makefile and tag it."""
        numbers, _, candidate = tag[1:].partition("-")
        major, minor = (int(part) for part in numbers.split("."))
        extra = f"-{candidate}" if candidate else ""
        change = Replace("Makefile", _makefile(*self.version), _makefile(major, minor, extra))
        self.version = (major, minor, extra)
        yield Write(f"Linux {tag[1:]}", branch="master", author=GRETA, changes=(change,))
        yield Tag(tag)


def _branch(area: tuple[str, str]) -> str:
    return area[0].replace("/", "-")


def _makefile(major: int, minor: int, extra: str) -> str:
    extra = f" {extra}" if extra else ""
    return f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = 0\nEXTRAVERSION ={extra}\n"


def seconds(day: date) -> int:
    """Noon of a day, since the epoch."""
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
