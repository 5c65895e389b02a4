# SPDX-License-Identifier: GPL-2.0-or-later
"""One step of a search: what to run next, or the answer. Pure: the same knowledge gives the same step."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bisectd.domain.regression import NoRegression, Outcome, Transition
from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Problem, View, view
from bisectd.search.outcomes import all_goods_bad, from_ends, introduced, not_introduced, origin
from bisectd.search.sections import sections, suspects
from bisectd.search.transitions import below, dead_ends, transition_at, transitions


@dataclass(frozen=True)
class Ask:
    """Run these: at least one, at most `width`, no two with one label, none known, most useful first.

    `steps` is about how many steps are left, this one included.
    """

    commits: tuple[str, ...]
    steps: int


@dataclass(frozen=True)
class Done:
    """The answer, and the transitions that were found, oldest first.

    An exhaustive search finds all there are, a bisection the one that its outcome rests on.
    """

    outcome: Outcome
    transitions: tuple[Transition, ...]


Step: TypeAlias = Ask | Done
Evaluate: TypeAlias = Callable[[Sequence[str]], Mapping[str, Verdict]]


def next_step(problem: Problem, known: Mapping[str, Verdict]) -> Step:
    """What to run next, or the answer, from the verdicts known so far (of any commits, in any order)."""
    seen = view(problem, known)
    return _exhaust(problem, seen) if problem.exhaustive else _bisect(problem, seen)


def search(problem: Problem, evaluate: Evaluate, known: Mapping[str, Verdict] | None = None) -> Done:
    """Step until done. `evaluate` gets what `Ask` names and must answer at least one of it each time."""
    gathered = dict(known or {})
    while isinstance(step := next_step(problem, gathered), Ask):
        answers = evaluate(step.commits)
        if answers.keys().isdisjoint(step.commits):
            raise ValueError(f"no verdict for any of {', '.join(step.commits)}")
        gathered.update(answers)
    return step


def _exhaust(problem: Problem, seen: View) -> Step:
    order = (*_ends(problem, seen), *_halving(len(seen.graph.commits)))
    unknown = _one_a_label(seen, order)
    if unknown:
        return Ask(_names(seen, unknown[: problem.width]), -(-len(unknown) // problem.width))
    return Done(from_ends(problem, seen) or origin(problem, seen), transitions(seen))


def _bisect(problem: Problem, seen: View) -> Step:
    tip = seen.graph.index[problem.tip]
    verdict = seen.verdicts[tip]
    ends = _one_a_label(seen, _ends(problem, seen))
    if verdict is Verdict.GOOD and ends:
        return Ask(_names(seen, ends[: problem.width]), -(-len(ends) // problem.width))
    if outcome := from_ends(problem, seen):
        return Done(outcome, ())
    if not ends and all_goods_bad(problem, seen):
        return Done(NoRegression(Verdict.BAD, Verdict.BAD), ())
    if not ends and tip in dead_ends(seen):
        return Done(not_introduced(problem, seen), ())
    return _look_under(problem, seen, ends, *_narrow(seen, tip))


def _look_under(problem: Problem, seen: View, ends: Sequence[int], bad: int, nodes: Sequence[int]) -> Step:
    """Run the ends, then what cuts the suspects, then what the verdict on `bad` rests on; then answer."""
    cuts = sections(seen, nodes, bad, problem.width - len(ends))
    wanted = _one_a_label(seen, (*ends, *cuts, *below(seen, bad).unknown))
    if wanted:
        steps = -(-len(ends) // problem.width) + _rounds(seen, nodes, problem.width)
        return Ask(_names(seen, wanted[: problem.width]), max(steps, 1))
    transition = transition_at(seen, bad)
    if transition is None:
        raise AssertionError(f"{seen.graph.commits[bad]}: neither a dead end nor a transition")
    return Done(introduced(transition), (transition,))


def _narrow(seen: View, tip: int) -> tuple[int, list[int]]:
    """The BAD commit under which to look, by going down from `tip`, and its suspects.

    A BAD commit among the suspects of another, or that the other grew from, is the better one to look under.
    So the last one's own badness is not inherited, whatever the history did elsewhere.
    """
    dead = dead_ends(seen)
    bad = tip
    while True:
        nodes = suspects(seen, bad)
        lower = [
            node
            for node in (*nodes, *below(seen, bad).tested)
            if node != bad and node not in dead and seen.verdicts[node] is Verdict.BAD
        ]
        if not lower:
            return bad, nodes
        bad = min(lower)


def _ends(problem: Problem, seen: View) -> list[int]:
    return [seen.graph.index[commit] for commit in (problem.tip, *problem.goods)]


def _one_a_label(seen: View, nodes: Iterable[int]) -> list[int]:
    """The unknown ones of `nodes`, in their order, the first of each label."""
    first: dict[str, int] = {}
    for node in nodes:
        if seen.verdicts[node] is None:
            first.setdefault(seen.graph.labels[node], node)
    return list(first.values())


def _halving(size: int) -> Iterator[int]:
    """Every number below `size`: the middle, the middles of both halves, and so on."""
    spans = [(0, size)]
    for start, stop in spans:
        if start < stop:
            middle = (start + stop) // 2
            yield middle
            spans += [(start, middle), (middle + 1, stop)]


def _rounds(seen: View, nodes: Sequence[int], width: int) -> int:
    """How many cuts by `width` commits it takes until one label of the suspects `nodes` is left."""
    left = len(_one_a_label(seen, nodes)) + 1
    rounds = 0
    while (width + 1) ** rounds < left:
        rounds += 1
    return rounds


def _names(seen: View, nodes: Iterable[int]) -> tuple[str, ...]:
    return tuple(seen.graph.commits[node] for node in nodes)
