# SPDX-License-Identifier: GPL-2.0-or-later
"""What pages look up. Every query here is bounded, and finds its rows by an index."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from bisectd.domain.errors import NotFound
from bisectd.domain.jobs import Asked, JobStep, TaskState
from bisectd.domain.observation import Observation
from bisectd.domain.seen import Cell, Evidence, Heading, Judged, Passage, Release, Seen, Summed
from bisectd.domain.semantics import Summary
from bisectd.domain.tracking import BranchState, Point, Regression, Timeline, Version
from bisectd.domain.verdict import Verdict
from bisectd.store.branches import point_of, version_of
from bisectd.store.dialect import chunks
from bisectd.store.jobs import ANY, Filter, step_of
from bisectd.store.regressions import introduced_by, regression_of, regressions
from bisectd.store.tables.facts import CommitUnitRow, FingerprintRow, ObservationRow, SummaryRow, UnitRow
from bisectd.store.tables.service import JobRow, JobStepRow, RepositoryRow, TaskRow
from bisectd.store.tables.tracking import (
    BranchRow,
    PointRow,
    RegressionBranchRow,
    RegressionRow,
    SightingRow,
    TimelineRow,
    VersionRow,
)

_MOST = 200  # rows of one list
_AFTER_HEX = "g"  # sorts after every digit of an id


class Lookups:
    """Questions about several tables."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # -- observations ---------------------------------------------------------------------------------------

    def observation(self, number: int) -> Seen:
        """One by its number. NotFound where there is none."""
        row = self.session.get(ObservationRow, number)
        if row is None:
            raise NotFound(f"there is no observation {number}")
        return _seen(row)

    def observations(self, numbers: Iterable[int]) -> dict[int, Observation]:
        """What was seen, by number; only what is known."""
        columns = (ObservationRow.id, ObservationRow.verdict, ObservationRow.reason, ObservationRow.evidence)
        return {
            number: Observation(verdict, reason, evidence)
            for some in chunks(numbers)
            for number, verdict, reason, evidence in self.session.execute(
                select(*columns).where(ObservationRow.id.in_(some))
            )
        }

    def observation_numbers(
        self, probe: str, target: str, toolchain: str, fingerprints: Iterable[str]
    ) -> dict[str, int]:
        """Fingerprint → the latest observation of it. `toolchain` is the compiler with its version."""
        found: dict[str, int] = {}
        rows = select(ObservationRow.fingerprint, ObservationRow.id).filter_by(
            probe=probe, target=target, toolchain=toolchain
        )
        for some in chunks(fingerprints):
            several = rows.where(ObservationRow.fingerprint.in_(some)).order_by(ObservationRow.id)
            found.update((fingerprint, number) for fingerprint, number in self.session.execute(several))
        return found

    # -- commits --------------------------------------------------------------------------------------------

    def commits_of_unit(self, unit: str, limit: int = 5) -> list[str]:
        """Some commits that have a unit."""
        return list(
            self.session.scalars(select(CommitUnitRow.commit_id).filter_by(unit_key=unit).limit(limit))
        )

    def unit_seen(self, names: Iterable[str], seen: Seen) -> str | None:
        """The unit of a commit, by its id or what replaces it, that an observation answers for.

        The unit that was run where it is that one; None where the observation is of none of the commit's.
        """
        rows = (
            select(UnitRow.key)
            .join(CommitUnitRow, CommitUnitRow.unit_key == UnitRow.key)
            .join(FingerprintRow, FingerprintRow.unit_key == UnitRow.key)
            .where(
                CommitUnitRow.commit_id.in_(sorted(names)),
                FingerprintRow.fingerprint == seen.fingerprint,
                UnitRow.target == seen.target,
                UnitRow.toolchain == seen.toolchain,
            )
            .order_by((UnitRow.key == seen.unit).desc(), UnitRow.key)
        )
        return self.session.scalar(rows.limit(1))

    def is_version(self, commit: str, observation: int) -> bool:
        """Whether a timeline has a commit with an observation."""
        rows = select(VersionRow.timeline_id).filter_by(commit_id=commit, observation_id=observation)
        return self.session.scalar(rows.limit(1)) is not None

    def known_commits(self, prefix: str, limit: int = 20) -> list[str]:
        """Commits that were judged, by the first digits of their id."""
        rows = select(CommitUnitRow.commit_id).where(_begins(CommitUnitRow.commit_id, prefix)).distinct()
        return list(self.session.scalars(rows.limit(limit)))

    def paths_of_commit(self, commit: str) -> frozenset[str]:
        """Every file that was read to build a commit, for any target and probe; none where none is known."""
        rows = select(UnitRow.paths).where(UnitRow.key.in_(self._units(commit)))
        return frozenset(path for paths in self.session.scalars(rows) for path in paths)

    def verdicts_of_commit(self, commit: str) -> list[Judged]:
        """What is known of a commit, by probe, target and compiler; of several engines the latest."""
        setup = (ObservationRow.probe, ObservationRow.target, ObservationRow.toolchain)
        latest = (
            select(func.max(ObservationRow.id))
            .where(ObservationRow.fingerprint.in_(self._fingerprints(commit)))
            .group_by(*setup)
        )
        rows = (
            select(*setup, ObservationRow.verdict, ObservationRow.reason, ObservationRow.id)
            .where(ObservationRow.id.in_(latest))
            .order_by(*setup)
            .limit(_MOST)
        )
        return [Judged(*row) for row in self.session.execute(rows)]

    def failures_of_commit(self, commit: str) -> list[tuple[str, str, str]]:
        """Target, toolchain and reason wherever a commit does not build."""
        rows = select(UnitRow.target, UnitRow.toolchain, UnitRow.reason).where(
            UnitRow.key.in_(self._units(commit)), UnitRow.reason.is_not(None)
        )
        return sorted({(target, tool, reason or "") for target, tool, reason in self.session.execute(rows)})

    def summaries_of_commit(self, commit: str) -> list[Summed]:
        """The semantic summaries of a commit."""
        rows = (
            select(SummaryRow)
            .where(SummaryRow.fingerprint.in_(self._fingerprints(commit)))
            .order_by(SummaryRow.target)
            .limit(_MOST)
        )
        return [
            Summed(
                row.target,
                (row.target, row.toolchain, row.version, row.emulator_version),
                Summary.from_json(row.effects),
            )
            for row in self.session.scalars(rows)
        ]

    def passages(self, commit: str) -> list[Passage]:
        """The timelines on which a commit changed the code."""
        rows = _passages().where(VersionRow.commit_id == commit)
        return [Passage(*row) for row in self.session.execute(rows.limit(_MOST))]

    def release_of(self, commit: str) -> str | None:
        """The first release with a commit, as the timelines know it."""
        rows = select(VersionRow.release).where(
            VersionRow.commit_id == commit, VersionRow.release.is_not(None)
        )
        return self.session.scalar(rows.limit(1))

    def _units(self, commit: str) -> Select[str]:
        return select(CommitUnitRow.unit_key).where(CommitUnitRow.commit_id == commit)

    def _fingerprints(self, commit: str) -> Select[str]:
        return select(FingerprintRow.fingerprint).where(FingerprintRow.unit_key.in_(self._units(commit)))

    # -- jobs -----------------------------------------------------------------------------------------------

    def jobs(self, which: Filter = ANY, before: int | None = None, limit: int = 50) -> list[Heading]:
        """Newest first, those with a number under `before`. Results stay where they are: they are large."""
        columns = JobRow.__table__.c  # by name alone `user` would be any column that the headings select
        wanted = [columns[name] == value for name, value in vars(which).items() if value is not None]
        rows = _headings().where(*wanted).order_by(JobRow.id.desc()).limit(limit)
        if before is not None:
            rows = rows.where(JobRow.id < before)
        return [_heading(row) for row in self.session.execute(rows)]

    def job_mark(self, job: int) -> tuple[int, int]:
        """What changes whenever a job's page does: the job's version, and its latest step."""
        changed = self.session.scalar(select(JobRow.changed).filter_by(id=job))
        if changed is None:
            raise NotFound(f"there is no job {job}")
        step = self.session.scalar(select(func.max(JobStepRow.id)).filter_by(job_id=job))
        return changed, step or 0

    def steps_of(self, job: int) -> tuple[int, int]:
        """How many verdicts a job has used, and how many of these are of commits in its range."""
        rows = select(func.count(), func.count(JobStepRow.place)).where(JobStepRow.job_id == job)
        every, placed = self.session.execute(rows).one()
        return every, placed

    def latest_steps(self, job: int, limit: int) -> list[JobStep]:
        """The last verdicts of a job, in their order."""
        rows = select(JobStepRow).filter_by(job_id=job).order_by(JobStepRow.id.desc()).limit(limit)
        return [step_of(row) for row in self.session.scalars(rows)][::-1]

    def waiting_tasks(self) -> int:
        """How many tasks wait for a worker."""
        rows = select(func.count()).where(TaskRow.state == TaskState.QUEUED)
        return self.session.scalar(rows) or 0

    # -- timelines ------------------------------------------------------------------------------------------

    def versions_of(self, timeline: int) -> int:
        """How many versions a timeline has."""
        last = self.session.scalar(select(func.max(VersionRow.position)).filter_by(timeline_id=timeline))
        return 0 if last is None else last + 1

    def some_versions(self, timeline: int, first: int, end: int) -> list[Version]:
        """Those from a position up to before another, oldest first."""
        rows = select(VersionRow).where(
            VersionRow.timeline_id == timeline, VersionRow.position >= first, VersionRow.position < end
        )
        return [version_of(row) for row in self.session.scalars(rows.order_by(VersionRow.position))]

    # -- the matrix -----------------------------------------------------------------------------------------

    def releases(self, repository: int, before: Release | None, limit: int) -> list[Release]:
        """The releases and heads that were judged, the latest first; those after another one."""
        place = (PointRow.committed, PointRow.name, PointRow.release)
        rows = (
            select(PointRow.name, PointRow.release, PointRow.committed)
            .where(PointRow.repository_id == repository)
            .distinct()
            .order_by(*(column.desc() for column in place))
            .limit(limit)
        )
        if before is not None:
            rows = rows.where(tuple_(*place) < (before.committed, before.name, before.release))
        return [Release(*row) for row in self.session.execute(rows)]

    def cells(self, repository: int, names: Sequence[str]) -> list[Cell]:
        """The cells of some rows of the matrix."""
        rows = select(
            PointRow.name,
            PointRow.probe,
            PointRow.target,
            PointRow.toolchain,
            PointRow.verdict,
            PointRow.reason,
            PointRow.observation_id,
            PointRow.commit_id,
        ).where(PointRow.repository_id == repository, PointRow.name.in_(names))
        return [Cell(*row) for row in self.session.execute(rows)]

    def with_points(self) -> frozenset[int]:
        """The repositories that have a matrix."""
        some = select(PointRow.id).where(PointRow.repository_id == RepositoryRow.id).exists()
        return frozenset(self.session.scalars(select(RepositoryRow.id).where(some)))

    def bad_points(self, repository: int, asked: Iterable[tuple[str, str]]) -> list[Point]:
        """Releases and heads on which one of these probes and targets is BAD, the oldest commit first."""
        columns = (  # those of `Point`, in their order: whole rows take 1.7 times as long
            PointRow.name,
            PointRow.series,
            PointRow.release,
            PointRow.commit_id,
            PointRow.committed,
            PointRow.probe,
            PointRow.target,
            PointRow.toolchain,
            PointRow.verdict,
            PointRow.reason,
            PointRow.observation_id,
        )
        rows = select(*columns).where(
            PointRow.repository_id == repository,
            tuple_(PointRow.probe, PointRow.target).in_(sorted(set(asked))),
            PointRow.verdict == Verdict.BAD,
        )
        ordered = rows.order_by(PointRow.committed, PointRow.name, PointRow.id)
        return [Point(*row) for row in self.session.execute(ordered)]

    def points_of(self, repository: int, timeline: Timeline) -> list[Point]:
        """Releases and heads as a timeline's probe and target judged them, the oldest commit first."""
        rows = select(PointRow).where(
            PointRow.repository_id == repository,
            PointRow.probe == timeline.probe,
            PointRow.target == timeline.target,
            PointRow.toolchain == timeline.toolchain,
        )
        return [point_of(row) for row in self.session.scalars(rows.order_by(PointRow.committed, PointRow.id))]

    def turns_by_timeline(self, timelines: Iterable[int]) -> dict[int, list[Version]]:
        """The versions of timelines at which the verdict became another, and the first of each, oldest first.

        They have no candidates, which are long to read.
        """
        columns = (  # those of `Version`, in their order
            VersionRow.position,
            VersionRow.commit_id,
            VersionRow.subject,
            VersionRow.committed,
            VersionRow.release,
            VersionRow.verdict,
            VersionRow.reason,
            VersionRow.fingerprint,
            VersionRow.observation_id,
            VersionRow.origin,
        )
        before = func.lag(VersionRow.verdict).over(
            partition_by=VersionRow.timeline_id, order_by=VersionRow.position
        )
        found: dict[int, list[Version]] = {}
        for some in chunks(timelines):
            every = select(VersionRow.timeline_id, before.label("before"), *columns)
            turns = every.where(VersionRow.timeline_id.in_(some)).subquery()
            rows = select(turns).where(turns.c.before.is_distinct_from(turns.c.verdict))
            for timeline, _, *version in self.session.execute(rows.order_by("timeline_id", "position")):
                found.setdefault(timeline, []).append(Version(*version))
        return found

    def evidence_of(self, regression: int) -> dict[int, Evidence]:
        """Timeline → the observation of the first commit on it that has a regression."""
        rows = (
            select(VersionRow.timeline_id, VersionRow.observation_id, VersionRow.commit_id)
            .join(
                SightingRow,
                (SightingRow.timeline_id == VersionRow.timeline_id)
                & (SightingRow.introduced == VersionRow.origin),
            )
            .where(SightingRow.regression_id == regression, VersionRow.observation_id.is_not(None))
        )
        found = self.session.execute(rows)
        return {
            timeline: Evidence(number, commit) for timeline, number, commit in found if number is not None
        }

    def affected_branches(self, branches: Iterable[int]) -> dict[int, list[int]]:
        """Branch → the regressions that it has now, the newest first; only of these branches."""
        rows = (
            select(RegressionBranchRow.branch_id, RegressionBranchRow.regression_id)
            .where(
                RegressionBranchRow.branch_id.in_(sorted(branches)),
                RegressionBranchRow.state == BranchState.AFFECTED,
            )
            .order_by(RegressionBranchRow.regression_id.desc())
        )
        found: dict[int, list[int]] = {}
        for branch, regression in self.session.execute(rows):
            found.setdefault(branch, []).append(regression)
        return found

    def regressions_numbered(self, numbers: Iterable[int]) -> dict[int, Regression]:
        """Regressions by number; only those that there are."""
        return {
            one.id: one
            for some in chunks(numbers)
            for row in self.session.execute(regressions().where(RegressionRow.id.in_(some)))
            for one in [regression_of(row)]
        }

    # -- search ---------------------------------------------------------------------------------------------

    def latest_commits(self, limit: int = 2_000) -> list[tuple[str, str]]:
        """Repository and id of the commits of the latest steps of jobs."""
        rows = (
            select(RepositoryRow.name, JobStepRow.commit_id)
            .join(JobRow, JobRow.id == JobStepRow.job_id)
            .join(RepositoryRow, RepositoryRow.id == JobRow.repository_id)
            .order_by(JobStepRow.id.desc())
            .limit(limit)
        )
        return list(dict.fromkeys((name, commit) for name, commit in self.session.execute(rows)))

    def find_passages(self, words: str, limit: int = _MOST) -> list[Passage]:
        """Commits of timelines by the first digits of their id, or by a part of their subject."""
        rows = _passages().where(_matches(VersionRow.commit_id, VersionRow.subject, words))
        return [Passage(*row) for row in self.session.execute(rows.limit(limit))]

    def find_regressions(self, words: str, limit: int = 20) -> list[Regression]:
        """Regressions by a commit that made or fixed them, by its upstream id, or by a part of a subject."""
        found = or_(
            _matches(RegressionRow.upstream, RegressionRow.subject, words),
            _matches(RegressionRow.introduced, RegressionRow.subject, words),
            _matches(RegressionRow.fixed, RegressionRow.fixed_subject, words),
        )
        rows = regressions().where(found).order_by(RegressionRow.id.desc()).limit(limit)
        return [regression_of(row) for row in self.session.execute(rows)]

    def of_commit(self, repository: int, commit: str) -> list[Regression]:
        """The regressions that a commit made, or fixed."""
        rows = regressions().where(
            RegressionRow.repository_id == repository,
            or_(introduced_by(commit), RegressionRow.fixed == commit),
        )
        return [regression_of(row) for row in self.session.execute(rows.limit(_MOST))]


def _begins(column: InstrumentedAttribute[Any], prefix: str) -> ColumnElement[bool]:
    """A range, which every database answers from an index; LIKE is not."""
    return (column >= prefix) & (column < prefix + _AFTER_HEX)


def _matches(
    commit: InstrumentedAttribute[Any], subject: InstrumentedAttribute[Any], words: str
) -> ColumnElement[bool]:
    lower = words.lower()
    if lower and set(lower) <= set("0123456789abcdef"):
        return _begins(commit, lower) | subject.icontains(words, autoescape=True)
    return subject.icontains(words, autoescape=True)


def _passages() -> Any:
    return (
        select(
            RepositoryRow.name,
            BranchRow.id,
            BranchRow.name,
            TimelineRow.probe,
            TimelineRow.target,
            VersionRow.commit_id,
            VersionRow.subject,
            VersionRow.verdict,
            VersionRow.observation_id,
        )
        .join(TimelineRow, TimelineRow.id == VersionRow.timeline_id)
        .join(BranchRow, BranchRow.id == TimelineRow.branch_id)
        .join(RepositoryRow, RepositoryRow.id == BranchRow.repository_id)
    )


def _headings() -> Any:
    return select(
        JobRow.id,
        JobRow.kind,
        JobRow.asked,
        JobRow.user,
        JobRow.state,
        JobRow.progress,
        JobRow.result["outcome"].as_string().label("outcome"),
        JobRow.result["fixes"].as_string().label("fixes"),
        JobRow.error,
        JobRow.created,
        JobRow.started,
        JobRow.finished,
    )


def _heading(row: Row[Any]) -> Heading:
    values = dict(row._mapping)  # noqa: SLF001 - how a row gives its names
    return Heading(**{**values, "asked": Asked.from_json(values["asked"])})


def _seen(row: ObservationRow) -> Seen:
    return Seen(
        id=row.id,
        fingerprint=row.fingerprint,
        probe=row.probe,
        probe_version=row.probe_version,
        target=row.target,
        toolchain=row.toolchain,
        emulator_version=row.emulator_version,
        unit=row.unit_key,
        observation=Observation(row.verdict, row.reason, row.evidence),
        seconds=row.seconds,
        created=row.created,
    )
