# SPDX-License-Identifier: GPL-2.0-or-later
"""The commit of a range that changed what a probe sees."""

import dataclasses
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bisectd.domain.agreement import check
from bisectd.domain.errors import MachineError, UserError
from bisectd.domain.evaluation import Evaluation
from bisectd.domain.records import Question, Step
from bisectd.domain.regression import BadMergeBase, Culprit, Outcome, Range
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel.targets import label
from bisectd.search import Ask, Done, Known, Problem, classes, line, next_step
from bisectd.services.evaluation import Evaluator
from bisectd.services.report import Report, as_json
from bisectd.store.store import Store
from bisectd.suggest.fixes import fixes_line


class Workers(Protocol):
    """Whoever evaluates: processes on this machine, or a queue."""

    @property
    def jobs(self) -> int:
        """How many evaluations can run at once."""

    @property
    def begun(self) -> Container[str]:
        """The commits that were begun and not asked for yet."""

    def begin(self, commits: Sequence[str]) -> None:
        """Start judging commits that will be asked soon, where there is anybody to do it."""

    def evaluate(self, commits: Sequence[str]) -> Iterable[Evaluation]:
        """Judge commits, in any order; each is stored before it is given."""


class Listener(Protocol):
    """Hears how a bisection goes on, to show it."""

    def searching(self, candidates: Sequence[str]) -> None:
        """The history is known: these commits may matter, newest first."""

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        """A commit was judged; about so many steps are left."""


class Judge(NamedTuple):
    """Who judges commits with the code of one compiler: from the store, else by the workers."""

    evaluator: Evaluator
    workers: Workers

    def judge(self, commits: Sequence[str]) -> Iterator[Evaluation]:
        """Judge commits, in any order."""
        recalled = self.evaluator.recall([commit for commit in commits if commit not in self.workers.begun])
        left = [commit for commit in commits if commit not in recalled]
        yield from recalled.values()
        yield from self.workers.evaluate(left) if left else ()


@dataclass
class _Findings:
    """Everything that this bisection has asked so far."""

    evaluator: Evaluator
    workers: Workers
    listener: Listener
    bisection: int
    others: Sequence[Judge]
    by_commit: dict[str, Evaluation] = field(default_factory=dict)

    def ask(self, commits: Iterable[str], steps_left: int = 1) -> None:
        """Judge those that are not judged yet. Disagreement where another compiler's code says otherwise."""
        unknown = [commit for commit in dict.fromkeys(commits) if commit not in self.by_commit]
        for evaluation in Judge(self.evaluator, self.workers).judge(unknown):
            self.by_commit[evaluation.commit] = evaluation
            self.listener.evaluated(evaluation, steps_left)
        for other in self.others:
            for evaluation in other.judge(unknown):
                self._compare(other.evaluator.setup.toolchain, evaluation)
        self._record(unknown)

    def _compare(self, toolchain: str, evaluation: Evaluation) -> None:
        setup, first = self.evaluator.setup, self.by_commit[evaluation.commit]
        check(setup.target, {setup.toolchain: first, toolchain: evaluation})

    def _record(self, commits: Iterable[str]) -> None:
        """Remember the way of this bisection. The observations themselves are stored already."""
        seen = [(commit, self.by_commit[commit].observation) for commit in commits]
        with self.evaluator.store.begin() as tx:
            steps = [Step(commit, observation.verdict, observation.reason) for commit, observation in seen]
            tx.bisections.add_steps(self.bisection, steps)

    def verdict(self, commit: str) -> Verdict:
        """The verdict of a commit that was asked about."""
        return self.by_commit[commit].observation.verdict

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """All verdicts so far."""
        return {commit: found.observation.verdict for commit, found in self.by_commit.items()}


@dataclass(frozen=True)
class _Answer:
    """What the search came to, and over which history."""

    done: Done
    problem: Problem | None


def resolve(
    evaluator: Evaluator, workers: Workers, goods: Sequence[str], bad: str, *, exhaustive: bool
) -> Question:
    """The question with full commit ids. UserError for revisions that cannot be the ends of a range.

    The workers begin with the ends: on a big history they are judged by the time it is known to be a range.
    """
    repository, setup = evaluator.repository, evaluator.setup
    bad_id = repository.resolve(bad)
    good_ids = {repository.resolve(good): good for good in goods}
    if bad_id in good_ids:
        raise UserError(
            f"good revision {good_ids[bad_id]} and bad revision {bad} are the same commit ({bad_id[:12]})"
        )
    ends = [bad_id, *good_ids]
    known = evaluator.recall(ends)
    workers.begin([commit for commit in ends if commit not in known])
    for good_id, good in good_ids.items():
        _check(repository, good, good_id, bad, bad_id)
    return Question(
        setup.repository,
        tuple(good_ids),
        bad_id,
        evaluator.probe.label,
        label(evaluator.target),
        setup.toolchain,
        exhaustive,
    )


def _check(repository: Repository, good: str, good_id: str, bad: str, bad_id: str) -> None:
    bases = repository.merge_bases(good_id, bad_id)
    if bases == [bad_id]:
        raise UserError(f"bad revision {bad} is an ancestor of good revision {good}: swap them")
    if not bases:
        raise UserError(
            f"good revision {good} and bad revision {bad} have no common history: name revisions of one line"
        )


def bisect(
    question: Question,
    evaluator: Evaluator,
    workers: Workers,
    listener: Listener,
    others: Sequence[Judge] = (),
) -> Report:
    """Find the transition. Every evaluation is stored before it is used, so a killed run loses nothing.

    `others` judge every commit as well, with the code of other compilers. Disagreement where one says
    otherwise.
    """
    started = time.monotonic()
    with evaluator.store.begin() as tx:
        bisection = tx.bisections.start(question)
    findings = _Findings(evaluator, workers, listener, bisection.id, others)
    answer = _answer(question, evaluator, findings)
    report = _report(question, evaluator.repository, findings, answer, time.monotonic() - started)
    with evaluator.store.begin() as tx:
        tx.bisections.finish(bisection.id, as_json(report), report.transitions)
    return report


def _answer(question: Question, evaluator: Evaluator, findings: _Findings) -> _Answer:
    findings.ask([question.bad, *question.goods])
    starts, fixed_elsewhere = _starts(question, evaluator.repository, findings)
    if fixed_elsewhere and not question.exhaustive:
        return _Answer(Done(fixed_elsewhere, ()), None)
    answer = _settled(question, evaluator, findings, starts)
    if fixed_elsewhere and not isinstance(answer.done.outcome, Culprit | Range):
        return _Answer(Done(fixed_elsewhere, answer.done.transitions), answer.problem)
    return answer


def _settled(
    question: Question, evaluator: Evaluator, findings: _Findings, starts: tuple[str, ...]
) -> _Answer:
    """Search, and again with more paths, until the answer does not depend on paths that were not known.

    A culprit that stands between its parents in the full history is proof by itself. Most change a source,
    not a header: so a bisection looks at the sources' own history first, which is a hundred times smaller.
    """
    repository = evaluator.repository
    paths = (
        _paths(evaluator.store, findings)
        if question.exhaustive
        else frozenset(evaluator.probe.sources_for(evaluator.target))
    )
    while True:
        history = repository.graph(starts, question.bad, sorted(paths))
        findings.listener.searching(history.commits)
        problem = Problem(
            parents=history.parents,
            tip=history.tip,
            goods=starts,
            label=history.labels,
            exhaustive=question.exhaustive,
            # An exhaustive search wants everything anyway: long batches keep every worker busy.
            width=findings.workers.jobs * (16 if question.exhaustive else 1),
        )
        verified = _verify(_search(problem, findings), repository, findings, paths)
        known, paths = paths, _paths(evaluator.store, findings)
        proven = verified and isinstance(verified.outcome, Culprit) and not question.exhaustive
        if verified and (proven or paths == known):
            return _Answer(verified, problem)
        if paths == known:
            raise MachineError(
                "commits with the same files behaved differently: a compile or a run is not repeatable here"
            )


def _starts(
    question: Question, repository: Repository, findings: _Findings
) -> tuple[tuple[str, ...], BadMergeBase | None]:
    """Where to start: the goods; for one that is no ancestor of the bad one, the merge bases.

    What is GOOD at a merge base broke on the bad side. What is BAD at all of them while the good is GOOD was
    fixed on the good side, unless another good stands below the bad revision.
    """
    bases = {good: repository.merge_bases(good, question.bad) for good in question.goods}
    findings.ask(base for found in bases.values() for base in found)
    starts = tuple(dict.fromkeys(base for found in bases.values() for base in found))
    usable = tuple(base for base in starts if findings.verdict(base) is not Verdict.BAD)
    if findings.verdict(question.bad) is not Verdict.BAD or usable:
        return usable or starts, None
    for good, found in bases.items():
        if good not in found and findings.verdict(good) is Verdict.GOOD:
            return starts, BadMergeBase(found[0], good)
    return starts, None


def _paths(store: Store, findings: _Findings) -> frozenset[str]:
    """Every path that a version judged so far read, or looked for and missed."""
    units = {found.unit for found in findings.by_commit.values() if found.unit}
    with store.read() as tx:
        return frozenset().union(*(tx.units.paths(unit) for unit in units))


def _search(problem: Problem, findings: _Findings) -> Done:
    while isinstance(step := next_step(problem, findings.verdicts), Ask):
        findings.ask(step.commits, step.steps)
    return step


def _verify(done: Done, repository: Repository, findings: _Findings, paths: frozenset[str]) -> Done | None:
    """The same answer with every changed commit held against its parents in the full history.

    None where a parent behaves otherwise than the simplified history said: a version in between reads a file
    that no version judged before had read, so the paths have grown and the history must be walked again.
    """
    changed = {commit for found in done.transitions for commit in found.commits}
    parents = {commit: _parents(repository, commit, paths) for commit in changed}
    findings.ask(found for commit in sorted(changed) for found in (commit, *parents[commit]))
    exact = [found for found in done.transitions if found.commits == (found.commit,)]
    for found in exact:
        if any(findings.verdict(parent) is not found.before for parent in parents[found.commit]):
            return None
    full = {found: dataclasses.replace(found, parents=parents[found.commit]) for found in exact}
    transitions = tuple(full.get(found, found) for found in done.transitions)
    outcome = done.outcome
    if isinstance(outcome, Culprit):
        outcome = Culprit(full[outcome.transition])
    return Done(outcome, transitions)


def _parents(repository: Repository, commit: str, paths: frozenset[str]) -> tuple[str, ...]:
    """The parents in the full history; one that has none of the paths (a foreign root's) is no origin."""
    trees = [repository.tree(parent) for parent in repository.commit(commit).parents]
    return tuple(
        tree.commit for tree in trees if any(tree.blob_id(path) or tree.tree_id(path) for path in paths)
    )


def _report(
    question: Question, repository: Repository, findings: _Findings, answer: _Answer, seconds: float
) -> Report:
    done, problem = answer.done, answer.problem
    fingerprints = {
        commit: found.fingerprint for commit, found in findings.by_commit.items() if found.fingerprint
    }
    summaries = classes(problem, fingerprints, findings.verdicts) if problem else ()
    known = Known(findings.verdicts, fingerprints, done.transitions)
    versions = line(problem, known) if problem and question.exhaustive else ()
    named = {question.bad, *question.goods}
    for transition in done.transitions:
        named.update(transition.commits, transition.parents)
    for summary in summaries:
        named.update((summary.first, summary.last))
    for version in versions:
        named.update((version.commit, version.judged))
    return Report(
        question=question,
        outcome=done.outcome,
        transitions=done.transitions,
        classes=summaries,
        commits=len(problem.parents) if problem else 0,
        evaluations=len(findings.by_commit),
        cached=sum(found.cached for found in findings.by_commit.values()),
        evidence={commit: found for commit, found in findings.by_commit.items() if commit in named},
        described={commit: repository.commit(commit) for commit in named},
        fixes=_fixes(done.outcome, repository),
        seconds=seconds,
        line=versions,
    )


def _fixes(outcome: Outcome, repository: Repository) -> str | None:
    if not isinstance(outcome, Culprit):
        return None
    return fixes_line(repository.commit(outcome.transition.commit), repository.abbreviate)
