# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX floating point by the manual (Power ISA 2.07 Book I, chapter 7): results and FPSCR."""

import pytest

from emulator.cpus import FE0, FP, VEC, VSX
from tests.support.emulator_programs import CODE
from tests.support.emulator_vsx_cases import (
    M64,
    OLD,
    A,
    B,
    T,
    doubles,
    machine,
    scalar,
    singles,
    step,
    vector,
)

VE, OE, UE, ZE, XE = 0x80, 0x40, 0x20, 0x10, 0x08
FX, FEX, VX, OX, UX, ZX, XX = (1 << bit for bit in range(31, 24, -1))
VXSNAN, VXISI, VXSQRT, VXCVI, VXVC = 0x0100_0000, 0x0080_0000, 0x200, 0x100, 0x8_0000
FR, FI, FPRF = 0x4_0000, 0x2_0000, 0x1_F000
ONE, TWO, INF, MINUS = 0x3FF << 52, 1 << 62, 0x7FF << 52, 1 << 63
SNAN, QNAN, OTHER_QNAN, OTHER_SNAN = (
    0x7FF0_0000_0000_0001,
    0x7FF8_0000_0000_0002,
    0xFFF8 << 48 | 7,
    0xFFF0 << 48 | 9,
)
QUIET = 1 << 51
HUGE, TINY = 0x7FEF_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000


# Scalar arithmetic and FPSCR


def test_a_scalar_result_zeroes_the_other_doubleword_and_sets_fprf_fr_and_fi() -> None:
    third = scalar("xsdivdp", ONE, 0x4008 << 48).state  # 1/3
    assert (third.vsr[T], third.fpscr) == (0x3FD5_5555_5555_5555 << 64, FX | XX | FI | 0x4000)
    two_thirds = scalar("xsdivdp", TWO, 0x4008 << 48).state
    assert two_thirds.fpscr == FX | XX | FI | 0x4000
    tenth = scalar("xsdivdp", ONE, 0x4024 << 48).state  # rounded up
    assert (tenth.vsr[T], tenth.fpscr) == (0x3FB9_9999_9999_999A << 64, FX | XX | FI | FR | 0x4000)


@pytest.mark.parametrize("t", [T, 5])
def test_an_enabled_invalid_operation_leaves_a_scalar_target_and_fprf(t: int) -> None:
    before = VE | FR | FI | 0x1_1000
    state = scalar("xsadddp", INF, INF | MINUS, fpscr=before, t=t).state
    assert (state.vsr[t], state.fpscr) == (OLD, FX | FEX | VX | VXISI | VE | 0x1_1000)


def test_an_enabled_zero_divide_leaves_a_scalar_target() -> None:
    state = scalar("xsdivdp", ONE, 0, fpscr=ZE | FI).state
    assert (state.vsr[T], state.fpscr) == (OLD, FX | FEX | ZX | ZE)


def test_an_enabled_inexact_scalar_is_written() -> None:
    state = scalar("xsdivdp", ONE, 0x4008 << 48, fpscr=XE).state
    assert state.vsr[T] == 0x3FD5_5555_5555_5555 << 64
    assert state.fpscr == FX | FEX | XX | XE | FI | 0x4000


def test_enabled_overflow_and_underflow_adjust_a_scalar_s_exponent() -> None:
    big = scalar("xsmuldp", HUGE, TWO, fpscr=OE).state
    assert big.vsr[T] >> 64 == HUGE + (1 << 52) - (1536 << 52)
    assert big.fpscr & ~FPRF == FX | FEX | OX | OE
    small = scalar("xsmuldp", TINY, ONE - (1 << 52), fpscr=UE).state
    assert small.vsr[T] >> 64 == 1536 << 52
    assert small.fpscr & ~FPRF == FX | FEX | UX | UE


def test_an_enabled_exception_interrupts_at_the_instruction() -> None:
    m = machine(msr=FP | VEC | VSX | FE0)
    m.state.fpscr = VE
    m.state.vsr[A] = SNAN << 64
    stop = step(m, "xsmuldp", T, A, A)
    assert (stop.vector, stop.srr0, stop.srr1 and stop.srr1 & 0x001F_0000) == (0x700, CODE, 0x0010_0000)


def test_nan_operands_are_taken_in_the_order_of_the_manual() -> None:
    m = machine()
    values = {A: QNAN, B: OTHER_QNAN, T: 0x7FF8 << 48 | 0x33}
    for mnemonic, zero, expected in (
        ("xsmaddadp", A, T), ("xsmaddmdp", A, B), ("xsmaddadp", None, A), ("xsnmsubmdp", None, A),
    ):  # fmt: skip
        for place, value in values.items():
            m.state.vsr[place] = (0 if place == zero else value) << 64
        step(m, mnemonic, T, A, B)
        assert m.state.vsr[T] >> 64 == values[expected], mnemonic
    assert m.state.fpscr & VX == 0


def test_fused_forms_differ_in_the_register_that_is_replaced() -> None:
    expected = {
        "xsmaddadp": 13,
        "xsmaddmdp": 17,
        "xsmsubadp": -7,
        "xsmsubmdp": 13,
        "xsnmaddadp": -13,
        "xsnmsubmdp": -13,
    }
    for mnemonic, value in expected.items():
        m = machine()
        m.state.vsr[A], m.state.vsr[B], m.state.vsr[T] = doubles(3, 0), doubles(1, 0), doubles(10, 0)
        if mnemonic.endswith("mdp"):
            m.state.vsr[T], m.state.vsr[B] = doubles(5, 0), doubles(2, 0)
        step(m, mnemonic, T, A, B)
        assert m.state.vsr[T] == doubles(value, 0), mnemonic


@pytest.mark.parametrize(("a", "b", "larger", "smaller", "flags"), [
    (ONE, TWO, TWO, ONE, 0),
    (ONE | MINUS, TWO | MINUS, ONE | MINUS, TWO | MINUS, 0),
    (0, MINUS, 0, MINUS, 0), (MINUS, 0, 0, MINUS, 0), (INF, INF | MINUS, INF, INF | MINUS, 0),
    (QNAN, ONE, ONE, ONE, 0), (ONE, QNAN, ONE, ONE, 0), (QNAN, OTHER_QNAN, QNAN, QNAN, 0),
    (SNAN, ONE, SNAN | QUIET, SNAN | QUIET, VXSNAN), (ONE, SNAN, SNAN | QUIET, SNAN | QUIET, VXSNAN),
    (QNAN, SNAN, SNAN | QUIET, SNAN | QUIET, VXSNAN),
    (OTHER_SNAN, SNAN, OTHER_SNAN | QUIET, OTHER_SNAN | QUIET, VXSNAN),
])  # fmt: skip
def test_maximum_and_minimum(a: int, b: int, larger: int, smaller: int, flags: int) -> None:
    before = 0x1_2000 | FR | FI
    fpscr = before | (flags | FX | VX if flags else 0)
    for mnemonic, expected in (("xsmaxdp", larger), ("xsmindp", smaller)):
        state = scalar(mnemonic, a, b, fpscr=before).state
        assert (state.vsr[T], state.fpscr) == (expected << 64, fpscr)
    assert scalar("xsmaxdp", a, b, fpscr=VE).state.vsr[T] == (OLD if flags else larger << 64)


@pytest.mark.parametrize(("a", "b", "cr", "ordered", "unordered"), [
    (ONE, TWO, 8, 0, 0), (TWO, ONE, 4, 0, 0), (0, MINUS, 2, 0, 0), (INF | MINUS, MINUS | 1, 8, 0, 0),
    (QNAN, ONE, 1, VXVC, 0), (ONE, SNAN, 1, VXSNAN | VXVC, VXSNAN),
])  # fmt: skip
def test_scalar_comparison(a: int, b: int, cr: int, ordered: int, unordered: int) -> None:
    for mnemonic, flags in (("xscmpodp", ordered), ("xscmpudp", unordered)):
        m = machine()
        m.state.vsr[A], m.state.vsr[B] = a << 64, b << 64
        step(m, mnemonic, 5, A, B)
        assert m.state.crf[5] == cr
        assert m.state.fpscr == cr << 12 | (flags | VX | FX if flags else 0)


def test_an_enabled_signalling_nan_is_no_comparison_invalid_too() -> None:
    m = machine()
    m.state.fpscr, m.state.vsr[A] = VE, SNAN << 64
    step(m, "xscmpodp", 5, A, A)
    assert m.state.fpscr == FX | FEX | VX | VXSNAN | VE | 0x1000


@pytest.mark.parametrize(("a", "b", "cr"), [
    (ONE, ONE, 8),
    (INF, ONE, 14),
    (ONE, 0, 14),
    (ONE, QNAN, 10),
    (QNAN, ONE, 10),
    (ONE, 1, 14),
    (ONE, HUGE, 10),
    (0x7FE0 << 48, ONE, 10), (0x0020 << 48, ONE, 10), (0, ONE, 8), (0x0350 << 48, 0x0350 << 48, 10),
    (0x0360 << 48, 0x0360 << 48, 8), (ONE, 0x7FC0 << 48, 10), (ONE, 0x7F00 << 48, 8),
])  # fmt: skip
def test_software_divide(a: int, b: int, cr: int) -> None:
    m = machine()
    m.state.vsr[A], m.state.vsr[B] = a << 64 | a, b << 64 | b
    step(m, "xstdivdp", 3, A, B)
    step(m, "xvtdivdp", 4, A, B)
    assert m.state.crf[3:5] == [cr, cr]
    assert m.state.fpscr == 0


@pytest.mark.parametrize(("b", "cr"), [
    (ONE, 8),
    (ONE | MINUS, 10),
    (0, 14),
    (INF, 14),
    (1, 14),
    (QNAN, 10),
    (0x0350 << 48, 10),
    (0x0360 << 48, 8),
])  # fmt: skip
def test_software_square_root(b: int, cr: int) -> None:
    m = machine()
    m.state.vsr[B] = b << 64 | ONE
    step(m, "xstsqrtdp", 3, B)
    step(m, "xvtsqrtdp", 4, B)
    assert m.state.crf[3:5] == [cr, cr]


# Conversion


@pytest.mark.parametrize(("mnemonic", "value", "result", "flags"), [
    ("xscvdpsxds", -1.5, M64, XX),
    ("xscvdpsxds", 2.0**63, (1 << 63) - 1, VXCVI),
    ("xscvdpsxds", -(2.0**63), 1 << 63, 0),
    ("xscvdpuxds", 2.0**63, 1 << 63, 0), ("xscvdpuxds", -0.5, 0, XX), ("xscvdpuxds", -1.0, 0, VXCVI),
    ("xscvdpuxds", 2.0**64, M64, VXCVI),
    ("xscvdpuxds", float("nan"), 0, VXCVI),
    ("xscvdpsxds", float("nan"), 1 << 63, VXCVI),
    ("xscvdpsxws", 2147483647.5, 0x7FFF_FFFF_7FFF_FFFF, XX),
    ("xscvdpsxws", 2147483648.0, 0x7FFF_FFFF_7FFF_FFFF, VXCVI),
    ("xscvdpuxws", 4294967295.5, M64, XX),
    ("xscvdpuxws", -7.0, 0, VXCVI),
    ("xscvdpsxws", -3.0, 0xFFFF_FFFD_FFFF_FFFD, 0),
])  # fmt: skip
def test_scalar_conversion_to_integers(mnemonic: str, value: float, result: int, flags: int) -> None:
    state = scalar(mnemonic, doubles(value, 0) >> 64, fpscr=FR | FI).state
    assert state.vsr[T] == result << 64
    rest = {0: 0, XX: FX | XX | FI, VXCVI: FX | VX | VXCVI}[flags]
    assert state.fpscr & ~FPRF == rest
    if flags == VXCVI:
        assert scalar(mnemonic, doubles(value, 0) >> 64, fpscr=VE).state.vsr[T] == OLD


def test_a_signalling_nan_to_integer_raises_both() -> None:
    assert scalar("xscvdpsxws", SNAN).state.fpscr == FX | VX | VXSNAN | VXCVI


@pytest.mark.parametrize(("mnemonic", "value", "result"), [
    ("xscvsxddp", M64, -1.0),
    ("xscvuxddp", M64, 2.0**64),
    ("xscvsxdsp", (1 << 62) + (1 << 38) + 1, 2.0**62 + 2.0**39),
    ("xscvuxdsp", (1 << 63) + (1 << 39), 2.0**63),
])  # fmt: skip
def test_scalar_conversion_from_integers_rounds_once(mnemonic: str, value: int, result: float) -> None:
    assert scalar(mnemonic, value).state.vsr[T] == doubles(result, 0)


def test_conversion_between_formats() -> None:
    assert scalar("xscvdpsp", ONE).state.vsr[T] == 0x3F80_0000_3F80_0000 << 64
    assert scalar("xscvdpsp", SNAN).state.vsr[T] >> 96 == 0x7FC0_0000
    assert scalar("xscvdpspn", 0x7FF0_0000_2000_0000).state.vsr[T] >> 96 == 0x7F80_0001
    assert scalar("xscvspdp", 0x7F80_0001 << 32).state.fpscr == FX | VX | VXSNAN | 0x1_1000
    quiet = scalar("xscvspdpn", 0x7F80_0001 << 32).state
    assert (quiet.vsr[T] >> 64, quiet.fpscr) == (0x7FF0_0000_2000_0000, 0)
    denormal = scalar("xscvspdp", 1 << 32, fpscr=FR | FI).state
    assert (denormal.vsr[T] >> 64, denormal.fpscr) == (0x36A0 << 48, 0x4000)


def test_rounding_to_integers() -> None:
    modes = {
        "xsrdpi": (3.0, -3.0),
        "xsrdpiz": (2.0, -2.0),
        "xsrdpip": (3.0, -2.0),
        "xsrdpim": (2.0, -3.0),
        "xsrdpic": (2.0, -2.0),
    }
    for mnemonic, expected in modes.items():
        for value, result in zip((2.5, -2.5), expected, strict=True):
            state = scalar(mnemonic, doubles(value, 0) >> 64, fpscr=FR | FI).state
            assert state.vsr[T] == doubles(result, 0), mnemonic
            status = FX | XX | FI if mnemonic == "xsrdpic" else 0
            assert state.fpscr & ~FPRF == status
    assert scalar("xsrdpi", doubles(0.49999999999999994, 0) >> 64).state.vsr[T] == 0
    assert scalar("xsrdpi", doubles(-0.25, 0) >> 64).state.vsr[T] == MINUS << 64


def test_single_precision_classifies_as_a_single() -> None:
    state = scalar("xsmulsp", doubles(2.0**-100, 0) >> 64, doubles(2.0**-40, 0) >> 64).state
    assert (state.vsr[T], state.fpscr) == (doubles(2.0**-140, 0), 0x1_4000)


# Vectors


def test_a_vector_leaves_fprf_fr_and_fi_and_joins_the_exceptions_of_its_elements() -> None:
    before = FR | FI | 0x1_1000
    state = vector("xvdivdp", doubles(1.0, 1.0), doubles(3.0, 0.0), fpscr=before).state
    assert state.vsr[T] == 0x3FD5_5555_5555_5555 << 64 | INF
    assert state.fpscr == before | FX | XX | ZX
    exact = vector("xvaddsp", singles(1, 2, 3, 4), singles(4, 3, 2, 1), fpscr=before).state
    assert (exact.vsr[T], exact.fpscr) == (singles(5, 5, 5, 5), before)


@pytest.mark.parametrize(("mnemonic", "a", "b", "enable", "flags"), [
    ("xvadddp", ONE << 64 | SNAN, ONE << 64 | ONE, VE, VX | VXSNAN),
    ("xvdivdp", ONE << 64 | ONE, ONE << 64, ZE, ZX),
    ("xvmuldp", ONE << 64 | HUGE, ONE << 64 | TWO, OE, OX),
    ("xvmuldp", TINY << 64 | ONE, ONE - (1 << 52) << 64 | ONE, UE, UX),
    ("xvdivdp", ONE << 64 | ONE, 0x4008 << 112 | ONE, XE, XX),
])  # fmt: skip
def test_any_enabled_exception_of_an_element_leaves_a_vector_target(
    mnemonic: str, a: int, b: int, enable: int, flags: int
) -> None:
    state = vector(mnemonic, a, b, fpscr=enable).state
    assert (state.vsr[T], state.fpscr) == (OLD, FX | FEX | flags | enable)
    assert vector(mnemonic, a, b, fpscr=0xF8 & ~enable & ~XE).state.vsr[T] != OLD


@pytest.mark.parametrize(("mnemonic", "rc", "expected", "cr6"), [
    ("xvcmpeqdp", 1, 0, 2), ("xvcmpgtdp", 1, M64 << 64, 0), ("xvcmpgedp", 0, M64 << 64, 5),
])  # fmt: skip
def test_vector_comparison(mnemonic: str, rc: int, expected: int, cr6: int) -> None:
    m = machine()
    m.state.crf[6] = 5
    m.state.vsr[A], m.state.vsr[B] = doubles(2.0, 0.0), ONE << 64 | QNAN
    step(m, mnemonic, T, A, B, rc)
    assert (m.state.vsr[T], m.state.crf[6]) == (expected, cr6)
    assert m.state.fpscr == (0 if mnemonic == "xvcmpeqdp" else FX | VX | VXVC)


def test_an_enabled_exception_of_a_comparison_leaves_target_and_cr6() -> None:
    m = machine()
    m.state.fpscr, m.state.crf[6], m.state.vsr[T], m.state.vsr[A] = VE, 5, OLD, QNAN << 64
    step(m, "xvcmpgtdp", T, A, A, 1)
    assert (m.state.vsr[T], m.state.crf[6], m.state.fpscr) == (OLD, 5, FX | FEX | VX | VXVC | VE)


def test_comparison_of_four_singles() -> None:
    state = vector("xvcmpgesp", singles(1, -0.0, 3, 4), singles(2, 0, 3, 3), extra=(1,)).state
    assert (state.vsr[T], state.crf[6]) == (0x00000000_FFFFFFFF_FFFFFFFF_FFFFFFFF, 0)


@pytest.mark.parametrize(("mnemonic", "source", "result"), [
    ("xvcvdpsp", doubles(1, -2), singles(1, 1, -2, -2)), ("xvcvspdp", singles(1, 9, -2, 9), doubles(1, -2)),
    ("xvcvsxwdp", 0xFFFFFFFF_00000009_00000002_00000009, doubles(-1, 2)),
    ("xvcvuxwdp", 0xFFFFFFFF_00000009_00000002_00000009, doubles(4294967295, 2)),
    ("xvcvsxwsp", 0xFFFFFFFF_00000009_00000002_00000003, singles(-1, 9, 2, 3)),
    ("xvcvuxdsp", 5 << 64 | 6, singles(5, 5, 6, 6)), ("xvcvsxdsp", M64 << 64 | 6, singles(-1, -1, 6, 6)),
    ("xvcvdpsxws", doubles(-1, 2), 0xFFFFFFFF_FFFFFFFF_00000002_00000002),
    ("xvcvspsxds", singles(-1, 9, 2, 9), M64 << 64 | 2),
    ("xvcvspuxws", singles(1, 2, 3, 4), 0x00000001_00000002_00000003_00000004),
    ("xvrspi", singles(0.5, 1.5, -2.5, 3), singles(1, 2, -3, 3)),
])  # fmt: skip
def test_vector_conversion(mnemonic: str, source: int, result: int) -> None:
    state = vector(mnemonic, source).state
    assert (state.vsr[T], state.fpscr) == (result, 0)
