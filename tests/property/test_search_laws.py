# SPDX-License-Identifier: GPL-2.0-or-later
"""Search against brute force over all commits, on random histories.

The brute force is written from the definitions alone: it tries every verdict that untestable labels may have
had, and follows every path.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from math import ceil, log2

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bisectd.domain.regression import (
    BadMergeBase,
    Culprit,
    Kind,
    NoRegression,
    Outcome,
    Range,
    Transition,
    Untestable,
)
from bisectd.domain.verdict import Verdict
from bisectd.search import Ask, Done, Problem, next_step, search, verdict_of

GOOD, BAD, UNTESTABLE = Verdict.GOOD, Verdict.BAD, Verdict.UNTESTABLE
OTHER = {GOOD: BAD, BAD: GOOD}


@dataclass(frozen=True)
class History:
    """A problem and the verdict that each of its commits gives when it runs."""

    problem: Problem
    truth: Mapping[str, Verdict]

    def parents(self, commit: str) -> tuple[str, ...]:
        return self.problem.parents.get(commit, ())

    def is_boundary(self, commit: str) -> bool:
        return commit not in self.problem.parents

    def is_ancestor(self, low: str, high: str) -> bool:
        return low == high or any(self.is_ancestor(low, parent) for parent in self.parents(high))


@st.composite
def graphs(draw: st.DrawFn, most: int = 10) -> dict[str, tuple[str, ...]]:
    """Roots, merges, octopus merges and a boundary of up to three commits; names say nothing of the order."""
    boundary = [f"b{n}" for n in range(draw(st.sampled_from((1, 2, 3, 0))))]
    size = draw(st.integers(1, most))
    names = draw(st.permutations([f"c{n}" for n in range(size)]))
    parents: dict[str, tuple[str, ...]] = {}
    for name in names:
        older = [*boundary, *parents]
        few = st.sampled_from((1, 1, 1, 1, 2, 2, 2, 3, 3, 0)) if older else st.just(0)
        some = st.sampled_from(older[-4:]) if older else st.nothing()
        count = draw(few)
        parents[name] = tuple(draw(st.lists(some, min_size=count, max_size=count)))
    return parents


def boundary_of(parents: Mapping[str, tuple[str, ...]]) -> list[str]:
    return sorted({parent for line in parents.values() for parent in line} - set(parents))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Any verdicts at all, one a label; mostly with claims that hold, since others end the search at once."""
    parents = draw(graphs())
    boundary = boundary_of(parents) or ["b0"]
    goods = draw(st.lists(st.sampled_from(boundary), unique=True, max_size=3))
    commits = [*dict.fromkeys((*goods, *boundary_of(parents))), *parents]
    few_labels = st.sampled_from([f"l{n}" for n in range(len(commits))])
    label = {commit: draw(few_labels) for commit in commits} if draw(st.booleans()) else {}
    verdicts = draw(st.sampled_from([(GOOD, BAD), (GOOD, BAD, UNTESTABLE), (BAD, UNTESTABLE, UNTESTABLE)]))
    by_label = {mark: draw(st.sampled_from(verdicts)) for mark in sorted({label.get(c, c) for c in commits})}
    tip = draw(st.sampled_from([commits[-1], commits[-1], *commits]))
    for good in draw(st.sampled_from([goods, boundary, goods[1:], boundary])):
        by_label[label.get(good, good)] = GOOD
    by_label[label.get(tip, tip)] = draw(st.sampled_from([BAD, BAD, BAD, *verdicts]))
    truth = {commit: by_label[label.get(commit, commit)] for commit in commits}
    return History(Problem(parents, tip, tuple(goods), label), truth)


@st.composite
def monotone(draw: st.DrawFn) -> tuple[History, dict[str, Verdict]]:
    """Above a BAD commit all is BAD, the boundary is GOOD, the tip is BAD; and what would have been seen if
    nothing were untestable."""
    parents = draw(graphs(most=14))
    tip = list(parents)[-1]
    real = dict.fromkeys(boundary_of(parents), GOOD)
    for commit, line in parents.items():
        worse = draw(st.integers(0, 3)) == 0
        real[commit] = BAD if worse or commit == tip or any(real[parent] is BAD for parent in line) else GOOD
    hidden = draw(st.sets(st.sampled_from([c for c in parents if c != tip] or [tip])))
    truth = {c: UNTESTABLE if c in hidden and c != tip else verdict for c, verdict in real.items()}
    label = {c: f"{draw(st.integers(0, 20))} {truth[c]} {real[c]}" for c in real}
    goods = tuple(boundary_of(parents))
    return History(Problem(parents, tip, goods, label), truth), real


class Runner:
    """Answers from the truth and holds what every question must keep to."""

    def __init__(self, history: History, width: int) -> None:
        self.problem = replace(history.problem, width=width)
        self.truth = history.truth
        self.known: dict[str, Verdict] = {}
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, commits: Sequence[str]) -> dict[str, Verdict]:
        assert 1 <= len(commits) <= self.problem.width
        labels = {self.problem.label_of(commit) for commit in commits}
        assert len(labels) == len(commits)
        assert all(verdict_of(commit, self.problem, self.known) is None for commit in commits)
        self.asked.append(tuple(commits))
        self.known |= {commit: self.truth[commit] for commit in commits}
        return {commit: self.truth[commit] for commit in commits}

    def run(self) -> Done:
        return search(self.problem, self)


# The definitions, by brute force.


def grown_from(history: History, commit: str) -> Iterator[tuple[str, ...]]:
    """Every path down through untestable commits, to the first that is not or that has no parent."""
    if not history.parents(commit):
        yield (commit,)
    for parent in history.parents(commit):
        if history.truth[parent] is UNTESTABLE:
            yield from ((commit, *path) for path in grown_from(history, parent))
        else:
            yield (commit, parent)


def verdicts_before(history: History, commit: str) -> set[Verdict]:
    """GOOD for a path that ends at a root; none for one that ends at an untestable boundary."""
    found = set()
    for path in grown_from(history, commit):
        if len(path) > 1 and history.truth[path[-1]] is not UNTESTABLE:
            found.add(history.truth[path[-1]])
        elif not history.is_boundary(path[-1]):
            found.add(GOOD)
    return found


def assignments(history: History) -> Iterator[dict[str, Verdict]]:
    """Every verdict that the untestable labels may have had."""
    label_of = history.problem.label_of
    labels = sorted({label_of(commit) for commit, verdict in history.truth.items() if verdict is UNTESTABLE})
    for verdicts in product((GOOD, BAD), repeat=len(labels)):
        chosen = dict(zip(labels, verdicts, strict=True))
        yield {c: chosen.get(label_of(c), v) for c, v in history.truth.items()}


def may_have_changed(history: History, commit: str) -> set[str]:
    """Who changed the verdict seen at `commit`, under any assignment of the untestable."""
    after = history.truth[commit]
    paths = [
        path[: n + 1]
        for path in grown_from(history, commit)
        for n, at in enumerate(path)
        if n == 0 or history.truth[at] is UNTESTABLE
    ]
    return {
        path[-1]
        for real in assignments(history)
        for path in paths
        if all(real[at] is after for at in path)
        and all(real[parent] is OTHER[after] for parent in history.parents(path[-1]))
    }


def naive_transitions(history: History) -> dict[str, tuple[Kind, set[str]]]:
    """Commit → kind and all commits that may have made the change."""
    return {
        commit: (Kind.INTRODUCED if verdict is BAD else Kind.FIXED, may_have_changed(history, commit))
        for commit, verdict in history.truth.items()
        if not history.is_boundary(commit)
        and verdict is not UNTESTABLE
        and verdicts_before(history, commit) == {OTHER[verdict]}
    }


def bad_sources(history: History, commit: str) -> set[str]:
    """Every BAD commit that a BAD commit's badness may come from, itself included."""
    below = {path[-1] for path in grown_from(history, commit) if history.truth[path[-1]] is BAD} - {commit}
    return {commit}.union(*(bad_sources(history, parent) for parent in below))


def holds(history: History, transition: Transition) -> bool:
    """Whether this is a transition by the definition, with everything in it as documented."""
    kind, commits = naive_transitions(history)[transition.commit]
    paths = [path for path in grown_from(history, transition.commit) if len(path) > 1]
    tested = {path[-1] for path in paths if history.truth[path[-1]] is not UNTESTABLE}
    return (
        transition.kind is kind
        and set(transition.commits) == commits
        and len(transition.commits) == len(commits)
        and set(transition.parents) == tested
        and transition.after is history.truth[transition.commit]
        and transition.before is (OTHER[transition.after] if tested else UNTESTABLE)
        and in_order(history, transition.commits)
        and transition.commits[-1] == transition.commit
    )


def in_order(history: History, commits: Sequence[str]) -> bool:
    return not any(
        history.is_ancestor(later, earlier) for n, earlier in enumerate(commits) for later in commits[n + 1 :]
    )


def outcome_holds(history: History, outcome: Outcome) -> bool:
    problem, truth = history.problem, history.truth
    goods = {truth[good] for good in problem.goods}
    at_tip = truth[problem.tip]
    sources = bad_sources(history, problem.tip) if at_tip is BAD else set()
    introduced = sources & set(naive_transitions(history))
    match outcome:
        case Culprit(transition):
            clean = all(truth[parent] is GOOD for parent in history.parents(transition.commit))
            return at_tip is BAD and truth[transition.commit] is BAD and clean and holds(history, transition)
        case Range(transition):
            stood_between = any(truth[c] is UNTESTABLE for c in transition.commits[:-1])
            return transition.kind is Kind.INTRODUCED and stood_between and holds(history, transition)
        case NoRegression(good, bad):
            expected = BAD if BAD in goods else GOOD if goods == {GOOD} else UNTESTABLE
            return (good, bad) == (expected, at_tip) and (
                bad is GOOD or (bad is BAD and (goods == {BAD} or not introduced))
            )
        case BadMergeBase(base, good):
            from_below = base in sources and history.is_boundary(base)
            return from_below and goods == {GOOD} and good in problem.goods and not introduced
        case Untestable(commit):
            blind = history.is_boundary(commit) and truth[commit] is UNTESTABLE
            no_bad_below = not any(history.is_boundary(source) for source in sources)
            if at_tip is UNTESTABLE:
                return commit == problem.tip
            return blind and no_bad_below and not introduced


# The laws.


@settings(max_examples=300, deadline=None)
@given(histories(), st.sampled_from([1, 2, 4, 7]))
def test_exhaustive_search_lists_the_transitions_of_the_definition(history: History, width: int) -> None:
    runner = Runner(replace(history, problem=replace(history.problem, exhaustive=True)), width)
    done = runner.run()
    assert sorted(t.commit for t in done.transitions) == sorted(naive_transitions(history))
    assert all(holds(history, transition) for transition in done.transitions)
    assert in_order(history, [transition.commit for transition in done.transitions])
    labels = {history.problem.label_of(commit) for commit in history.truth}
    assert sum(map(len, runner.asked)) == len(labels)


@settings(max_examples=300, deadline=None)
@given(histories())
def test_exhaustive_outcome_is_where_the_badness_of_the_tip_comes_from(history: History) -> None:
    runner = Runner(replace(history, problem=replace(history.problem, exhaustive=True)), 4)
    done = runner.run()
    assume(history.truth[history.problem.tip] is BAD)
    found = naive_transitions(history)
    introduced = bad_sources(history, history.problem.tip) & set(found)
    match done.outcome:
        case Culprit(transition):
            assert transition.commit in introduced
        case Range(transition):
            assert transition.commit in introduced
            assert all(len(found[commit][1]) > 1 for commit in introduced)
        case other:
            assert not introduced
            assert outcome_holds(history, other)


@settings(max_examples=500, deadline=None)
@given(histories(), st.sampled_from([1, 2, 4, 7]))
def test_bisection_gives_an_outcome_of_the_definition(history: History, width: int) -> None:
    done = Runner(history, width).run()
    assert outcome_holds(history, done.outcome)
    held = [done.outcome.transition] if isinstance(done.outcome, Culprit | Range) else []
    assert list(done.transitions) == held


@settings(max_examples=300, deadline=None)
@given(histories(), st.sampled_from([1, 3]), st.booleans())
def test_a_killed_search_goes_on_as_if_it_had_never_stopped(
    history: History, width: int, exhaustive: bool
) -> None:
    history = replace(history, problem=replace(history.problem, exhaustive=exhaustive))
    runner = Runner(history, width)
    done = runner.run()
    known: dict[str, Verdict] = {}
    reordered = dict(sorted(history.problem.parents.items()))
    for commits in runner.asked:
        again = replace(runner.problem, parents=reordered)
        step = next_step(again, dict(reversed(known.items())))
        assert isinstance(step, Ask)
        assert step.commits == commits
        known |= {commit: history.truth[commit] for commit in commits}
    assert next_step(runner.problem, known) == done


@settings(max_examples=300, deadline=None)
@given(histories(), st.data())
def test_any_earlier_knowledge_gives_an_outcome_of_the_definition(
    history: History, data: st.DataObject
) -> None:
    earlier = data.draw(st.sets(st.sampled_from(sorted(history.truth))))
    known = {commit: history.truth[commit] for commit in earlier}
    done = search(history.problem, lambda commits: {c: history.truth[c] for c in commits}, known)
    assert outcome_holds(history, done.outcome)


@settings(max_examples=300, deadline=None)
@given(monotone(), st.sampled_from([1, 4]))
def test_on_a_monotone_history_the_answer_holds_a_first_bad_commit(
    case: tuple[History, dict[str, Verdict]], width: int
) -> None:
    history, real = case
    outcome = Runner(history, width).run().outcome
    assert isinstance(outcome, Culprit | Range)
    first_bad = {
        commit
        for commit, parents in history.problem.parents.items()
        if real[commit] is BAD and all(real[parent] is GOOD for parent in parents)
    }
    assert first_bad & set(outcome.transition.commits)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=300), st.data())
def test_a_line_of_n_classes_takes_log2_n_runs_and_the_ends(runs: list[int], data: st.DataObject) -> None:
    classes = [f"{n}" for n, length in enumerate(runs) for _ in range(length)]
    commits = ["good", *(f"c{n}" for n in range(len(classes)))]
    parents = {commit: (parent,) for parent, commit in pairwise(commits)}
    first_bad = data.draw(st.integers(0, len(runs) - 1))
    label = dict(zip(commits[1:], classes, strict=True))
    truth = {commit: BAD if int(label.get(commit, -1)) >= first_bad else GOOD for commit in commits}
    runner = Runner(History(Problem(parents, commits[-1], ("good",), label), truth), 1)
    outcome = runner.run().outcome
    assert isinstance(outcome, Culprit)
    assert outcome.transition.commit == commits[1 + classes.index(f"{first_bad}")]
    assert len(runner.asked) <= 2 + ceil(log2(len(runs)))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400), st.integers(2, 9), st.data())
def test_w_workers_cut_a_line_in_w_plus_1_equal_parts(size: int, width: int, data: st.DataObject) -> None:
    commits = ["good", *(f"c{n}" for n in range(size))]
    first_bad = data.draw(st.integers(1, size))
    truth = {commit: BAD if n >= first_bad else GOOD for n, commit in enumerate(commits)}
    parents = {commit: (parent,) for parent, commit in pairwise(commits)}
    runner = Runner(History(Problem(parents, commits[-1], ("good",)), truth), width)
    outcome = runner.run().outcome
    assert isinstance(outcome, Culprit)
    assert outcome.transition.commit == commits[first_bad]
    cuts = next(n for n in range(10) if (width + 1) ** n >= size)
    assert len(runner.asked) <= 1 + cuts
