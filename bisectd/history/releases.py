# SPDX-License-Identifier: GPL-2.0-or-later
"""Which release first contained a commit."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bisectd.history.objects import Objects

_RELEASE = re.compile(r"v(\d{1,9}(?:\.\d{1,9}){1,5})(?:-rc(\d{1,9}))?")
_LONG_NUMBERS = 2  # the major number of the days when v2.6.36 was a release and v2.6.36.1 a stable one

# A commit this much older than another does not contain it, skewed clocks allowed for (git name-rev's slop).
_DAY = 86_400


class Release(NamedTuple):
    """A release tag by its number: (4, 19) or (4, 19, 3), `candidate` 0 for the release itself."""

    number: tuple[int, ...]
    candidate: int
    name: str
    commit: str

    @property
    def is_mainline(self) -> bool:
        """Whether it is one of two numbers (of three in the days of 2.6), and no candidate."""
        return not self.candidate and len(self.number) == (3 if self.number[0] == _LONG_NUMBERS else 2)

    @property
    def series(self) -> tuple[int, ...]:
        """The mainline release that it belongs to: (4, 19) for v4.19.3."""
        return self.number[: 3 if self.number[0] == _LONG_NUMBERS else 2]


def releases(tags: Mapping[str, str]) -> tuple[Release, ...]:
    """The release tags among tags, oldest number first, candidates before their release."""
    found = []
    for name, commit in tags.items():
        if match := _RELEASE.fullmatch(name):
            number = tuple(int(part) for part in match[1].split("."))
            found.append(Release(number, int(match[2] or 0), name, commit))
    return tuple(sorted(found, key=lambda release: (release.number, release.candidate or math.inf)))


def releases_with(objects: Objects, commit: str, tags: Mapping[str, str]) -> Iterator[Release]:
    """The release tags that contain `commit`, by version number.

    A release comes before its own candidates, so v4.6-rc1 is named only while there is no v4.6.
    """
    since = objects.commit(commit).time - _DAY
    contains = {commit: True}
    for release in sorted(releases(tags), key=lambda release: (release.number, release.candidate)):
        if _contains(objects, release.commit, contains, since):
            yield release


def _contains(objects: Objects, tip: str, contains: dict[str, bool], since: int) -> bool:
    """Fill `contains` for `tip` and everything below it, children after parents."""
    stack = [tip]
    while stack:
        commit = stack[-1]
        if commit in contains:
            stack.pop()
            continue
        raw = objects.commit(commit)
        parents = raw.parents if raw.time >= since else ()
        unknown = [parent for parent in parents if parent not in contains]
        stack.extend(unknown)
        if not unknown:
            contains[commit] = any(contains[parent] for parent in parents)
    return contains[tip]
