# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commits to run next: those that cut the suspects into equal parts.

As in git's bisection the weight of a commit is what lies at and below it among the suspects, but what is
counted is labels whose verdict is not known: untestable commits and repetitions tell nothing more.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from bisectd.domain.verdict import Verdict
from bisectd.search.graph import View

# Of more labels than this only an even sample is counted, which bounds time and memory: a cut is then off by
# at most 1/1024 of the suspects, which costs log2(1 + 2/1024) = 0.003 runs.
_RESOLUTION = 1024

_OWN = 1  # the bit of the BAD commit that is looked under: it is a suspect too


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
    n + 1 at and below itself. Whatever the verdicts, about one share is left. Empty if nothing is unknown.
    """
    graph, verdicts = seen
    masks = _masks(seen, nodes, bad) if width > 0 else {}
    own = graph.labels[bad]
    unknown = {graph.labels[node] for node in nodes if verdicts[node] is None} - {own}
    chosen: list[int] = []
    while unknown and len(chosen) < width:
        weights = {node: masks[node].bit_count() for node in nodes}
        eligible = {weights[node]: node for node in reversed(nodes) if graph.labels[node] in unknown}
        shunned = sorted({weights[node] for node in nodes if verdicts[node] is Verdict.UNTESTABLE})
        point = eligible[_best(eligible, shunned, weights[bad], width - len(chosen))]
        chosen.append(point)
        gone = graph.ancestors([point])
        unknown -= {graph.labels[node] for node in gone}
        left = ~masks[point] | _OWN
        nodes = [node for node in nodes if node not in gone]
        masks = {node: masks[node] & left for node in nodes}
    return chosen


def _best(weights: Iterable[int], shunned: Sequence[int], total: int, parts: int) -> int:
    """The weight that best takes one share of `total` in `parts` + 1, the lowest among equals.

    What cannot be tested mostly has neighbours that cannot be tested either (a build that was broken for a
    while), so the best weight also keeps its distance from those, the `shunned`.
    """

    def gain(weight: int) -> int:
        return min(weight * parts, total - weight, _distance(shunned, weight, total) * (parts + 1))

    return max(sorted(weights), key=gain)


def _distance(places: Sequence[int], place: int, default: int) -> int:
    """How far `place` is from the nearest of the sorted `places`; `default` if there is none."""
    right = bisect_left(places, place)
    return min((abs(place - near) for near in places[max(right - 1, 0) : right + 1]), default=default)


def _masks(seen: View, nodes: Sequence[int], bad: int) -> dict[int, int]:
    """The counted labels at and below each of `nodes`, which are oldest first, as bits."""
    graph, verdicts = seen
    labels = list(dict.fromkeys(graph.labels[node] for node in nodes if verdicts[node] is None))
    counted = labels[:: len(labels) // _RESOLUTION + 1]
    bits = {label: 2 << bit for bit, label in enumerate(counted)} | {graph.labels[bad]: _OWN}
    masks: dict[int, int] = {}
    for node in nodes:
        mask = bits.get(graph.labels[node], 0)
        for parent in graph.parents[node]:
            mask |= masks.get(parent, 0)
        masks[node] = mask
    return masks
