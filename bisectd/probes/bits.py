# SPDX-License-Identifier: GPL-2.0-or-later
"""Register bits by name, so that evidence reads in the words of the Power ISA.

Source: Power ISA 2.07 Book III-S 3.2.1 (MSR), Book I 4.2.2 (FPSCR), chapter 6 (VSCR); PowerPC 7450 RISC
Microprocessor Family Reference Manual 2.1.3.3; PowerPC e500 Core Family Reference Manual (MSR); Programming
Environments Manual chapter 6 (SRR1 of program interrupts).
"""

from collections.abc import Iterable, Mapping

from bisectd.domain.target import Target
from emulator.cpus import CPUS

Bits = Mapping[str, int]

_MSR_32: Bits = {
    "EE": 0x8000, "PR": 0x4000, "FP": 0x2000, "ME": 0x1000, "FE0": 0x0800, "SE": 0x0400, "BE": 0x0200,
    "FE1": 0x0100, "IR": 0x0020, "DR": 0x0010, "RI": 0x0002, "LE": 0x0001,
}  # fmt: skip
MSR: Bits = {"VEC": 0x0200_0000, "VSX": 0x0080_0000, **_MSR_32}
MSR_64: Bits = {"SF": 1 << 63, "HV": 1 << 60, **MSR}
MSR_E500: Bits = {
    "SPE": 0x0200_0000, "CE": 0x0002_0000,
    "EE": 0x8000, "PR": 0x4000, "FP": 0x2000, "ME": 0x1000, "FE0": 0x0800, "DE": 0x0200, "FE1": 0x0100,
    "IS": 0x0020, "DS": 0x0010,
}  # fmt: skip

FPSCR: Bits = {
    "FX": 1 << 31, "FEX": 1 << 30, "VX": 1 << 29, "OX": 1 << 28, "UX": 1 << 27, "ZX": 1 << 26, "XX": 1 << 25,
    "VXSNAN": 1 << 24, "VXISI": 1 << 23, "VXIDI": 1 << 22, "VXZDZ": 1 << 21, "VXIMZ": 1 << 20,
    "VXVC": 1 << 19,
    "FR": 1 << 18, "FI": 1 << 17, "C": 1 << 16, "FL": 1 << 15, "FG": 1 << 14, "FE": 1 << 13, "FU": 1 << 12,
    "VXSOFT": 0x400, "VXSQRT": 0x200, "VXCVI": 0x100,
    "VE": 0x80, "OE": 0x40, "UE": 0x20, "ZE": 0x10, "XE": 0x08, "NI": 0x04, "RN0": 0x02, "RN1": 0x01,
}  # fmt: skip
VSCR: Bits = {"NJ": 0x0001_0000, "SAT": 0x0000_0001}

# SRR1 of a program interrupt, beside the MSR bits it holds.
PROGRAM: Bits = {"FP-enabled": 0x10_0000, "illegal": 0x8_0000, "privileged": 0x4_0000, "trap": 0x2_0000,
                 "SRR0-is-subsequent": 0x1_0000}  # fmt: skip

INTERRUPTS: Mapping[int, str] = {
    0x300: "data storage", 0x400: "instruction storage", 0x600: "alignment", 0x700: "program",
    0x800: "FP unavailable", 0x900: "decrementer", 0xC00: "system call",
    0xE40: "hypervisor emulation assistance",
    0xF20: "AltiVec unavailable", 0xF40: "VSX unavailable", 0xF60: "facility unavailable",
}  # fmt: skip


def msr_bits(target: Target) -> Bits:
    """The MSR's bits as the target's processor names them."""
    if CPUS[target.cpu].booke:
        return MSR_E500
    return MSR if target.bits == 32 else MSR_64  # noqa: PLR2004


def has(target: Target, facility: str) -> bool:
    """Whether the target's processor has a facility, by the name of its MSR bit."""
    return bool(msr_bits(target).get(facility, 0) & CPUS[target.cpu].msr_mask)


def interrupt_name(target: Target, vector: int) -> str:
    """What the interrupt at a vector is for."""
    spe = CPUS[target.cpu].booke and vector == 0xF20  # noqa: PLR2004 - the emulator's IVOR32 (sprs_e500.py)
    return "SPE unavailable" if spe else INTERRUPTS.get(vector, "unknown")


def mask(table: Bits, names: str) -> int:
    """The OR of the bits named, as in `mask(MSR, "EE PR FP")`. KeyError for an unknown name."""
    value = 0
    for name in names.split():
        value |= table[name]
    return value


def names(table: Bits, value: int) -> str:
    """The names of the bits set, highest first; bits without a name follow in hex; "0" when none is set."""
    words = list(_names(table, value))
    return " ".join(words) if words else "0"


def _names(table: Bits, value: int) -> Iterable[str]:
    for name, bit in sorted(table.items(), key=lambda item: -item[1]):
        if value & bit:
            yield name
            value &= ~bit
    if value:
        yield hex(value)
