# SPDX-License-Identifier: GPL-2.0-or-later
"""A branch as those see it who use it: along its own line, from one version of the code to the next.

The line is the first parents of the simplified history. What breaks and heals on a side branch before it is
merged is no change of the line; what a merge brings in is one, and its origin is the commit on the side.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bisectd.domain.regression import Kind, Transition
from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Problem, View, view
from bisectd.search.transitions import below, origins


@dataclass(frozen=True)
class LineVersion:
    """A commit of the line that has other code than the one below it; the first is where the line begins.

    `judged`: the commit whose evaluation says so, this one or another with its label. Where the verdict is
    another than the last that was tested, `origin` is the commit that made it so, and `candidates` all that
    may have, oldest first; else None and ().
    """

    commit: str
    judged: str
    verdict: Verdict
    origin: str | None = None
    candidates: tuple[str, ...] = ()


class Known(NamedTuple):
    """What an exhaustive search knows. Commits that do not build have no fingerprint."""

    verdicts: Mapping[str, Verdict]
    fingerprints: Mapping[str, str]
    transitions: Sequence[Transition]


def line(problem: Problem, known: Known) -> tuple[LineVersion, ...]:
    """The versions along the line, oldest first; () where a verdict is missing (the search was not whole)."""
    seen = view(problem, known.verdicts)
    nodes = _first_parents(seen, seen.graph.index[problem.tip])
    judged = _judged(problem, known.verdicts)
    found: list[LineVersion] = []
    code: tuple[str | None, Verdict] | None = None
    tested: int | None = None
    for node in nodes:
        commit, verdict = seen.graph.commits[node], seen.verdicts[node]
        if verdict is None:
            return ()
        by = commit if commit in known.verdicts else judged[seen.graph.labels[node]]
        before, code = code, (known.fingerprints.get(by), verdict)
        if code != before:
            changed = _change(seen, node, tested, known.transitions)
            found.append(LineVersion(commit, by, verdict, *changed))
        if verdict is not Verdict.UNTESTABLE:
            tested = node
    return tuple(found)


def _first_parents(seen: View, node: int) -> list[int]:
    """The line down from a node, oldest first."""
    nodes = [node]
    while parents := seen.graph.parents[nodes[-1]]:
        nodes.append(parents[0])
    return nodes[::-1]


def _judged(problem: Problem, verdicts: Iterable[str]) -> dict[str, str]:
    """Label → the commit that answers for it."""
    found: dict[str, str] = {}
    for commit in sorted(verdicts):
        found.setdefault(problem.label_of(commit), commit)
    return found


def _change(
    seen: View, node: int, tested: int | None, transitions: Sequence[Transition]
) -> tuple[str | None, tuple[str, ...]]:
    """What made the verdict of a node another than that of the last tested one of the line."""
    after = seen.verdicts[node]
    if tested is None or after is Verdict.UNTESTABLE or after is seen.verdicts[tested]:
        return None, ()
    kind = Kind.INTRODUCED if after is Verdict.BAD else Kind.FIXED
    inside = set(origins(seen, node) if after is Verdict.BAD else _good_below(seen, node))
    inside -= seen.graph.ancestors([tested])
    names = {seen.graph.commits[at] for at in inside}
    found = [change for change in transitions if change.kind is kind and change.commit in names]
    if not found:  # a merge that took the other side's code
        return seen.graph.commits[node], (seen.graph.commits[node],)
    # Of several introductions as in outcomes.origin(); of several fixes the last.
    order = found if kind is Kind.INTRODUCED else found[::-1]
    first = min(order, key=lambda change: len(change.commits) > 1)
    return first.commit, first.commits


def _good_below(seen: View, node: int) -> list[int]:
    """A GOOD node and every commit that its goodness may come from."""
    met, stack = {node}, [node]
    while stack:
        under = below(seen, stack.pop())
        fresh = [at for at in under.tested if seen.verdicts[at] is Verdict.GOOD and at not in met]
        met.update(fresh)
        stack += fresh
    return sorted(met)
