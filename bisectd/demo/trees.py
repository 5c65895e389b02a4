# SPDX-License-Identifier: GPL-2.0-or-later
"""Git trees, of which a change writes only those on the way to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bisectd.demo.pack import Pack


@dataclass(frozen=True)
class Directory:
    """A written tree: its id, and what is in it (files by the id of their blob)."""

    id: bytes
    directories: Mapping[str, "Directory"] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


EMPTY = Directory(b"")  # never written: git has no empty directories


def updated(pack: Pack, directory: Directory, blobs: Mapping[str, bytes | None]) -> Directory:
    """`directory` with other blobs at some paths (None: no file there any more)."""
    files = dict(directory.files)
    below: dict[str, dict[str, bytes | None]] = {}
    for path, blob in blobs.items():
        name, _, rest = path.partition("/")
        if rest:
            below.setdefault(name, {})[rest] = blob
        elif blob is None:
            files.pop(name, None)
        else:
            files[name] = blob
    directories = dict(directory.directories)
    for name, inner in below.items():
        directories[name] = updated(pack, directories.get(name, EMPTY), inner)
        if directories[name] is EMPTY:
            del directories[name]
    return _written(pack, directories, files) if directories or files else EMPTY


def _written(pack: Pack, directories: Mapping[str, Directory], files: Mapping[str, bytes]) -> Directory:
    """Git sorts a directory's name as if it ended in a slash."""
    entries = [
        (f"{name}/", b"40000 " + name.encode() + b"\0" + inner.id) for name, inner in directories.items()
    ]
    entries += [(name, b"100644 " + name.encode() + b"\0" + blob) for name, blob in files.items()]
    return Directory(pack.add("tree", b"".join(line for _, line in sorted(entries))), directories, files)
