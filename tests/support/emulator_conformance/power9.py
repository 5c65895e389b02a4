# SPDX-License-Identifier: GPL-2.0-or-later
"""What a POWER9 does in integer programs beyond Power ISA 2.07, put on top of the emulator's POWER8.

Microwatt's random programs are full of instructions of ISA 3.0, of its XER bits, and of results that the
architecture leaves undefined. Filled in here, they do not keep the rest of a program from being compared;
they say nothing about the emulator.
"""

from collections.abc import Callable
from dataclasses import dataclass

from emulator import Machine, Stop, Taken

EMULATION_ASSISTANCE = 0xE40
_M64 = (1 << 64) - 1


def emulate(machine: Machine, taken: Taken) -> bool:
    """Carry out the instruction that was illegal and go on behind it; False where it is none of these."""
    state = machine.state
    word = machine.memory.load(taken.srr0, 4)
    line = _LINES.get(word >> 1 & 0x3FF) if word >> 26 == 31 else None
    if taken.vector != EMULATION_ASSISTANCE or line is None:
        return False
    rs, ra, rb = word >> 21 & 31, word >> 16 & 31, word >> 11 & 31
    if line.counts:
        state.gpr[ra] = line.compute(state.gpr[rs], 0)
        if word & 1:
            state.crf[0] = (4 if state.gpr[ra] else 2) | state.so
    else:
        state.gpr[rs] = line.compute(state.gpr[ra], state.gpr[rb])
    state.msr, state.pc = taken.srr1, taken.srr0 + 4
    return True


@dataclass(frozen=True)
class _Line:
    compute: Callable[[int, int], int]
    counts: bool = False  # RA ← f(RS), CR0 with Rc; else RT ← f(RA, RB)


def _zeros(bits: int) -> Callable[[int, int], int]:
    def count(value: int, _: int) -> int:
        value = value & (1 << bits) - 1 | 1 << bits
        return (value & -value).bit_length() - 1

    return count


def _unsigned(bits: int) -> Callable[[int, int], int]:
    mask = (1 << bits) - 1

    def modulo(a: int, b: int) -> int:
        return (a & mask) % (b & mask) if b & mask else 0

    return modulo


def _signed(bits: int) -> Callable[[int, int], int]:
    sign = 1 << (bits - 1)

    def modulo(a: int, b: int) -> int:
        a, b = (((value & 2 * sign - 1) ^ sign) - sign for value in (a, b))
        if b == 0:
            return 0
        rest = abs(a) % abs(b)
        return (-rest if a < 0 else rest) & _M64

    return modulo


_LINES = {
    265: _Line(_unsigned(64)),  # modud
    267: _Line(_unsigned(32)),  # moduw
    538: _Line(_zeros(32), counts=True),  # cnttzw
    570: _Line(_zeros(64), counts=True),  # cnttzd
    777: _Line(_signed(64)),  # modsd
    779: _Line(_signed(32)),  # modsw
}


OV32, CA32, KEPT = 0x8_0000, 0x4_0000, 0x3_FF80  # XER; the last are reserved, and keep what is written
_M32 = 0xFFFF_FFFF
_READ_XER, _WRITE_XER = 0x7C01_02A6, 0x7C01_03A6
_ONE_FIELD, _MOVE_TO_FIELD, _MOVE_FROM_FIELD = 0xFC10_07FE, 0x7C10_0120, 0x7C10_0026
# Extended opcodes of primary opcode 31: sums as (complement of RA, second operand, carry in, carry out).
_SUMS = {
    266: (0, "rb", "0", 0), 40: (1, "rb", "1", 0), 104: (1, "0", "1", 0),
    10: (0, "rb", "0", 1), 8: (1, "rb", "1", 1), 138: (0, "rb", "ca", 1), 136: (1, "rb", "ca", 1),
    234: (0, "-1", "ca", 1), 232: (1, "-1", "ca", 1), 202: (0, "0", "ca", 1), 200: (1, "0", "ca", 1),
}  # fmt: skip
_PRODUCTS = {233, 235}  # mulld, mullw
_DIVISIONS = {393, 395, 425, 427, 457, 459, 489, 491}
_WORD_DIVISIONS = {395, 427, 459, 491}
_SIGNED_DIVISIONS = {425, 427, 489, 491}
_HIGH_WORDS = {11, 75}  # mulhwu, mulhw
_ARITHMETIC_SHIFTS = {792, 824, 794, 826, 827}  # sraw, srawi, srad, sradi


class Power9:
    """Steps a machine, and keeps what its XER lacks."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.xer = 0  # OV32, CA32 and the reserved bits

    def step(self) -> Stop:
        """Carry out one instruction."""
        state = self.machine.state
        word = self.machine.memory.load(state.pc, 4)
        gpr, ca, cr = list(state.gpr), state.ca, state.cr
        stop = self.machine.run(max_instructions=1)
        if stop.reason == "limit":
            self._complete(word, gpr, ca)
            self._one_field(word, cr, gpr)
        return stop

    def _one_field(self, word: int, cr: int, gpr: list[int]) -> None:
        """Carry out mtocrf and mfocrf of several fields or none (undefined): the first, or CR7."""
        moves = {_MOVE_TO_FIELD: True, _MOVE_FROM_FIELD: False}.get(word & _ONE_FIELD)
        if moves is None:
            return
        field = 8 - (word >> 12 & 0xFF or 1).bit_length()
        mask = 15 << 28 - 4 * field
        if moves:
            self.machine.state.cr = cr & ~mask | gpr[word >> 21 & 31] & mask
        else:
            self.machine.state.gpr[word >> 21 & 31] = cr & mask

    def _complete(self, word: int, gpr: list[int], ca: int) -> None:
        state = self.machine.state
        rt, ra, rb = word >> 21 & 31, gpr[word >> 16 & 31], gpr[word >> 11 & 31]
        immediate = (word & 0xFFFF ^ 0x8000) - 0x8000
        if word >> 26 in {8, 12, 13}:  # subfic, addic, addic.
            self._sum(~ra if word >> 26 == 8 else ra, immediate, int(word >> 26 == 8), CA32)
        elif word & ~(31 << 21) == _READ_XER:
            state.gpr[rt] |= self.xer
        elif word & ~(31 << 21) == _WRITE_XER:
            self.xer = gpr[rt] & (OV32 | CA32 | KEPT)
        elif word >> 26 == 31:
            self._arithmetic(word, rt, ra, rb, ca)

    def _arithmetic(self, word: int, rt: int, ra: int, rb: int, ca: int) -> None:
        extended, oe = word >> 1 & 0x1FF, word >> 10 & 1
        if extended in _SUMS:
            complement, second, carry, carries = _SUMS[extended]
            operands = {"rb": rb, "0": 0, "1": 1, "-1": -1, "ca": ca}
            written = (CA32 if carries else 0) | (OV32 if oe else 0)
            self._sum(~ra if complement else ra, operands[second], operands[carry], written)
        elif extended in _PRODUCTS | _DIVISIONS:
            if oe:
                self._set(OV32, self.machine.state.ov)
            if extended in _DIVISIONS:
                self._quotient(extended, word, ra, rb)
        elif extended in _HIGH_WORDS:
            low = self.machine.state.gpr[rt] & _M32
            self._result(word, low << 32 | low)
        elif word >> 1 & 0x3FF in _ARITHMETIC_SHIFTS:
            self._set(CA32, self.machine.state.ca)

    def _sum(self, a: int, b: int, carry: int, written: int) -> None:
        total = (a & _M32) + (b & _M32) + carry
        if written & CA32:
            self._set(CA32, total >> 32)
        if written & OV32:
            self._set(OV32, ((a ^ total) & (b ^ total)) >> 31 & 1)

    def _set(self, bit: int, value: int) -> None:
        self.xer = self.xer | bit if value else self.xer & ~bit

    def _quotient(self, extended: int, word: int, ra: int, rb: int) -> None:
        """Write zero where the quotient is undefined, and zeros into its undefined high word."""
        bits = 32 if extended in _WORD_DIVISIONS else 64
        signed = extended in _SIGNED_DIVISIONS
        a, b = _number(ra, bits, signed=signed), _number(rb, bits, signed=signed)
        if extended < 457:  # the extended ones
            a <<= bits
        quotient = abs(a) // abs(b) if b else 0
        limit = 1 << bits - 1 if signed else 1 << bits
        fits = b != 0 and quotient <= limit - ((a < 0) == (b < 0))
        self._result(word, self.machine.state.gpr[word >> 21 & 31] & (1 << bits) - 1 if fits else 0)

    def _result(self, word: int, value: int) -> None:
        state = self.machine.state
        state.gpr[word >> 21 & 31] = value
        if word & 1:
            state.crf[0] = (8 if value >> 63 else 4 if value else 2) | state.so


def _number(value: int, bits: int, *, signed: bool) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> bits - 1 else value
