# SPDX-License-Identifier: GPL-2.0-or-later
"""A job taken as far as stored facts carry it: to its end, or to tasks that have to be done first."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bisectd.domain.errors import Unusable, UserError
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.jobs import Asked, Job, JobKind, JobState, JobStep, QueuedTask
from bisectd.domain.regression import Culprit
from bisectd.services import queue, suggestion
from bisectd.services.bisection import bisect, resolve
from bisectd.services.desk import Desk
from bisectd.services.fix import of_commit, of_mails
from bisectd.services.follow import as_json as follow_as_json
from bisectd.services.following import follow, setups_of
from bisectd.services.offers import route
from bisectd.services.panel import Panel
from bisectd.services.replay import Pending, Replay, ReplayWorkers, TaskFailed
from bisectd.services.report import as_json as report_as_json
from bisectd.services.suggestion_report import as_json as suggestion_as_json
from bisectd.services.workplace import Workplace
from bisectd.store.store import Transaction
from bisectd.store.tasks import Wanted


@dataclass
class Way:
    """Hears what a job has learnt, to show it: a `bisection.Listener` and a `panel.Hears`."""

    setup: Setup | None = None
    most: int = 0
    evaluations: dict[tuple[str, str, str], Evaluation] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    places: Mapping[str, float] = field(default_factory=dict)

    def searching(self, candidates: Sequence[str]) -> None:
        """See `Listener`. UserError where a job may not be that large."""
        count = len(candidates)
        if count > self.most:
            raise UserError(f"the range has {count} candidate commits; a job may have {self.most}")
        self.progress["candidates"] = count
        # A commit alone in its range is its newest, so it stands at 1.
        self.places = {commit: 1 - index / max(count - 1, 1) for index, commit in enumerate(candidates)}

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        """See `Listener`."""
        self.progress["steps_left"] = steps_left
        if self.setup:
            self.judged(self.setup, evaluation)

    def stage(self, what: str) -> None:
        """See `Hears`."""
        self.progress["stage"] = what

    def judged(self, setup: Setup, evaluation: Evaluation) -> None:
        """See `Hears`."""
        self.evaluations.setdefault((evaluation.commit, setup.probe, setup.target), evaluation)


def advance(work: Workplace, task: QueuedTask) -> bool:
    """Perform a task of kind `advance`; whether others were queued. The job has ended then, or waits."""
    job = _started(work, task)
    if job is None:
        return False
    way = Way(most=work.settings.commits_per_job)
    result, error = None, None
    wanted: tuple[Wanted, ...] = ()
    try:
        result = _answer(work, job, way)
    except Pending as pending:
        wanted = pending.wanted
    except Unusable:
        raise
    except (UserError, TaskFailed) as failed:
        error = str(failed)

    def stored(tx: Transaction) -> bool:
        now = tx.jobs.lock(job.id)
        held = tx.tasks.rest(task)
        steps = _remember(tx, job, way)
        if now.state.final or (error and not held):  # a failure of a worker that was given up says nothing
            return False
        way.progress["waiting"] = tx.tasks.want(job.id, wanted)
        tx.jobs.change(job.id, progress=way.progress)
        if not wanted:
            told = _with_effort(job, result, steps) if result else None
            queue.end(tx, job.id, JobState.FAILED if error else JobState.DONE, result=told, error=error)
        elif not way.progress["waiting"]:  # all were done in the meantime
            queue.advance(tx, job)
        return bool(wanted)

    return work.store.write(stored)


def _started(work: Workplace, task: QueuedTask) -> Job | None:
    """The job, tied to this worker's offer if it was to none; None where it has come to an end."""
    with work.store.begin() as tx:
        job = tx.jobs.lock(task.payload["job"])
        if job.state.final:
            tx.tasks.rest(task)
            return None
        if job.state is JobState.QUEUED:
            offer = job.offer or work.offers[job.asked.toolchain]
            started = job.started or time.time()
            tx.jobs.change(job.id, state=JobState.RUNNING, offer=offer, started=started)
            tx.tasks.reroute(task.id, route(offer))
        return tx.jobs.get(job.id)


def _remember(tx: Transaction, job: Job, way: Way) -> list[JobStep]:
    """Store the way so far: its steps."""
    asked_for = {
        (done.payload.get("version", done.payload["commit"]), done.payload["probe"], done.payload["target"])
        for done in tx.tasks.of_job(job.id)
        if "commit" in done.payload
    }
    steps = [_step(way, key, cached=key not in asked_for) for key in way.evaluations]
    tx.jobs.add_steps(job.id, steps)
    return steps


def _with_effort(job: Job, result: Mapping[str, Any], steps: Sequence[JobStep]) -> Mapping[str, Any]:
    """An answer with what it took this job: where it is replayed, all of it comes from the store at once."""
    new = sum(not step.cached for step in steps)

    def counted(one: Mapping[str, Any], judged: str) -> dict[str, Any]:
        return {**one, "cached": max(one[judged] - new, 0)}

    now = time.time()
    seconds = {"seconds": round(now - (job.started or now), 3)}
    if job.asked.kind is JobKind.FOLLOW:
        return {**result, **seconds, "branches": [counted(one, "evaluations") for one in result["branches"]]}
    judged = "judged" if job.asked.kind is JobKind.SUGGEST else "evaluations"
    return {**counted(result, judged), **seconds}


def _step(way: Way, key: tuple[str, str, str], *, cached: bool) -> JobStep:
    commit, probe, target = key
    evaluation = way.evaluations[key]
    return JobStep(
        id=0,
        commit=commit,
        probe=probe,
        target=target,
        verdict=evaluation.observation.verdict,
        reason=evaluation.observation.reason,
        fingerprint=evaluation.fingerprint,
        cached=cached,
        created=time.time(),
        place=way.places.get(commit),
    )


def _answer(work: Workplace, job: Job, way: Way) -> Mapping[str, Any]:
    """What `--json` prints for the same question. Pending where something has to be done first."""
    desk = work.desk(job.asked.repository, job.asked.toolchain, _commits(work, job.asked))
    replay = Replay(desk, job.asked.repository, route(job.offer), job.priority, job.id, _width(work, job))
    if job.asked.kind is JobKind.SUGGEST:
        return _suggest(work, job.asked, desk, replay, way)
    if job.asked.kind is JobKind.FOLLOW:
        return _follow(work, job.asked, desk, replay, way)
    return _bisect(work, job.asked, desk, replay, way)


def _commits(work: Workplace, asked: Asked) -> set[str]:
    """What a mirror must have: also up to where others have scanned the branch."""
    with work.store.read() as tx:
        timelines = tx.branches.timelines(asked.branch) if asked.branch else []
    return {*asked.goods, asked.bad, *(timeline.head for timeline in timelines)} - {""}


def _bisect(work: Workplace, asked: Asked, desk: Desk, replay: Replay, way: Way) -> Mapping[str, Any]:
    way.setup = setup = work.setup(asked.as_json())
    evaluator, workers = desk.evaluator(setup), ReplayWorkers(replay, setup)
    exhaustive = asked.kind is not JobKind.BISECT
    question = resolve(evaluator, workers, asked.goods, asked.bad, exhaustive=exhaustive)
    report = bisect(replace(question, repository=asked.repository), evaluator, workers, way)
    culprit = report.outcome.transition.commit if isinstance(report.outcome, Culprit) else None
    locations = evaluator.locations(report.evidence[culprit]) if culprit else ()
    return report_as_json(report, locations)


def _suggest(work: Workplace, asked: Asked, desk: Desk, replay: Replay, way: Way) -> Mapping[str, Any]:
    place = str(desk.repository.path)
    question = suggestion.Question(place, asked.target, asked.toolchain, work.store.url)
    if asked.mail:
        with work.store.read() as tx:
            fix = of_mails(tx.blobs.get(asked.mail), asked.number or None)
    else:
        fix = of_commit(asked.bad, desk.repository)
    setups, _ = suggestion.setups_of(question)  # one compiler: the desk is that one's
    found = suggestion.suggest_at([desk], setups, fix, replay, way)
    return {**suggestion_as_json(found), "repository": asked.repository}


def _follow(work: Workplace, asked: Asked, desk: Desk, replay: Replay, way: Way) -> Mapping[str, Any]:
    started = time.monotonic()
    with work.store.read() as tx:
        branch = tx.branches.get(asked.branch)
    setups = setups_of(branch, work.place(asked.repository), work.store.url)
    recorded = follow(branch, setups, Panel([desk], replay, way))
    return follow_as_json([recorded], time.monotonic() - started)


def _width(work: Workplace, job: Job) -> int:
    """How many hands there are for the job: this one, and those that are idle and have its offer."""
    with work.store.read() as tx:
        alive = tx.tasks.workers(time.time() - work.settings.lease)
    return 1 + sum(one.task is None and job.offer in one.offers.values() for one in alive)
