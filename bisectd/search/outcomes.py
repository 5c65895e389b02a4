# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer, once everything that it rests on is known."""

from collections.abc import Iterable

from bisectd.domain.regression import (
    BadMergeBase,
    Culprit,
    NoRegression,
    Outcome,
    Range,
    Transition,
    Untestable,
)
from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Problem, View
from bisectd.search.transitions import origins, transition_at


def from_ends(problem: Problem, seen: View) -> Outcome | None:
    """What the tip and the goods, which are known, answer by themselves: None for a BAD tip."""
    tip = seen.verdicts[seen.graph.index[problem.tip]]
    if tip is Verdict.UNTESTABLE:
        return Untestable(problem.tip, "the bad revision cannot be tested: name another one")
    return NoRegression(_at_goods(problem, seen), Verdict.GOOD) if tip is Verdict.GOOD else None


def all_goods_bad(problem: Problem, seen: View) -> bool:
    """Whether every good, of at least one, is BAD: the claim is wrong, so there is nothing to bisect."""
    return bool(problem.goods) and {Verdict.BAD} == set(_goods(problem, seen))


def origin(problem: Problem, seen: View) -> Outcome:
    """Where the badness of the BAD tip comes from, all of it known.

    Of several introductions one that is no range is taken before a range, then the oldest.
    """
    tip = seen.graph.index[problem.tip]
    found = [transition for node in origins(seen, tip) if (transition := transition_at(seen, node))]
    first = min(found, key=lambda transition: len(transition.commits) > 1, default=None)
    return introduced(first) if first else not_introduced(problem, seen)


def introduced(transition: Transition) -> Culprit | Range:
    """The outcome that rests on this transition."""
    return Range(transition) if len(transition.commits) > 1 else Culprit(transition)


def not_introduced(problem: Problem, seen: View) -> Outcome:
    """The badness of the BAD tip comes from below the range.

    If the goods are not to blame, it is from a commit older than a good on whose side it was fixed, and the
    tip's side forked before that.
    """
    graph, verdicts = seen
    boundary = [node for node in origins(seen, graph.index[problem.tip]) if node in graph.boundary]
    bad = [graph.commits[node] for node in boundary if verdicts[node] is Verdict.BAD]
    if not bad:
        return Untestable(
            graph.commits[boundary[0]],
            "the first commits after it that can be tested are BAD: name an older good revision",
        )
    good = _at_goods(problem, seen)
    if good is Verdict.GOOD:
        return BadMergeBase(bad[0], problem.goods[0])
    return NoRegression(good, Verdict.BAD)


def _goods(problem: Problem, seen: View) -> Iterable[Verdict | None]:
    return (seen.verdicts[seen.graph.index[good]] for good in problem.goods)


def _at_goods(problem: Problem, seen: View) -> Verdict:
    """One verdict for the goods: BAD if one is, GOOD if all are."""
    found = set(_goods(problem, seen))
    if Verdict.BAD in found:
        return Verdict.BAD
    return Verdict.GOOD if found == {Verdict.GOOD} else Verdict.UNTESTABLE
