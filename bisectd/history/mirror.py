# SPDX-License-Identifier: GPL-2.0-or-later
"""A bare copy of a remote repository: its branches and tags, brought up to date under a lock."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2

from bisectd.domain.errors import MachineError
from bisectd.domain.text import without_password

_CONNECT, _SILENCE = 30, 120  # seconds to reach a server, and for which it may say nothing
_REFS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]


def fetch(url: str, folder: Path) -> None:
    """Bring the copy of `url` in `folder` up to date, or make it. One process at a time; others wait.

    Branches that are gone there go here; no commit that was ever fetched is removed. MachineError where it
    fails.
    """
    pygit2.settings.server_connect_timeout = _CONNECT * 1000
    pygit2.settings.server_timeout = _SILENCE * 1000
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock")):
            copy = pygit2.init_repository(folder, bare=True)
            remote = copy.remotes.create_anonymous(url)
            remote.fetch(_REFS, prune=pygit2.enums.FetchPrune.PRUNE)
    except (pygit2.GitError, ValueError, OSError) as error:
        reason = " ".join(str(error).split()).replace(url, without_password(url))
        raise MachineError(f"cannot fetch {without_password(url)}: {reason}") from None


def remove(folder: Path) -> None:
    """Remove a copy from the disk. Whoever fetches it comes to an end before."""
    if not folder.exists():
        return
    try:
        with _locked(folder.with_suffix(".lock")):
            shutil.rmtree(folder)
    except OSError as error:
        raise MachineError(f"cannot remove {folder}: {error.strerror or error}") from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
