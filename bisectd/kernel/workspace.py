# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder in which a compiler runs: files of one commit, moved from compile to compile."""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from bisectd.domain.errors import MachineError
from bisectd.kernel.files import CommitFiles

_MOST_BLOBS = 50_000  # about 500 MB of headers; then the store is emptied


class Workspace:
    """`tree` holds exactly the files that were placed last; `out` is what a compiler may write to.

    Content is written once, by blob id, and linked to where a compile wants it. The folder belongs to one
    process, and what a killed one left there is removed first.
    """

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self.out = folder / "out"
        self._store = folder / "blobs"
        self._stored: set[str] = set()
        self._held: dict[str, str] = {}  # path → blob id
        try:
            for path in (self.tree, self.out, self._store):
                _make_empty(path)
        except OSError as error:
            raise _failed(folder, error) from error

    def place(
        self, files: CommitFiles, wanted: Iterable[str], folders: Iterable[str], texts: Mapping[str, bytes]
    ) -> None:
        """Make `tree` hold the wanted files and no others, and `folders` exist.

        `texts` may hold the bytes of some; the rest is read.
        """
        ids = {path: files.file_id(path) or "" for path in wanted}
        try:
            for path in [path for path, blob in self._held.items() if ids.get(path) != blob]:
                (self.tree / path).unlink()
                del self._held[path]
            for path in ids.keys() - self._held.keys():
                self._store_blob(ids[path], files, path, texts)
                self._link(ids[path], path)
            for folder in folders:
                self._walk(folder)
        except OSError as error:
            raise _failed(self.tree, error) from error

    def _store_blob(self, blob: str, files: CommitFiles, path: str, texts: Mapping[str, bytes]) -> None:
        if blob in self._stored:
            return
        if len(self._stored) >= _MOST_BLOBS:
            _make_empty(self._store)
            self._stored.clear()
        text = texts.get(path)
        with (self._store / blob).open("wb") as file:
            file.write(files.read(path) if text is None else text)
        self._stored.add(blob)

    def _link(self, blob: str, path: str) -> None:
        place = self.tree / path
        try:
            os.link(self._store / blob, place)
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(self._store / blob, place)
        except FileExistsError:  # an empty folder of an earlier commit
            shutil.rmtree(place)
            os.link(self._store / blob, place)
        self._held[path] = blob

    def _walk(self, folder: str) -> None:
        """Make every folder that a name with `..` in it passes, as the compiler has to find them."""
        passed: list[str] = []
        for part in folder.split("/"):
            if part == "..":
                passed.pop()
            elif part not in ("", "."):
                passed.append(part)
                with suppress(FileExistsError, NotADirectoryError):  # a file there stays in the way
                    (self.tree / "/".join(passed)).mkdir()

    def take(self, name: str) -> bytes:
        """What the compiler wrote to `out` under this name; removed there."""
        path = self.out / name
        try:
            data = path.read_bytes()
            path.unlink()
        except OSError as error:
            raise _failed(path, error) from error
        return data

    def put(self, name: str, data: bytes) -> None:
        """Give the next step a file in `out`."""
        try:
            (self.out / name).write_bytes(data)
        except OSError as error:
            raise _failed(self.out / name, error) from error

    def clear(self) -> None:
        """Empty `out`."""
        try:
            _make_empty(self.out)
        except OSError as error:
            raise _failed(self.out, error) from error


def _make_empty(folder: Path) -> None:
    """Keeps the folder itself: a ruleset may hold on to it."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()


def _failed(path: Path, error: OSError) -> MachineError:
    return MachineError(f"cannot use the scratch folder: {path}: {error.strerror or error}")
