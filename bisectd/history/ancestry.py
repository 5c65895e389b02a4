# SPDX-License-Identifier: GPL-2.0-or-later
"""Merge bases and ancestry, read through the same `Objects` as the walk, so that both see one history."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from itertools import count

from bisectd.history.objects import RawCommit

_ONE, _OTHER, _STALE = 1, 2, 4
_Read = Callable[[str], RawCommit]


def merge_bases(read: _Read, one: str, other: str) -> list[str]:
    """The best common ancestors, newest first; empty for unrelated histories."""
    common = [one] if one == other else _common(read, one, other)
    best = [base for base in common if not any(_below(read, base, above) for above in common)]
    return sorted(best, key=lambda base: -read(base).time)


def is_ancestor(read: _Read, ancestor: str, commit: str) -> bool:
    """Whether `commit` contains `ancestor`; every commit contains itself."""
    return ancestor in _common(read, ancestor, commit)


def _below(read: _Read, base: str, above: str) -> bool:
    return base != above and is_ancestor(read, base, above)


def _common(read: _Read, one: str, other: str) -> list[str]:
    """Common ancestors that no other one was seen to reach (git's paint_down_to_common).

    With skewed clocks some of them may be ancestors of others. If `one` is an ancestor of `other` it is
    always among them: the way down to it is never stale.
    """
    flags: defaultdict[str, int] = defaultdict(int)
    queue: list[tuple[int, int, str]] = []
    fresh: set[str] = set()  # in the queue and not stale
    found: dict[str, None] = {}
    pushed = count()

    def reach(commit: str, new: int) -> None:
        if flags[commit] & new == new:
            return
        flags[commit] |= new
        heapq.heappush(queue, (-read(commit).time, next(pushed), commit))
        (fresh.discard if flags[commit] & _STALE else fresh.add)(commit)

    reach(one, _ONE)
    reach(other, _OTHER)
    while fresh:
        commit = heapq.heappop(queue)[2]
        fresh.discard(commit)
        down = flags[commit]
        if down == _ONE | _OTHER:
            found[commit] = None
            down |= _STALE
        for parent in read(commit).parents:
            reach(parent, down)
    return [commit for commit in found if not flags[commit] & _STALE]
