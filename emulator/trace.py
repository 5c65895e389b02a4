# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells a callback of every write that matters, while tracing is on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from emulator.state import CTR, DEC, LR, TBL, TBL_W, TBU, TBU_W, XER, State

P = ParamSpec("P")


@dataclass(frozen=True)
class TraceEvent:
    """A write by the instruction at `pc`.

    `kind`: "msr", "fpscr", the name of a special-purpose register ("srr0", "lr", "sprg1" …), or "memory" with
    `address` and `size` in bytes. Registers are reported where their value changed; memory at every store,
    with `old` unknown (None).
    """

    kind: str
    pc: int
    new: int
    old: int | None = None
    address: int | None = None
    size: int | None = None


TraceCallback = Callable[[TraceEvent], None]

_LIVE_NAMES = ("msr", "fpscr", "lr", "ctr", "xer")
# Special-purpose registers that are told of as live ones, and counters, which change by themselves.
_UNREPORTED = frozenset({XER, LR, CTR, DEC, TBL, TBU, TBL_W, TBU_W})


class Tracer:
    """Compares registers around each instruction."""

    def __init__(self, state: State, callback: TraceCallback) -> None:
        self._state = state
        self._callback = callback
        self._pc = 0

    def watch(self, action: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> None:
        """Carry out what one instruction does; report the registers that it changed, also if it raises."""
        state = self._state
        self._pc = state.pc
        live, special = self._live(), state.special.copy()
        try:
            action(*arguments, **named)
        finally:
            if live != self._live():
                self._report(_LIVE_NAMES, live, self._live())
            if special != state.special:
                numbers = [number for number in special if number not in _UNREPORTED]
                self._report(
                    [state.cpu.sprs[number].name for number in numbers],
                    [special[number] for number in numbers],
                    [state.special[number] for number in numbers],
                )

    def stored(self, address: int, size: int, value: int) -> None:
        """Report a store to a watched range (hook of `Memory.watch`)."""
        self._callback(TraceEvent("memory", self._pc, value, address=address, size=size))

    def _live(self) -> tuple[int, ...]:
        """The registers of `_LIVE_NAMES`."""
        state = self._state
        return state.msr, state.fpscr, state.lr, state.ctr, state.xer

    def _report(self, names: Sequence[str], before: Sequence[int], after: Sequence[int]) -> None:
        for name, old, new in zip(names, before, after, strict=True):
            if old != new:
                self._callback(TraceEvent(name, self._pc, new, old))
