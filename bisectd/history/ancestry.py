# SPDX-License-Identifier: GPL-2.0-or-later
"""Merge bases and ancestry, read through the same `Objects` as the walk, so that both see one history."""

import heapq
from collections import defaultdict
from functools import cache

from bisectd.history.objects import Objects

_ONE, _OTHER, _STALE = 1, 2, 4


def merge_bases(objects: Objects, one: str, other: str) -> list[str]:
    """The best common ancestors, newest first; empty for unrelated histories."""
    common = _common(objects, one, other)
    best = [base for base in common if not any(_below(objects, base, above) for above in common)]
    return sorted(best, key=lambda base: -objects.commit(base).time)


def is_ancestor(objects: Objects, ancestor: str, commit: str) -> bool:
    """Whether `commit` contains `ancestor`; every commit contains itself."""
    return ancestor in _common(objects, ancestor, commit)


def _below(objects: Objects, base: str, above: str) -> bool:
    return base != above and is_ancestor(objects, base, above)


def _common(objects: Objects, one: str, other: str) -> list[str]:
    """Common ancestors that no other one was seen to reach (git's paint_down_to_common).

    With skewed clocks some of them may be ancestors of others. If `one` is an ancestor of `other` it is
    always among them: the way down to it is never stale.
    """
    flags: defaultdict[str, int] = defaultdict(int)
    read = cache(objects.commit)
    queue: list[tuple[int, str]] = []
    fresh: set[str] = set()  # in the queue and not stale
    found: dict[str, None] = {}

    def reach(commit: str, new: int) -> None:
        if flags[commit] & new == new:
            return
        flags[commit] |= new
        heapq.heappush(queue, (-read(commit).time, commit))
        (fresh.discard if flags[commit] & _STALE else fresh.add)(commit)

    reach(one, _ONE)
    reach(other, _OTHER)
    while fresh:
        commit = heapq.heappop(queue)[1]
        fresh.discard(commit)
        down = flags[commit]
        if down == _ONE | _OTHER:
            found[commit] = None
            down |= _STALE
        for parent in read(commit).parents:
            reach(parent, down)
    return [commit for commit in found if not flags[commit] & _STALE]
