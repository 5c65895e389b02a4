# SPDX-License-Identifier: GPL-2.0-or-later
"""What is followed: branches, their timelines with their versions, and the matrix of points."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.orm import Session

from bisectd.domain.errors import Conflict, NotFound
from bisectd.domain.tracking import ALL, Branch, Point, Timeline, Version
from bisectd.domain.verdict import Verdict
from bisectd.store.dialect import chunks, lock
from bisectd.store.dialect import insert as insert_new
from bisectd.store.tables.facts import ObservationRow
from bisectd.store.tables.service import RepositoryRow
from bisectd.store.tables.tracking import BranchRow, PointRow, TimelineRow, VersionRow


@dataclass(frozen=True)
class Followed:
    """What a user wants followed on a branch; names, or ("all",).

    No probes or no targets: those that the branch is followed for, of a new one all.
    """

    name: str
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    toolchain: str
    since: str = ""


class Branches:
    """The tables `branches`, `timelines`, `versions` and `points`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- branches -------------------------------------------------------------------------------------------

    def repository(self, source: str) -> int:
        """The number of the repository that is read from there; registered under its folder's name if new."""
        name = _name_of(source)
        lock(self._session, "names of repositories")  # two that register the same at once see each other
        known = self._session.scalar(select(RepositoryRow.id).filter_by(source=source))
        if known is not None:
            self._session.execute(update(RepositoryRow).filter_by(id=known).values(removed=None))
            return known
        names = chain([name], (f"{name}-{n}" for n in count(2)))
        made = (self._new_repository(one, source) for one in names)
        return next(number for number in made if number is not None)

    def _new_repository(self, name: str, source: str) -> int | None:
        """Its number; None where the name is taken."""
        new = insert_new(RepositoryRow, self._session).values(name=name, source=source, created=time.time())
        return self._session.scalar(new.returning(RepositoryRow.id))

    def follow(self, repository: int, wanted: Followed) -> Branch:
        """Register a branch, or add probes and targets to one that is followed.

        One that was followed once is followed with what is wanted now. Conflict where it is followed with
        another compiler.
        """
        values = {
            "repository_id": repository,
            "name": wanted.name,
            "probes": list(wanted.probes or (ALL,)),
            "targets": list(wanted.targets or (ALL,)),
            "toolchain": wanted.toolchain,
            "since": wanted.since,
            "created": time.time(),
        }
        self._session.execute(insert_new(BranchRow, self._session).values(**values))
        row = self._session.scalars(
            select(BranchRow).filter_by(repository_id=repository, name=wanted.name).with_for_update()
        ).one()
        if row.toolchain != wanted.toolchain:
            line = f"{wanted.name} is followed with {row.toolchain}, not {wanted.toolchain}"
            raise Conflict(f"{line}: name it with --toolchain {row.toolchain}")
        before = (row.probes, row.targets, row.since)
        if row.unfollowed is None:
            row.probes = _union(row.probes, wanted.probes)
            row.targets = _union(row.targets, wanted.targets)
        else:
            row.probes, row.targets = list(wanted.probes or (ALL,)), list(wanted.targets or (ALL,))
            row.unfollowed, row.created = None, time.time()
        row.since = wanted.since or row.since
        if (row.probes, row.targets, row.since) != before:
            row.head = None  # not all of its timelines were scanned that far
        self._session.flush()
        return self.get(row.id)

    def unfollow(self, branch: int) -> bool:
        """Follow a branch no longer; whether it was."""
        followed = update(BranchRow).where(BranchRow.id == branch, BranchRow.unfollowed.is_(None))
        ended = followed.values(unfollowed=time.time()).returning(BranchRow.id)
        return self._session.scalar(ended) is not None

    def get(self, branch: int) -> Branch:
        """By number, followed or no longer; KeyError where there is none."""
        found = self._session.execute(_branches().where(BranchRow.id == branch)).one_or_none()
        if found is None:
            raise KeyError(branch)
        return _branch(found)

    def all(self, repository: int | None = None) -> list[Branch]:
        """All that are followed, by repository and name."""
        rows = _branches().where(BranchRow.unfollowed.is_(None)).order_by(RepositoryRow.name, BranchRow.name)
        if repository is not None:
            rows = rows.where(BranchRow.repository_id == repository)
        return [_branch(row) for row in self._session.execute(rows)]

    def lock(self, repository: int) -> None:
        """Whoever records a scan of a repository's branches waits for the others that do."""
        self._session.execute(select(RepositoryRow.id).filter_by(id=repository).with_for_update())

    def scanned(self, branch: int, head: str | None) -> None:
        """Note that a scan was recorded. `head`: up to where all timelines are scanned, None as before."""
        values: dict[str, Any] = {"error": None, "scanned": time.time()}
        if head:
            values["head"] = head
        self._session.execute(update(BranchRow).filter_by(id=branch).values(**values))

    def failed(self, branch: int, error: str) -> None:
        """Note why the latest scan failed."""
        self._session.execute(update(BranchRow).filter_by(id=branch).values(error=error))

    # -- timelines ------------------------------------------------------------------------------------------

    def timelines(self, branch: int | None = None, repository: int | None = None) -> list[Timeline]:
        """The timelines of a branch, or of a repository, by branch, probe and target."""
        rows = (
            select(TimelineRow, BranchRow.name)
            .join(BranchRow)
            .order_by(BranchRow.name, TimelineRow.probe, TimelineRow.target, TimelineRow.toolchain)
        )
        if branch is not None:
            rows = rows.where(TimelineRow.branch_id == branch)
        if repository is not None:
            rows = rows.where(BranchRow.repository_id == repository)
        return [_timeline(row, name) for row, name in self._session.execute(rows)]

    def timeline_numbered(self, timeline: int) -> Timeline:
        """By number; NotFound where there is none."""
        rows = select(TimelineRow, BranchRow.name).join(BranchRow).where(TimelineRow.id == timeline)
        found = self._session.execute(rows).one_or_none()
        if found is None:
            raise NotFound(f"there is no timeline {timeline}")
        return _timeline(*found)

    def timeline(self, branch: int, probe: str, target: str, toolchain: str) -> Timeline | None:
        """One of them."""
        found = self._session.execute(
            select(TimelineRow, BranchRow.name)
            .join(BranchRow)
            .where(
                TimelineRow.branch_id == branch,
                TimelineRow.probe == probe,
                TimelineRow.target == target,
                TimelineRow.toolchain == toolchain,
            )
        ).one_or_none()
        return _timeline(*found) if found else None

    def move(
        self, branch: int, key: tuple[str, str, str], ends: tuple[str, str], seen: tuple[Verdict, str]
    ) -> int:
        """Set a timeline's start and head, and verdict and reason there; its number.

        `key`: probe, target, toolchain.
        """
        probe, target, toolchain = key
        values = {
            "start": ends[0],
            "head": ends[1],
            "verdict": seen[0],
            "reason": seen[1],
            "scanned": time.time(),
        }
        found = self.timeline(branch, probe, target, toolchain)
        if found:
            self._session.execute(update(TimelineRow).filter_by(id=found.id).values(**values))
            return found.id
        values |= {"branch_id": branch, "probe": probe, "target": target, "toolchain": toolchain}
        return self._session.scalars(insert(TimelineRow).returning(TimelineRow.id), [values]).one()

    def versions(self, timeline: int) -> list[Version]:
        """The versions of a timeline, oldest first."""
        rows = select(VersionRow).filter_by(timeline_id=timeline).order_by(VersionRow.position)
        return [version_of(row) for row in self._session.scalars(rows)]

    def set_versions(self, timeline: int, versions: Sequence[Version]) -> None:
        """Replace the versions of a timeline; those that stay as they are are not written."""
        known = {version.position: version for version in self.versions(timeline)}
        gone = [version.position for version in versions if known.get(version.position, version) != version]
        gone += [position for position in known if position >= len(versions)]
        where = (VersionRow.timeline_id == timeline, VersionRow.position.in_(gone))
        self._session.execute(delete(VersionRow).where(*where))
        rows = [
            _version_values(timeline, version)
            for version in versions
            if known.get(version.position) != version
        ]
        if rows:
            self._session.execute(insert(VersionRow), rows)

    def observations(self, keys: Mapping[str, Any], fingerprints: Iterable[str]) -> dict[str, int]:
        """Fingerprint → number of the observation; `keys` are the other columns of an observation's key."""
        found: dict[str, int] = {}
        columns = select(ObservationRow.fingerprint, ObservationRow.id).filter_by(**keys)
        for some in chunks(fingerprints):
            rows = self._session.execute(columns.where(ObservationRow.fingerprint.in_(some)))
            found.update((fingerprint, number) for fingerprint, number in rows)
        return found

    # -- points ---------------------------------------------------------------------------------------------

    def set_points(self, repository: int, points: Sequence[Point]) -> None:
        """Judge releases and heads, anew where they are known."""
        for point in points:
            key = {
                "repository_id": repository,
                "name": point.name,
                "probe": point.probe,
                "target": point.target,
                "toolchain": point.toolchain,
            }
            values = {
                "series": point.series,
                "release": point.release,
                "commit_id": point.commit,
                "committed": point.committed,
                "verdict": point.verdict,
                "reason": point.reason,
                "observation_id": point.observation,
            }
            self._session.execute(insert_new(PointRow, self._session).values(**key, **values))
            self._session.execute(update(PointRow).filter_by(**key).values(**values))

    def page_of_points(
        self, repository: int, wanted: Mapping[str, Any], after: int, limit: int
    ) -> list[tuple[int, Point]]:
        """Points with their numbers, which are over `after`. `wanted`: some of probe, target, verdict."""
        rows = (
            select(PointRow)
            .filter_by(repository_id=repository, **wanted)
            .where(PointRow.id > after)
            .order_by(PointRow.id)
            .limit(limit)
        )
        return [(row.id, point_of(row)) for row in self._session.scalars(rows)]

    def judged(self, repository: int) -> set[tuple[str, str, str, str, str]]:
        """Name, commit, probe, target and toolchain of every release that is a point."""
        columns = (PointRow.name, PointRow.commit_id, PointRow.probe, PointRow.target, PointRow.toolchain)
        rows = select(*columns).filter_by(repository_id=repository, release=True)
        return {
            (name, commit, probe, target, tool)
            for name, commit, probe, target, tool in self._session.execute(rows)
        }


def _name_of(source: str) -> str:
    """What a repository is called that is only known by its place."""
    path = Path(source)
    name = path.parent.name if path.name == ".git" else path.name.removesuffix(".git")
    return name[:180] or "repository"


def _union(one: Sequence[str], other: Sequence[str]) -> list[str]:
    both = list(dict.fromkeys((*one, *other)))
    return [ALL] if ALL in both else both


def _branches() -> Select[BranchRow, str, str]:
    return select(BranchRow, RepositoryRow.name, RepositoryRow.source).join(RepositoryRow)


def _branch(found: Row[BranchRow, str, str]) -> Branch:
    row, repository_name, source = found
    return Branch(
        id=row.id,
        repository=row.repository_id,
        repository_name=repository_name,
        source=source,
        name=row.name,
        probes=tuple(row.probes),
        targets=tuple(row.targets),
        toolchain=row.toolchain,
        since=row.since,
        head=row.head,
        scanned=row.scanned,
        error=row.error,
        created=row.created,
        followed=row.unfollowed is None,
    )


def _timeline(row: TimelineRow, branch_name: str) -> Timeline:
    return Timeline(
        id=row.id,
        branch=row.branch_id,
        branch_name=branch_name,
        probe=row.probe,
        target=row.target,
        toolchain=row.toolchain,
        start=row.start,
        head=row.head,
        verdict=row.verdict,
        reason=row.reason,
        scanned=row.scanned,
    )


def version_of(row: VersionRow) -> Version:
    """A version of a timeline."""
    return Version(
        position=row.position,
        commit=row.commit_id,
        subject=row.subject,
        committed=row.committed,
        release=row.release,
        verdict=row.verdict,
        reason=row.reason,
        fingerprint=row.fingerprint,
        observation=row.observation_id,
        origin=row.origin,
        candidates=tuple(row.candidates),
    )


def _version_values(timeline: int, version: Version) -> dict[str, Any]:
    return {
        "timeline_id": timeline,
        "position": version.position,
        "commit_id": version.commit,
        "subject": version.subject,
        "committed": version.committed,
        "release": version.release,
        "verdict": version.verdict,
        "reason": version.reason,
        "fingerprint": version.fingerprint,
        "observation_id": version.observation,
        "origin": version.origin,
        "candidates": list(version.candidates),
    }


def point_of(row: PointRow) -> Point:
    """A cell of the matrix."""
    return Point(
        name=row.name,
        series=row.series,
        release=row.release,
        commit=row.commit_id,
        committed=row.committed,
        probe=row.probe,
        target=row.target,
        toolchain=row.toolchain,
        verdict=row.verdict,
        reason=row.reason,
        observation=row.observation_id,
    )
