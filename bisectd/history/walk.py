# SPDX-License-Identifier: GPL-2.0-or-later
"""The walk of `git log RANGE -- PATHS`: default history simplification, commits newest first.

This follows git's revision.c step by step (limit_list, process_parents, try_to_simplify_commit), because what
git answers for skewed clocks depends on the order in which it comes to know that a commit is excluded.
"""

import gc
import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bisectd.history import ancestry
from bisectd.history.objects import Objects, RawCommit
from bisectd.history.revisions import Endpoint
from bisectd.history.treesame import Tree, TreeSame

# How many excluded commits git looks at after the last interesting one, against skewed clocks (SLOP).
_SLOP = 5


class _Node:
    """A commit during a walk. Before `parsed` it has neither parents nor time, as in git."""

    __slots__ = (
        "bottom", "fingerprint", "id", "parents", "parsed", "queued", "seen", "time", "tree", "treesame",
        "uninteresting",
    )  # fmt: skip

    def __init__(self, commit: str) -> None:
        self.id = commit
        self.tree = ""
        self.fingerprint: bytes | None = None
        self.time = 0
        self.parents: tuple[_Node, ...] = ()
        self.parsed = self.seen = self.queued = False
        self.bottom = self.uninteresting = self.treesame = False

    @property
    def relevant(self) -> bool:
        """In the range, or an excluded commit that the range names."""
        return self.bottom or not self.uninteresting


@dataclass(frozen=True)
class History:
    """The simplified history of a range: `git rev-list --parents`, and what stands for its newest commit.

    `commits`: the candidates, newest first. `parents`: for each candidate, its nearest ancestors that are
    candidates or boundary commits, in the order of its own parents; () for a root, and for a commit before
    which none of the paths existed. A boundary commit is an id among parents (or `tip`) that is no
    candidate: the first excluded commit (reachable from a good one) that is met on the way down through
    commits which leave the paths alone; where such a way ends in a merge of excluded histories that are all
    the same at the paths, that merge. So the files of a boundary commit are those of the commit below the
    candidate in the full history.
    `tip`: the commit that stands for the range's newest: a candidate, a boundary commit if nothing in the
    range touches the paths, or a root if the paths never existed.
    `labels`: candidates with one label have the same at all the paths (a revert has that of what it
    restores); some have none.
    """

    tip: str
    commits: tuple[str, ...]
    parents: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]


class Walk:
    """One walk over a range; `simplify` None takes every commit."""

    def __init__(self, objects: Objects, simplify: TreeSame | None) -> None:
        self._objects = objects
        self._simplify = simplify
        self._nodes: dict[str, _Node] = {}
        self._queue: list[tuple[int, int, _Node]] = []
        self._pushed = 0
        self._interesting = 0  # of the queue

    def merge_bases(self, one: str, other: str) -> list[str]:
        """Merge bases for `one...other`; as in git, the walk starts out knowing what was read for them."""
        return ancestry.merge_bases(self._read, one, other)

    def run(self, ends: Iterable[Endpoint]) -> list[str]:
        """Ids of the commits of the range that change the paths, in git's order."""
        return [node.id for node in self._run(ends)]

    def graph(self, ends: Iterable[Endpoint], bad: str) -> History:
        """The same commits and how they hang together, seen from `bad`."""
        nodes = self._run(ends)
        parents = {node.id: self._rewritten(node) for node in nodes}
        labels = {node.id: node.fingerprint.hex() for node in nodes if node.fingerprint}
        return History(_stand_in(self._node(bad)).id, tuple(parents), parents, labels)

    def _run(self, ends: Iterable[Endpoint]) -> list[_Node]:
        self._start(ends)
        with _uncollected():
            taken = self._limit()
        return [node for node in taken if not (node.uninteresting or node.treesame)]

    def _start(self, ends: Iterable[Endpoint]) -> None:
        nodes = []
        for end in ends:
            node = self._node(end.commit)
            self._parse(node)
            node.uninteresting |= end.excluded
            node.bottom |= end.excluded
            nodes.append(node)
        for node in nodes:
            if node.uninteresting:
                self._exclude(node.parents)
        for node in nodes:
            if not node.seen:
                self._push(node)

    def _limit(self) -> list[_Node]:
        """Every commit that was taken for interesting when its turn came (some may since be excluded)."""
        taken: list[_Node] = []
        slop = _SLOP
        while self._queue and slop:
            node = self._pop()
            self._process_parents(node)
            if not node.uninteresting:
                taken.append(node)
                continue
            self._exclude(node.parents)
            older = taken[-1].time if taken else math.inf
            slop = _SLOP if self._still_interesting(older) else slop - 1
        return taken

    def _still_interesting(self, older: float) -> bool:
        return bool(self._queue) and (older <= -self._queue[0][0] or self._interesting > 0)

    def _process_parents(self, node: _Node) -> None:
        if node.uninteresting:
            for parent in node.parents:
                self._mark(parent)
                self._parse(parent)
                self._exclude(parent.parents)
        elif self._simplify is not None:
            self._try_to_simplify(node, self._simplify)
        for parent in node.parents:
            if not parent.seen:
                self._push(parent)

    def _try_to_simplify(self, node: _Node, simplify: TreeSame) -> None:
        """Set `treesame`; a merge that is TREESAME to a relevant parent is left with that parent only."""
        if not node.parents:
            node.treesame = simplify.same(Tree(None, node.id), Tree(node.tree, node.id))
            return
        changed = relevant = False
        for parent in node.parents:
            if not parent.parsed:
                self._parse(parent)
            if not _same(simplify, parent, node):
                changed = True
            elif parent.relevant:
                node.parents = (parent,)
                node.treesame = True
                return
            relevant = relevant or parent.relevant
        # Where there is a relevant parent, excluded ones have no say (here every relevant one differs).
        node.treesame = not (changed or relevant)

    def _exclude(self, nodes: Iterable[_Node]) -> None:
        """Mark these and, as far as they are parsed, their ancestors."""
        pending = list(nodes)
        while pending:
            node = pending.pop()
            if not node.uninteresting:
                self._mark(node)
                pending.extend(node.parents)

    def _mark(self, node: _Node) -> None:
        if node.queued and not node.uninteresting:
            self._interesting -= 1
        node.uninteresting = True

    def _push(self, node: _Node) -> None:
        node.seen = node.queued = True
        if not node.parsed:
            self._parse(node)
        self._interesting += not node.uninteresting
        self._pushed += 1
        heapq.heappush(self._queue, (-node.time, self._pushed, node))

    def _pop(self) -> _Node:
        node = heapq.heappop(self._queue)[2]
        node.queued = False
        self._interesting -= not node.uninteresting
        return node

    def _node(self, commit: str) -> _Node:
        node = self._nodes.get(commit)
        if node is None:
            node = self._nodes[commit] = _Node(commit)
        return node

    def _parse(self, node: _Node) -> None:
        if node.parsed:
            return
        node.parsed = True
        raw = self._objects.commit(node.id)
        node.tree, node.time = raw.tree, raw.time
        node.parents = tuple([self._node(parent) for parent in raw.parents])

    def _read(self, commit: str) -> RawCommit:
        node = self._node(commit)
        self._parse(node)
        return RawCommit(node.tree, tuple(parent.id for parent in node.parents), node.time)

    def _rewritten(self, node: _Node) -> tuple[str, ...]:
        stands = (_stand_in(parent) for parent in node.parents)
        return tuple(dict.fromkeys(stand.id for stand in stands if not _nothing(stand)))


def _same(simplify: TreeSame, parent: _Node, node: _Node) -> bool:
    one = parent.fingerprint = parent.fingerprint or simplify.fingerprint(parent.tree, parent.id)
    other = node.fingerprint = node.fingerprint or simplify.fingerprint(node.tree, node.id)
    return one == other or simplify.same(Tree(parent.tree, parent.id), Tree(node.tree, node.id))


@contextmanager
def _uncollected() -> Iterator[None]:
    """A walk makes no cycles of garbage, and the collector would look at all its commits again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _stand_in(node: _Node) -> _Node:
    """The nearest commit that is excluded or changes the paths; the root if there is none."""
    while node.treesame and not node.uninteresting and node.parents:
        relevant = [parent for parent in node.parents if parent.relevant]
        if len(node.parents) > 1 and len(relevant) != 1:
            return node
        node = relevant[0] if relevant else node.parents[0]
    return node


def _nothing(node: _Node) -> bool:
    """A root without any of the paths."""
    return node.treesame and not node.uninteresting and not node.parents
