# SPDX-License-Identifier: GPL-2.0-or-later
"""Integer instructions of Power ISA 3.0 for a POWER8, as its hypervisor would emulate them at 0xE40.

Microwatt's random programs are full of them. Carried out here, they do not keep the rest of a program from
being compared; they say nothing about the emulator.
"""

from collections.abc import Callable
from dataclasses import dataclass

from emulator import Machine, Taken

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
