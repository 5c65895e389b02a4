# SPDX-License-Identifier: GPL-2.0-or-later
"""Judging one commit: from its unit to a stored observation."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cached_property, partial, reduce
from operator import or_
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import emulator
from bisectd.domain.commit import SourceTree
from bisectd.domain.errors import UserError
from bisectd.domain.evaluation import Evaluation, OwnFile, Setup
from bisectd.domain.observation import Observation
from bisectd.domain.program import Program
from bisectd.domain.records import ObservationKey, StoredUnit
from bisectd.domain.target import Target
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel import builder as kernel
from bisectd.kernel import targets, toolchain
from bisectd.kernel.fingerprint import VERSION as FINGERPRINT
from bisectd.kernel.fingerprint import fingerprint
from bisectd.kernel.image import Image, Unlinkable
from bisectd.kernel.link import link
from bisectd.kernel.manifest import digest
from bisectd.probes import registry
from bisectd.probes.probe import Probe
from bisectd.services.evidence import instructions, place
from bisectd.services.location import Location, locate
from bisectd.services.scratch import Scratch
from bisectd.services.targets import makes_sense
from bisectd.store.cache import SqlObjectCache
from bisectd.store.location import database_url
from bisectd.store.store import Store


def setup_for(  # noqa: PLR0913, PLR0917 - what a user can name
    repo: str,
    probe: str,
    target: str,
    toolchain_name: str,
    database: str | None,
    own_targets: str = "",
    own_probes: OwnFile | None = None,
) -> Setup:
    """What the user named, checked as far as names go. UserError with the nearest names."""
    found = registry.find(probe, own_probes)
    what = targets.find(target, own_targets)
    if not makes_sense(found, what):
        raise UserError(
            f"probe {found.name} makes no sense on {target}: it runs on {', '.join(found.targets)}"
        )
    if toolchain_name in toolchain.names() and toolchain_name not in what.arch_flags:
        raise UserError(
            f"target {target} has no flags for {toolchain_name}: give it flags.{toolchain_name} and "
            f'flags."{toolchain_name}:assemble", or use --toolchain {next(iter(what.arch_flags))}'
        )
    url = database_url(database, os.environ)
    place = str(Path(repo).resolve())
    return Setup(place, found.name, target, toolchain_name, url, own_targets, own_probes)


def _no_program(reason: str | None, _without: frozenset[str]) -> Program:
    raise UserError(f"the unit makes no program: {reason}")


def _located(observation: Observation, program: Program, tree: SourceTree) -> Observation:
    """With the source lines of the instructions that it names, as they are in the unit that was run."""
    evidence = observation.evidence
    named = [*instructions(observation), *evidence.get("trace", ())]
    once = {place(row): row for row in named if row["symbol"] in program.symbols}
    found = locate(once.values(), program, tree)
    if not found:
        return observation
    return replace(observation, evidence={**evidence, "locations": [asdict(one) for one in found]})


class Evaluator:
    """Judges commits in one process, one after the other. Close it: it owns a scratch folder.

    `probe`: one that stands in no registry, in place of the one that the setup names. `compiler`: one that
    is found already.
    """

    def __init__(
        self,
        setup: Setup,
        repository: Repository,
        store: Store,
        probe: Probe | None = None,
        compiler: toolchain.Toolchain | None = None,
    ) -> None:
        self.setup = setup
        self.repository = repository
        self.store = store
        self.target: Target = targets.find(setup.target, setup.own_targets)
        self.probe: Probe = probe or registry.find(setup.probe, setup.own_probes)
        self._compiler = compiler or toolchain.find(setup.toolchain)
        self._scratch: Scratch | None = None

    @classmethod
    def open(cls, setup: Setup) -> Self:
        """Open everything that the setup names. UserError or MachineError where that fails."""
        repository = Repository.open(setup.repository)
        return cls(setup, repository, Store.open(setup.database))

    def recall(self, commits: Sequence[str]) -> dict[str, Evaluation]:
        """What the store already knows of the commits: no git object is read, nothing compiled or run."""
        read = {commit: self.repository.replaced(commit) for commit in commits}
        with self.store.read() as tx:
            found = tx.units.of_commits(self._recipe_key, set(read.values()))
            units = {commit: found[read[commit]] for commit in commits if read[commit] in found}
            seen = tx.observations.of(
                {print_ for unit in units.values() if (print_ := self._fingerprint(unit))}, self._key("")
            )
        known = {commit: (unit, self._recalled(unit, seen)) for commit, unit in units.items()}
        return {
            commit: Evaluation(commit, unit.key, self._fingerprint(unit), observation, cached=True)
            for commit, (unit, observation) in known.items()
            if observation
        }

    def evaluate(self, commit: str) -> Evaluation:
        """Judge a commit. What it saw is stored when this returns. MachineError: nothing was learned."""
        recalled = self.recall([commit])
        return recalled.get(commit) or self._judge(self.repository.tree(commit))

    def evaluate_tree(self, tree: SourceTree) -> Evaluation:
        """Judge files that are no commit of the repository; stored under what `tree.commit` says."""
        recalled = self.recall([tree.commit])
        return recalled.get(tree.commit) or self._judge(tree)

    def locations(self, evaluation: Evaluation) -> tuple[Location, ...]:
        """Where in the commit's own source the instructions are that the evidence names, each once.

        Evidence is shared by a class, and the lines of its commits differ: the unit is built again, or taken
        from the cache of objects.
        """
        named = tuple(instructions(evaluation.observation))
        if not named:
            return ()
        tree = self.repository.tree(evaluation.commit)
        unit = self._builder.build(tree, self.probe.sources_for(self.target))
        if isinstance(unit, kernel.UnitFailure):
            return ()
        return locate(named, self._link(self._images(unit), unit), tree)

    def located(self, observation: Observation, commit: str) -> Observation | None:
        """An observation of the commit's class with the source lines of this commit; compiles nothing.

        None where its objects are not stored, or were made under another setting.
        """
        tree = self.repository.tree(commit)
        unit = self._builder.lookup(tree, self.probe.sources_for(self.target))
        if unit is None or isinstance(unit, kernel.UnitFailure):
            return None
        evidence = {name: value for name, value in observation.evidence.items() if name != "locations"}
        program = self._link(self._images(unit), unit)
        return _located(replace(observation, evidence=evidence), program, tree)

    def close(self) -> None:
        """Remove the scratch folder and close the database."""
        if self._scratch:
            self._builder.close()
            self._scratch.remove()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- for other questions about the same code ------------------------------------------------------------

    def stored_unit(self, commit: str) -> StoredUnit | None:
        """What the store knows of a commit's unit: no git object is read, nothing is compiled."""
        read = self.repository.replaced(commit)
        with self.store.read() as tx:
            unit = tx.units.of_commits(self._recipe_key, {read}).get(read)
        return unit if unit and (unit.reason or self._fingerprint(unit)) else None

    def unit(self, tree: SourceTree) -> StoredUnit:
        """Build a version's unit, or find that it does not build. Either is stored when this returns."""
        return self._prepare(tree)[1]

    def compile_key(self, commit: str) -> str:
        """Names the building of a commit's unit: equal where it is the same work."""
        return digest("compile", self._recipe_key, self._roots_key, self.repository.replaced(commit))

    def run_key(self, unit: StoredUnit) -> str:
        """Names the running of a unit: equal for all units that behave the same."""
        return digest("run", *map(str, self.key(unit)))

    def programs(self, commit: str) -> tuple[StoredUnit, Callable[[frozenset[str]], Program]]:
        """A commit's unit, and how to link it with some CPU_FTR_ bits switched off.

        Where the unit has a reason not to make a program, linking raises UserError with it.
        """
        unit, stored, _ = self._prepare(self.repository.tree(commit))
        if isinstance(unit, kernel.UnitFailure) or stored.reason:
            return stored, partial(_no_program, stored.reason)
        images = self._images(unit)

        def linked(without: frozenset[str]) -> Program:
            gone = reduce(or_, (unit.features.get(name, 0) for name in without), 0)
            return link(images, {**unit.features, "cpu": unit.features.get("cpu", 0) & ~gone}, self.target)

        return stored, linked

    def key(self, unit: StoredUnit) -> ObservationKey:
        """By what the store finds anything that was learnt from running the unit."""
        return self._key(self._fingerprint(unit) or "")

    def observation_key(self, fingerprint_: str) -> ObservationKey:
        """By what the store finds what the probe saw on a class."""
        return self._key(fingerprint_)

    def paths(self, evaluation: Evaluation) -> frozenset[str]:
        """Every path that the build of an evaluated commit read, or looked for and missed."""
        with self.store.read() as tx:
            return tx.units.paths(evaluation.unit)

    def share(self, evaluation: Evaluation, commit: str) -> Evaluation:
        """Remember that a commit has the unit of an evaluated one: nothing at `paths` differs."""
        with self.store.begin() as tx:
            tx.units.assign(self._recipe_key, {self.repository.replaced(commit): evaluation.unit})
        return replace(evaluation, commit=commit, cached=True)

    # -- one commit -----------------------------------------------------------------------------------------

    def _judge(self, tree: SourceTree) -> Evaluation:
        unit, stored, known = self._prepare(tree)
        recalled = self.recall([tree.commit]).get(tree.commit)
        if recalled:
            return replace(recalled, cached=known)
        observation = self._run(
            cast("kernel.Unit", unit), stored, tree
        )  # one that does not build was recalled
        return Evaluation(tree.commit, unit.key, self._fingerprint(stored), observation, cached=False)

    def _prepare(self, tree: SourceTree) -> tuple["kernel.Unit | kernel.UnitFailure", StoredUnit, bool]:
        """Build a version's unit and store what it is; whether it was known already."""
        unit = self._builder.build(tree, self.probe.sources_for(self.target))
        known = self._known(unit.key)
        stored = known or self._add(unit)
        with self.store.begin() as tx:
            tx.units.assign(self._recipe_key, {self.repository.replaced(tree.commit): unit.key})
        return unit, stored, known is not None

    def _known(self, unit_key: str) -> StoredUnit | None:
        with self.store.read() as tx:
            unit = tx.units.get(unit_key)
        return unit if unit and (unit.reason or self._fingerprint(unit)) else None

    def _add(self, unit: "kernel.Unit | kernel.UnitFailure") -> StoredUnit:
        stored = self._describe(unit)
        with self.store.begin() as tx:
            tx.units.add(stored, unit.paths)
        return stored

    def _describe(self, unit: "kernel.Unit | kernel.UnitFailure") -> StoredUnit:
        """The unit as it is stored: with a fingerprint, or with the reason why it makes no program."""
        name, version = targets.label(self.target), self._compiler.version
        if isinstance(unit, kernel.UnitFailure):
            return StoredUnit(unit.key, name, version, unit.reason, {}, {})
        try:
            images = self._images(unit)
            self._link(images, unit)
        except Unlinkable as reason:
            return StoredUnit(unit.key, name, version, str(reason), {}, unit.features)
        # What link() asks of them when it applies feature fixups.
        asked = ("cpu", "mmu", "CPU_FTR_LWSYNC", *self.probe.features)
        features = {name: unit.features[name] for name in asked if name in unit.features}
        print_ = fingerprint(images, self.probe.declared_roots, sorted(self.probe.members), features)
        return StoredUnit(unit.key, name, version, None, {self._roots_key: print_}, unit.features)

    def _run(self, unit: "kernel.Unit", stored: StoredUnit, tree: SourceTree) -> Observation:
        program = self._link(self._images(unit), unit)
        started = time.perf_counter()
        observation = _located(self.probe.run(program, self.target), program, tree)
        seconds = time.perf_counter() - started
        with self.store.begin() as tx:
            tx.observations.add(
                self._key(stored.fingerprints[self._roots_key]), unit.key, observation, seconds
            )
        return observation

    def _images(self, unit: "kernel.Unit") -> list[Image]:
        return [Image.from_bytes(compiled.data) for compiled in unit.objects]

    def _link(self, images: Sequence[Image], unit: "kernel.Unit") -> Program:
        return link(images, unit.features, self.target)

    # -- keys -----------------------------------------------------------------------------------------------

    @cached_property
    def _builder(self) -> "kernel.Builder":
        self._scratch = Scratch()
        cache, form = SqlObjectCache(self.store), kernel.image_form(self.probe.structures)
        return kernel.Builder(self.target, self._compiler, self._scratch.folder, cache, form=form)

    @cached_property
    def _recipe_key(self) -> str:
        """What, beside the commit, decides its unit."""
        form = kernel.image_form(self.probe.structures).name
        setting = (kernel.VERSION, kernel.environment(), form, repr(self.target), self._compiler.version)
        return digest(*setting, *self.probe.sources_for(self.target))

    @cached_property
    def _roots_key(self) -> str:
        """What, beside the unit, decides its fingerprint."""
        probe = self.probe
        asked = ("", *probe.features) if probe.features else ()
        return digest(
            FINGERPRINT, *probe.declared_roots, "", *sorted(probe.members), "", *probe.structures, *asked
        )

    def _key(self, fingerprint_: str) -> ObservationKey:
        return ObservationKey(
            fingerprint=fingerprint_,
            probe=self.probe.label,
            probe_version=self.probe.version,
            target=targets.label(self.target),
            toolchain=self._compiler.version,
            emulator_version=f"{self.target.cpu} {emulator.VERSION}",
        )

    def _fingerprint(self, unit: StoredUnit) -> str | None:
        return unit.fingerprints.get(self._roots_key)

    def _recalled(self, unit: StoredUnit, seen: dict[str, Observation]) -> Observation | None:
        if unit.reason:
            return Observation(Verdict.UNTESTABLE, unit.reason)
        return seen.get(self._fingerprint(unit) or "")
