# SPDX-License-Identifier: GPL-2.0-or-later
"""Small real git repositories for tests, written by the git binary itself.

    ids = build(path, [Version({"a.c": "1"}), Version({"a.c": "2"}), Version({"a.c": "3"}, parents=(0, 1))],
                tags={"v1": 0})

The whole list costs one `git fast-import`; equal input gives equal ids.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FILE, EXECUTABLE, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"
EPOCH = 1_400_000_000


@dataclass(frozen=True)
class Node:
    """A tree entry that is no plain file: `data` is a symlink's target or a submodule's commit id."""

    data: str | bytes
    mode: str


@dataclass(frozen=True)
class Version:
    """One commit: its whole tree, and its parents as indices of earlier versions.

    `parents` None means the version before this one (none for the first); `time` None means one minute a
    version, in order.
    """

    files: Mapping[str, str | bytes | Node] = field(default_factory=dict)
    parents: tuple[int, ...] | None = None
    message: str | bytes = "change"
    time: int | None = None


def environment() -> dict[str, str]:
    """The environment without GIT_*, and without the user's and the machine's configuration."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "A U Thor"), ("EMAIL", "author@example.org"), ("DATE", f"{EPOCH} +0000"))
    }
    return clean | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(repository: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Output of `git -C repository ARGUMENTS`, without the newline at its end; an error raises."""
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments],  # noqa: S607 - the git that the developer has
        input=stdin,
        check=True,
        capture_output=True,
        env=environment(),
    )
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def build(
    path: Path,
    versions: Sequence[Version],
    *,
    tags: Mapping[str, int] | None = None,
    bare: bool = True,
) -> list[str]:
    """Write a repository whose branch `main` is the last version; return the commit ids in order.

    Every version can be read by its id, whether or not `main` reaches it. Tags are lightweight. A
    repository that is not bare has `main` checked out.
    """
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "-q", "-b", "main", *(["--bare"] if bare else []))
    gitdir = path if bare else path / ".git"
    marks = gitdir / "marks"
    stream = b"".join(_stream(versions))
    options = ("--quiet", "--force", f"--export-marks={marks}")
    git(path, "-c", "fastimport.unpackLimit=1", "fast-import", *options, stdin=stream)
    by_mark = dict(line.split() for line in marks.read_text().splitlines())
    marks.unlink()
    ids = [by_mark[f":{index + 1}"] for index in range(len(versions))]
    for name, index in (tags or {}).items():
        git(path, "tag", name, ids[index])
    if not bare:
        git(path, "reset", "-q", "--hard")
    return ids


def _stream(versions: Sequence[Version]) -> Iterator[bytes]:
    for index, version in enumerate(versions):
        parents = version.parents
        if parents is None:
            parents = (index - 1,) if index else ()
        time = EPOCH + 60 * index if version.time is None else version.time
        if not parents:
            yield b"reset refs/heads/main\n"
        yield b"commit refs/heads/main\nmark :%d\n" % (index + 1)
        yield b"committer A U Thor <author@example.org> %d +0000\n" % time
        yield _data(version.message)
        for number, parent in enumerate(parents):
            yield b"%s :%d\n" % (b"merge" if number else b"from", parent + 1)
        yield b"deleteall\n"
        for name, content in version.files.items():
            yield _modify(name, content)


def _modify(name: str, content: str | bytes | Node) -> bytes:
    node = content if isinstance(content, Node) else Node(content, FILE)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    path = f'"{quoted}"'.encode("utf-8", "surrogateescape")
    if node.mode == SUBMODULE:
        return b"M 160000 %s %s\n" % (_bytes(node.data), path)
    return b"M %s inline %s\n" % (node.mode.encode(), path) + _data(node.data)


def _data(content: str | bytes) -> bytes:
    data = _bytes(content)
    return b"data %d\n%s\n" % (len(data), data)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def grow(path: Path, count: int, branch: str = "main") -> str:
    """Add commits to a branch that each write a file of drivers/ and nothing else; the new head."""
    head = git(path, "rev-parse", branch)
    since = int(git(path, "log", "-1", "--format=%ct", branch))
    stream = b"".join(
        _unrelated(branch, number, since, head if number == 1 else "") for number in range(1, count + 1)
    )
    git(path, "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force", stdin=stream)
    return git(path, "rev-parse", branch)


def _unrelated(branch: str, number: int, since: int, head: str) -> bytes:
    return b"".join(
        (
            f"commit refs/heads/{branch}\n".encode(),
            f"committer A U Thor <author@example.org> {since + number} +0000\n".encode(),
            _data(f"drivers: Change {number}"),
            f"from {head}\n".encode() if head else b"",
            _modify(f"drivers/unrelated-{number % 50}.c", f"{number}\n"),
        )
    )
