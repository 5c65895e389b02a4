# SPDX-License-Identifier: GPL-2.0-or-later
"""Unified diffs, as git and diff(1) write them: git-diff(1), "Generating patch text with -p"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bisectd.domain.errors import UserError

_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)")
_INDEX = re.compile(rb"index ([0-9a-f]{4,40})\.\.([0-9a-f]{4,40})(?: ([0-7]{6}))?$")
_HEADERS = {
    b"old mode ": "old_mode",
    b"new mode ": "new_mode",
    b"deleted file mode ": "old_mode",
    b"new file mode ": "new_mode",
    b"rename from ": "old",
    b"rename to ": "new",
    b"copy from ": "old",
    b"copy to ": "new",
}
_ESCAPES = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
_ESCAPE = re.compile(rb'\\([0-3][0-7]{2}|[abtnvfr"\\])')
_NAME = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
_MACRO = re.compile(rb"^_(?:GLOBAL|STATIC|KPROBE|GLOBAL_TOC)\(([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Hunk:
    """One hunk. Starts count from 1; `lines` have their " ", "-" or "+", and the newline if there is one."""

    old_start: int
    new_start: int
    section: bytes
    lines: tuple[bytes, ...]

    def side(self, sign: bytes) -> list[bytes]:
        """The lines of the old file (b"-") or of the new one (b"+")."""
        return [line[1:] for line in self.lines if line[:1] in (b" ", sign)]


@dataclass(frozen=True)
class FileChange:
    """What a diff does to one file. `old` is None for a new file, `new` for a deleted one.

    `old_blob` is the id, or its first digits, of the file that the diff was made from, "" where that is not
    said. `copied`: the old file stays.
    """

    old: str | None
    new: str | None
    old_blob: str = ""
    new_mode: str = ""
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    copied: bool = False

    @property
    def path(self) -> str:
        """Where the file is after the change; for a deleted one, where it was."""
        return self.new or self.old or ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the change touches."""
        return tuple(dict.fromkeys(path for path in (self.old, self.new) if path))

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that its hunks name in their headers or begin in their lines, in order."""
        return tuple(dict.fromkeys(name for hunk in self.hunks for name in _functions(hunk)))


@dataclass
class _Header:
    """What the lines above the hunks of a file say."""

    old: str | None = None
    new: str | None = None
    old_mode: str = ""
    new_mode: str = ""
    old_blob: str = ""
    created: bool = False
    deleted: bool = False
    copied: bool = False
    binary: bool = False

    def change(self, hunks: Sequence[Hunk]) -> FileChange:
        """The change. UserError where a path leads out of the tree, or there is none."""
        old = None if self.created else self.old
        new = None if self.deleted else self.new
        if old is None and new is None:
            raise UserError("the patch changes a file without a name: make it with git format-patch")
        for path in (old, new):
            if path is not None and {"", ".", "..", ".git"} & set(path.split("/")):
                raise UserError(f"the patch names {path!r}, which is no file of the tree")
        mode = self.new_mode or ("100644" if self.created else "")
        return FileChange(old, new, self.old_blob, mode, tuple(hunks), self.binary, self.copied)


def is_start(line: bytes) -> bool:
    """Whether a diff begins at this line of a mail (git mailinfo's patchbreak)."""
    return line.startswith((b"diff -", b"Index: ")) or (line[:4] == b"--- " and not line[4:5].isspace())


def lines_of(text: bytes) -> list[bytes]:
    """Lines as git has them: only a newline ends one."""
    parts = text.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def parse(text: bytes) -> tuple[FileChange, ...]:
    """The changes of a diff; text around it is passed over. UserError for a hunk that is cut off."""
    return tuple(_changes(lines_of(text)))


def _changes(lines: Sequence[bytes]) -> Iterator[FileChange]:
    header: _Header | None = None
    hunks: list[Hunk] = []
    at = 0
    while at < len(lines):
        line = lines[at].rstrip(b"\r\n")
        if line.startswith(b"diff --git ") or _plain_start(lines, at, bool(hunks) or header is None):
            if header:
                yield header.change(hunks)
            header, hunks = _Header(), []
            if line.startswith(b"diff --git "):
                header.old, header.new = _both(line[11:])
        if header is None:
            at += 1
        elif match := _HUNK.match(line):
            hunk, at = _hunk(lines, at, match)
            hunks.append(hunk)
        elif not hunks:
            at = _read_header(header, lines, at)
        else:
            at += 1
    if header:
        yield header.change(hunks)


def _plain_start(lines: Sequence[bytes], at: int, fresh: bool) -> bool:
    """A file of a diff that has no "diff --git" line."""
    return (
        fresh
        and at + 2 < len(lines)
        and lines[at].startswith(b"--- ")
        and lines[at + 1].startswith(b"+++ ")
        and lines[at + 2].startswith(b"@@ -")
    )


def _read_header(header: _Header, lines: Sequence[bytes], at: int) -> int:
    line = lines[at].rstrip(b"\r\n")
    for start, field in _HEADERS.items():
        if line.startswith(start):
            value = line[len(start) :].decode("utf-8", "surrogateescape")
            setattr(header, field, _unquoted(line[len(start) :]) if field in {"old", "new"} else value)
            header.created |= start == b"new file mode "
            header.deleted |= start == b"deleted file mode "
            header.copied |= start == b"copy from "
    if match := _INDEX.match(line):
        header.old_blob = match[1].decode()
        header.created |= not match[1].strip(b"0")
        header.deleted |= not match[2].strip(b"0")
    elif line.startswith((b"Binary files ", b"GIT binary patch")):
        header.binary = True
    elif line.startswith(b"--- ") and at + 1 < len(lines) and lines[at + 1].startswith(b"+++ "):
        _names(header, line[4:], lines[at + 1].rstrip(b"\r\n")[4:])
        return at + 2
    return at + 1


def _names(header: _Header, old: bytes, new: bytes) -> None:
    """The two names of "---" and "+++", without what stands before the first slash (patch -p1)."""
    left, right = (_unquoted(name.split(b"\t")[0].rstrip()) for name in (old, new))
    header.created |= left == "/dev/null"
    header.deleted |= right == "/dev/null"
    if header.old is None and header.new is None:
        header.old, header.new = _stripped(left, right)


def _both(names: bytes) -> tuple[str | None, str | None]:
    """Both names of a "diff --git" line; (None, None) where it does not say where one ends."""
    if names.startswith(b'"'):
        end = re.match(rb'"(?:[^"\\]|\\.)*"', names)
        if end is None:
            return None, None
        return _stripped(_unquoted(end[0]), _unquoted(names[end.end() :].strip()))
    for middle in (match.start() for match in re.finditer(rb" ", names)):
        left, right = _stripped(_unquoted(names[:middle]), _unquoted(names[middle + 1 :]))
        if left == right:
            return left, right
    return None, None


def _stripped(old: str, new: str) -> tuple[str | None, str | None]:
    """Names without their first folder, as git apply -p1 reads them; --no-prefix has nothing to strip."""
    if old != new or old.startswith(("a/", "b/")):
        old, new = (name if name == "/dev/null" else name.partition("/")[2] for name in (old, new))
    return (None if old == "/dev/null" else old), (None if new == "/dev/null" else new)


def _unquoted(name: bytes) -> str:
    if len(name) > 1 and name[:1] == name[-1:] == b'"':
        name = _ESCAPE.sub(lambda match: bytes([_ESCAPES.get(match[1]) or int(match[1], 8)]), name[1:-1])
    return name.decode("utf-8", "surrogateescape")


def _hunk(lines: Sequence[bytes], at: int, match: re.Match[bytes]) -> tuple[Hunk, int]:
    """The hunk whose header is line `at`, and the line after it."""
    old_left, new_left = (int(match[group]) if match[group] else 1 for group in (2, 4))
    taken: list[bytes] = []
    at += 1
    while old_left > 0 or new_left > 0:
        # Mail programs take trailing blanks away: an empty line is an empty line of context.
        line = lines[at] if at < len(lines) else b"?"
        line = b" " + line if line in (b"\n", b"\r\n") else line
        if line[:1] not in (b" ", b"-", b"+"):
            raise UserError(
                f"the patch is damaged: a hunk ends too early, before line {at + 1} of its mail "
                "(a mail program may have wrapped lines)"
            )
        old_left -= line[:1] in (b" ", b"-")
        new_left -= line[:1] in (b" ", b"+")
        taken.append(line)
        at += 1
        if at < len(lines) and lines[at].startswith(b"\\"):
            taken[-1] = taken[-1].rstrip(b"\r\n")
            at += 1
    if old_left or new_left:
        raise UserError("the patch is damaged: a hunk has more lines of one file than its header says")
    return Hunk(int(match[1]), int(match[3]), match[5].strip(), tuple(taken)), at


def _functions(hunk: Hunk) -> Iterator[str]:
    """What the function is called that each changed line is in, as far as the hunk shows it."""
    current = hunk.section
    for line in hunk.lines:
        if re.match(rb"[A-Za-z_]", line[1:]) and b"(" in line:
            current = line[1:]
        if line[:1] in (b"-", b"+") and (name := function_name(current)):
            yield name


def function_name(line: bytes) -> str:
    """The name of the function that a line defines, "" where it defines none."""
    match = _MACRO.match(line) or _NAME.search(line)
    return match[1].decode() if match else ""


def patch_id(changes: Sequence[FileChange]) -> str:
    """Equal for equal changes wherever they stand and however they are indented (git-patch-id(1))."""
    hashed = sha256()
    for change in sorted(changes, key=lambda change: change.paths):
        hashed.update(repr(change.paths).encode("utf-8", "surrogateescape"))
        for hunk in change.hunks:
            for line in hunk.lines:
                hashed.update(b"".join(line.split()) + b"\n")
    return hashed.hexdigest()
