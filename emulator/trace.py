# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells a callback of every write that matters, while tracing is on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec

from emulator.state import CTR, DEC, LR, TBL, TBL_W, TBU, TBU_W, XER, State

P = ParamSpec("P")


@dataclass(frozen=True)
class TraceEvent:
    """A write by the instruction at `pc`.

    `kind`: "msr", "fpscr", the name of a special-purpose register ("srr0", "lr", "sprg1" …), or "memory" with
    `address` and `size` in bytes. Registers are reported where their value changed; memory at every store, with
    `old` unknown (None).
    """

    kind: str
    pc: int
    new: int
    old: int | None = None
    address: int | None = None
    size: int | None = None


TraceCallback = Callable[[TraceEvent], None]

_COUNTERS = frozenset({DEC, TBL, TBU, TBL_W, TBU_W})  # they change by themselves
_LIVE = frozenset({XER, LR, CTR})


class Tracer:
    """Compares registers around each instruction."""

    def __init__(self, state: State, callback: TraceCallback) -> None:
        self._state = state
        self._callback = callback
        self._pc = 0

    def watch(self, action: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> None:
        """Carry out what one instruction does, and report the registers that it changed, also if it raises."""
        self._pc = self._state.pc
        before = self._registers()
        try:
            action(*arguments, **named)
        finally:
            for name, new in self._registers().items():
                if before[name] != new:
                    self._callback(TraceEvent(name, self._pc, new, before[name]))

    def stored(self, address: int, size: int, value: int) -> None:
        """Report a store to a watched range (hook of `Memory.watch`)."""
        self._callback(TraceEvent("memory", self._pc, value, address=address, size=size))

    def _registers(self) -> dict[str, int]:
        state = self._state
        registers = {
            "msr": state.msr,
            "fpscr": state.fpscr,
            "lr": state.lr,
            "ctr": state.ctr,
            "xer": state.xer,
        }
        for number, value in state.special.items():
            if number not in _COUNTERS and number not in _LIVE:
                registers[state.cpu.sprs[number].name] = value
        return registers
