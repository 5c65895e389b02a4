# SPDX-License-Identifier: GPL-2.0-or-later
"""A commit and the files in it, as the rest of bisectd sees them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

# How a stable tree names the mainline commit that one of its commits is (shared by all stable maintainers).
_UPSTREAM = re.compile(
    r"^\s*(?:commit ([0-9a-f]{12,40}) upstream\.?|\[ Upstream commit ([0-9a-f]{12,40}) \])\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. Ids are full lowercase hex; `time` is the committer's, in seconds since the epoch."""

    id: str
    parents: tuple[str, ...]
    time: int
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message (git joins the lines of the first paragraph; so do we)."""
        paragraph = self.message.lstrip("\n").split("\n\n", 1)[0]
        return " ".join(line.strip() for line in paragraph.splitlines())

    @property
    def upstream(self) -> str | None:
        """The mainline commit that the message says this one is, as it is written there."""
        match = _UPSTREAM.search(self.message)
        return (match[1] or match[2]) if match else None


def described(id_: str, subject: str, upstream: str | None) -> Commit:
    """A commit of which no more is known than what is printed of it."""
    message = f"{subject}\n\n[ Upstream commit {upstream} ]\n" if upstream else subject
    return Commit(id_, (), 0, message)


class TreeEntry(NamedTuple):
    """One name in a directory: `kind` is "file", "directory" or "other" (symlinks and submodules)."""

    id: str
    kind: str


class SourceTree(Protocol):
    """The files of one commit, read from git objects. Paths are relative, with slashes; "" is the root."""

    @property
    def commit(self) -> str:
        """Full id of the commit."""

    def tree_id(self, directory: str) -> str | None:
        """Id of the directory's tree object, None where there is no such directory. Cheap: cached."""

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        """The names in a directory; empty where there is no such directory. Cheap: cached by tree id."""

    def blob_id(self, path: str) -> str | None:
        """Id of the regular file at `path`, None where there is none (symlinks are not followed)."""

    def read(self, path: str) -> bytes:
        """The file's bytes. KeyError where `blob_id` is None; MissingObject in a partial clone."""
