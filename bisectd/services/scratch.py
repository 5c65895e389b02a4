# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder that a process compiles in."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from bisectd.domain.errors import MachineError

_LOCK = "lock"


class Scratch:
    """A folder of this process alone, locked while it lives. What killed processes left behind is removed."""

    def __init__(self) -> None:
        parent, prefix = Path(tempfile.gettempdir()), f"bisectd-{os.getuid()}-"
        try:
            for left in parent.glob(f"{prefix}*"):
                _remove_if_dead(left)
            making = Path(tempfile.mkdtemp(prefix=f".{prefix}", dir=parent))
            self._lock = (making / _LOCK).open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.folder = making.rename(parent / making.name.removeprefix("."))  # now others may look at it
        except OSError as error:
            raise MachineError(
                f"cannot make a folder in {parent} ({error.strerror}): make room, or set TMPDIR"
            ) from error

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def _remove_if_dead(folder: Path) -> None:
    """A folder whose lock can be had belongs to nobody."""
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
