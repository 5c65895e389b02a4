# SPDX-License-Identifier: GPL-2.0-or-later
"""What the e500 adds to the registers: the timers of Book E, and status that is cleared by writing ones."""

from typing import NoReturn

from emulator.cpus import EE, Cpu
from emulator.errors import NotImplementedInstruction
from emulator.memory import Memory
from emulator.sprs_e500 import (
    ATBL,
    ATBU,
    DBCR0,
    DECAR,
    PMRS,
    TCR,
    TSR,
    WRITE_ONE_TO_CLEAR,
)  # fmt: skip
from emulator.state import M32, SprFile, State

DIE, FIE, WIE, ARE = 0x0400_0000, 0x0080_0000, 0x0800_0000, 0x0040_0000  # TCR
DIS = 0x0800_0000  # TSR
DEBUG_EVENTS = 0x0FFF_C000  # DBCR0: what may raise a debug event
NEVER = 1 << 62
_TIMERS = frozenset({TSR, TCR, DECAR})


class StateE500(State):
    """The registers of an e500.

    The decrementer counts down to 0 and stays there, or goes on from DECAR (TCR[ARE]); reaching 0 sets
    TSR[DIS], which interrupts under TCR[DIE] until software clears it. `zero` is the instruction count when
    that happens next. `pmr` holds the performance monitor registers, which do not count.
    """

    __slots__ = ("pmr", "zero")

    def __init__(self, cpu: Cpu, memory: Memory) -> None:
        self.zero = 0x7FFF_FFFF
        self.pmr = dict.fromkeys(PMRS, 0)
        super().__init__(cpu, memory)
        self.set_due()

    @property
    def dec(self) -> int:
        """Decrementer, 32 bits."""
        self.advance()
        return max(self.zero - self.instructions, 0) if self.zero < NEVER else 0

    @dec.setter
    def dec(self, value: int) -> None:
        self.advance()
        self.zero = self.instructions + (value & M32) if value & M32 else NEVER
        self.set_due()

    def advance(self) -> None:
        """Bring the timers up to the present."""
        late = self.instructions - self.zero
        if late < 0:
            return
        special = self.special
        special[TSR] |= DIS
        reload = special[DECAR] if special[TCR] & ARE else 0
        self.zero = self.instructions + reload - late % reload if reload else NEVER

    def set_due(self) -> None:
        """Work out when the decrementer interrupts next, and let the run loop look up by then."""
        special = self.special
        if not special[TCR] & DIE:
            self.dec_due = NEVER
        else:
            self.dec_due = 0 if special[TSR] & DIS else self.zero
        if self.msr & EE:
            self.deadline = min(self.deadline, self.dec_due)

    @property
    def spr(self) -> SprFile:
        """The special-purpose registers by number, without privilege checks."""
        return SprFileE500(self)


class SprFileE500(SprFile):
    """`spr[n]` of the e500. Writes to DBSR, MCSR and TSR clear the bits that are ones."""

    __slots__ = ("_e500",)

    def __init__(self, state: StateE500) -> None:
        super().__init__(state)
        self._e500 = state

    def __getitem__(self, number: int) -> int:
        state = self._e500
        if number == TSR:
            state.advance()
        if number in {ATBL, ATBU}:
            return state.tb >> (32 if number == ATBU else 0) & M32
        return super().__getitem__(number)

    def __setitem__(self, number: int, value: int) -> None:
        state = self._e500
        _refuse_unimplemented(number, value)
        if number in _TIMERS:
            state.advance()
        if number in WRITE_ONE_TO_CLEAR:
            value = state.special[number] & ~value
        super().__setitem__(number, value)
        if number in _TIMERS:
            state.set_due()


def _refuse_unimplemented(number: int, value: int) -> None:
    """Stop at what would otherwise have no effect, silently."""
    if number == TCR and value & (FIE | WIE):
        _refuse("the fixed-interval and watchdog timers (TCR[FIE], TCR[WIE])")
    if number == DBCR0 and value & DEBUG_EVENTS:
        _refuse("debug events (DBCR0)")


def _refuse(what: str) -> NoReturn:
    raise NotImplementedInstruction(f"the emulator does not implement {what} of the e500")
