# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that a compile can see: a commit's tree, and the generated ones in a folder of their own."""

from collections.abc import Mapping
from functools import cached_property

from bisectd.domain.commit import SourceTree, TreeEntry
from bisectd.kernel.manifest import digest

# Stands beside include/ and arch/. What a commit has under a name that begins so is not seen.
GENERATED = "generated"
_NOTHING: Mapping[str, TreeEntry] = {}


def is_generated(path: str) -> bool:
    """Whether the path lies in the folder of generated files."""
    return path.startswith(GENERATED)


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
        """Directory → hash over everything below it, as a tree id is."""
        found: dict[str, str] = {}
        for directory in sorted(self.directories, key=len, reverse=True):
            entries = self.directories[directory]
            known = (entries[name].id or found[f"{directory}/{name}"] for name in sorted(entries))
            found[directory] = digest(*sorted(entries), *known) if directory else ""
        return found


class CommitFiles:
    """One commit's tree with generated files beside it; remembers every directory that it was asked about."""

    def __init__(self, tree: SourceTree, generated: Generated) -> None:
        self.tree = tree
        self.generated = generated
        self._ids: dict[str, str] = {}
        self._entries: dict[str, Mapping[str, TreeEntry]] = {}

    def with_generated(self, path: str, text: str) -> "CommitFiles":
        """The same commit with one generated file more."""
        more = CommitFiles(self.tree, self.generated.with_file(path, text))
        more._ids, more._entries = self._ids, self._entries
        return more

    def directory_id(self, directory: str) -> str:
        """What identifies all that is below the directory; "" where there is no such directory."""
        if directory.startswith(GENERATED):
            return self.generated.ids.get(directory, "")
        known = self._ids.get(directory)
        if known is None:
            known = self._ids[directory] = self.tree.tree_id(directory) or ""
        return known

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        """The names in the directory; empty where there is no such directory."""
        if directory.startswith(GENERATED):
            return self.generated.directories.get(directory, _NOTHING)
        known = self._entries.get(directory)
        if known is None:
            known = self._entries[directory] = self.tree.entries(directory)
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
