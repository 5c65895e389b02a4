# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commits to run next: those that cut the suspects into equal parts.

As in git's bisection the weight of a commit is what lies at and below it among the suspects, but what is
counted is labels whose verdict is not known: untestable commits and repetitions tell nothing more.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Graph, View


def suspects(seen: View, bad: int) -> list[int]:
    """The candidates at and below `bad` that are below no GOOD commit, oldest first.

    A GOOD commit above `bad` clears nothing: there the history is known to change more than once.
    """
    graph, verdicts = seen
    above = graph.descendants(bad)
    good = [node for node, verdict in enumerate(verdicts) if verdict is Verdict.GOOD and node not in above]
    return sorted(graph.ancestors([bad]) - graph.ancestors(good) - graph.boundary)


def sections(seen: View, nodes: Sequence[int], bad: int, width: int) -> list[int]:
    """At most `width` unknown commits, each with a label of its own, that cut suspects `nodes` of `bad`.

    One after the other they take equal shares off the bottom: with n to come, the best one has one share in
    n + 1 at and below itself. Whatever the verdicts, at most one share is left. Empty if nothing is unknown.
    """
    graph, verdicts = seen
    counted = {graph.labels[node] for node in nodes if verdicts[node] is None}
    chosen: list[int] = []
    while len(chosen) < width:
        point = _cut(seen, nodes, counted - {graph.labels[bad]}, bad, width - len(chosen))
        if point is None:
            break
        chosen.append(point)
        gone = graph.ancestors([point])
        counted -= {graph.labels[node] for node in gone}
        nodes = [node for node in nodes if node not in gone]
    return chosen


def _cut(seen: View, nodes: Sequence[int], counted: AbstractSet[str], bad: int, parts: int) -> int | None:
    """The commit that best takes one share in `parts` + 1, the oldest among equals.

    Who cannot be tested mostly has neighbours that cannot be tested either (a build that was broken for a
    while), so the best commit also keeps its distance from those.
    """
    graph, verdicts = seen
    weights = _weights(graph, nodes, {*counted, graph.labels[bad]})
    untestable = sorted({weights[node] for node in nodes if verdicts[node] is Verdict.UNTESTABLE})

    def gain(node: int) -> int:
        weight, total = weights[node], weights[bad]
        return min(weight * parts, total - weight, _distance(untestable, weight, total) * (parts + 1))

    return max((node for node in nodes if graph.labels[node] in counted), key=gain, default=None)


def _distance(places: Sequence[int], place: int, default: int) -> int:
    """How far `place` is from the nearest of the sorted `places`; `default` if there is none."""
    right = bisect_left(places, place)
    return min((abs(place - near) for near in places[max(right - 1, 0) : right + 1]), default=default)


def _weights(graph: Graph, nodes: Sequence[int], counted: AbstractSet[str]) -> dict[int, int]:
    """How many distinct counted labels each of `nodes` (oldest first) has at and below itself.

    The label sets are bit masks, dropped after their last child, so memory follows the width of the history
    and not its length.
    """
    inside = set(nodes)
    children = Counter(parent for node in nodes for parent in graph.parents[node] if parent in inside)
    bits = {label: 1 << bit for bit, label in enumerate(counted)}
    masks: dict[int, int] = {}
    weights = {}
    for node in nodes:
        mask = bits.get(graph.labels[node], 0)
        for parent in graph.parents[node]:
            mask |= masks.get(parent, 0)
            children[parent] -= 1
            if not children[parent]:
                del masks[parent]
        weights[node] = mask.bit_count()
        masks[node] = mask
    return weights
