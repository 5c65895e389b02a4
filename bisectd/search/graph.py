# SPDX-License-Identifier: GPL-2.0-or-later
"""The question a search answers, and its history as numbers: node 0 is the oldest commit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from bisectd.domain.verdict import Verdict


@dataclass(frozen=True)
class Graph:
    """The simplified history, parents before children, the same for the same parents in any order of keys.

    `parents` is empty for roots and for the boundary; a commit named twice as a parent counts once.
    """

    commits: tuple[str, ...]
    index: Mapping[str, int]
    parents: tuple[tuple[int, ...], ...]
    boundary: frozenset[int]
    labels: tuple[str, ...]

    def ancestors(self, nodes: Iterable[int]) -> set[int]:
        """The nodes and everything below them."""
        seen = set(nodes)
        stack = list(seen)
        while stack:
            fresh = [parent for parent in self.parents[stack.pop()] if parent not in seen]
            seen.update(fresh)
            stack += fresh
        return seen

    def descendants(self, node: int) -> set[int]:
        """The node and everything above it."""
        seen = {node}
        for child in range(node + 1, len(self.commits)):
            if not seen.isdisjoint(self.parents[child]):
                seen.add(child)
        return seen


@dataclass(frozen=True)
class Problem:
    """What to search.

    `parents` maps every candidate to its parents in the simplified history; a parent that is no key is the
    boundary: it is run where its verdict matters, and nothing below it is searched. `tip` stands for the bad
    revision and `goods` for the good ones: claims, which are run too. Commits with one `label` have identical
    inputs and so one verdict (a commit without an entry is its own label). `exhaustive` runs every label.
    `width` is how many evaluations can run at once, at least 1.
    """

    parents: Mapping[str, tuple[str, ...]]
    tip: str
    goods: tuple[str, ...]
    label: Mapping[str, str] = field(default_factory=dict)
    exhaustive: bool = False
    width: int = 1

    @cached_property
    def graph(self) -> Graph:
        """The history as numbers."""
        commits = tuple(_oldest_first(self))
        index = {commit: node for node, commit in enumerate(commits)}
        return Graph(
            commits=commits,
            index=index,
            parents=tuple(
                tuple(dict.fromkeys(index[parent] for parent in self.parents.get(commit, ())))
                for commit in commits
            ),
            boundary=frozenset(index[commit] for commit in commits if commit not in self.parents),
            labels=tuple(self.label_of(commit) for commit in commits),
        )

    def label_of(self, commit: str) -> str:
        """The commit's label, by default the commit itself."""
        return self.label.get(commit, commit)


def _oldest_first(problem: Problem) -> dict[str, None]:
    """Every commit after its parents; the first parent's line comes before the others, as it was merged."""
    done: dict[str, None] = {}
    stack = [*sorted(problem.parents, reverse=True), *reversed(problem.goods), problem.tip]
    while stack:
        waiting = [parent for parent in problem.parents.get(stack[-1], ()) if parent not in done]
        if waiting:
            stack += reversed(waiting)
        else:
            done[stack.pop()] = None
    return done


class View(NamedTuple):
    """The history and what is known of it: one verdict a node, None where nothing is known."""

    graph: Graph
    verdicts: tuple[Verdict | None, ...]


def view(problem: Problem, known: Mapping[str, Verdict]) -> View:
    """What `known` says about every commit of the problem (see `verdict_of`)."""
    graph, by_label = problem.graph, _by_label(problem, known)
    return View(
        graph,
        tuple(
            known.get(commit) or by_label.get(label)
            for commit, label in zip(graph.commits, graph.labels, strict=True)
        ),
    )


def verdict_of(commit: str, problem: Problem, known: Mapping[str, Verdict]) -> Verdict | None:
    """The commit's own verdict, else that of a commit with its label, else None.

    Should commits with one label disagree, each keeps its own verdict and the others take that of the commit
    with the smallest id; `disagreements` finds such labels.
    """
    return known.get(commit) or _by_label(problem, known).get(problem.label_of(commit))


def _by_label(problem: Problem, known: Mapping[str, Verdict]) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    for commit in sorted(known):
        verdicts.setdefault(problem.label_of(commit), known[commit])
    return verdicts
