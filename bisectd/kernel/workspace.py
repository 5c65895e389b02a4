# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder in which a compiler runs: files of one commit, moved from commit to commit."""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from bisectd.domain.errors import MachineError
from bisectd.kernel.files import CommitFiles


class Workspace:
    """`tree` holds commit files and generated files, `out` is what a compiler may write to.

    Every file below `tree` stands for the commit that was placed last. The folder belongs to one process, and
    what a killed one left there is removed first.
    """

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self.out = folder / "out"
        self._held: dict[str, dict[str, str]] = {}  # directory → name → blob id
        self._states: dict[str, str] = {}  # directory → its id when its files were compared
        self._folders: set[str] = set()
        try:
            for path in (self.tree, self.out):
                shutil.rmtree(path, ignore_errors=True)
                path.mkdir(parents=True)
        except OSError as error:
            raise _failed(folder, error) from error

    def place(
        self, files: CommitFiles, wanted: Iterable[str], folders: Iterable[str], texts: Mapping[str, bytes]
    ) -> None:
        """Move to a commit: remove what it does not have, write what is wanted and not there yet.

        `texts` may hold the bytes of some. `folders` are to exist, whatever they hold.
        """
        try:
            self._leave(files)
            for path in wanted:
                self._write(files, path, texts)
            for folder in set(folders) - self._folders:
                self._walk(folder)
        except OSError as error:
            raise _failed(self.tree, error) from error

    def _leave(self, files: CommitFiles) -> None:
        for directory, held in self._held.items():
            state = files.directory_id(directory)
            if state != self._states.get(directory):
                entries = files.entries(directory)
                stale = [name for name in held if name not in entries or entries[name].id != held[name]]
                for name in stale:
                    (self.tree / directory / name).unlink()
                    del held[name]
                self._states[directory] = state

    def _write(self, files: CommitFiles, path: str, texts: Mapping[str, bytes]) -> None:
        directory, _, name = path.rpartition("/")
        held = self._held.get(directory)
        if held is None:
            (self.tree / directory).mkdir(parents=True, exist_ok=True)
            held = self._held[directory] = {}
            self._states[directory] = files.directory_id(directory)
        if name in held:
            return
        text = texts.get(path)
        place = self.tree / path
        if place.is_dir():  # a folder of an earlier commit
            self._drop(path)
        with place.open("wb") as file:
            file.write(files.read(path) if text is None else text)
        held[name] = files.file_id(path) or ""

    def _drop(self, directory: str) -> None:
        shutil.rmtree(self.tree / directory)
        below = [known for known in self._held if known == directory or known.startswith(directory + "/")]
        for known in below:
            del self._held[known]

    def _walk(self, folder: str) -> None:
        """Make every folder that a name with `..` in it passes, as the compiler has to find them."""
        passed: list[str] = []
        for part in folder.split("/"):
            if part == "..":
                passed.pop()
            elif part not in ("", "."):
                passed.append(part)
                with suppress(FileExistsError, NotADirectoryError):
                    (self.tree / "/".join(passed)).mkdir()
        self._folders.add(folder)

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
        for entry in os.scandir(self.out):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)


def _failed(path: Path, error: OSError) -> MachineError:
    return MachineError(f"cannot write the scratch folder {path}: {error.strerror or error}")
