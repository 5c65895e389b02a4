# SPDX-License-Identifier: GPL-2.0-or-later
"""Since when a probe is BAD: the commit that made it so, a range, or always."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.records import Question, Step
from bisectd.domain.regression import BadMergeBase, Culprit, NoRegression, Range, Untestable
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel.targets import label
from bisectd.services.bisection import bisect
from bisectd.services.panel import Panel, PanelWorkers

_NO_FUNCTION = "the unit has no function"  # how an Inconclusive run says so, see probes.scenario.Missing


@dataclass(frozen=True)
class Introduced:
    """The commit is BAD and all its parents are GOOD. `good`: a GOOD ancestor that the search began from."""

    commit: str
    parents: tuple[str, ...]
    good: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Among:
    """One of these commits made the change, oldest first; those before the last cannot be tested.

    `parents`: the GOOD versions right below them. `good`: a GOOD ancestor that the search began from.
    """

    commits: tuple[str, ...]
    parents: tuple[str, ...]
    good: str

    @property
    def span(self) -> tuple[str, str]:
        """The ends of GOOD..BAD, as gitrevisions(7) has them, that no commit of the range is outside of."""
        return self.parents[0] if len(self.parents) == 1 else self.good, self.commits[-1]


@dataclass(frozen=True)
class Always:
    """No GOOD version was found. `first` is the oldest BAD one; `before` says why none older could be judged.

    `with_function`: the function under test came with `first`.
    """

    first: str
    before: str
    with_function: bool


@dataclass(frozen=True)
class Unknown:
    """No answer, and why."""

    reason: str


Origin: TypeAlias = Introduced | Among | Always | Unknown


@dataclass
class _Steps:
    """A `bisection.Listener` that remembers the order."""

    taken: list[Step] = field(default_factory=list)

    def searching(self, candidates: Sequence[str]) -> None:
        """See `Listener`."""

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        """See `Listener`."""
        del steps_left
        observation = evaluation.observation
        self.taken.append(Step(evaluation.commit, observation.verdict, observation.reason))


def find(panel: Panel, setup: Setup, base: str) -> Origin:
    """Where the badness of the BAD commit `base` comes from."""
    repository = panel.desk.repository
    good = _good_release(panel, setup, base)
    if good is None:
        found = _oldest(panel, setup, base)
        if isinstance(found, Always):
            return found
        good = found
    evaluator = panel.desk.evaluator(setup)
    question = Question(
        setup.repository, (good,), base, setup.probe, label(evaluator.target), panel.toolchain
    )
    steps = _Steps()
    report = bisect(question, evaluator, PanelWorkers(panel, setup), steps)
    match report.outcome:
        case Culprit(transition):
            way = tuple(step for step in steps.taken if _on_the_way(repository, step.commit, good, base))
            return Introduced(transition.commit, transition.parents, good, way)
        case Range(transition):
            return Among(transition.commits, transition.parents, good)
        case Untestable(_, reason):
            return Unknown(reason)
        case BadMergeBase(merge_base, _):
            return Unknown(f"merge base {merge_base[:12]} is BAD already")
        case NoRegression(at_good, at_bad):
            return Unknown(f"the good end is {at_good.value}, the bad end is {at_bad.value}")


def holds(panel: Panel, setup: Setup, found: Origin) -> bool:
    """Whether another probe's culprit is this one's too: BAD at the commit, GOOD at every parent."""
    if not isinstance(found, Introduced) or not found.parents:
        return False
    verdicts = panel.commits(setup, [found.commit, *found.parents])
    return all(
        evaluation.observation.verdict is (Verdict.BAD if commit == found.commit else Verdict.GOOD)
        for commit, evaluation in verdicts.items()
    )


def _on_the_way(repository: Repository, commit: str, good: str, base: str) -> bool:
    return commit not in {good, base} and repository.is_ancestor(commit, base)


def _good_release(panel: Panel, setup: Setup, base: str) -> str | None:
    """A release below `base` at which the probe is GOOD, found in steps that double."""
    repository = panel.desk.repository
    older = [
        release
        for release in reversed(repository.releases())
        if not release.candidate and release.commit != base
    ]
    stride = 1
    while older:
        below = next((n for n, one in enumerate(older) if repository.is_ancestor(one.commit, base)), None)
        if below is None:
            return None
        if panel.verdict(setup, older[below].commit) is Verdict.GOOD:
            return older[below].commit
        # The oldest is never stepped over: it is the last chance of a short search.
        rest = older[below + 1 :]
        older = rest[min(stride - 1, max(len(rest) - 1, 0)) :]
        stride *= 2
    return None


def _oldest(panel: Panel, setup: Setup, base: str) -> Always | str:
    """The first BAD version of the sources, or a GOOD one that turned up on the way to it."""
    repository = panel.desk.repository
    commits = _oldest_first(repository, base, panel.desk.evaluator(setup).probe.sources)
    first, last = -1, len(commits) - 1  # untestable, or before the history; and BAD
    while last - first > 1:
        middle = (first + last) // 2
        verdict = panel.verdict(setup, commits[middle])
        if verdict is Verdict.GOOD:
            return commits[middle]
        first, last = (middle, last) if verdict is Verdict.UNTESTABLE else (first, middle)
    if first < 0:
        return Always(commits[last], "the history begins there", with_function=False)
    reason = panel.commits(setup, [commits[first]])[commits[first]].observation.reason
    return Always(commits[last], reason, with_function=_NO_FUNCTION in reason)


def _oldest_first(repository: Repository, base: str, sources: Sequence[str]) -> list[str]:
    commits = list(reversed(repository.walk([base], sources)))
    return commits if base in commits else [*commits, base]
