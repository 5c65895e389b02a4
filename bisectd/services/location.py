# SPDX-License-Identifier: GPL-2.0-or-later
"""Where in a commit's source the instructions are that evidence names."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bisectd.domain.commit import SourceTree
from bisectd.domain.program import Program, SourceLine
from bisectd.services.evidence import place


@dataclass(frozen=True)
class Location:
    """`instruction` in assembler, `place` as symbol+offset, and the source line of this very commit.

    `file` is "" where the compiler left no line for the instruction, `text` where the file is generated.
    """

    instruction: str
    place: str
    file: str
    line: int
    text: str


def locate(
    instructions: Iterable[Mapping[str, Any]], program: Program, tree: SourceTree
) -> tuple[Location, ...]:
    """The locations of instructions of evidence (symbol, offset, text) in the program of one commit."""
    return tuple(_locate(instruction, program, tree) for instruction in instructions)


def _locate(instruction: Mapping[str, Any], program: Program, tree: SourceTree) -> Location:
    line = _line_at(program, program.symbols[instruction["symbol"]] + instruction["offset"])
    return Location(
        instruction=instruction["text"],
        place=place(instruction),
        file=line.file if line else "",
        line=line.line if line else 0,
        text=_text(tree, line) if line else "",
    )


def _line_at(program: Program, address: int) -> SourceLine | None:
    """The line that the instruction belongs to: the last one that starts at or before it."""
    starts = sorted(program.lines)
    before = bisect_right(starts, address)
    return program.lines[starts[before - 1]] if before else None


def _text(tree: SourceTree, line: SourceLine) -> str:
    if tree.blob_id(line.file) is None:
        return ""
    lines = tree.read(line.file).decode("utf-8", "replace").splitlines()
    return lines[line.line - 1].strip() if 0 < line.line <= len(lines) else ""
