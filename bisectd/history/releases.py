# SPDX-License-Identifier: GPL-2.0-or-later
"""Which release first contained a commit."""

import re
from collections.abc import Iterable, Mapping

from bisectd.history.objects import Objects

_RELEASE = re.compile(r"v(\d+(?:\.\d+)+)(?:-rc(\d+))?")

# A commit this much older than another does not contain it, skewed clocks allowed for (git name-rev's slop).
_DAY = 86_400


def first_release(objects: Objects, commit: str, tags: Mapping[str, str]) -> str | None:
    """The first release tag by version number that contains `commit`, None where none does.

    A release comes before its own candidates, so v4.6-rc1 is named only while there is no v4.6.
    """
    since = objects.commit(commit).time - _DAY
    contains = {commit: True}
    for name in _in_order(tags):
        if _contains(objects, tags[name], contains, since):
            return name
    return None


def _in_order(names: Iterable[str]) -> list[str]:
    versions = {}
    for name in names:
        if match := _RELEASE.fullmatch(name):
            number = tuple(int(part) for part in match[1].split("."))
            versions[name] = (number, int(match[2] or 0))
    return sorted(versions, key=lambda name: versions[name])


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
