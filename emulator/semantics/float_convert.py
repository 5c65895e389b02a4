# SPDX-License-Identifier: GPL-2.0-or-later
"""Rounding, conversion, comparison, selection and estimates (Power ISA Book I, chapters 4.6.6 to 4.6.9)."""

from emulator.semantics import float_exact as exact
from emulator.semantics import float_operations as op
from emulator.semantics.float_arithmetic import SLOW_MODES, round_single, status
from emulator.semantics.float_exact import DOUBLE, SIGN, SINGLE, Result, finish, settle
from emulator.semantics.float_status import FI, FR, VE, VXCVI
from emulator.state import M32, State


def frsp(s: State, frt: int, frb: int, rc: int) -> None:
    """Round to single precision."""
    q = 0.0 if s.fpscr & SLOW_MODES else round_single(s.fd[frb], 0.0)
    if q:
        e = s.fd[frb] - q
        s.fd[frt] = q
        status(s, q, e, rc)
    else:
        settle(s, frt, exact.convert(s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


_WORD, _DOUBLEWORD = (-1 << 31, (1 << 31) - 1), (-1 << 63, (1 << 63) - 1)
_to_word, _to_doubleword = op.to_integer(*_WORD, op.CURRENT), op.to_integer(*_DOUBLEWORD, op.CURRENT)
_truncate_to_word, _truncate_to_doubleword = op.to_integer(*_WORD), op.to_integer(*_DOUBLEWORD)


def _settle_integer(s: State, frt: int, result: Result, rc: int) -> None:
    value, flags = result
    f = s.fpscr & ~(FR | FI) | flags & (FR | FI)
    if not (flags & VXCVI and f & VE):
        s.fpr[frt] = value
    finish(s, f, flags, rc)


def _settle_word(s: State, frt: int, result: Result, rc: int) -> None:
    """Write a word; the undefined high word is that of the 750."""
    _settle_integer(s, frt, (result[0] & M32 | 0xFFF8_0000 << 32, result[1]), rc)


def fctiw(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer word."""
    _settle_word(s, frt, _to_word(s.fpr[frb], DOUBLE, s.fpscr), rc)


def fctiwz(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer word, rounding toward zero."""
    _settle_word(s, frt, _truncate_to_word(s.fpr[frb], DOUBLE, s.fpscr), rc)


def fctid(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer doubleword."""
    _settle_integer(s, frt, _to_doubleword(s.fpr[frb], DOUBLE, s.fpscr), rc)


def fctidz(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer doubleword, rounding toward zero."""
    _settle_integer(s, frt, _truncate_to_doubleword(s.fpr[frb], DOUBLE, s.fpscr), rc)


def fcfid(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert from integer doubleword."""
    b = s.fpr[frb]
    settle(s, frt, op.from_integer(b - ((b & SIGN) << 1), DOUBLE, s.fpscr), DOUBLE, rc)


def _compare(s: State, bf: int, fra: int, frb: int, *, ordered: bool) -> None:
    x, y = s.fd[fra], s.fd[frb]
    c = 8 if x < y else 4 if x > y else 2 if x == y else 1
    s.crf[bf] = c
    f = s.fpscr & ~0xF000 | c << 12
    if c != 1:
        s.fpscr = f
        return
    finish(s, f, op.invalid_comparison(s.fpr[fra], s.fpr[frb], f, ordered=ordered), 0)


def fcmpu(s: State, bf: int, fra: int, frb: int) -> None:
    """Compare unordered: only a signalling NaN is invalid."""
    _compare(s, bf, fra, frb, ordered=False)


def fcmpo(s: State, bf: int, fra: int, frb: int) -> None:
    """Compare ordered: any NaN is invalid."""
    _compare(s, bf, fra, frb, ordered=True)


def fsel(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Select FRC where FRA is not below zero (-0 is not), else FRB; a NaN selects FRB."""
    s.fpr[frt] = s.fpr[frc] if s.fd[fra] >= 0 else s.fpr[frb]
    if rc:
        s.crf[1] = s.fpscr >> 28


def fres(s: State, frt: int, frb: int, rc: int) -> None:
    """Reciprocal estimate single."""
    settle(s, frt, op.reciprocal(s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def frsqrte(s: State, frt: int, frb: int, rc: int) -> None:
    """Reciprocal square root estimate."""
    settle(s, frt, op.reciprocal_root(s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)
