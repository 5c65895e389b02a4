# SPDX-License-Identifier: GPL-2.0-or-later
"""Traps (Power ISA Book I, chapter 3)."""

from emulator.errors import Interrupt
from emulator.semantics.common import PROGRAM, TRAP, signed32
from emulator.state import State


def trap(s: State, to: int, a: int, b: int) -> None:
    """Trap where two signed numbers compare as TO says."""
    low = a & s.mask
    high = b & s.mask
    if (
        (to & 16 and a < b) or (to & 8 and a > b) or (to & 4 and a == b) or (to & 2 and low < high)
        or (to & 1 and low > high)
    ):  # fmt: skip
        raise Interrupt(PROGRAM, TRAP)


def tw(s: State, to: int, ra: int, rb: int) -> None:
    """Trap word."""
    trap(s, to, signed32(s.gpr[ra]), signed32(s.gpr[rb]))


def twi(s: State, to: int, ra: int, si: int) -> None:
    """Trap word immediate."""
    trap(s, to, signed32(s.gpr[ra]), si)
