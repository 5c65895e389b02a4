# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs single VSX instructions for tests by hand."""

import struct

from emulator import Machine, Stop
from emulator.cpus import FP, VEC, VSX
from tests.support.emulator_programs import CODE, DATA, word

A, B, C, T = 3, 36, 40, 35  # VSX registers of both kinds
OLD = 0x1111_2222_3333_4444_5555_6666_7777_8888  # what T holds before
M64 = (1 << 64) - 1


def machine(endian: str = "big", msr: int = FP | VEC | VSX) -> Machine:
    m = Machine("power8", endian)
    m.memory.map(CODE, 0x1000)
    m.memory.map(DATA, 0x1000)
    m.state.msr |= msr
    m.state.pc = CODE
    return m


def step(m: Machine, mnemonic: str, *operands: int) -> Stop:
    m.memory.write(CODE, word(mnemonic, *operands).to_bytes(4, m.memory.endian))  # type: ignore[arg-type]
    m.state.pc = CODE
    return m.run(max_instructions=1)


def scalar(mnemonic: str, *values: int, fpscr: int = 0, t: int = T, msr: int = FP | VEC | VSX) -> Machine:
    """Run an instruction on doublewords in A and B (or in B alone)."""
    m = machine(msr=msr)
    m.state.fpscr = fpscr
    m.state.vsr[t] = OLD
    places = (A, B)[-len(values) :]
    for place, value in zip(places, values, strict=True):
        m.state.vsr[place] = value << 64 | 0xDEAD
    step(m, mnemonic, t, *places)
    return m


def vector(mnemonic: str, *values: int, fpscr: int = 0, extra: tuple[int, ...] = ()) -> Machine:
    m = machine()
    m.state.fpscr = fpscr
    m.state.vsr[T] = OLD
    places = (A, B)[-len(values) :]
    for place, value in zip(places, values, strict=True):
        m.state.vsr[place] = value
    step(m, mnemonic, T, *places, *extra)
    return m


def doubles(*values: float) -> int:
    return int.from_bytes(struct.pack(">2d", *values))


def singles(*values: float) -> int:
    return int.from_bytes(struct.pack(">4f", *values))
