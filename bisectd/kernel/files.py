# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that a compile can see: a commit's tree, and the generated ones in a folder of their own."""

from collections.abc import Mapping
from functools import cached_property

from bisectd.domain.commit import SourceTree, TreeEntry
from bisectd.kernel.manifest import digest

GENERATED = "generated"  # stands beside include/ and arch/; a folder of that name in a commit is not seen
_NOTHING: Mapping[str, TreeEntry] = {}


def is_generated(path: str) -> bool:
    """Whether the path lies in the folder of generated files."""
    return path.startswith(GENERATED + "/")


class Generated:
    """Generated files: path below `GENERATED` → text. Immutable."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self._more: dict[tuple[str, str], Generated] = {}

    def with_file(self, path: str, text: str) -> "Generated":
        """The same files and one more. Equal calls give one object: what it hashed is kept."""
        more = self._more.get((path, text))
        if more is None:
            more = self._more[path, text] = Generated({**self.texts, path: text})
        return more

    @cached_property
    def directories(self) -> Mapping[str, Mapping[str, TreeEntry]]:
        """Directory → its names, as a tree would give them; ids are hashes of the texts."""
        found: dict[str, dict[str, TreeEntry]] = {}
        for path, text in self.texts.items():
            name, kind, identity = path, "file", digest(text)
            while name:
                directory, _, base = name.rpartition("/")
                found.setdefault(directory, {}).setdefault(base, TreeEntry(identity, kind))
                name, kind, identity = directory, "directory", ""
        return found

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Directory → hash over its names and their ids."""
        return {
            directory: digest(*(f"{name}\0{entries[name].id}" for name in sorted(entries)))
            for directory, entries in self.directories.items()
        }


class CommitFiles:
    """One commit's tree with generated files beside it; remembers every directory that it was asked about."""

    def __init__(self, tree: SourceTree, generated: Generated) -> None:
        self.tree = tree
        self.generated = generated
        self._ids: dict[str, str] = {}
        self._entries: dict[str, Mapping[str, TreeEntry]] = {}

    def with_generated(self, path: str, text: str) -> "CommitFiles":
        """The same commit with one generated file more."""
        return CommitFiles(self.tree, self.generated.with_file(path, text))

    def directory_id(self, directory: str) -> str:
        """What identifies the directory's content; "" where there is no such directory."""
        known = self._ids.get(directory)
        if known is None:
            if is_generated(directory + "/"):
                known = self.generated.ids.get(directory, "")
            else:
                known = self.tree.tree_id(directory) or ""
            self._ids[directory] = known
        return known

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        """The names in the directory; empty where there is no such directory."""
        known = self._entries.get(directory)
        if known is None:
            if is_generated(directory + "/"):
                known = self.generated.directories.get(directory, _NOTHING)
            else:
                known = self.tree.entries(directory)
            self._entries[directory] = known
        return known

    def file_id(self, path: str) -> str | None:
        """Id of the regular file at a path, None where there is none."""
        directory, _, name = path.rpartition("/")
        entry = self.entries(directory).get(name)
        return entry.id if entry is not None and entry.kind == "file" else None

    def has_directory(self, path: str) -> bool:
        """Whether there is a directory at the path; the top always is one."""
        return not path or bool(self.directory_id(path))

    def read(self, path: str) -> bytes:
        """The bytes of the file; KeyError where there is none, MissingObject in a partial clone."""
        return self.generated.texts[path].encode() if is_generated(path) else self.tree.read(path)
