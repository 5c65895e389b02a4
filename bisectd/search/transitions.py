# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the verdict changes.

Before a root there is nothing that could be bad, so the place below a root counts as GOOD although it cannot
be run: a BAD root is a culprit without parents, and a GOOD root is no fix.
"""

from typing import NamedTuple

from bisectd.domain.regression import Kind, Transition
from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Graph, View

_KINDS = {Verdict.BAD: (Verdict.GOOD, Kind.INTRODUCED), Verdict.GOOD: (Verdict.BAD, Kind.FIXED)}


class Below(NamedTuple):
    """What a commit grew from: its nearest ancestors with an answer, and what lies between.

    `untestable` are the commits between, `tested` (GOOD or BAD) and `unknown` the first ones under them, in
    the order of the parents; `from_nothing` says that a root is among the commit and `untestable`.
    """

    untestable: tuple[int, ...]
    tested: tuple[int, ...]
    unknown: tuple[int, ...]
    from_nothing: bool


def below(seen: View, node: int) -> Below:
    """Look under a commit, through untestable ones, as far as the boundary."""
    graph, verdicts = seen
    found: dict[Verdict | None, list[int]] = {Verdict.UNTESTABLE: [], None: []}
    tested: list[int] = []
    met, queue = {node}, [node]
    for at in queue:
        for parent in graph.parents[at]:
            if parent not in met:
                met.add(parent)
                found.get(verdicts[parent], tested).append(parent)
                if verdicts[parent] is Verdict.UNTESTABLE:
                    queue.append(parent)
    return Below(
        untestable=tuple(found[Verdict.UNTESTABLE]),
        tested=tuple(tested),
        unknown=tuple(found[None]),
        from_nothing=any(not graph.parents[at] and at not in graph.boundary for at in queue),
    )


def transition_at(seen: View, node: int) -> Transition | None:
    """The change of verdict at a candidate: its verdict against that of everything it grew from.

    None where the two agree, where the commit merges both verdicts (it inherits one), and where something
    under it is unknown. `parents` are the tested commits under it: its parents, or, where untestable commits
    stand between, the first tested ones below those. At a root, which has none, `before` is UNTESTABLE.
    """
    graph, verdicts = seen
    after = verdicts[node]
    if node in graph.boundary or after is None or after is Verdict.UNTESTABLE:
        return None
    before, kind = _KINDS[after]
    under = below(seen, node)
    verdicts_before = {verdicts[parent] for parent in under.tested}
    verdicts_before |= {Verdict.GOOD} if under.from_nothing else set()
    if under.unknown or verdicts_before != {before}:
        return None
    suspects = [at for at in under.untestable if _may_have_changed(graph, at, node, under)]
    return Transition(
        kind=kind,
        commit=graph.commits[node],
        parents=tuple(graph.commits[parent] for parent in under.tested),
        before=before if under.tested else Verdict.UNTESTABLE,
        after=after,
        commits=tuple(graph.commits[at] for at in (*sorted(suspects), node)),
    )


def transitions(seen: View) -> tuple[Transition, ...]:
    """Every transition, oldest first."""
    found = (transition_at(seen, node) for node in range(len(seen.graph.commits)))
    return tuple(transition for transition in found if transition)


def _may_have_changed(graph: Graph, suspect: int, changed: int, under: Below) -> bool:
    """Whether untestable `suspect` can have made the change that is seen at `changed`.

    It can if there is a way up from it to `changed` that had the new verdict all along while its parents had
    the old one: a way through no commit with a parent's label, since one label has one verdict.
    """
    fixed = {graph.labels[parent] for parent in graph.parents[suspect]}
    inside = {changed, *(at for at in under.untestable if graph.labels[at] not in fixed)}
    reached, stack = {changed}, [changed]
    while stack and suspect not in reached:
        fresh = [at for at in graph.parents[stack.pop()] if at in inside and at not in reached]
        reached.update(fresh)
        stack += fresh
    return suspect in reached


def origins(seen: View, tip: int) -> list[int]:
    """BAD `tip` and every commit that its badness may come from: BAD, or the untestable boundary."""
    met, stack = {tip}, [tip]
    while stack:
        under = below(seen, stack.pop())
        bad = [at for at in under.tested if seen.verdicts[at] is Verdict.BAD and at not in met]
        met.update(bad, (at for at in under.untestable if at in seen.graph.boundary))
        stack += bad
    return sorted(met)


def dead_ends(seen: View) -> set[int]:
    """BAD commits that lead to no transition, whatever is still unknown elsewhere.

    All that they grew from is known, and it is BAD back to the boundary or untestable back to it.
    """
    graph, verdicts = seen
    dead: set[int] = set()
    if all(verdicts[node] in {None, Verdict.GOOD} for node in graph.boundary):
        return dead
    for node, verdict in enumerate(verdicts):
        if verdict is Verdict.BAD and _is_dead(seen, node, dead):
            dead.add(node)
    return dead


def _is_dead(seen: View, node: int, dead: set[int]) -> bool:
    if node in seen.graph.boundary:
        return True
    under = below(seen, node)
    bad = [at for at in under.tested if seen.verdicts[at] is Verdict.BAD]
    nothing_good = len(bad) == len(under.tested) and not under.from_nothing
    return not under.unknown and dead.issuperset(bad) and (bool(bad) or nothing_good)
