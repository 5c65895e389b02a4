# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs: submitted, cancelled, tried again."""

from dataclasses import dataclass, replace

from bisectd.domain.errors import Conflict, LimitReached, UserError
from bisectd.domain.jobs import FOLLOWER, Asked, Job, JobKind, JobState, Registered
from bisectd.kernel import targets, toolchain
from bisectd.kernel.targets import ALL
from bisectd.probes import registry
from bisectd.services import mirrors, queue
from bisectd.services.evaluation import setup_for
from bisectd.services.fix import of_mails
from bisectd.settings import Settings
from bisectd.store.store import Store, Transaction


@dataclass(frozen=True)
class Submitted:
    """The job, and whether this submission has made it."""

    job: Job
    new: bool


@dataclass(frozen=True)
class Submission:
    """What somebody wants to know; `asked` may name revisions. `mail`: the fix (suggest) that is no commit.

    `idempotency_key`: what the client calls it. Submitted again by the same user it is the same job.
    """

    asked: Asked
    mail: bytes | None = None
    idempotency_key: str | None = None


def submit(store: Store, settings: Settings, user: str, submission: Submission) -> Job:
    """Queue a job; see `enqueue`."""
    return enqueue(store, settings, user, submission).job


def enqueue(store: Store, settings: Settings, user: str, submission: Submission) -> Submitted:
    """Queue a job, unless the user has submitted it so before. Its ids are full: what it means never changes.

    UserError for what cannot be asked, LimitReached where the user has too many unfinished jobs.
    """
    asked, mail, key = submission.asked, submission.mail, submission.idempotency_key
    with store.read() as tx:
        repository = tx.repositories.named(asked.repository)
    asked = _checked(asked, mail, settings, repository)
    with store.begin() as tx:
        if mail is not None:
            asked = replace(asked, mail=tx.blobs.put(mail))
        job = tx.jobs.add(asked, repository.id, user, key)
        tx.repositories.named(asked.repository)  # it may have been removed in the meantime
        if job.asked != asked:
            raise Conflict(f"Idempotency-Key {key} was used for job {job.id}, which asks otherwise")
        if job.changed > 1:
            return Submitted(job, new=False)
        _within_limit(tx, user, settings)
        tx.jobs.change(job.id)
        queue.advance(tx, job)
        return Submitted(tx.jobs.get(job.id), new=True)


def cancel(store: Store, number: int) -> Job:
    """End a job. What was observed for it is kept; what it alone was waiting for is not done."""
    with store.begin() as tx:
        job = tx.jobs.lock(number)
        if job.state.final:
            raise Conflict(f"job {number} is {job.state.value} already")
        queue.end(tx, number, JobState.CANCELLED)
        tx.tasks.forsake(number)
        return tx.jobs.get(number)


def retry(store: Store, settings: Settings, number: int) -> Job:
    """Take a job up again that failed, was cancelled, or met a quarantined task, with any worker's compiler.

    LimitReached where its user has too many unfinished jobs.
    """
    with store.begin() as tx:
        job = tx.jobs.lock(number)
        if not job.state.final:
            raise Conflict(f"job {number} is {job.state.value}: there is nothing to try again")
        tx.repositories.named(job.asked.repository)
        tx.tasks.forgive(number)
        tx.jobs.change(number, state=JobState.QUEUED, offer="", result=None, error=None, finished=None)
        _within_limit(tx, job.user, settings)
        queue.advance(tx, tx.jobs.get(number))
        return tx.jobs.get(number)


def _within_limit(tx: Transaction, user: str, settings: Settings) -> None:
    """The user's jobs, this one included, are not too many. Who asks at the same time waits.

    The service itself may have any number.
    """
    if user == FOLLOWER:
        return
    tx.jobs.lock_user(user)
    if tx.jobs.unfinished(user) > settings.jobs_per_user:
        raise LimitReached(
            f"{user} has {settings.jobs_per_user} unfinished jobs: wait for one, or cancel one"
        )


def _checked(asked: Asked, mail: bytes | None, settings: Settings, repository: Registered) -> Asked:
    """The question with full ids, and with names that exist."""
    if asked.toolchain not in toolchain.names():
        raise UserError(
            f"unknown toolchain {asked.toolchain}: a job takes one of {', '.join(toolchain.names())}"
        )
    found = mirrors.opened(settings.data, repository)
    if asked.kind is JobKind.FOLLOW:
        return asked
    if asked.kind is JobKind.SUGGEST:
        if asked.target != ALL:
            targets.find(asked.target)
        if mail is None:
            return replace(asked, bad=found.named(asked.bad, steps=True))
        if len(mail) > settings.mail_bytes:
            raise UserError(f"the fix has {len(mail)} bytes; one may have {settings.mail_bytes}")
        of_mails(mail, asked.number or None)
        return asked
    registry.find(asked.probe)
    setup_for(str(found.path), asked.probe, asked.target, asked.toolchain, None)
    if not asked.goods:
        raise UserError("a bisection needs at least one good revision")
    goods = tuple(found.named(good, steps=True) for good in asked.goods)
    bad = found.named(asked.bad, steps=True)
    if bad in goods:
        same = asked.goods[goods.index(bad)]
        raise UserError(f"good revision {same} and bad revision {asked.bad} are the same commit ({bad[:12]})")
    return replace(asked, goods=goods, bad=bad)
