# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws of VSX: what its instructions owe to one another, to the older ones, and to arithmetic."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Machine
from emulator import machine as machine_module
from emulator.semantics.float_move import narrow, widen
from tests.support.emulator_programs import CODE, DATA, word
from tests.support.emulator_vsx_cases import M64, A, B, C, T, machine, step

MAGNITUDE, INFINITY, SIGN = (1 << 63) - 1, 0x7FF << 52, 1 << 63
STICKY = 0x9FF8_0700  # FX and exceptions; not VX and FEX
SCALARS = 0xFFF8_0FFF  # FPSCR without FPRF, FR and FI

registers = st.integers(0, (1 << 128) - 1)
modes = st.integers(0, 3)
_SPECIAL = (
    0,
    SIGN,
    INFINITY,
    INFINITY | SIGN,
    INFINITY | 1,
    INFINITY | 1 << 51 | 5,
    1,
    MAGNITUDE >> 11,
    0x3FF << 52,
)


@st.composite
def numbers(draw: st.DrawFn) -> int:
    """Draw a raw double: special, near 1, or anything."""
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return draw(st.sampled_from(_SPECIAL))
    if kind == 1:
        return (
            draw(st.integers(0, 1)) << 63
            | draw(st.integers(0x3F0, 0x40F)) << 52
            | draw(st.integers(0, (1 << 52) - 1))
        )
    return draw(st.integers(0, M64))


pairs = st.builds(lambda a, b: a << 64 | b, numbers(), numbers())
quads = st.builds(
    lambda v: sum(narrow(x) << 32 * i for i, x in enumerate(v)), st.lists(numbers(), min_size=4, max_size=4)
)


def run(mnemonic: str, values: dict[int, int], *operands: int, fpscr: int = 0) -> Machine:
    m = machine()
    m.state.fpscr = fpscr
    for place, value in values.items():
        m.state.vsr[place] = value
    step(m, mnemonic, *operands)
    return m


# Vectors are scalars, element by element

_TWO = (
    "add",
    "sub",
    "mul",
    "div",
    "max",
    "min",
    "cpsgn",
    "madda",
    "maddm",
    "msuba",
    "msubm",
    "nmadda",
    "nmaddm",
    "nmsuba",
    "nmsubm",
)
_ONE = ("sqrt", "re", "rsqrte", "abs", "nabs", "neg", "rdpi", "rdpic", "rdpim", "rdpip", "rdpiz")


def _scalar_form(stem: str) -> str:
    return f"xs{stem}" if stem.startswith("rdp") else f"xs{stem}dp"


@pytest.mark.parametrize("stem", [*_TWO, *_ONE])
@given(values=st.tuples(pairs, pairs, pairs), rounding=modes)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_vector_of_doubles_is_two_scalars(stem: str, values: tuple[int, int, int], rounding: int) -> None:
    operands = (T, A, B) if stem in _TWO else (T, B)
    places = dict(zip((A, B, T), values, strict=True))
    name = _scalar_form(stem)
    whole = run("xv" + name[2:], places, *operands, fpscr=rounding).state
    high = run(name, places, *operands, fpscr=rounding).state
    low = run(name, {n: v << 64 & (1 << 128) - 1 for n, v in places.items()}, *operands, fpscr=rounding).state
    assert whole.vsr[T] == high.vsr[T] | low.vsr[T] >> 64
    assert whole.fpscr & STICKY == (high.fpscr | low.fpscr) & STICKY
    assert whole.fpscr & ~SCALARS == 0


_SINGLES = ("add", "sub", "mul", "div", "madda", "maddm", "nmsuba", "nmsubm", "sqrt", "re", "rsqrte")


@pytest.mark.parametrize("stem", _SINGLES)
@given(values=st.tuples(quads, quads, quads), rounding=modes)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_vector_of_singles_is_four_scalars(stem: str, values: tuple[int, int, int], rounding: int) -> None:
    operands = (T, A, B) if stem in _TWO else (T, B)
    places = dict(zip((A, B, T), values, strict=True))
    whole = run(f"xv{stem}sp", places, *operands, fpscr=rounding).state
    exceptions = 0
    for shift in (96, 64, 32, 0):
        wide = {n: widen(v >> shift & 0xFFFF_FFFF) << 64 for n, v in places.items()}
        one = run(f"xs{stem}sp", wide, *operands, fpscr=rounding).state
        assert whole.vsr[T] >> shift & 0xFFFF_FFFF == narrow(one.vsr[T] >> 64)
        exceptions |= one.fpscr & STICKY
    assert whole.fpscr & STICKY == exceptions


# Scalars are the older instructions, on more registers


@pytest.mark.parametrize(
    ("new", "old"), [("xsadddp", "fadd"), ("xssubdp", "fsub"), ("xsdivdp", "fdiv"), ("xssubsp", "fsubs")]
)
@given(a=numbers(), b=numbers(), fpscr=st.integers(0, 255))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_scalar_arithmetic_is_that_of_fprs(new: str, old: str, a: int, b: int, fpscr: int) -> None:
    if new.endswith("sp"):
        a, b = widen(narrow(a)), widen(narrow(b))
    high = run(new, {A: a << 64, B: b << 64}, T, A, B, fpscr=fpscr).state
    low = run(new, {4: a << 64, 5: b << 64}, 6, 4, 5, fpscr=fpscr).state
    before = run(old, {4: a << 64, 5: b << 64}, 6, 4, 5, 0, fpscr=fpscr).state
    assert high.vsr[T] == low.vsr[6] == before.fpr[6] << 64
    assert high.fpscr == low.fpscr == before.fpscr


@pytest.mark.parametrize("form", ["a", "m"])
@given(a=numbers(), b=numbers(), c=numbers(), fpscr=st.integers(0, 255))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_fused_forms_are_those_of_fprs(form: str, a: int, b: int, c: int, fpscr: int) -> None:
    factor, addend, old = (B, T, b) if form == "a" else (T, B, c)
    new = run(f"xsmadd{form}dp", {A: a << 64, factor: c << 64, addend: b << 64}, T, A, B, fpscr=fpscr).state
    fprs = {4: a << 64, 5: b << 64, 6: c << 64, 7: old << 64}
    before = run("fmadd", fprs, 7, 4, 5, 6, 0, fpscr=fpscr).state
    assert (new.vsr[T] >> 64, new.fpscr) == (before.fpr[7], before.fpscr)


@pytest.mark.parametrize("form", ["adda", "addm", "suba", "subm"])
@given(values=st.tuples(pairs, pairs, pairs), rounding=modes)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_negative_fused_forms_turn_the_sign_of_all_but_nans(
    form: str, values: tuple[int, int, int], rounding: int
) -> None:
    places = dict(zip((A, B, T), values, strict=True))
    plain = run(f"xvm{form}dp", places, T, A, B, fpscr=rounding).state
    negative = run(f"xvnm{form}dp", places, T, A, B, fpscr=rounding).state
    for shift in (64, 0):
        v = plain.vsr[T] >> shift & M64
        assert negative.vsr[T] >> shift & M64 == (v if v & MAGNITUDE > INFINITY else v ^ SIGN)
    assert plain.fpscr == negative.fpscr


# Numbers


def _value(raw: int) -> Fraction:
    (number,) = struct.unpack(">d", raw.to_bytes(8))
    return Fraction(number)


@pytest.mark.parametrize(("mnemonic", "low", "high"), [
    ("xscvdpsxds", -1 << 63, (1 << 63) - 1), ("xscvdpuxds", 0, M64),
    ("xscvdpsxws", -1 << 31, (1 << 31) - 1), ("xscvdpuxws", 0, (1 << 32) - 1),
])  # fmt: skip
@given(b=numbers(), scale=st.integers(-3, 70))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_conversion_to_integers_truncates_and_saturates(
    mnemonic: str, low: int, high: int, b: int, scale: int
) -> None:
    b = b & ~INFINITY | 1023 + scale << 52
    state = run(mnemonic, {B: b << 64}, T, B).state
    exact = _value(b)
    wanted = min(max(int(exact), low), high)
    mask = M64 if "ds" in mnemonic else 0xFFFF_FFFF
    assert state.vsr[T] >> 64 & mask == wanted & mask
    invalid, inexact = bool(state.fpscr & 0x100), bool(state.fpscr & 0x0200_0000)
    assert (invalid, inexact) == (int(exact) != wanted, int(exact) == wanted and exact != wanted)


@pytest.mark.parametrize("mnemonic", ["xvredp", "xvrsqrtedp"])
@given(b=st.integers(1 << 52, (0x7FD << 52) - 1))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_estimates_are_good_to_14_bits(mnemonic: str, b: int) -> None:
    v = _value(run(mnemonic, {B: b << 64 | b}, T, B).state.vsr[T] & M64)
    exact = _value(b)
    if mnemonic == "xvredp":
        assert abs(v * exact - 1) <= Fraction(1, 1 << 14)
    else:
        assert abs(v * v * exact - 1) <= Fraction(1, 1 << 13)


@given(b=st.integers(0, INFINITY - 1), rounding=modes)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_square_roots_are_rounded_correctly(b: int, rounding: int) -> None:
    root = run("xssqrtdp", {B: b << 64}, T, B, fpscr=rounding).state.vsr[T] >> 64
    down, up = (_value(max(root - 1, 0)), _value(root + 1))
    if rounding == 0:
        down, up = (down + _value(root)) / 2, (up + _value(root)) / 2
    bounds = {0: (down, up), 1: (_value(root), up), 2: (down, _value(root)), 3: (_value(root), up)}[rounding]
    assert bounds[0] ** 2 <= _value(b) <= bounds[1] ** 2


@given(value=st.integers(0, M64), rounding=modes)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_integers_come_back_where_they_fit(value: int, rounding: int) -> None:
    value >>= 11
    back = run("xscvuxddp", {B: value << 64}, T, B, fpscr=rounding)
    step(back, "xscvdpuxds", T, T)
    assert (back.state.vsr[T] >> 64, back.state.fpscr & STICKY) == (value, 0)


# Bits


@given(a=registers, b=registers, c=registers)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_selection_and_logic_agree(a: int, b: int, c: int) -> None:
    places = {A: a, B: b, C: c}
    selected = run("xxsel", places, T, A, B, C).state.vsr[T]
    first = run("xxlandc", places, T, A, C).state.vsr[T]
    second = run("xxland", places, T, B, C).state.vsr[T]
    assert selected == run("xxlor", {A: first, B: second}, T, A, B).state.vsr[T]
    for name, opposite in (("xxlor", "xxlnor"), ("xxland", "xxlnand"), ("xxlxor", "xxleqv")):
        one, other = (run(n, places, T, A, B).state.vsr[T] for n in (name, opposite))
        assert one ^ other == (1 << 128) - 1


@given(value=registers, offset=st.integers(0, 32), endian=st.sampled_from(["big", "little"]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_was_stored_is_loaded(value: int, offset: int, endian: str) -> None:
    for store, load in (("stxvd2x", "lxvd2x"), ("stxvw4x", "lxvw4x")):
        m = machine(endian)
        m.state.vsr[A], m.state.gpr[4] = value, DATA + offset
        step(m, store, A, 0, 4)
        step(m, load, T, 0, 4)
        assert m.state.vsr[T] == value


# Translated code


@pytest.mark.parametrize("rounding", [0, 3])
def test_a_translated_loop_does_what_the_interpreter_does(rounding: int) -> None:
    words = [
        word("lxvd2x", 40, 0, 4), word("xvadddp", 41, 41, 40), word("xvmuldp", 42, 41, 40),
        word("xsadddp", 3, 3, 40), word("xsmuldp", 2, 3, 40), word("xvmaddasp", 43, 40, 41),
        word("xscvdpsxds", 5, 2), word("xvcmpgtdp", 44, 41, 42, 1), word("xxlor", 45, 45, 44),
        word("xscmpodp", 3, 2, 3), word("xxsel", 46, 41, 42, 44), word("stxvw4x", 46, 0, 5),
    ]  # fmt: skip
    words += [word("addi", 4, 4, 16), word("addi", 5, 5, 16), word("bc", 16, 0, -4 * (len(words) + 2), 0, 0)]
    outcomes = []
    for hot in (1, 1 << 60):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(machine_module, "HOT", hot)
            m = machine()
            m.memory.write(CODE, b"".join(w.to_bytes(4) for w in words))
            m.memory.write(DATA, struct.pack(">64d", *(1 / (i + 1) for i in range(64))))
            m.state.gpr[4], m.state.gpr[5], m.state.ctr, m.state.fpscr = DATA, DATA + 0x400, 30, rounding
            m.run(until=CODE + 4 * len(words))
            outcomes.append((list(m.state.vsr), m.state.fpscr, m.state.cr, m.memory.read(DATA, 0x800)))
    assert outcomes[0] == outcomes[1]
