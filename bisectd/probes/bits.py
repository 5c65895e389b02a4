# SPDX-License-Identifier: GPL-2.0-or-later
"""Register bits by name, so that evidence reads in the words of the Power ISA.

Source: Power ISA 2.07 Book III-S 3.2.1 (MSR), Book I 4.2.2 (FPSCR); PowerPC 7450 RISC Microprocessor Family
Reference Manual 2.1.3.3.
"""

from collections.abc import Iterable

MSR: dict[str, int] = {
    "VEC": 0x0200_0000,
    "VSX": 0x0080_0000,
    "EE": 0x8000,
    "PR": 0x4000,
    "FP": 0x2000,
    "ME": 0x1000,
    "FE0": 0x0800,
    "FE1": 0x0100,
    "IR": 0x0020,
    "DR": 0x0010,
    "RI": 0x0002,
}


def mask(table: dict[str, int], names: str) -> int:
    """The OR of the bits named, as in `mask(MSR, "EE PR FP")`. KeyError for an unknown name."""
    value = 0
    for name in names.split():
        value |= table[name]
    return value


def names(table: dict[str, int], value: int) -> str:
    """The names of the bits set, highest first; bits without a name follow in hex; "0" when none is set."""
    words = list(_names(table, value))
    return " ".join(words) if words else "0"


def _names(table: dict[str, int], value: int) -> Iterable[str]:
    for name, bit in sorted(table.items(), key=lambda item: -item[1]):
        if value & bit:
            yield name
            value &= ~bit
    if value:
        yield hex(value)
