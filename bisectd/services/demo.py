# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history as a repository on this machine."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bisectd.demo import HEAD_ID, write_history
from bisectd.domain.errors import MachineError, UserError
from bisectd.store.location import data_home


def demo_place(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the bundled history is, or will be. Named by its newest commit, so never stale."""
    return data_home(environ) / "bisectd" / f"demo-{HEAD_ID[:12]}.git"


def demo_repository(environ: Mapping[str, str] = os.environ) -> Path:
    """The bundled history's repository; written on the first call."""
    place = demo_place(environ)
    if not place.exists():
        with _disk(place):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(place)
    return place


def write_demo_repository(place: Path) -> str:
    """Write the bundled history as an ordinary repository with a work tree; the id of its newest commit."""
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UserError(f"{place} exists and is not an empty directory: name another place for the history")
    with _disk(place):
        return write_history(place, work_tree=True)


def _write_whole(place: Path) -> None:
    """Written beside it and moved, so that a killed run leaves no half of a history behind."""
    part = Path(tempfile.mkdtemp(prefix=place.name, dir=place.parent))
    try:
        write_history(part, work_tree=False)
        part.rename(place)
    except OSError:
        if not place.exists():  # another process may have been first
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"cannot write the bundled history to {place}: {error.strerror}") from error
