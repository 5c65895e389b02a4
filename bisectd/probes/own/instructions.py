# SPDX-License-Identifier: GPL-2.0-or-later
"""The few instructions that a user program of a probe can have, and the interrupts that they cause.

Encodings: Power ISA 2.07 Book I; SPE's evor: Power ISA 2.03 Book I 8.3.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from bisectd.domain.names import nearest
from bisectd.probes.kernel import FMR, NOP
from bisectd.probes.own.table import Table


class _Form(NamedTuple):
    """The word without its operands; of each operand the kind of register, and the place of its number."""

    word: int
    operands: tuple[tuple[str, int], ...] = ()


def _of(kind: str, word: int, *shifts: int) -> _Form:
    return _Form(word, tuple((kind, shift) for shift in shifts))


_INSTRUCTIONS: Mapping[str, _Form] = {
    "nop": _Form(NOP),
    "fmr": _of("f", 0xFC00_0090, 21, 11),
    "fadd": _of("f", 0xFC00_002A, 21, 16, 11),
    "fsub": _of("f", 0xFC00_0028, 21, 16, 11),
    "fmul": _of("f", 0xFC00_0032, 21, 16, 6),
    "fdiv": _of("f", 0xFC00_0024, 21, 16, 11),
    "mffs": _of("f", 0xFC00_048E, 21),
    "mtfsf": _of("f", 0xFDFE_058E, 11),  # all fields
    "vor": _of("v", 0x1000_0484, 21, 16, 11),
    "vaddubm": _of("v", 0x1000_0000, 21, 16, 11),
    "xxlor": _of("vs", 0xF000_0490, 21, 16, 11),
    "evor": _of("r", 0x1000_0217, 21, 16, 11),
    "trap": _Form(0x7FE0_0008),
    "sc": _Form(0x4400_0002),
}
# Each from a register to itself: it changes nothing.
_VOR = 0x1000_0484 | 31 << 21 | 31 << 16 | 31 << 11
_XXLOR = 0xF000_0490 | 31 << 21 | 31 << 16 | 31 << 11
_EVOR = 0x1000_0217 | 14 << 21 | 14 << 16 | 14 << 11

# An interrupt by name → an instruction that takes it where the program does not own the facility.
INTERRUPTS: Mapping[str, int] = {
    "FP unavailable": FMR,
    "AltiVec unavailable": _VOR,
    "VSX unavailable": _XXLOR,
    "SPE unavailable": _EVOR,
    "trap": _INSTRUCTIONS["trap"].word,
    "system call": _INSTRUCTIONS["sc"].word,
    "timer": NOP,
}
_REGISTER = re.compile(r"([a-z]+)([0-9]{1,2})", re.ASCII)
_REGISTERS = 32


def assemble(table: Table, key: str, text: str) -> int:
    """The word of one instruction, written as `fdiv f3,f1,f2`."""
    mnemonic, *operands = text.replace(",", " ").split()
    form = _INSTRUCTIONS.get(mnemonic)
    if form is None:
        raise table.error(key, f"unknown instruction {mnemonic!r}: {nearest(mnemonic, _INSTRUCTIONS)}")
    if len(operands) != len(form.operands):
        raise table.error(key, f"{mnemonic} has {len(form.operands)} operands, not {len(operands)}")
    word = form.word
    for operand, (kind, shift) in zip(operands, form.operands, strict=True):
        match = _REGISTER.fullmatch(operand)
        if match is None or match[1] != kind or int(match[2]) >= _REGISTERS:
            raise table.error(key, f"{operand!r} is no operand of {mnemonic}: write {kind}0 to {kind}31")
        word |= int(match[2]) << shift
    return word
