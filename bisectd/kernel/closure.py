# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of a commit a compile could read, and where it would look for them.

The search is the preprocessor's: a quoted name first in the folder of the file that includes it, then along
the search path; the first regular file wins (https://gcc.gnu.org/onlinedocs/cpp/Search-Path.html).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bisectd.domain.errors import MissingObject
from bisectd.kernel.directives import Directive, Scan, scan
from bisectd.kernel.files import CommitFiles


class Escape(Exception):
    """A name that leads out of the commit's tree."""


@dataclass
class Closure:
    """The files that can be reached from the roots.

    `files`: path → what its text names. `missing`: files that stand in the tree while the repository lacks
    their content. `folders`: what a `..` in a name walks through and the compiler must therefore find.
    `refused`: why the commit's code may not be compiled, "" if it may.
    """

    files: dict[str, Scan] = field(default_factory=dict)
    missing: dict[str, MissingObject] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    refused: str = ""


class Searcher:
    """Finds the closure of a compile in one commit.

    `search` is the search path; `computed`: blob id → names that its #includes were seen to get from macros;
    `scans`: blob id → what is known of its text.
    """

    def __init__(
        self,
        files: CommitFiles,
        search: tuple[str, ...],
        computed: Mapping[str, Iterable[str]],
        scans: dict[str, Scan],
    ) -> None:
        self._files = files
        self._search = search
        self._computed = computed
        self._scans = scans  # by blob id; lives as long as the builder
        self._along: dict[str, tuple[str, ...]] = {}
        self.texts: dict[str, bytes] = {}  # what was read from the repository on the way

    def close(self, roots: Iterable[str]) -> Closure:
        """Everything that can be reached; stops early where something must be refused."""
        closure = Closure()
        waiting = list(roots)
        while waiting and not closure.refused:
            path = waiting.pop()
            if path not in closure.files and path not in closure.missing:
                waiting += self._enter(path, closure)
        return closure

    def _enter(self, path: str, closure: Closure) -> list[str]:
        try:
            found = closure.files[path] = self._scan(path)
            if found.refused:
                closure.refused = f"{path} {found.refused}"
            return self._follow(path, found, closure)
        except MissingObject as error:
            closure.missing[path] = error
        except Escape as error:
            closure.refused = f"{path} {error}"
        return []

    def _scan(self, path: str) -> Scan:
        identity = self._files.file_id(path) or ""
        known = self._scans.get(identity)
        if known is None:
            text = self.texts[path] = self._files.read(path)
            known = self._scans[identity] = scan(text)
        return known

    def _follow(self, path: str, found: Scan, closure: Closure) -> list[str]:
        reached = []
        for directive in self._directives(path, found):
            if ".." in directive.name:
                closure.folders.update(self._walked(path, directive))
            candidates = self.candidates(path, directive, directive.name in found.next)
            last = candidates[-1] if candidates else ""
            hits = candidates if directive.name in found.next else (last,)
            reached += [hit for hit in hits if self._files.file_id(hit)]
        return reached

    def _directives(self, path: str, found: Scan) -> Iterator[Directive]:
        yield from found.includes
        yield from found.probes
        if found.computed:
            names = self._computed.get(self._files.file_id(path) or "", ())
            yield from (Directive(name, quoted=True) for name in names)

    def candidates(self, path: str, directive: Directive, every: bool = False) -> tuple[str, ...]:
        """Where a directive of the file at `path` is looked for, in order, up to the first that exists."""
        if every:
            folders = (path.rpartition("/")[0], *self._search)
            return tuple(join(folder, directive.name) for folder in folders)
        if directive.quoted:
            beside = join(path.rpartition("/")[0], directive.name)
            return (
                (beside,)
                if self._files.file_id(beside)
                else (beside, *self._along_search_path(directive.name))
            )
        return self._along_search_path(directive.name)

    def _along_search_path(self, name: str) -> tuple[str, ...]:
        known = self._along.get(name)
        if known is None:
            tried = []
            for folder in self._search:
                tried.append(join(folder, name))
                if self._files.file_id(tried[-1]):
                    break
            known = self._along[name] = tuple(tried)
        return known

    def _walked(self, path: str, directive: Directive) -> Iterator[str]:
        for folder in (path.rpartition("/")[0], *self._search):
            yield f"{folder}/{directive.name.rpartition('/')[0]}"

    def misses(self, closure: Closure, reads: Iterable[str]) -> frozenset[str]:
        """Paths that the preprocessor may have tried in vain while it read these files.

        Where a name came from a macro, it is not in the text: so every place where a file that was read would
        have been found earlier counts too.
        """
        reads = set(reads)
        tried = {candidate for path in reads for candidate in self._tried(path, closure.files[path])}
        computing = [path for path in reads if closure.files[path].computed]
        if computing:
            tried.update(earlier for path in reads for earlier in self.earlier(path))
            tried.update(
                f"{folder}/{name}"
                for folder in {path.rpartition("/")[0] for path in computing}
                for path in self.by_macro(closure, reads)
                for name in self._names(path)
            )
        return frozenset(path for path in tried if not self._files.file_id(path))

    def by_macro(self, closure: Closure, reads: Iterable[str]) -> set[str]:
        """Files that were read while no directive names them: a macro did, or the command line."""
        reads = set(reads)
        if not any(closure.files[path].computed for path in reads if path in closure.files):
            return set()
        named = {
            candidate
            for path in reads & closure.files.keys()
            for directive in closure.files[path].includes
            for candidate in self.candidates(path, directive, directive.name in closure.files[path].next)
        }
        return reads - named

    def _names(self, path: str) -> Iterator[str]:
        """All that a file may be called on the search path."""
        return (path[len(folder) + 1 :] for folder in self._search if path.startswith(folder + "/"))

    def _tried(self, path: str, found: Scan) -> Iterator[str]:
        for directive in self._directives(path, found):
            try:
                yield from self.candidates(path, directive, directive.name in found.next)
            except Escape:  # refused, if these do not exist
                yield from self._inside(path, directive)

    def _inside(self, path: str, directive: Directive) -> Iterator[str]:
        for folder in (path.rpartition("/")[0], *self._search):
            with suppress(Escape):
                yield join(folder, directive.name)

    def earlier(self, path: str) -> Iterator[str]:
        """Places on the search path where a file of the same name would be preferred."""
        for place, folder in enumerate(self._search):
            if path.startswith(folder + "/"):
                name = path[len(folder) + 1 :]
                yield from (f"{before}/{name}" for before in self._search[:place])

    def probed(self, closure: Closure, reads: Iterable[str]) -> Mapping[str, str]:
        """Path → blob id of files whose existence was asked for by __has_include."""
        found = {}
        for path in reads:
            for directive in closure.files[path].probes:
                hit = self.candidates(path, directive)[-1]
                identity = self._files.file_id(hit)
                if identity:
                    found[hit] = identity
        return found


def join(folder: str, name: str) -> str:
    """The path that a name means in a folder, without `.` and `..`; Escape where it leaves the tree."""
    if name.startswith("/"):
        raise Escape(f"includes the absolute path {name}")
    if "./" not in name and "//" not in name:
        return f"{folder}/{name}" if folder else name
    parts = folder.split("/") if folder else []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                raise Escape(f"includes {name}, which climbs out of the tree")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
