# SPDX-License-Identifier: GPL-2.0-or-later
"""Where in a commit's source the instruction is that evidence names."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import capstone

from bisectd.domain.commit import SourceTree
from bisectd.domain.program import Program, SourceLine
from bisectd.domain.target import Target


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


def locate(instruction: Mapping[str, Any], program: Program, target: Target, tree: SourceTree) -> Location:
    """The location of evidence's `instruction` (symbol, offset, word) in the program of one commit."""
    address = program.symbols[instruction["symbol"]] + instruction["offset"]
    line = _line_at(program, address)
    return Location(
        instruction=disassemble(int(instruction["word"], 16), address, target),
        place=f"{instruction['symbol']}+{instruction['offset']:#x}",
        file=line.file if line else "",
        line=line.line if line else 0,
        text=_text(tree, line) if line else "",
    )


def disassemble(word: int, address: int, target: Target) -> str:
    """One instruction in the assembler's words, or the word itself where capstone knows none."""
    order = capstone.CS_MODE_BIG_ENDIAN if target.endian == "big" else capstone.CS_MODE_LITTLE_ENDIAN
    width = capstone.CS_MODE_64 if target.bits == 64 else capstone.CS_MODE_32  # noqa: PLR2004
    engine = capstone.Cs(capstone.CS_ARCH_PPC, width | order)
    found = list(engine.disasm_lite(word.to_bytes(4, target.endian), address))
    return f"{found[0][2]} {found[0][3]}".strip() if found else f".long {word:#010x}"


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
