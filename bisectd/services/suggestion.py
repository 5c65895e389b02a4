# SPDX-License-Identifier: GPL-2.0-or-later
"""Patch in, Fixes: out: the fault that a fix cures, the commit that made it, the kernels that have it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from bisectd.domain.commit import Commit
from bisectd.domain.errors import UserError
from bisectd.domain.evaluation import Evaluation, OwnFile, Setup
from bisectd.history import Repository
from bisectd.kernel import targets
from bisectd.kernel.targets import ALL
from bisectd.probes import registry
from bisectd.probes.probe import Probe
from bisectd.services import origin as origins
from bisectd.services.choice import setups_for
from bisectd.services.cure import Effect, Tried, try_out
from bisectd.services.desk import Desk, Pool
from bisectd.services.fix import Base, Fix, find_base
from bisectd.services.origin import Always, Among, Introduced, Origin, Unknown
from bisectd.services.panel import Hears, Panel
from bisectd.services.survey import Line, Reached, first_affected, reached, survey
from bisectd.suggest import correct, maintainers
from bisectd.suggest.backports import names_of
from bisectd.suggest.fixes import fixes_line
from bisectd.suggest.remarks import Evidence, Find, Remark, remarks
from bisectd.suggest.trailers import people

MAINTAINERS = "MAINTAINERS"


@dataclass(frozen=True)
class Question:
    """What is asked. `target` and `toolchain` are names or "all"; `repo` a path; `own_…` the user's files."""

    repo: str
    target: str = ALL
    toolchain: str = "zig"
    database: str | None = None
    own_targets: str = ""
    own_probes: OwnFile | None = None


@dataclass(frozen=True)
class Person:
    """Somebody to copy. `who` is a name with address, or the address of a list."""

    who: str
    why: str


@dataclass(frozen=True)
class Suggestion:
    """Everything that was found.

    `tried`: the probes that may see what the fix changes. `primary`: the first that it cures, None where it
    cures none; then `origin` and what follows from it are empty. `origins`: since when each cured one is BAD.
    `evidence`: evaluations of the commits that the origin rests on. `additions`: lines that the patch lacks.
    `introduced`: the commit that tags may name, or good..bad around a range; None where neither is known.
    """

    repository: str
    fix: Fix
    base: Base
    functions: tuple[str, ...]
    tried: tuple[Tried, ...]
    primary: Tried | None
    origins: Mapping[Setup, Origin]
    lines: tuple[Line, ...]
    reached: tuple[Reached, ...]
    first: str | None
    tags: Evidence
    introduced: str | None
    people: tuple[Person, ...]
    remarks: tuple[Remark, ...]
    additions: tuple[str, ...]
    described: Mapping[str, Commit]
    evidence: Mapping[str, Evaluation] = field(default_factory=dict)
    judged: int = 0
    cached: int = 0
    seconds: float = 0.0

    @property
    def origin(self) -> Origin | None:
        """Since when the primary probe is BAD."""
        return self.origins.get(self.primary.setup) if self.primary else None

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the patch itself changes, without the binary ones, by name."""
        changes = self.fix.patch.changes
        return tuple(sorted({path for one in changes if not one.binary for path in one.paths}))

    def having(self, effect: Effect) -> tuple[Tried, ...]:
        """The probes that the fix had this effect on."""
        return tuple(tried for tried in self.tried if tried.effect is effect)

    @property
    def culprit(self) -> Commit | None:
        """The commit that introduced the fault, where it is known."""
        found = self.origin
        return self.described[found.commit] if isinstance(found, Introduced) else None

    def corrected(self) -> bytes:
        """The patch as it should have been sent, an mbox."""
        return correct.corrected(self.fix.patch, self.tags)


class Quiet:
    """A `Hears` for callers that show nothing."""

    def stage(self, what: str) -> None:
        """See `Hears`."""

    def judged(self, setup: Setup, evaluation: Evaluation) -> None:
        """See `Hears`."""


def suggest(
    question: Question,
    read: Callable[[Repository], Fix],
    pool: Pool | None = None,
    hears: Hears | None = None,
) -> Suggestion:
    """Answer for the fix that `read` gives. `pool` judges; None: this process does.

    UserError where the patch cannot be read or applied, MachineError where nothing was learned.
    """
    setups, compilers = setups_of(question)
    with ExitStack() as stack:
        desks = [Desk.open(setups[0].repository, setups[0].database, name) for name in compilers]
        for desk in desks:
            stack.callback(desk.close)
        return suggest_at(desks, setups, read(desks[0].repository), pool, hears or Quiet())


def suggest_at(
    desks: Sequence[Desk], setups: Sequence[Setup], fix: Fix, pool: Pool | None, hears: Hears
) -> Suggestion:
    """The same with everything opened: a desk for each compiler, setups that name the first."""
    return _Work(Panel(desks, pool, hears), fix, setups, time.monotonic()).suggestion()


def setups_of(question: Question) -> tuple[list[Setup], list[str]]:
    """Every probe on every target that the question allows, by the first compiler; and all compilers."""
    found: list[Setup] = []
    compilers: list[str] = []
    own = question.own_probes
    probes: list[tuple[Probe, OwnFile | None]] = [(probe, None) for probe in registry.PROBES.values()]
    probes += [(probe, own) for probe in registry.own_probes(own).values()] if own else []
    for probe, file in probes:
        by_target = setups_for(
            question.repo,
            probe.name,
            ALL,
            question.toolchain,
            question.database,
            question.own_targets,
            file,
        )
        order = dict.fromkeys((*probe.targets, *by_target))  # as the probe has them: its usual target first
        names = [name for name in order if name in by_target and question.target in {name, ALL}]
        for name in names:
            compilers = list(by_target[name])
            found.append(by_target[name][compilers[0]])
    if not found:
        targets.find(question.target, question.own_targets)
        raise UserError(f"no probe makes sense on {question.target}")
    return found, compilers


@dataclass
class _Work:
    """The way from a fix to a suggestion."""

    panel: Panel
    fix: Fix
    setups: Sequence[Setup]
    started: float

    @property
    def repository(self) -> Repository:
        return self.panel.desk.repository

    def suggestion(self) -> Suggestion:
        hears = self.panel.hears
        hears.stage("finding what the patch applies to")
        base = find_base(self.fix, self.repository)
        hears.stage(f"running the probes before and after the fix, on {base.name}")
        tried = try_out(self.panel, self.setups, base)
        cured = [one for one in tried if one.effect is Effect.CURED]
        hears.stage("looking for the commits that introduced it")
        since = self._origins([one.setup for one in cured], base)
        primary = cured[0] if cured else None
        origin = since[primary.setup] if primary else None
        culprit = _commit(origin)
        hears.stage("judging releases and stable branches")
        lines = survey(self.panel, primary.setup, _good(origin), self._carriers(culprit)) if primary else ()
        first = first_affected(self.repository, lines, culprit)
        among = tuple(map(self.repository.commit, origin.commits)) if isinstance(origin, Among) else ()
        tags = Evidence(self._fixes(culprit), _stable(origin, first), among)
        evidence = self.panel.commits(primary.setup, _rests_on(origin)) if primary and origin else {}
        judged, cached = self.panel.evaluations
        return Suggestion(
            repository=str(self.repository.path),
            fix=self.fix,
            base=base,
            functions=tuple(dict.fromkeys(name for one in self.fix.patch.changes for name in one.functions)),
            tried=tried,
            primary=primary,
            origins=since,
            lines=lines,
            reached=reached(self.repository, self.fix, base.commit, lines),
            first=first,
            tags=tags,
            introduced=self._introduced(origin, tags.fixes),
            people=self._people(base, culprit),
            remarks=remarks(self.fix.patch, self._finder(base, origin), tags)
            if self.fix.patch.is_mail
            else (),
            additions=correct.missing(self.fix.patch, tags),
            described=self._described(base, since.values()),
            evidence=evidence,
            judged=judged,
            cached=cached,
            seconds=time.monotonic() - self.started,
        )

    def _origins(self, cured: Sequence[Setup], base: Base) -> dict[Setup, Origin]:
        """Since when each is BAD. One culprit that was found is tried first for the others."""
        found: dict[Setup, Origin] = {}
        for setup in cured:
            if base.before and self.panel.verdict(setup, base.commit).value != "BAD":
                found[setup] = Unknown("the patches before it in the series introduce it")
                continue
            known = next((one for one in found.values() if origins.holds(self.panel, setup, one)), None)
            found[setup] = known or origins.find(self.panel, setup, base.commit)
        return found

    def _carriers(self, culprit: str | None) -> tuple[str, ...]:
        """The culprit and, of a backport, the mainline commit that it is, where the repository has that."""
        found = []
        for name in names_of(self.repository.commit(culprit)) if culprit else ():
            with suppress(UserError):
                found.append(self.repository.resolve(name))
        return tuple(found)

    def _fixes(self, commit: str | None) -> str | None:
        return fixes_line(self.repository.commit(commit), self.repository.abbreviate) if commit else None

    def _introduced(self, origin: Origin | None, fixes: str | None) -> str | None:
        if isinstance(origin, Among):
            return "..".join(map(self.repository.abbreviate, origin.span))
        return fixes.split()[1] if fixes else None

    def _people(self, base: Base, commit: str | None) -> tuple[Person, ...]:
        """The culprit's people, then those whom MAINTAINERS names; nobody twice, and not the sender."""
        found = []
        if commit:
            found.append(Person(self.repository.author(commit), "author of the culprit"))
            message = self.repository.commit(commit).message
            found += [Person(who, "signed or reviewed the culprit") for who in people(message)]
        tree = self.repository.tree(base.commit)
        text = tree.read(MAINTAINERS).decode("utf-8", "replace") if tree.blob_id(MAINTAINERS) else ""
        whom = maintainers.concerned(maintainers.parse(text), self.fix.patch.paths)
        found += [Person(who, "maintains it") for who in whom.people]
        found += [Person(who, "list") for who in whom.lists]
        sender = _address(self.fix.patch.author)
        by_address = {_address(one.who): one for one in reversed(found)}
        return tuple(
            one for one in found if by_address[_address(one.who)] is one and _address(one.who) != sender
        )

    def _finder(self, base: Base, origin: Origin | None) -> Find:
        """Commits by the first digits of an id: their own, or that of the mainline commit that one is."""
        known = [self.repository.commit(commit) for commit in _rests_on(origin)]

        def find(digits: str) -> Commit | None:
            try:
                return self.repository.commit(self.repository.resolve(digits))
            except UserError:
                pass
            history = map(self.repository.commit, self.repository.walk([base.commit], self.fix.patch.paths))
            return next((one for some in (known, history) for one in some if _named(one, digits)), None)

        return find

    def _described(self, base: Base, found: Iterable[Origin]) -> dict[str, Commit]:
        named = {base.commit}
        for origin in found:
            named.update(_rests_on(origin))
            if isinstance(origin, Introduced):
                named.update(step.commit for step in origin.steps)
        return {commit: self.repository.commit(commit) for commit in named}


def _named(commit: Commit, digits: str) -> bool:
    return any(name.startswith(digits) or digits.startswith(name) for name in names_of(commit))


def _address(who: str) -> str:
    return who.rpartition("<")[2].rstrip(">").strip().lower()


def _commit(origin: Origin | None) -> str | None:
    """The commit that a Fixes: line may name."""
    match origin:
        case Introduced(commit):
            return commit
        case Always(first, _, with_function=True):
            return first
        case _:
            return None


def _good(origin: Origin | None) -> str | None:
    return origin.good if isinstance(origin, Introduced | Among) else None


def _stable(origin: Origin | None, first: str | None) -> str | None:
    """Without a version where the repository's history is too short to know it."""
    if first is None:
        return None
    too_short = isinstance(origin, Always) and not origin.with_function
    return "Cc: <stable@vger.kernel.org>" + ("" if too_short else f" # {first}+")


def _rests_on(origin: Origin | None) -> list[str]:
    match origin:
        case Introduced(commit, parents, good):
            return [commit, *parents, good]
        case Among(commits, parents, good):
            return [*commits, *parents, good]
        case Always(first):
            return [first]
        case _:
            return []
