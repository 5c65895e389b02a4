# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of what is followed: branches and their timelines, regressions, and who is told of them."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bisectd.domain.tracking import BranchState, DeliveryState, EventKind, HookKind, RegressionState
from bisectd.domain.verdict import Verdict
from bisectd.store.tables.base import Base, CommitId, Hash, Line, Name, Number, Seconds, enum_of
from bisectd.store.tables.facts import ObservationRow
from bisectd.store.tables.service import RepositoryRow


class BranchRow(Base):
    """A branch that is followed."""

    __tablename__ = "branches"
    __table_args__ = (UniqueConstraint("repository_id", "name"),)

    id: Mapped[Number]
    repository_id: Mapped[int] = mapped_column(ForeignKey(RepositoryRow.id))
    name: Mapped[Name] = mapped_column(doc="as git calls it, without refs/heads/ and the remote's name")
    probes: Mapped[list[str]] = mapped_column(doc='names, or "all" alone')
    targets: Mapped[list[str]] = mapped_column(doc='names, or "all" alone')
    toolchain: Mapped[Name] = mapped_column(doc="name of the compiler")
    since: Mapped[Line] = mapped_column(doc='revision that the first scan begins from; "": oldest release')
    head: Mapped[CommitId | None] = mapped_column(doc="up to where it was scanned; NULL before the first")
    scanned: Mapped[Seconds | None] = mapped_column(doc="when the latest scan was recorded")
    error: Mapped[Line | None] = mapped_column(doc="why the latest scan failed; NULL where it did not")
    created: Mapped[Seconds] = mapped_column(doc="when it was registered")
    unfollowed: Mapped[Seconds | None] = mapped_column(doc="since when it is not followed; NULL: it is")


class TimelineRow(Base):
    """One probe on one target along a branch."""

    __tablename__ = "timelines"
    __table_args__ = (UniqueConstraint("branch_id", "probe", "target", "toolchain"),)

    id: Mapped[Number]
    branch_id: Mapped[int] = mapped_column(ForeignKey(BranchRow.id))
    probe: Mapped[Name] = mapped_column(doc="name of the probe")
    target: Mapped[Name] = mapped_column(doc="name of the target")
    toolchain: Mapped[Name] = mapped_column(doc="name of the compiler")
    start: Mapped[CommitId] = mapped_column(doc="from where it was scanned")
    head: Mapped[CommitId] = mapped_column(doc="up to where it was scanned")
    verdict: Mapped[Verdict] = mapped_column(enum_of(Verdict, "verdict"), doc="at the head")
    reason: Mapped[Line] = mapped_column(doc="one line; empty only where GOOD")
    scanned: Mapped[Seconds] = mapped_column(doc="when the latest scan was recorded")


class VersionRow(Base):
    """A commit of a branch's line at which the code, as the probe sees it, became another."""

    __tablename__ = "versions"

    timeline_id: Mapped[int] = mapped_column(ForeignKey(TimelineRow.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, doc="0 is the oldest")
    commit_id: Mapped[CommitId] = mapped_column(index=True, doc="full id")
    subject: Mapped[Line] = mapped_column(doc="its subject")
    committed: Mapped[Seconds] = mapped_column(doc="when it was committed")
    release: Mapped[Name | None] = mapped_column(doc="the first with it; NULL before there is one")
    verdict: Mapped[Verdict] = mapped_column(enum_of(Verdict, "verdict"), doc="from here on")
    reason: Mapped[Line] = mapped_column(doc="one line; empty only where GOOD")
    fingerprint: Mapped[Hash | None] = mapped_column(doc="its class; NULL where it does not build")
    observation_id: Mapped[int | None] = mapped_column(ForeignKey(ObservationRow.id), index=True)
    origin: Mapped[CommitId | None] = mapped_column(
        doc="the commit that changed the verdict: this one, or one that it merged; NULL where none did"
    )
    candidates: Mapped[list[str]] = mapped_column(doc="all that may have changed it, oldest first")


class PointRow(Base):
    """A release or the head of a branch, judged: a cell of the matrix."""

    __tablename__ = "points"
    __table_args__ = (
        UniqueConstraint("repository_id", "name", "probe", "target", "toolchain"),
        Index(None, "repository_id", "committed", "name", "release"),
        Index(None, "repository_id", "probe", "target"),
    )

    id: Mapped[Number]
    repository_id: Mapped[int] = mapped_column(ForeignKey(RepositoryRow.id))
    name: Mapped[Name] = mapped_column(doc="of the tag or the branch")
    series: Mapped[Name] = mapped_column(doc='mainline release that it belongs to, as in 4.19; "" for none')
    release: Mapped[bool] = mapped_column(doc="a release, not the head of a branch")
    commit_id: Mapped[CommitId] = mapped_column(doc="full id")
    committed: Mapped[Seconds] = mapped_column(doc="when it was committed")
    probe: Mapped[Name] = mapped_column(doc="name of the probe")
    target: Mapped[Name] = mapped_column(doc="name of the target")
    toolchain: Mapped[Name] = mapped_column(doc="name of the compiler")
    verdict: Mapped[Verdict] = mapped_column(enum_of(Verdict, "verdict"), doc="what was seen")
    reason: Mapped[Line] = mapped_column(doc="one line; empty only where GOOD")
    observation_id: Mapped[int | None] = mapped_column(ForeignKey(ObservationRow.id), index=True)


class RegressionRow(Base):
    """A good → bad change and its later life."""

    __tablename__ = "regressions"
    __table_args__ = (Index(None, "state", "id"), Index(None, "repository_id", "introduced"))

    id: Mapped[Number]
    repository_id: Mapped[int] = mapped_column(ForeignKey(RepositoryRow.id))
    state: Mapped[RegressionState] = mapped_column(enum_of(RegressionState, "state"), doc="where it stands")
    introduced: Mapped[CommitId] = mapped_column(doc="the first commit with it, since it last broke")
    candidates: Mapped[list[str]] = mapped_column(doc="all that may have introduced it, oldest first")
    upstream: Mapped[Name | None] = mapped_column(doc="the mainline commit that `introduced` says it is")
    subject: Mapped[Line] = mapped_column(doc="of `introduced`")
    fixes: Mapped[Line | None] = mapped_column(doc="the Fixes: line; NULL where only a range is known")
    reason: Mapped[Line] = mapped_column(doc="what the first probe to see it said")
    introduced_at: Mapped[Seconds] = mapped_column(doc="when it was committed")
    release: Mapped[Name | None] = mapped_column(doc="the first with the fault; NULL where none has it")
    fixed: Mapped[CommitId | None] = mapped_column(doc="the commit that fixed it; NULL while it is open")
    fixed_subject: Mapped[Line | None] = mapped_column(doc="of `fixed`")
    fixed_at: Mapped[Seconds | None] = mapped_column(doc="when the fix was committed")
    fixed_release: Mapped[Name | None] = mapped_column(doc="the first with the fix")
    opened: Mapped[Seconds] = mapped_column(doc="when it was first seen")
    changed: Mapped[Seconds] = mapped_column(doc="when something about it last changed")


class SightingRow(Base):
    """One probe on one target that went from GOOD to BAD on a branch. Another break is another row."""

    __tablename__ = "sightings"
    __table_args__ = (UniqueConstraint("timeline_id", "introduced"),)

    id: Mapped[Number]
    regression_id: Mapped[int] = mapped_column(ForeignKey(RegressionRow.id), index=True)
    timeline_id: Mapped[int] = mapped_column(ForeignKey(TimelineRow.id))
    reason: Mapped[Line] = mapped_column(doc="what the probe said")
    state: Mapped[RegressionState] = mapped_column(enum_of(RegressionState, "state"), doc="where it stands")
    introduced: Mapped[CommitId] = mapped_column(index=True, doc="the first commit with it")
    candidates: Mapped[list[str]] = mapped_column(doc="all that may have introduced it, oldest first")
    introduced_at: Mapped[Seconds] = mapped_column(doc="when it was committed")
    fixed: Mapped[CommitId | None] = mapped_column(doc="the commit that fixed it; NULL while it is open")
    fixed_at: Mapped[Seconds | None] = mapped_column(doc="when the fix was committed")


class RegressionEventRow(Base):
    """Something that happened to a regression. In order of `id`."""

    __tablename__ = "regression_events"

    id: Mapped[Number]
    regression_id: Mapped[int] = mapped_column(ForeignKey(RegressionRow.id), index=True)
    kind: Mapped[EventKind] = mapped_column(enum_of(EventKind, "kind"), doc="what happened")
    branch_id: Mapped[int] = mapped_column(ForeignKey(BranchRow.id))
    commit_id: Mapped[CommitId] = mapped_column(doc="the commit that did it")
    detail: Mapped[Line] = mapped_column(doc="one line")
    created: Mapped[Seconds] = mapped_column(doc="when it was learnt")


class RegressionBranchRow(Base):
    """A branch that has, or had, a regression."""

    __tablename__ = "regression_branches"

    regression_id: Mapped[int] = mapped_column(ForeignKey(RegressionRow.id), primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey(BranchRow.id), primary_key=True, index=True)
    state: Mapped[BranchState] = mapped_column(enum_of(BranchState, "state"), doc="how it stands to it")
    fixed: Mapped[CommitId | None] = mapped_column(doc="the commit that fixed it there")
    subject: Mapped[Line | None] = mapped_column(doc="of `fixed`")
    how: Mapped[Name | None] = mapped_column(doc="what ties `fixed` to the fix; NULL where nothing does")
    release: Mapped[Name | None] = mapped_column(doc="the first of the branch with it")
    changed: Mapped[Seconds] = mapped_column(doc="when this last changed")


class HookRow(Base):
    """Who is told of what."""

    __tablename__ = "hooks"

    id: Mapped[Number]
    kind: Mapped[HookKind] = mapped_column(enum_of(HookKind, "kind"), doc="how")
    address: Mapped[Line] = mapped_column(doc="URL, or mail address")
    events: Mapped[list[str]] = mapped_column(doc="names of the events")
    secret: Mapped[str] = mapped_column(String(200), doc='key of the signature; "" for mail')
    created: Mapped[Seconds] = mapped_column(doc="when it was added")


class DeliveryRow(Base):
    """A message to one hook: the outbox, written in the transaction of what it tells of."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "state", "due"),)

    id: Mapped[Number]
    hook_id: Mapped[int] = mapped_column(ForeignKey(HookRow.id), index=True)
    event: Mapped[Name] = mapped_column(doc="name of the event")
    body: Mapped[dict[str, Any]] = mapped_column(doc="what is told")
    state: Mapped[DeliveryState] = mapped_column(enum_of(DeliveryState, "state"), doc="where it stands")
    attempts: Mapped[int] = mapped_column(doc="how often it was tried")
    due: Mapped[Seconds] = mapped_column(doc="when it is tried next; while one tries, when another may")
    error: Mapped[Line | None] = mapped_column(doc="why the latest try failed")
    created: Mapped[Seconds] = mapped_column(doc="when it was written")
    finished: Mapped[Seconds | None] = mapped_column(doc="when it was delivered, or given up")
