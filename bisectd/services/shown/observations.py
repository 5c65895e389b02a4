# SPDX-License-Identifier: GPL-2.0-or-later
"""An observation as it is looked at: values bit by bit, what wrote them, and how to run it again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bisectd.domain.errors import BisectdError, NotFound
from bisectd.domain.evaluation import Setup
from bisectd.domain.observation import Observation
from bisectd.domain.seen import Seen
from bisectd.domain.verdict import Verdict
from bisectd.kernel import toolchain
from bisectd.services.desk import Desk
from bisectd.services.evidence import NOTE, Statement, is_wrong, place, statements
from bisectd.services.shown.compare import Differing, compare
from bisectd.services.shown.readers import Readers
from bisectd.store.store import Store

_AROUND = 6  # source lines before and after
_LONGEST = 64  # digits of an id


@dataclass(frozen=True)
class Bit:
    """A bit by name: `kept`, `cleared` or `set` by the call; `wrong` where it should be otherwise."""

    name: str
    how: str
    wrong: bool


@dataclass(frozen=True)
class Value:
    """A register or a place in memory. `bits` is empty where it has no names."""

    case: str
    name: str
    before: str
    after: str
    expected: str
    bits: Sequence[Bit]
    wrong: bool
    judged: bool
    place: str


@dataclass(frozen=True)
class SourceLine:
    """A line of the file, and whether the instruction was compiled from it."""

    number: int
    text: str
    here: bool


@dataclass(frozen=True)
class Written:
    """An instruction that wrote a wrong value, in the unit that was run; `source` may be empty."""

    place: str
    instruction: str
    word: str
    file: str
    line: int
    source: Sequence[SourceLine]


@dataclass(frozen=True)
class Traced:
    """A write on the way of a run under watch: which instruction, from which line, changed what."""

    case: str
    place: str
    instruction: str
    file: str
    line: int
    text: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class CaseShown:
    """One case of a probe."""

    name: str
    verdict: Verdict
    reason: str
    values: Sequence[Value]
    lost: Sequence[Statement]


@dataclass(frozen=True)
class ObservationPage:
    """Everything about an observation. `commit` is one that has the unit; `repository` where it is known.

    `asked`: the commit was named, so lines and command are its own. `lines`: false where its lines are not
    stored. `command`: "" where the commit is in no repository (a patched version).
    """

    seen: Seen
    cases: Sequence[CaseShown]
    interrupts: Sequence[Mapping[str, Any]]
    written: Sequence[Written]
    trace: Sequence[Traced]
    repository: str
    commit: str
    subject: str
    commits: Sequence[str]
    asked: bool
    lines: bool
    command: str
    against: Seen | None
    different: Sequence[Differing]


def observation_page(
    store: Store, readers: Readers, number: int, against: int | None, asked: str = ""
) -> ObservationPage:
    """An observation, and how it differs from another one. NotFound where there is none of that number.

    All commits with the same code share it. `asked`: the one that is looked at; NotFound where the
    observation is not of that commit.
    """
    with store.read() as tx:
        seen = tx.lookups.observation(number)
        other = tx.lookups.observation(against) if against else None
        commits = [asked] if asked else tx.lookups.commits_of_unit(seen.unit)
        names = [one.name for one in tx.repositories.all()]
    repository, commit, subject = _whose(readers, names, commits)
    observation: Observation | None = seen.observation
    if asked and _unit(store, readers, repository, seen, asked) != seen.unit:
        observation = _of_commit(store, readers, repository, seen, asked)
    shown = observation or _without_lines(seen.observation)
    return ObservationPage(
        seen=seen,
        cases=_cases(shown),
        interrupts=shown.evidence.get("interrupts", ()),
        written=list(_written(shown, readers, repository, commit)),
        trace=_trace(shown),
        repository=repository,
        commit=commit,
        subject=subject,
        commits=commits,
        asked=bool(asked),
        lines=observation is not None,
        command=rerun(seen, commit) if repository or not asked else "",
        against=other,
        different=compare(other.observation, seen.observation) if other else (),
    )


def _unit(store: Store, readers: Readers, repository: str, seen: Seen, commit: str) -> str:
    """The unit of a commit that the observation answers for. NotFound where it has none.

    "" where a timeline alone says so: a commit with the same files was judged in its place.
    """
    read = {commit}
    with suppress(BisectdError), readers.reading(repository) as opened:
        read.add(opened.replaced(commit))
    with store.read() as tx:
        unit = tx.lookups.unit_seen(read, seen)
        known = unit is not None or tx.lookups.is_version(commit, seen.id)
    if not known:
        raise NotFound(f"observation {seen.id} is not of commit {commit[:_LONGEST]}")
    return unit or ""


def _of_commit(
    store: Store, readers: Readers, repository: str, seen: Seen, commit: str
) -> Observation | None:
    """The observation with the lines of another commit than the one that was run; None: not stored."""
    compiler = toolchain.remembered(seen.toolchain)
    with suppress(BisectdError), readers.reading(repository) as opened:
        setup = Setup(str(opened.path), seen.probe, seen.target, compiler.name, store.url)
        desk = Desk(opened, store, compiler)
        try:
            return desk.evaluator(setup).located(seen.observation, commit)
        finally:
            desk.close()
    return None


def _without_lines(observation: Observation) -> Observation:
    evidence = {name: value for name, value in observation.evidence.items() if name != "locations"}
    return replace(observation, evidence=evidence)


def rerun(seen: Seen, commit: str) -> str:
    """What to paste into a shell, in a clone of the kernel, to see the same."""
    probe = seen.probe.partition("@")[0]
    target = seen.target.partition("@")[0]
    return (
        f"bisectd eval --repo . --rev {commit or 'COMMIT'} --probe {probe} --target {target} "
        f"--toolchain {toolchain_name(seen.toolchain)}"
    )


def toolchain_name(version: str) -> str:
    """The name of a compiler by its version: "zig" of "zig clang version 22.1.8"."""
    found = (name for name in toolchain.names() if name in version)
    return next(found, version.partition(" ")[0])


def _whose(readers: Readers, names: Sequence[str], commits: Sequence[str]) -> tuple[str, str, str]:
    """The repository that has one of the commits, that commit, and its subject."""
    for name in names:
        known = readers.commits(name, commits).values()
        if known:
            oldest = min(known, key=lambda one: one.time)
            return name, oldest.id, oldest.subject
    return "", commits[0] if commits else "", ""


def _cases(observation: Observation) -> list[CaseShown]:
    evidence = observation.evidence
    told = statements(observation)
    known = {case["name"]: (Verdict(case["verdict"]), case["reason"]) for case in evidence.get("cases", ())}
    names = known or {"": (observation.verdict, observation.reason)}
    values = [_value(row) for row in evidence.get("registers", ())]
    return [
        CaseShown(
            name,
            verdict,
            reason,
            [value for value in values if value.case == name],
            [found for found in told if found.case == name and found.kind not in {"registers", NOTE}],
        )
        for name, (verdict, reason) in names.items()
    ]


def _value(row: Mapping[str, Any]) -> Value:
    return Value(
        case=row.get("case", ""),
        name=row["name"],
        before=str(row.get("before_number", row["before"])),
        after=str(row.get("after_number", row["after"])),
        expected=str(row.get("expected_number", row["expected"])) if row.get("judged", True) else "",
        bits=tuple(_bits(row)) if "after_bits" in row else (),
        wrong=is_wrong(row),
        judged=bool(row.get("judged", True)),
        place=place(row["instruction"]) if "instruction" in row else "",
    )


def _bits(row: Mapping[str, Any]) -> Iterator[Bit]:
    """Every bit that is or was set, or should be, highest first as the evidence names them."""
    before, after = row.get("before_bits", "").split(), row["after_bits"].split()
    expected = row.get("expected_bits", "").split() if row.get("judged", True) else after
    for name in _merged(_merged(before, after), expected):
        if name != "0":
            how = "kept" if name in before and name in after else "set" if name in after else "cleared"
            yield Bit(
                name,
                how if name in before or name in after else "never",
                (name in after) != (name in expected),
            )


def _merged(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Both lists in one, each in its own order."""
    merged, rest = [], list(other)
    for name in one:
        if name in rest:
            index = rest.index(name)
            merged += [early for early in rest[:index] if early not in one]
            rest = rest[index + 1 :]
        merged.append(name)
    return [*merged, *(name for name in rest if name not in merged)]


def _trace(observation: Observation) -> list[Traced]:
    located = {found["place"]: found for found in observation.evidence.get("locations", ())}
    return [
        Traced(
            row.get("case", ""),
            place(row),
            row["text"],
            located.get(place(row), {}).get("file", ""),
            located.get(place(row), {}).get("line", 0),
            located.get(place(row), {}).get("text", ""),
            row["name"],
            row["before"],
            row["after"],
        )
        for row in observation.evidence.get("trace", ())
    ]


def _written(observation: Observation, readers: Readers, repository: str, commit: str) -> Iterator[Written]:
    """The instructions that the evidence names, with the lines around where the repository has them."""
    evidence = observation.evidence
    located = {found["place"]: found for found in evidence.get("locations", ())}
    rows = [row for kind in ("registers", "unsaved", "unkept") for row in evidence.get(kind, ())]
    named = [row["instruction"] for row in (evidence, *rows) if isinstance(row.get("instruction"), dict)]
    for where, instruction in {place(one): one for one in named}.items():
        found = located.get(where, {})
        file, line = found.get("file", ""), found.get("line", 0)
        source = _source(readers, repository, commit, file, line) if file else []
        if file and not source:
            source = [SourceLine(line, found["text"], here=True)]
        yield Written(where, instruction["text"], instruction.get("word", ""), file, line, source)


def _source(readers: Readers, repository: str, commit: str, file: str, line: int) -> list[SourceLine]:
    with suppress(BisectdError, KeyError), readers.reading(repository) as opened:
        lines = opened.tree(commit).read(file).decode("utf-8", "replace").splitlines()
        first = max(line - _AROUND, 1)
        around = enumerate(lines[first - 1 : line + _AROUND], first)
        return [SourceLine(number, text, number == line) for number, text in around]
    return []
