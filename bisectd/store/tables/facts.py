# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of what was learnt. Words are those of ARCHITECTURE.md.

Keys are hashes of content, in lowercase hex, so storing the same fact twice is harmless. Rows are facts and
never change, but for `bisections` (whose outcome is filled in) and its transitions.
"""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bisectd.domain.regression import Kind
from bisectd.domain.verdict import Verdict
from bisectd.store.packing import PackedBytes, PackedJson
from bisectd.store.tables.base import Base, CommitId, Hash, Line, Name, Number, Seconds, enum_of

_BY_KEY = {
    "sqlite_with_rowid": False
}  # small rows, always looked up by their key: SQLite keeps them in its index


class PathSetRow(Base):
    """The paths that compiles of one source read, or looked for in vain. In order of `id`."""

    __tablename__ = "path_sets"
    __table_args__ = (UniqueConstraint("scope", "digest"), Index(None, "scope", "id"))

    id: Mapped[Number]
    scope: Mapped[Hash] = mapped_column(doc="hash of source, target and compiler")
    digest: Mapped[Hash] = mapped_column(doc="hash of the paths")
    paths: Mapped[Any] = mapped_column(PackedJson, doc="sorted list of paths in the tree")


class ObjectRow(Base):
    """What the compiler made of one source: either `data`, or `reason` and `log`."""

    __tablename__ = "objects"
    __table_args__ = (CheckConstraint("(data IS NULL) = (reason IS NOT NULL)", name="either"),)

    key: Mapped[Hash] = mapped_column(primary_key=True, doc="hash of scope and of what stands at the paths")
    path_set_id: Mapped[int] = mapped_column(ForeignKey(PathSetRow.id), index=True)
    data: Mapped[bytes | None] = mapped_column(PackedBytes, doc="the object file; NULL where it failed")
    reason: Mapped[Line | None] = mapped_column(doc="why it failed, in one line; NULL where it did not")
    log: Mapped[Line | None] = mapped_column(doc="what the compiler said; NULL where it did not fail")
    created: Mapped[Seconds] = mapped_column(doc="when it was stored")


class UnitRow(Base):
    """One version of the source for one target and compiler, and how its build went."""

    __tablename__ = "units"

    key: Mapped[Hash] = mapped_column(primary_key=True, doc="hash of all that can change the object")
    target: Mapped[Name] = mapped_column(doc="what it is compiled for")
    toolchain: Mapped[Name] = mapped_column(doc="compiler and version")
    reason: Mapped[Line | None] = mapped_column(doc="why it does not build; NULL where it does")
    features: Mapped[dict[str, int]] = mapped_column(doc="feature bits that its headers give for the target")
    paths: Mapped[Any] = mapped_column(PackedJson, doc="every file read, as a list of paths in the tree")
    created: Mapped[Seconds] = mapped_column(doc="when it was built")


class FingerprintRow(Base):
    """What a set of root functions of a unit compiled to, and the structure members they are probed with."""

    __tablename__ = "fingerprints"
    __table_args__ = _BY_KEY

    unit_key: Mapped[Hash] = mapped_column(ForeignKey(UnitRow.key), primary_key=True)
    roots: Mapped[Name] = mapped_column(primary_key=True, doc="what was asked: names the roots and members")
    fingerprint: Mapped[Hash] = mapped_column(index=True, doc="equal for all units that behave the same")


class CommitUnitRow(Base):
    """The unit of a commit, so that a commit seen before needs no look into git."""

    __tablename__ = "commit_units"
    __table_args__ = _BY_KEY

    recipe: Mapped[Hash] = mapped_column(
        primary_key=True, doc="hash of target, toolchain, builder version, files"
    )
    commit_id: Mapped[CommitId] = mapped_column(primary_key=True, index=True)
    unit_key: Mapped[Hash] = mapped_column(ForeignKey(UnitRow.key), index=True)


class ObservationRow(Base):
    """What one probe saw on one unit; it answers for every unit with the same fingerprint."""

    __tablename__ = "observations"
    __table_args__ = (
        UniqueConstraint(
            "fingerprint",
            "probe",
            "target",
            "toolchain",
            "probe_version",
            "emulator_version",
            name="uq_observations",
        ),
        # Pages of lists by every choice of filters: each is looked up for one verdict.
        Index(None, "verdict", "id"),
        Index(None, "probe", "verdict", "id"),
        Index(None, "target", "verdict", "id"),
        Index(None, "probe", "target", "verdict", "id"),
    )

    id: Mapped[Number]
    fingerprint: Mapped[Hash] = mapped_column(doc="of the roots of the probe")
    probe: Mapped[Name] = mapped_column(doc="name of the probe")
    target: Mapped[Name] = mapped_column(doc="processor and configuration it ran on")
    toolchain: Mapped[Name] = mapped_column(doc="compiler and version: their classes are never mixed")
    probe_version: Mapped[int] = mapped_column(doc="rises when the scenario or what must hold changes")
    emulator_version: Mapped[Name] = mapped_column(doc="changes when the emulator's results can change")
    unit_key: Mapped[Hash] = mapped_column(ForeignKey(UnitRow.key), index=True, doc="the unit that was run")
    verdict: Mapped[Verdict] = mapped_column(enum_of(Verdict, "verdict"), doc="what was seen")
    reason: Mapped[Line] = mapped_column(doc="one line; empty only where GOOD")
    evidence: Mapped[dict[str, Any]] = mapped_column(doc="registers, memory, interrupts, trace")
    seconds: Mapped[Seconds] = mapped_column(doc="how long the run took")
    created: Mapped[Seconds] = mapped_column(doc="when it was stored")


class SummaryRow(Base):
    """What a version's functions do, whatever is asked of them; for every unit with the same fingerprint.

    A table of its own: a summary has no verdict, and versions are compared and counted by its digest.
    """

    __tablename__ = "summaries"
    __table_args__ = (
        UniqueConstraint(
            "fingerprint", "target", "toolchain", "version", "emulator_version", name="uq_summaries"
        ),
    )

    id: Mapped[Number]
    fingerprint: Mapped[Hash] = mapped_column(doc="of all entry points")
    target: Mapped[Name] = mapped_column(doc="processor and configuration it ran on")
    toolchain: Mapped[Name] = mapped_column(doc="compiler and version: their classes are never mixed")
    version: Mapped[int] = mapped_column(doc="rises when the same program may give another summary")
    emulator_version: Mapped[Name] = mapped_column(doc="changes when the emulator's results can change")
    unit_key: Mapped[Hash] = mapped_column(ForeignKey(UnitRow.key), index=True, doc="the unit that was run")
    digest: Mapped[Hash] = mapped_column(index=True, doc="equal for equal behaviour, also of different code")
    effects: Mapped[list[dict[str, Any]]] = mapped_column(doc="one object a call, as `--json` prints it")
    seconds: Mapped[Seconds] = mapped_column(doc="how long the runs took")
    created: Mapped[Seconds] = mapped_column(doc="when it was stored")


class BisectionRow(Base):
    """A question about a range of history, and its answer once there is one."""

    __tablename__ = "bisections"

    id: Mapped[Number]
    key: Mapped[Hash] = mapped_column(
        unique=True, doc="hash of the question (the columns up to `exhaustive`)"
    )
    repository: Mapped[Line] = mapped_column(doc="absolute path")
    goods: Mapped[list[str]] = mapped_column(doc="full ids")
    bad: Mapped[CommitId] = mapped_column(doc="full id")
    probe: Mapped[Name] = mapped_column(doc="name of the probe")
    target: Mapped[Name] = mapped_column(doc="name of the target")
    toolchain: Mapped[Name] = mapped_column(doc="name of the toolchain, without its version")
    exhaustive: Mapped[bool] = mapped_column(doc="all classes of the range are run, all transitions listed")
    started: Mapped[Seconds] = mapped_column(doc="when its latest run began")
    finished: Mapped[Seconds | None] = mapped_column(
        doc="when the latest answer came; before `started` while it runs again"
    )
    outcome: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), doc="the latest answer, as `--json` prints it"
    )


class StepRow(Base):
    """A commit that a bisection asked about: one line of a `git bisect log`. In order of `id`."""

    __tablename__ = "bisection_steps"
    __table_args__ = (UniqueConstraint("bisection_id", "commit_id"),)

    id: Mapped[Number]
    bisection_id: Mapped[int] = mapped_column(ForeignKey(BisectionRow.id))
    commit_id: Mapped[CommitId] = mapped_column(doc="full id")
    verdict: Mapped[Verdict] = mapped_column(enum_of(Verdict, "verdict"), doc="the answer")
    reason: Mapped[Line] = mapped_column(doc="one line; empty only where GOOD")


class TransitionRow(Base):
    """A commit of a bisection's range whose verdict differs from that of its parents."""

    __tablename__ = "transitions"

    bisection_id: Mapped[int] = mapped_column(ForeignKey(BisectionRow.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, doc="0 is the oldest")
    kind: Mapped[Kind] = mapped_column(enum_of(Kind, "kind"), doc="which way the verdict changed")
    commit_id: Mapped[CommitId] = mapped_column(index=True, doc="the first with the new verdict")
    parents: Mapped[list[str]] = mapped_column(doc="full ids")
    before: Mapped[Verdict] = mapped_column(enum_of(Verdict, "before"), doc="at every parent")
    after: Mapped[Verdict] = mapped_column(enum_of(Verdict, "after"), doc="at the commit")
    commits: Mapped[list[str]] = mapped_column(doc="all that may have made the change, oldest first")
