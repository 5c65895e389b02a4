# SPDX-License-Identifier: GPL-2.0-or-later
"""From a commit to its unit: the object files of a sources's sources, and the values of feature bits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from bisectd.domain.commit import SourceTree
from bisectd.domain.compiled import Failure, Output, Result
from bisectd.domain.target import Target
from bisectd.kernel import landlock, offsets
from bisectd.kernel.compile import Compiler, Source
from bisectd.kernel.config import ARCH, OFFSETS, Generator
from bisectd.kernel.files import CommitFiles, is_generated
from bisectd.kernel.image import IMAGE_FORMAT, Unlinkable
from bisectd.kernel.limits import DEFAULT, Limits
from bisectd.kernel.manifest import Found, Index, Manifest, ObjectCache, digest
from bisectd.kernel.object import read_object
from bisectd.kernel.sources import Locator
from bisectd.kernel.toolchain import Toolchain
from bisectd.kernel.workspace import Workspace

# Rises when the same commit may give another object: other flags, other generated files, another refusal.
VERSION = "3"

_FOLDERS = (ARCH, "include")  # where all that units depend on lies, beside the folders of their sources
_REMEMBERED = 64  # units, of about 200 KB

Sources: TypeAlias = tuple[str, ...]  # by their usual path
_Stage: TypeAlias = Callable[[CommitFiles, Source], Found]


@dataclass(frozen=True)
class CompiledObject:
    """One object file, in the builder's form. `key` is the hash of everything that can change it."""

    source: str
    key: str
    data: bytes


@dataclass(frozen=True)
class Unit:
    """A unit that was built.

    `key`: hash of everything that can change the objects or the features. `paths`: every path of the tree
    that was read, or looked for in vain, folders included where their whole content counts: a commit that
    touches none of them has the same unit. `features`: "cpu" and "mmu", the target's expressions, and each
    CPU_FTR_* and MMU_FTR_* bit, as far as the commit's headers define them.
    """

    key: str
    paths: frozenset[str]
    objects: tuple[CompiledObject, ...]
    features: Mapping[str, int]


@dataclass(frozen=True)
class UnitFailure:
    """A unit that does not build: its commit is UNTESTABLE. `reason` is one line, `log` what was printed."""

    key: str
    paths: frozenset[str]
    reason: str
    log: str


class _Broken(Exception):
    """A source does not compile. Never leaves the builder."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.reason)


class _NotInCache(Exception):
    """A look-up ends here. Never leaves the builder."""


class _Work:
    """A unit in the making: what it depends on so far."""

    def __init__(self, sources: Sources, setting: str, paths: frozenset[str]) -> None:
        self._parts = [setting, *sources]
        self.paths = set(paths)

    def take(self, found: Found) -> tuple[str, bytes]:
        """Object key and data of a stage that was done; raises _Broken where it failed."""
        self._parts.append(found.key)
        self.paths.update(found.paths)
        if isinstance(found.result, Failure):
            raise _Broken(found.result)
        return found.key, found.result.data

    @property
    def key(self) -> str:
        """Hash of everything that the unit depends on."""
        return digest(*self._parts)

    @property
    def tree_paths(self) -> frozenset[str]:
        """Paths in the commit's tree, without the generated files."""
        return frozenset(path for path in self.paths if not is_generated(path))

    def fail(self, failure: Failure) -> UnitFailure:
        """The unit does not build."""
        self._parts.append(failure.reason)
        return UnitFailure(self.key, self.tree_paths, failure.reason, failure.log)


class Form(NamedTuple):
    """What is kept of an object file. `name` tells forms apart; `of` may raise Unlinkable."""

    name: str
    of: Callable[[bytes], bytes]


ELF = Form("elf", bytes)


def image_form(structures: Sequence[str]) -> Form:
    """Keep a small image with the layout of the named structures: debug information is read only once."""
    return Form(
        digest("image", str(IMAGE_FORMAT), *structures), lambda elf: read_object(elf, structures).to_bytes()
    )


def environment() -> str:
    """What of this machine decides which code is refused: belongs into every key that a unit is found by."""
    return "confined" if landlock.abi() else "unconfined"


class Builder:
    """Builds units for one target with one toolchain. One process, one scratch folder, one builder."""

    def __init__(
        self,
        target: Target,
        toolchain: Toolchain,
        scratch: Path,
        cache: ObjectCache,
        *,
        form: Form = ELF,
        limits: Limits = DEFAULT,
    ) -> None:
        self._form = form
        self._target = target
        self._cache = cache
        self._setting = digest(
            VERSION, environment(), repr(target), toolchain.name, toolchain.version, form.name
        )
        self._generator = Generator(target, toolchain.gcc_major)
        self._compiler = Compiler(target, toolchain, Workspace(scratch), limits)
        self._locator = Locator(ARCH)
        self._units: dict[tuple[Sources | str | None, ...], Unit | UnitFailure] = {}
        self._indexes: dict[str, Index] = {}
        self._programs: dict[tuple[str | None, ...], str] = {}

    def close(self) -> None:
        """Give back what the operating system lent. The scratch folder stays."""
        self._compiler.close()

    def build(self, tree: SourceTree, sources: Sources) -> Unit | UnitFailure:
        """Build the unit of a commit, from the cache where its content was built before.

        MachineError (MissingObject included): nothing was learned about the commit.
        """
        return self._recent(tree, sources) or self._remember(
            tree, sources, self._unit(tree, sources, self._compiled)
        )

    def lookup(self, tree: SourceTree, sources: Sources) -> Unit | UnitFailure | None:
        """The unit of a commit if all of it is in the cache; never compiles."""
        try:
            return self._recent(tree, sources) or self._remember(
                tree, sources, self._unit(tree, sources, self._known)
            )
        except _NotInCache:
            return None

    def _recent(self, tree: SourceTree, sources: Sources) -> Unit | UnitFailure | None:
        """Most commits of a kernel touch none of the folders that a unit is made of."""
        return self._units.get(_state(tree, sources))

    def _remember(self, tree: SourceTree, sources: Sources, unit: Unit | UnitFailure) -> Unit | UnitFailure:
        folders = tuple(f"{folder}/" for folder in _folders(sources))
        if all(f"{path}/".startswith(folders) for path in unit.paths):
            if len(self._units) >= _REMEMBERED:
                self._units.clear()
            self._units[_state(tree, sources)] = unit
        return unit

    def _unit(self, tree: SourceTree, sources: Sources, stage: _Stage) -> Unit | UnitFailure:
        work = _Work(sources, self._setting, self._generator.paths)
        cause = None
        try:
            paths = [self._place(tree, path, work) for path in sources]
            files = CommitFiles(tree, self._generator.generate(tree))
            measured = self._offsets(files, work, stage)
            cause, files = measured.failure, files.with_generated(OFFSETS, measured.header)
            objects = [CompiledObject(path, *work.take(stage(files, Source(path)))) for path in paths]
        except _Broken as broken:
            return work.fail(cause or broken.failure)
        return Unit(work.key, work.tree_paths, tuple(objects), measured.features)

    def _place(self, tree: SourceTree, usual: str, work: _Work) -> str:
        place = self._locator.locate(tree, usual)
        work.paths.update(place.paths)
        if place.path is None:
            raise _Broken(Failure(place.reason, ""))
        return place.path

    def _offsets(self, files: CommitFiles, work: _Work, stage: _Stage) -> offsets.Offsets:
        """Compile asm-offsets.c and the features with it; a commit without that file has features only.

        So has one where it does not compile: many a source of lib/ asks for no offset.
        """
        place = self._locator.locate(files.tree, offsets.SOURCE)
        work.paths.update(place.paths, offsets.FEATURE_PATHS)
        try:
            return self._measured(files, place.path, work, stage)
        except _Broken as broken:
            if place.path is None:
                raise
            return self._measured(files, None, work, stage)._replace(failure=broken.failure)

    def _measured(
        self, files: CommitFiles, source: str | None, work: _Work, stage: _Stage
    ) -> offsets.Offsets:
        inputs = (*(files.file_id(path) for path in offsets.FEATURE_PATHS), source)
        program = self._programs.get(inputs)
        if program is None:
            program = self._programs[inputs] = offsets.program(files, self._target, source)
        files = files.with_generated(offsets.PROGRAM, program)
        _, lines = work.take(stage(files, Source(offsets.PROGRAM, assembled=False)))
        return offsets.parse(lines, self._target.bits)

    def _compiled(self, files: CommitFiles, source: Source) -> Found:
        index = self._index(source)
        return index.find(files) or index.put(files, *self._compile(files, source))

    def _compile(self, files: CommitFiles, source: Source) -> tuple[Manifest, Result]:
        manifest, result = self._compiler.compile(files, source)
        if source.assembled and isinstance(result, Output):
            try:
                result = Output(self._form.of(result.data))
            except Unlinkable as reason:
                result = Failure(str(reason), "")
        return manifest, result

    def _known(self, files: CommitFiles, source: Source) -> Found:
        found = self._index(source).find(files)
        if found is None:
            raise _NotInCache
        return found

    def _index(self, source: Source) -> Index:
        index = self._indexes.get(source.path)
        if index is None:
            scope = digest(self._setting, source.path)
            index = self._indexes[source.path] = Index(scope, self._cache)
        return index


def _state(tree: SourceTree, sources: Sources) -> tuple[Sources | str | None, ...]:
    return (sources, *(tree.tree_id(folder) for folder in _folders(sources)))


def _folders(sources: Sources) -> tuple[str, ...]:
    """A source of lib/ depends on lib/ too; one of another architecture on no folder that is worth asking."""
    tops = {path.partition("/")[0] for path in sources if not path.startswith(f"{ARCH}/")}
    return (*_FOLDERS, *sorted(tops - {*_FOLDERS, "arch"}))
