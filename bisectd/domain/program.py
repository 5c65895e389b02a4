# SPDX-License-Identifier: GPL-2.0-or-later
"""A linked program: what the kernel package makes of object files, and the probes run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Segment(NamedTuple):
    """Bytes to place at an address."""

    address: int
    data: bytes


class Member(NamedTuple):
    """Where a structure member lies: offset and size in bytes from the start of the outermost structure.

    `points_to`: the structure that a pointer member points at, so that `task.thread.regs.msr` can be
    followed; None for everything else.
    """

    offset: int
    size: int
    points_to: str | None = None


class SourceLine(NamedTuple):
    """The file (path in the commit's tree) and line that an instruction was compiled from."""

    file: str
    line: int


@dataclass(frozen=True)
class Program:
    """Everything linked at fixed addresses, feature fixups applied.

    `symbols`: defined names → address. `externs`: undefined names → an address that is mapped
    nowhere, 4096 bytes apart, so that touching one stops the run and names it.
    `members`: "task_struct.thread.regs" → Member,
    dotted through embedded structures, not through pointers; `sizes`: "task_struct" → bytes.
    `lines`: instruction address → source line, for the instructions where a line starts.
    `features`: what the commit's headers gave for the target ("cpu", "mmu").
    `toc`: on 64-bit, what r2 holds in kernel code. Where a caller must also set r12 to the function's address
    (ELFv2) or r2 alone (ELFv1) depends on the compiler: setting both serves either.
    """

    segments: tuple[Segment, ...]
    symbols: Mapping[str, int]
    externs: Mapping[str, int]
    members: Mapping[str, Member]
    sizes: Mapping[str, int]
    lines: Mapping[int, SourceLine]
    features: Mapping[str, int]
    toc: int = 0
