# SPDX-License-Identifier: GPL-2.0-or-later
"""Where registered repositories lie on this machine."""

import re
import time
from pathlib import Path

from bisectd.domain.errors import MachineError, UserError
from bisectd.domain.jobs import Registered
from bisectd.domain.text import without_password
from bisectd.history import Repository, mirror
from bisectd.store.store import Store

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
ASK = "an administrator sees why in `bisectd repository list`"
SCHEMES = ("https://", "http://", "git://", "ssh://", "file://")


def place(data: Path, repository: Registered) -> Path:
    """The repository's folder: its own, or that of the mirror, which may not have been fetched yet."""
    if not repository.mirrored:
        return Path(repository.source)
    return data / "repositories" / f"{repository.name}.git"


def register(store: Store, data: Path, name: str, source: str) -> Registered:
    """Make a repository known to jobs, and fetch it where it is a URL. UserError for what cannot be read.

    One whose first fetch fails is not registered by that.
    """
    with store.read() as tx:
        new = name not in {one.name for one in tx.repositories.all()}
    registered = add(store, name, source)
    try:
        fetch(store, data, registered)
    except MachineError as error:
        if not new:
            raise
        remove(store, data, name)
        raise MachineError(f"{error}; {name} is not registered") from None
    return registered


def add(store: Store, name: str, source: str) -> Registered:
    """The same without the fetch, which may take long."""
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name for a repository: use letters, digits, dots, - and _")
    if "://" in source and not source.startswith(SCHEMES):
        raise UserError(
            f"{without_password(source)} is not fetched: "
            f"use one of {', '.join(SCHEMES)} or a path on the server"
        )
    if "://" not in source:
        source = _place(source)
    with store.begin() as tx:
        return tx.repositories.add(name, source)


def _place(source: str) -> str:
    """The absolute path of a repository that is there."""
    try:
        place = str(Path(source).resolve())
        Repository.open(place)
    except (OSError, ValueError) as error:  # of paths that no file can have
        raise UserError(f"{source[:100]!r} cannot be opened: {error.args[-1]}") from None
    return place


def fetch(store: Store, data: Path, repository: Registered) -> None:
    """Bring this machine's mirror up to date. A repository that is read in place is others' to fetch."""
    if not repository.mirrored:
        return
    began, stamp = time.time(), _stamp(data, repository)
    error = None
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
        mirror.fetch(repository.source, place(data, repository))
    except OSError as failed:
        error = MachineError(f"cannot fetch {repository.name}: {failed}")
    except MachineError as failed:
        error = failed
    with store.begin() as tx:
        tx.repositories.fetched(repository.id, None if error else began, str(error) if error else None)
        if not error:
            stamp.write_text(repr(began))
    if error:
        raise error


def remove(store: Store, data: Path, name: str) -> None:
    """Take a registration back; the mirror goes with it. Conflict while jobs are unfinished.

    Its name is free again where nothing speaks of it. Otherwise what was learned of it stays readable.
    """
    with store.begin() as tx:
        found = tx.repositories.named(name)
        tx.repositories.remove(found.id)
    if found.mirrored:
        mirror.remove(place(data, found))
        _stamp(data, found).unlink(missing_ok=True)


def due(data: Path, repository: Registered, every: float) -> bool:
    """Whether no fetch of this machine's mirror was begun for so many seconds."""
    try:
        return repository.mirrored and _stamp(data, repository).stat().st_mtime <= time.time() - every
    except OSError:
        return True


def current(data: Path, repository: Registered) -> bool:
    """Whether no machine has fetched it since this one did: what is not here is nowhere."""
    try:
        return not repository.mirrored or _stamp(data, repository).read_text() == repr(repository.fetched)
    except OSError:
        return False


def _stamp(data: Path, repository: Registered) -> Path:
    """A file that says when this machine's latest fetch began that went well; touched by every fetch."""
    return place(data, repository).with_suffix(".fetched")


def opened(data: Path, repository: Registered) -> Repository:
    """The repository, for reading, called by its name. UserError where it is not to be read here."""
    folder = place(data, repository)
    try:
        return Repository.open(folder, repository.name)
    except UserError:
        why = "it was not fetched yet" if repository.mirrored and not folder.exists() else ASK
        raise UserError(f"repository {repository.name} cannot be read: {why}") from None
