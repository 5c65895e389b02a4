# SPDX-License-Identifier: GPL-2.0-or-later
"""A diff applied to file contents as git-apply(1) does it: exactly, else some lines away; never by guess."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bisectd.domain.errors import UserError
from bisectd.suggest.diff import FileChange, Hunk, lines_of


class DoesNotApply(UserError):
    """The files are not those that the diff was made from; the message is one line."""


def apply(changes: Sequence[FileChange], read: Callable[[str], bytes | None]) -> Mapping[str, bytes | None]:
    """Path → its new content, None for a file that is gone. `read` gives what was before, None for no file.

    Binary changes are left out: nothing that is compiled reads them. DoesNotApply says what does not fit.
    """
    after: dict[str, bytes | None] = {}
    for change in changes:
        if change.binary:
            continue
        before = _before(change, lambda path: after[path] if path in after else read(path))
        result = patched(change.path, before, change.hunks)
        if change.old and change.old != change.new and not change.copied:
            after[change.old] = None
        if change.new:
            after[change.new] = result
        elif result:
            raise DoesNotApply(f"{change.path} is deleted by the patch and has other lines than it says")
    return after


def _before(change: FileChange, read: Callable[[str], bytes | None]) -> bytes:
    if change.old is None:
        if read(change.path):
            raise DoesNotApply(f"{change.path} is made by the patch and is there already")
        return b""
    content = read(change.old)
    if content is None:
        raise DoesNotApply(f"{change.old} is not there")
    if change.new and change.new != change.old and read(change.new) is not None:
        raise DoesNotApply(f"{change.new} is made by the patch and is there already")
    return content


def patched(path: str, content: bytes, hunks: Sequence[Hunk]) -> bytes:
    """The content with all hunks applied, in order."""
    lines = lines_of(content)
    fresh = [False] * len(lines)  # lines that an earlier hunk wrote: git lets no later one match them
    for number, hunk in enumerate(hunks, 1):
        old, new = hunk.side(b"-"), hunk.side(b"+")
        at = next(_places(lines, fresh, hunk, old), None)
        if at is None:
            raise DoesNotApply(
                f"hunk {number} (line {hunk.old_start}) does not fit {path}: "
                f"{_missed(lines, old, max(hunk.new_start - 1, 0))}"
            )
        lines[at : at + len(old)] = new
        fresh[at : at + len(old)] = [True] * len(new)
    return b"".join(lines)


def _places(lines: Sequence[bytes], fresh: Sequence[bool], hunk: Hunk, old: Sequence[bytes]) -> Iterator[int]:
    """Where the hunk fits, nearest first, forward before backward (git's find_pos)."""
    last = len(lines) - len(old)
    begins = hunk.old_start <= 1  # with less context before than after, it must be where the file begins
    ends = not hunk.lines or hunk.lines[-1][:1] != b" "  # and without context after, where it ends
    starts = (0,) if begins else (last,) if ends else _in_turn(max(hunk.new_start - 1, 0), last)
    for at in starts:
        if not 0 <= at <= last or (ends and at != last):
            continue
        if lines[at : at + len(old)] == old and not any(fresh[at : at + len(old)]):
            yield at


def _in_turn(start: int, last: int) -> Iterator[int]:
    start = min(start, max(last, 0))
    yield start
    for distance in range(1, max(start, last - start, 0) + 1):
        yield start + distance
        yield start - distance


def _missed(lines: Sequence[bytes], old: Sequence[bytes], at: int) -> str:
    """What is otherwise at the place that the hunk names."""
    for number, wanted in enumerate(old, at):
        if number >= len(lines):
            return f"the file ends before line {number + 1}"
        if lines[number] != wanted:
            return f"line {number + 1} is {_shown(lines[number])}, not {_shown(wanted)}"
    return "its lines were changed by the patch before"


def _shown(line: bytes) -> str:
    return repr(line.decode("utf-8", "replace").strip()[:60])
