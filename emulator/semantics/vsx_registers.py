# SPDX-License-Identifier: GPL-2.0-or-later
"""The 64 registers of VSX: 0 to 31 are an FPR and a low half, 32 to 63 vector registers (Book I, 7.2.1)."""

from emulator.state import M64, State


def read(s: State, n: int) -> int:
    """Return a whole register."""
    return s.fpr[n] << 64 | s.vsr_low[n] if n < 32 else s.vr[n - 32]


def write(s: State, n: int, v: int) -> None:
    """Set a whole register."""
    if n < 32:
        s.fpr[n] = v >> 64
        s.vsr_low[n] = v & M64
    else:
        s.vr[n - 32] = v


def read_high(s: State, n: int) -> int:
    """Return doubleword 0, which scalars live in."""
    return s.fpr[n] if n < 32 else s.vr[n - 32] >> 64


def write_high(s: State, n: int, v: int) -> None:
    """Set doubleword 0. Doubleword 1, undefined before ISA 3.1, becomes 0 as on all processors."""
    if n < 32:
        s.fpr[n] = v
        s.vsr_low[n] = 0
    else:
        s.vr[n - 32] = v << 64
