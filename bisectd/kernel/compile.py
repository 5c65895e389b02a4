# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles one source of one commit, and tells everything that the result depends on."""

import os
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bisectd.domain.compiled import Failure, Output, Result
from bisectd.domain.target import Target
from bisectd.kernel import assembly
from bisectd.kernel.closure import Closure, Escape, Searcher, join
from bisectd.kernel.config import AUTOCONF, SEARCH
from bisectd.kernel.directives import Scan
from bisectd.kernel.files import CommitFiles
from bisectd.kernel.limits import DEFAULT, Limits
from bisectd.kernel.manifest import Manifest
from bisectd.kernel.offsets import extract
from bisectd.kernel.sandbox import Completed, Sandbox
from bisectd.kernel.toolchain import Toolchain
from bisectd.kernel.workspace import Workspace

# Headers that the kernel's Makefile puts before every source, in this order, where the commit has them.
_FIRST = ("include/linux/kconfig.h", "include/linux/compiler_types.h")
_ASSEMBLY, _OBJECT, _DEPENDENCIES = "unit.s", "unit.o", "unit.d"
_LONGEST_REASON = 500  # characters
_ROUNDS = 32  # a macro may name a header that names another by macro, and so on

_ERROR = re.compile(r"^.*\berror: .*$", re.MULTILINE | re.IGNORECASE)
_NOT_OPENED = re.compile(
    r"^(?P<by>[^:\n]+):\d+:(?:\d+:)? fatal error: (?:cannot open file )?'?(?P<name>[^:'\n]+)'?"
    r"(?: file not found|: No such file or directory|: Permission denied)",
    re.MULTILINE,
)
_LOCATION = re.compile(r"^(?:In file included from |[ \t]+from )?([^:\n]+):\d+[:,]", re.MULTILINE)
_KEPT_LOG = 64 << 10  # characters of a failed compile's output


@dataclass(frozen=True)
class Source:
    """One file to compile: to an object file if `assembled`, else to the `->` lines of its assembly text."""

    path: str
    assembled: bool = True

    @property
    def search(self) -> tuple[str, ...]:
        """Folders to look for headers in: a trace header includes itself by a name that only its own has."""
        return (*SEARCH, posixpath.dirname(self.path))

    @property
    def is_assembly(self) -> bool:
        """Whether the file is assembly text with directives."""
        return self.path.endswith(".S")


class _View(NamedTuple):
    """What one attempt works on."""

    files: CommitFiles
    source: Source
    searcher: Searcher
    closure: Closure

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.source.path} of {self.files.tree.commit[:12]}"

    def manifest(self, reads: Iterable[str]) -> Manifest:
        """Dependencies of a compile that read these files."""
        reads = tuple(reads)
        ids = {path: self.files.file_id(path) or "" for path in reads}
        absent = {path for path in _FIRST if not self.files.file_id(path)}
        return Manifest(
            {**self.searcher.probed(self.closure, reads), **ids},
            self.searcher.misses(self.closure, reads) | absent,
        )

    def failed(self, reason: str, log: str = "") -> tuple[Manifest, Result]:
        """A failure depends on everything that could have been read."""
        return self.manifest(self.closure.files), Failure(reason, log[:_KEPT_LOG])


class Compiler:
    """Runs one toolchain for one target in one scratch folder. It moves from commit to commit."""

    def __init__(
        self, target: Target, toolchain: Toolchain, workspace: Workspace, limits: Limits = DEFAULT
    ) -> None:
        self._target = target
        self._toolchain = toolchain
        self._workspace = workspace
        self._limits = limits
        self._scans: dict[str, Scan] = {}
        self._computed: dict[str, frozenset[str]] = {}  # blob id → names that its macros made
        self._translating = Sandbox((*toolchain.folders, workspace.tree), (workspace.out,))
        self._assembling = Sandbox(toolchain.folders, (workspace.out,))

    def close(self) -> None:
        """Give back what the operating system lent."""
        self._translating.close()
        self._assembling.close()

    def compile(self, files: CommitFiles, source: Source) -> tuple[Manifest, Result]:
        """Compile a file of the commit. MachineError and MissingObject mean that nothing was learned.

        Reading the text foresees every header but those that a macro names: the compiler asks for such a one,
        and is then run again with it.
        """
        roots = {source.path, AUTOCONF, *(path for path in _FIRST if files.file_id(path))}
        for _ in range(_ROUNDS):
            searcher = Searcher(files, source.search, self._computed, self._scans)
            view = _View(files, source, searcher, searcher.close(sorted(roots)))
            more = self._attempt(view)
            if not isinstance(more, frozenset):
                return more
            roots |= more
        return view.failed(
            f"refused: {source.path} takes names of headers from macros more than {_ROUNDS} deep"
        )

    def _attempt(self, view: _View) -> tuple[Manifest, Result] | frozenset[str]:
        """Compile once; a set of further roots means: again, with these."""
        closure = view.closure
        if view.source.path in closure.missing:
            raise closure.missing[view.source.path]
        if closure.refused:
            return view.failed(f"refused: {closure.refused}")
        self._workspace.clear()
        self._workspace.place(view.files, closure.files, closure.folders, view.searcher.texts)
        done = self._translate(view)
        return self._translated(view) if done.ok else self._not_translated(view, done.log)

    def _translate(self, view: _View) -> Completed:
        """Source → assembly text and dependencies in `out`."""
        source, toolchain = view.source, self._toolchain
        command = (
            toolchain.preprocess(self._target)
            if source.is_assembly
            else toolchain.compile(self._target, debug=source.assembled)
        )
        out = os.path.relpath(self._workspace.out, self._workspace.tree)
        return self._translating.run(
            (
                *command,
                toolchain.relocate(self._workspace.tree),
                *_definitions(source.path),
                *(f"-I{folder}" for folder in source.search),
                *(flag for path in self._first(view.files) for flag in ("-include", path)),
                *("-MD", "-MF", f"{out}/{_DEPENDENCIES}", "-MT", "unit"),
                *("-o", f"{out}/{_ASSEMBLY}", source.path),
            ),
            self._workspace.tree,
            self._workspace.out,
            self._limits,
            view.name,
        )

    @staticmethod
    def _first(files: CommitFiles) -> list[str]:
        return [AUTOCONF, *(path for path in _FIRST if files.file_id(path))]

    def _not_translated(self, view: _View, log: str) -> tuple[Manifest, Result] | frozenset[str]:
        for error in view.closure.missing.values():
            raise error
        outside = next((path for path in _LOCATION.findall(log) if _is_outside(path)), None)
        if outside:
            return view.failed(f"refused: {view.source.path} reads {outside}, which is no file of the commit")
        found = _NOT_OPENED.search(log)
        if found and self._is_new(view, found["by"], found["name"]):
            try:
                join("", found["name"])
            except Escape as error:
                return view.failed(f"refused: {found['by']} {error}", log)
            return frozenset()
        return view.failed(_reason(view.source.path, log), log)

    def _is_new(self, view: _View, by: str, name: str) -> bool:
        """Remember a header's name that a macro made; False where it was known or stands in the text."""
        by = posixpath.normpath(by)
        scan = view.closure.files.get(by)
        if scan is None or not scan.computed or any(name == known.name for known in scan.includes):
            return False
        blob = view.files.file_id(by) or ""
        names = self._computed.get(blob, frozenset())
        self._computed[blob] = names | {name}
        return name not in names

    def _translated(self, view: _View) -> tuple[Manifest, Result] | frozenset[str]:
        reads = _dependencies(self._workspace.take(_DEPENDENCIES))
        outside = [path for path in reads if not view.files.file_id(path)]
        if outside:
            return view.failed(
                f"refused: {view.source.path} reads {outside[0]}, which is no file of the commit"
            )
        preferred = self._preferred(view, reads)
        if preferred:
            return preferred
        return view.manifest(reads), self._assemble(view, self._workspace.take(_ASSEMBLY))

    @staticmethod
    def _preferred(view: _View, reads: frozenset[str]) -> frozenset[str]:
        """Files outside of the closure that stand on the search path before one whose name a macro made."""
        earlier = {
            path
            for read in view.searcher.by_macro(view.closure, reads)
            for path in view.searcher.earlier(read)
            if view.files.file_id(path)
        }
        for path in earlier & view.closure.missing.keys():
            raise view.closure.missing[path]
        return frozenset(earlier - view.closure.files.keys())

    def _assemble(self, view: _View, text: bytes) -> Result:
        """Assembly text → object file, with no other file in reach."""
        source = view.source
        why = assembly.refusal(text, self._assembling.confined)
        if why:
            return Failure(f"refused: {source.path} {why}", "")
        if not source.assembled:
            return Output(extract(text))
        self._workspace.put(_ASSEMBLY, self._toolchain.prelude.encode() + text)
        out = self._workspace.out
        command = (
            *self._toolchain.assemble(self._target, debug=source.is_assembly),
            self._toolchain.relocate(out),
            *("-o", _OBJECT, _ASSEMBLY),
        )
        done = self._assembling.run(command, out, out, self._limits, view.name)
        if done.ok:
            return Output(self._workspace.take(_OBJECT))
        return Failure(_reason(source.path, done.log), done.log[:_KEPT_LOG])


def _definitions(path: str) -> tuple[str, ...]:
    """Names that the kernel's Makefile gives every object, in the form that the oldest versions want."""
    name = posixpath.basename(path).partition(".")[0].replace("-", "_")
    return (
        "-DKBUILD_STR(s)=#s",
        f"-DKBUILD_BASENAME=KBUILD_STR({name})",
        f"-DKBUILD_MODNAME=KBUILD_STR({name})",
    )


def _is_outside(path: str) -> bool:
    """Whether a path in a message leads out of the tree: the compiler opened it where nothing confines it."""
    return path.startswith("/") or posixpath.normpath(path).startswith("../")


def _dependencies(rule: bytes) -> frozenset[str]:
    """Paths in a make rule, as -MD writes it."""
    text = rule.decode("utf-8", "surrogateescape").partition(":")[2].replace("\\\n", " ")
    words = re.findall(r"(?:\\.|[^\s\\])+", text)
    return frozenset(posixpath.normpath(re.sub(r"\\(.)", r"\1", word).replace("$$", "$")) for word in words)


def _reason(path: str, log: str) -> str:
    """The first error in a compiler's output, in one line."""
    lines = _ERROR.findall(log) or log.split("\n")
    line = lines[0].strip()[:_LONGEST_REASON]
    return line if path in line else f"{path}: {line}"
