# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point arithmetic against an independent model on exact fractions: value, FPRF and exceptions."""

import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.semantics import float_arithmetic, float_convert, float_exact, float_single
from emulator.semantics.float_exact import DOUBLE, SINGLE, Format
from emulator.semantics.float_move import narrow, widen
from tests.support.emulator_oracle import double, single
from tests.support.emulator_programs import machine

_INFINITY, _MAGNITUDE = 0x7FF << 52, (1 << 63) - 1
_OX, _UX, _XX, _FR, _FI = 1 << 28, 1 << 27, 1 << 25, 1 << 18, 1 << 17
_ANY_EXCEPTION = 0x1FF8_0700


def _finite(raw: int) -> bool:
    return raw & _MAGNITUDE < _INFINITY


def _value(raw: int) -> Fraction:
    exponent, fraction = raw >> 52 & 0x7FF, raw & (1 << 52) - 1
    magnitude = Fraction(fraction + ((exponent > 0) << 52)) * Fraction(2) ** (max(exponent, 1) - 1075)
    return -magnitude if raw >> 63 else magnitude


def _exponent(x: Fraction) -> int:
    guess = abs(x).numerator.bit_length() - x.denominator.bit_length()
    return guess if Fraction(2) ** guess <= abs(x) else guess - 1


def _towards(x: Fraction, mode: int) -> int:
    """Round to an integer under RN."""
    if mode == 0:
        return round(x)
    if mode == 1:
        return int(x)
    return -((-x).__floor__()) if mode == 2 else x.__floor__()


def _raw(x: Fraction, negative: bool) -> int:
    """Encode a fraction that a double can hold."""
    if not x:
        return negative << 63
    exponent = max(_exponent(x), -1022)
    scaled = abs(x) / Fraction(2) ** (exponent - 52)
    assert scaled.denominator == 1
    biased = exponent + 1023 if scaled >= 1 << 52 else 0
    return negative << 63 | biased << 52 | int(scaled) & (1 << 52) - 1


def rounded(x: Fraction, to: Format, f: int) -> tuple[int, int]:
    """Return the raw result and the flags of an exact value other than zero (NI off)."""
    flags = 0
    tiny = _exponent(x) < to.smallest
    if tiny and f & 0x20:
        x *= Fraction(2) ** to.adjustment
        flags |= _UX
    lowest = to.smallest if tiny and not f & 0x20 else _exponent(x)
    quantum = Fraction(2) ** (lowest - to.precision + 1)
    result = _towards(x / quantum, f & 3) * quantum
    if result != x:
        flags |= _XX | _FI | (_FR if abs(result) > abs(x) else 0)
        if tiny:
            flags |= _UX
    if result and _exponent(result) > to.largest:
        flags |= _OX
        if f & 0x40:
            return _raw(result / Fraction(2) ** to.adjustment, x < 0), flags
        away = _towards(Fraction(1, 2) + 1 if x > 0 else -Fraction(1, 2) - 1, f & 3) in {2, -2}
        largest = (2 - Fraction(2) ** (1 - to.precision)) * Fraction(2) ** to.largest
        top = (x < 0) << 63 | _INFINITY if away else _raw(largest, x < 0)
        return top, flags & ~_FR | _XX | _FI | (_FR if away else 0)
    return _raw(result, x < 0), flags


Operation = tuple[str, Format, Callable[..., Fraction]]
OPERATIONS: tuple[Operation, ...] = (
    ("fadd", DOUBLE, lambda a, b: a + b),
    ("fsub", DOUBLE, lambda a, b: a - b),
    ("fmul", DOUBLE, lambda a, b: a * b),
    ("fdiv", DOUBLE, lambda a, b: a / b),
    ("fmadd", DOUBLE, lambda a, b, c: a * c + b),
    ("fmsub", DOUBLE, lambda a, b, c: a * c - b),
    ("fnmadd", DOUBLE, lambda a, b, c: a * c + b),
    ("fnmsub", DOUBLE, lambda a, b, c: a * c - b),
    ("fadds", SINGLE, lambda a, b: a + b),
    ("fsubs", SINGLE, lambda a, b: a - b),
    ("fmuls", SINGLE, lambda a, b: a * b),
    ("fdivs", SINGLE, lambda a, b: a / b),
    ("fmadds", SINGLE, lambda a, b, c: a * c + b),
    ("fmsubs", SINGLE, lambda a, b, c: a * c - b),
    ("fnmadds", SINGLE, lambda a, b, c: a * c + b),
    ("fnmsubs", SINGLE, lambda a, b, c: a * c - b),
    ("frsp", SINGLE, lambda b: b),
)
_MODULES = (float_arithmetic, float_single, float_convert)


def _run(mnemonic: str, operands: list[int], f: int) -> tuple[int, int]:
    """Run the semantics on registers 1 to 3: the raw result and FPSCR."""
    state = machine().state
    state.fpscr = f
    for i, operand in enumerate(operands, 1):
        state.fpr[i] = operand
    semantics = next(getattr(module, mnemonic) for module in _MODULES if hasattr(module, mnemonic))
    semantics(state, 0, *range(1, len(operands) + 1), 0)
    return state.fpr[0], state.fpscr


def _operands(choose: random.Random, count: int, to: Format) -> list[int]:
    """Draw finite operands; near-cancelling and half-way sums come up often."""
    draw = single if to is SINGLE and choose.randrange(4) else double
    operands: list[int] = []
    while len(operands) < count:
        raw = draw(choose)
        if operands and not choose.randrange(4):
            raw = operands[0] ^ choose.choice((0, 1, 1 << 63, 1 << 29, 53 << 52, 54 << 52))
        if _finite(raw):
            operands.append(raw)
    return operands


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation[0])
@given(st.integers(0, 1 << 60))
@settings(max_examples=150, deadline=None, derandomize=True)
@example(0)
def test_results_and_flags_are_those_of_exact_arithmetic(operation: Operation, seed: int) -> None:
    mnemonic, to, compute = operation
    choose = random.Random(f"{mnemonic} {seed}")
    for _ in range(8):
        operands = _operands(choose, compute.__code__.co_argcount, to)
        f = choose.choice((0, 0, choose.getrandbits(8) & 0x6B))
        values = [_value(operand) for operand in operands]
        if mnemonic.startswith("fdiv") and not values[1]:
            continue
        exact = compute(*values)
        if not exact or (to is SINGLE and f & 0x60 and not all(map(_is_single, operands))):
            continue
        expected, flags = rounded(exact, to, f)
        if mnemonic.startswith("fn"):
            expected ^= 1 << 63
        result, after = _run(mnemonic, operands, f)
        shown = f"{mnemonic} {[hex(o) for o in operands]} FPSCR={f:#x}"
        assert hex(result) == hex(expected), shown
        assert hex(after & (_ANY_EXCEPTION | _FR | _FI)) == hex(flags), shown
        assert after & 0x1F000 == float_exact.classify(result, to), shown
        assert bool(after >> 31) == bool(flags & _ANY_EXCEPTION), shown


def _is_single(raw: int) -> bool:
    return widen(narrow(raw)) == raw


@given(st.integers(0, 1 << 60))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_conversion_to_integers(seed: int) -> None:
    choose = random.Random(seed)
    raw = double(choose)
    if not _finite(raw):
        return
    for mnemonic, bits, mode in (
        ("fctiw", 32, None),
        ("fctiwz", 32, 1),
        ("fctid", 64, None),
        ("fctidz", 64, 1),
    ):
        f = choose.getrandbits(2)
        value = _towards(_value(raw), f if mode is None else mode)
        lowest, highest = -1 << bits - 1, (1 << bits - 1) - 1
        result, after = _run(mnemonic, [raw], f)
        if lowest <= value <= highest:
            error = value - _value(raw)
            flags = _XX | _FI | (_FR if abs(value) > abs(_value(raw)) else 0) if error else 0
        else:
            value, flags = (lowest if value < 0 else highest), 0x2000_0100
        assert result & (1 << bits) - 1 == value & (1 << bits) - 1
        assert after & (_ANY_EXCEPTION | _FR | _FI | 0x2000_0000) == flags


@given(st.integers(1, 0x7FE << 52))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_square_roots_are_the_nearest_and_estimates_close(raw: int) -> None:
    root, after = _run("fsqrt", [raw], 0)
    square, value = _value(root), _value(raw)
    below, above = _value(root - 1), _value(root + 1)
    assert ((below + square) / 2) ** 2 <= value <= ((square + above) / 2) ** 2
    assert bool(after & _FI) == (square**2 != value)
    assert bool(after & _FR) == (square**2 > value)
    estimate = _value(_run("frsqrte", [raw], 0)[0])
    assert abs(estimate * square - 1) < Fraction(1, 1 << 32)
    if 0x381 <= raw >> 52 <= 0x47D:
        assert abs(_value(_run("fres", [raw], 0)[0]) * value - 1) < Fraction(1, 1 << 16)


_SNAN, _QNAN, _INF, _ONE, _NEGATIVE = 0x7FF4 << 48, 0xFFF8_0000_0000_0001, _INFINITY, 0x3FF << 52, 0xBFF << 52
INVALID = [
    ("fadd", [_SNAN, _ONE], 0x7FFC << 48, 0x0100_0000),
    ("fadd", [_ONE, _QNAN], _QNAN, 0),
    ("fadd", [_QNAN, _SNAN], _QNAN, 0x0100_0000),
    ("fsub", [_INF, _INF], 0x7FF8 << 48, 0x0080_0000),
    ("fadd", [_INF, _INF], _INF, 0),
    ("fmul", [_INF, 0], 0x7FF8 << 48, 0x0010_0000),
    ("fdiv", [_INF, _INF], 0x7FF8 << 48, 0x0040_0000),
    ("fdiv", [0, 0], 0x7FF8 << 48, 0x0020_0000),
    ("fmadd", [_INF, _QNAN, 0], _QNAN, 0x0010_0000),
    ("fnmadd", [_INF, _INF, _NEGATIVE], 0x7FF8 << 48, 0x0080_0000),
    ("fsqrt", [_NEGATIVE], 0x7FF8 << 48, 0x200),
    ("fsqrt", [1 << 63], 1 << 63, 0),
    ("frsqrte", [_NEGATIVE], 0x7FF8 << 48, 0x200),
    ("fctiw", [_QNAN], None, 0x100),
    ("fctiw", [_SNAN], None, 0x0100_0100),
]


@pytest.mark.parametrize(("mnemonic", "operands", "result", "cause"), INVALID)
def test_invalid_operations(mnemonic: str, operands: list[int], result: int | None, cause: int) -> None:
    value, after = _run(mnemonic, operands, 0x0007_F000)
    expected = cause | (0xA000_0000 if cause else 0)
    assert after & 0xBFF8_0700 == expected
    assert result is None or value == result
    assert after & (_FR | _FI) == 0
    enabled, after = _run(mnemonic, operands, 0x0007_F080)
    if cause:
        assert (enabled, after & 0x7_F000) == (0, 0x1_F000)  # target and FPRF stay, FR and FI go
        assert after & 0xE000_0000 == 0xE000_0000


@pytest.mark.parametrize("mnemonic", ["fdiv", "fdivs", "fres", "frsqrte"])
def test_zero_divide(mnemonic: str) -> None:
    operands = [_ONE, 1 << 63] if mnemonic.startswith("fdiv") else [1 << 63]
    value, after = _run(mnemonic, operands, 0)
    assert (value, after & 0x9FF8_0700) == (0xFFF << 52, 0x8400_0000)
    value, after = _run(mnemonic, operands, 0x10)
    assert (value, after & 0xDFF8_0710) == (0, 0xC400_0010)


def test_non_ieee_mode_flushes_tiny_results() -> None:
    value, after = _run("fmul", [0x8010 << 48, 0x3FE << 52], 4)
    assert (value, after & 0x0A06_0000) == (1 << 63, 0x0A02_0000)


@pytest.mark.parametrize(
    ("a", "b", "unordered", "ordered"),
    [(_ONE, _NEGATIVE, 4, 0), (_ONE, _INF, 8, 0), (0, 1 << 63, 2, 0), (_ONE, _QNAN, 1, 0x0008_0000)],
)
def test_comparisons(a: int, b: int, unordered: int, ordered: int) -> None:
    for mnemonic, cause in (("fcmpu", 0), ("fcmpo", ordered)):
        state = machine().state
        state.fpr[1], state.fpr[2] = a, b
        state.fpscr = 0x1_0000
        getattr(float_convert, mnemonic)(state, 5, 1, 2)
        assert (state.crf[5], state.fpscr & 0x1FFF_F700) == (unordered, 0x1_0000 | unordered << 12 | cause)
