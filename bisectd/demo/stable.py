# SPDX-License-Identifier: GPL-2.0-or-later
"""The stable branches: some of what master got after their release, picked over with the mainline id."""

from dataclasses import dataclass, replace

from bisectd.demo.actions import GRETA, Fork, Tag, Write
from bisectd.demo.edits import Replace
from bisectd.demo.story import FIX
from bisectd.demo.writer import DAY, Writer, Written

EVERY = 4  # of so many commits that fit, one is picked
COMMITS_A_RELEASE = 6
DELAY = 12 * DAY  # from master to here


@dataclass(frozen=True)
class Line:
    """A stable branch of a release. `phrase` is how its maintainer names the mainline commit."""

    release: str
    phrase: str
    picked: frozenset[str] = frozenset()  # subjects that are picked in any case

    @property
    def branch(self) -> str:
        """Its name, as in linux-4.9.y."""
        return f"linux-{self.release[1:]}.y"


# The fix reached one of them; the other has the fault to this day.
LINES = (
    Line("v4.9", "commit {} upstream."),
    Line("v4.19", "[ Upstream commit {} ]", frozenset({FIX})),
)


def write(writer: Writer, line: Line) -> None:
    """Write a stable branch with its tags."""
    writer.do(Fork(line.branch, line.release), 0)
    start = next(
        n for n, written in enumerate(writer.written) if written.action.subject == f"Linux {line.release[1:]}"
    )
    picked = [written for n, written in enumerate(writer.written[start:]) if _wanted(written, n, line)]
    release = 0
    for number, written in enumerate(filter(lambda written: _fits(written, writer, line), picked), 1):
        body = f"{line.phrase.format(written.action.upstream or written.id)}\n\n{written.body}"
        again = replace(
            written.action, step="", branch=line.branch, upstream="", body=body, changes=written.changes
        )
        writer.do(again, written.time + DELAY)
        if number % COMMITS_A_RELEASE == 0:
            release += 1
            _release(writer, line, release, written.time + DELAY)


def _wanted(written: Written, number: int, line: Line) -> bool:
    if written.action.subject in line.picked:
        return True
    return number % EVERY == 0 and not written.action.step and written.action.branch == "master"


def _fits(written: Written, writer: Writer, line: Line) -> bool:
    """Whether every change finds what it replaces."""
    files = writer.branches[line.branch].files
    return all(
        isinstance(change, Replace)
        and change.path != "Makefile"
        and files.get(change.path, "").count(change.old) == 1
        for change in written.changes
    )


def _release(writer: Writer, line: Line, number: int, time: int) -> None:
    change = Replace("Makefile", f"SUBLEVEL = {number - 1}\n", f"SUBLEVEL = {number}\n")
    tag = f"{line.release}.{number}"
    writer.do(Write(f"Linux {tag[1:]}", branch=line.branch, author=GRETA, changes=(change,)), time)
    writer.do(Tag(tag, line.branch), time)
