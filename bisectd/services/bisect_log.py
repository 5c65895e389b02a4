# SPDX-License-Identifier: GPL-2.0-or-later
"""The search of a finished job as a log that `git bisect replay` takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bisectd.domain.errors import Conflict, MissingObject, NotFound, UserError
from bisectd.domain.jobs import Job, JobKind
from bisectd.domain.records import Step
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.services import mirrors
from bisectd.settings import Settings
from bisectd.store.store import Store
from bisectd.suggest import tracking


@dataclass(frozen=True)
class _Search:
    """A search that has ended at one commit."""

    goods: tuple[str, ...]
    bad: str
    culprit: str
    parents: tuple[str, ...]
    setup: tuple[str, str]  # probe and target


def of_job(store: Store, settings: Settings, number: int) -> str:
    """The log. Conflict while there is no result, NotFound where no single commit was found."""
    with store.read() as tx:
        job = tx.jobs.get(number)
        if job.result is None:
            raise Conflict(f"job {number} is {job.state.value}: it has no result")
        search = _search(job, job.result)
        found = tx.jobs.steps(number)
        repository = mirrors.opened(settings.data, tx.repositories.named(job.asked.repository))
    steps = [
        Step(step.commit, step.verdict, step.reason)
        for step in found
        if (step.probe, step.target) == search.setup and _is_commit(repository, step.commit)
    ]
    told = [*_followable(search, steps, repository)]
    told += [Step(parent, Verdict.GOOD, "") for parent in search.parents if parent not in search.goods]
    if search.culprit != search.bad:
        told.append(Step(search.culprit, Verdict.BAD, ""))
    named = {commit: repository.commit(commit) for commit in {search.bad, search.culprit, *search.goods}}
    named |= {step.commit: repository.commit(step.commit) for step in told}
    goods = [named[good] for good in search.goods]
    return tracking.bisect_log(named[search.bad], goods, told, named[search.culprit], named)


def _search(job: Job, result: Mapping[str, Any]) -> _Search:
    if job.asked.kind is JobKind.SUGGEST:
        origin, primary = result["origin"], result["primary"]
        if origin and origin["outcome"] == "culprit":
            setup = primary["probe"], primary["target"]
            parents = tuple(origin["parents"])
            return _Search((origin["good"],), result["base"]["commit"], origin["commit"], parents, setup)
    elif result.get("outcome") == "culprit":
        culprit = result["culprit"]["commit"]
        transition = next(one for one in result["transitions"] if one["commit"] == culprit)
        setup = job.asked.probe, job.asked.target
        return _Search(job.asked.goods, job.asked.bad, culprit, tuple(transition["parents"]), setup)
    raise NotFound(f"job {job.id} found no single commit: there is no bisection to replay")


def _is_commit(repository: Repository, name: str) -> bool:
    """A patched version has no commit."""
    try:
        return repository.commit(name).id == name
    except (UserError, MissingObject):
        return False


def _followable(search: _Search, steps: Sequence[Step], repository: Repository) -> Iterator[Step]:
    """The steps that git can follow: BAD ones above the culprit, each below the last; others not above it."""
    bad = search.bad
    told = {search.culprit, *search.parents, *search.goods, bad}
    for step in steps:
        above = repository.is_ancestor(search.culprit, step.commit)
        if step.commit in told or not repository.is_ancestor(step.commit, bad):
            continue
        if step.verdict is Verdict.BAD and above:
            bad = step.commit
            yield step
        elif step.verdict is not Verdict.BAD and not above:
            yield step
