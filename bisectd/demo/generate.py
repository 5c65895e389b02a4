# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing the bundled history as a git repository."""

import errno
from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

import pygit2

from bisectd.demo import stable
from bisectd.demo.actions import GRETA, Action, Write
from bisectd.demo.edits import SOURCES, Create
from bisectd.demo.plan import STARTED, Plan, seconds
from bisectd.demo.stable import LINES
from bisectd.demo.story import AFTER, STORY
from bisectd.demo.trees import EMPTY
from bisectd.demo.writer import DAY, Branch, Writer


def write_history(path: Path, *, work_tree: bool) -> str:
    """Write the bundled history to `path`, a new or empty directory; the id of its head.

    With `work_tree` it is an ordinary repository with its files checked out, else a bare one. OSError where
    it cannot be written.
    """
    writer = history()
    try:
        _write(writer, path, work_tree=work_tree)
    except pygit2.GitError as error:  # libgit2 keeps the number of the error to itself
        raise OSError(errno.EIO, str(error)) from error
    return writer.branches["master"].head


def _write(writer: Writer, path: Path, *, work_tree: bool) -> None:
    repository = pygit2.init_repository(str(path), bare=not work_tree, initial_head="master")
    writer.pack.write(Path(repository.path) / "objects" / "pack")
    references = {f"refs/heads/{name}": branch.head for name, branch in writer.branches.items()}
    references |= {f"refs/tags/{name}": target for name, target in writer.tags.items()}
    lines = [f"{target} {name}\n" for name, target in sorted(references.items())]
    (Path(repository.path) / "packed-refs").write_text("".join(["# pack-refs with: sorted \n", *lines]))
    if work_tree:
        pygit2.Repository(str(path)).checkout("HEAD", strategy=pygit2.enums.CheckoutStrategy.FORCE)


def history() -> Writer:
    """All commits, in memory."""
    writer = Writer()
    writer.branches["master"] = Branch("", {}, EMPTY)
    files = tuple(Create(name, text) for name, text in _files(SOURCES / "tree"))
    body = (SOURCES / "tree" / "README").read_text(encoding="utf-8").split("\n\n", 1)[1].strip()
    start = seconds(STARTED)
    first = Write("A miniature PowerPC kernel", branch="master", author=GRETA, body=body, changes=files)
    writer.do(first, start)
    plan = Plan()
    for release in STORY:
        end = seconds(release.day)
        _perform(writer, list(plan.release(release)), start, end)
        start = end
    _perform(writer, list(plan.after(AFTER)), start, start + 30 * DAY)
    for line in LINES:
        stable.write(writer, line)
    return writer


def _perform(writer: Writer, actions: Sequence[Action], start: int, end: int) -> None:
    """Perform actions at even distances; tags take no time."""
    for number, action in enumerate(actions, 1):
        writer.do(action, start + (end - start) * number // len(actions))


def _files(directory: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_text(encoding="utf-8")
