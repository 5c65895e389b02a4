# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of the service: who may ask, what was asked, and the tasks that it takes. Rows change state."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bisectd.domain.jobs import JobKind, JobState, TaskKind, TaskState
from bisectd.domain.verdict import Verdict
from bisectd.store.packing import PackedBytes
from bisectd.store.tables.base import Base, CommitId, Hash, Line, Name, Number, Seconds, enum_of


class RepositoryRow(Base):
    """A repository that an administrator has registered: a job names one of these, never a path or URL."""

    __tablename__ = "repositories"

    id: Mapped[Number]
    name: Mapped[Name] = mapped_column(unique=True, doc="what jobs name")
    source: Mapped[Line] = mapped_column(doc="path that is read in place, or URL that is mirrored")
    created: Mapped[Seconds] = mapped_column(doc="when it was registered")
    fetched: Mapped[Seconds | None] = mapped_column(doc="when the latest fetch began that went well")
    error: Mapped[Line | None] = mapped_column(doc="why the latest fetch failed; NULL where it did not")
    removed: Mapped[Seconds | None] = mapped_column(doc="since when jobs may not name it; NULL: they may")


class TokenRow(Base):
    """A bearer token. Only a hash of its secret is here: it is shown once, when it is made."""

    __tablename__ = "tokens"

    id: Mapped[Number]
    user: Mapped[Name] = mapped_column(doc="whose it is")
    digest: Mapped[Hash] = mapped_column(unique=True, doc="SHA-256 of the secret, which is random")
    scopes: Mapped[list[str]] = mapped_column(doc="some of read, submit, admin")
    created: Mapped[Seconds] = mapped_column(doc="when it was made")
    expires: Mapped[Seconds | None] = mapped_column(doc="when it ends by itself; NULL for never")
    revoked: Mapped[Seconds | None] = mapped_column(doc="when it was taken back; NULL while it is valid")


class SessionRow(Base):
    """A signed-in browser: what its token may do, it may do. It ends with the token."""

    __tablename__ = "sessions"

    digest: Mapped[Hash] = mapped_column(primary_key=True, doc="SHA-256 of the cookie, which is random")
    token_id: Mapped[int] = mapped_column(ForeignKey(TokenRow.id), index=True)
    created: Mapped[Seconds] = mapped_column(doc="when somebody signed in")
    expires: Mapped[Seconds] = mapped_column(index=True, doc="when it ends by itself")


class BlobRow(Base):
    """Bytes that jobs and tasks refer to by their hash: a submitted fix, the files that it changes."""

    __tablename__ = "blobs"

    digest: Mapped[Hash] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(PackedBytes, doc="the bytes, packed")


class JobRow(Base):
    """A job: what somebody asked, how far it is, what came of it."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("user", "idempotency_key"),
        Index(None, "state", "id"),
        Index(None, "user", "state", "id"),
        Index(None, "kind", "state", "id"),
    )

    id: Mapped[Number]
    kind: Mapped[JobKind] = mapped_column(enum_of(JobKind, "kind"), doc="what is asked")
    asked: Mapped[dict[str, Any]] = mapped_column(doc="the question, as `Asked.as_json` writes it")
    user: Mapped[Name] = mapped_column(doc="who asked")
    repository_id: Mapped[int] = mapped_column(ForeignKey(RepositoryRow.id), index=True)
    state: Mapped[JobState] = mapped_column(enum_of(JobState, "state"), doc="where it stands")
    priority: Mapped[int] = mapped_column(doc="of its tasks; a smaller number goes first")
    offer: Mapped[Name] = mapped_column(doc='compiler and engine of all its tasks; "" before the first')
    progress: Mapped[dict[str, Any]] = mapped_column(doc="what is known of the search")
    result: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), doc="the answer, as `--json` prints it; NULL before there is one"
    )
    error: Mapped[Line | None] = mapped_column(doc="why it failed, in one line")
    idempotency_key: Mapped[Name | None] = mapped_column(doc="what the client calls this submission")
    created: Mapped[Seconds] = mapped_column(doc="when it was submitted")
    started: Mapped[Seconds | None] = mapped_column(doc="when a worker first took it")
    finished: Mapped[Seconds | None] = mapped_column(doc="when it came to its end")
    changed: Mapped[int] = mapped_column(doc="rises with every change: names a version of this row")


class JobStepRow(Base):
    """A verdict that a job has used. In order of `id`."""

    __tablename__ = "job_steps"
    __table_args__ = (UniqueConstraint("job_id", "commit_id", "probe", "target"), Index(None, "job_id", "id"))

    id: Mapped[Number]
    job_id: Mapped[int] = mapped_column(ForeignKey(JobRow.id))
    commit_id: Mapped[CommitId] = mapped_column(
        doc="full id; of a patched version, the id it is stored under"
    )
    probe: Mapped[Name] = mapped_column(doc="name of the probe")
    target: Mapped[Name] = mapped_column(doc="name of the target")
    verdict: Mapped[Verdict] = mapped_column(enum_of(Verdict, "verdict"), doc="the answer")
    reason: Mapped[Line] = mapped_column(doc="one line; empty only where GOOD")
    fingerprint: Mapped[Hash | None] = mapped_column(doc="NULL where the unit does not build")
    cached: Mapped[bool] = mapped_column(doc="it was known before this job asked")
    created: Mapped[Seconds] = mapped_column(doc="when the job came to know it")
    place: Mapped[Seconds | None] = mapped_column(
        doc="where in the range it lies, 0 at its oldest commit, 1 at its newest; NULL for what lies outside"
    )


class TaskRow(Base):
    """A piece of work, named by its content: two jobs that want the same share the row.

    `published` is the outbox: a queued task without it has yet to be handed to the broker.
    """

    __tablename__ = "tasks"
    __table_args__ = (Index(None, "state", "route", "priority", "id"),)

    id: Mapped[Number]
    key: Mapped[Hash] = mapped_column(unique=True, doc="hash of all that decides what is done")
    kind: Mapped[TaskKind] = mapped_column(enum_of(TaskKind, "kind"), doc="what is to be done")
    route: Mapped[Name] = mapped_column(doc="the offer that a worker must have")
    priority: Mapped[int] = mapped_column(doc="a smaller number goes first")
    payload: Mapped[dict[str, Any]] = mapped_column(doc="what it takes to do it")
    state: Mapped[TaskState] = mapped_column(enum_of(TaskState, "state", 12), doc="where it stands")
    attempts: Mapped[int] = mapped_column(doc="how often a worker took it and was lost")
    published: Mapped[Seconds | None] = mapped_column(doc="when it was handed to the broker")
    publishes: Mapped[int] = mapped_column(doc="how often it was handed to the broker")
    lease: Mapped[Seconds | None] = mapped_column(doc="until when its worker has it")
    worker: Mapped[Name | None] = mapped_column(doc="who has it, or had it last")
    error: Mapped[Line | None] = mapped_column(doc="why it failed, in one line")
    created: Mapped[Seconds] = mapped_column(doc="when it was first wanted")
    finished: Mapped[Seconds | None] = mapped_column(doc="when it was done")


class JobTaskRow(Base):
    """A job has asked for a task. A job that waits for none of its tasks can go on."""

    __tablename__ = "job_tasks"

    job_id: Mapped[int] = mapped_column(ForeignKey(JobRow.id), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey(TaskRow.id), primary_key=True, index=True)
    waits: Mapped[bool] = mapped_column(doc="it has not been settled since the job asked")


class WorkerRow(Base):
    """A worker process that was alive when it was last seen."""

    __tablename__ = "workers"

    name: Mapped[Name] = mapped_column(primary_key=True)
    offers: Mapped[dict[str, Any]] = mapped_column(doc="toolchain → offer: what it can be asked for")
    started: Mapped[Seconds] = mapped_column(doc="when it started")
    seen: Mapped[Seconds] = mapped_column(doc="when it last said that it lives")
