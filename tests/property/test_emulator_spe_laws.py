# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws of SPE and embedded floating point: exact fractions and the host's IEEE arithmetic as models."""

import math
import re
import struct
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator.opcodes import spe_multiply
from emulator.semantics.spe_exact import FG, FX
from emulator.sprs_e500 import SPEFSCR
from tests.unit.test_emulator_spe import BY_NAME, M32, OV, OVH, SOV, SOVH, machine, result, word_of

WORDS = st.one_of(
    st.integers(0, M32), st.sampled_from([0, 1, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, M32, 0x8000_8000])
)
PAIRS = st.builds(lambda high, low: high << 32 | low, WORDS, WORDS)
FINXS, FINVS, FINXE = 0x0020_0000, 0x0010_0000, 0x40


def number(v: int, bits: int, *, signed: bool) -> int:
    return v - (1 << bits) if signed and v >> bits - 1 else v


def scaled(v: int, bits: int, kind: str) -> Fraction:
    """A factor or sum as the number that the manual says it stands for: fractions lie in [-1, 1)."""
    value = Fraction(number(v, bits, signed=kind[0] == "s"))
    return value / (1 << bits - 1) if kind[2] == "f" else value


def saturated(v: Fraction, bits: int, kind: str) -> tuple[int, bool]:
    """A number as an element of so many bits, within its bounds or, where it is kept modulo, wrapped."""
    raw = v * (1 << bits - 1) if kind[2] == "f" else v
    assert raw.denominator == 1
    least, most = (-1 << bits - 1, (1 << bits - 1) - 1) if kind[0] == "s" else (0, (1 << bits) - 1)
    if kind[1] == "m":
        return int(raw) % (1 << bits), False
    return max(least, min(most, int(raw))) % (1 << bits), not least <= raw <= most


def halves_model(name: str, a: int, b: int, acc: int) -> tuple[int, int]:
    """Multiply halfwords of words, alone or into sums: the result and the bits OVH and OV."""
    found = re.fullmatch(r"evmh([eo])([us][ms][if])(a?a?n?)w?", name)
    assert found is not None
    even, kind, use = found[1] == "e", found[2], found[3]
    words, status = 0, 0
    for shift, bit in ((32, OVH), (0, OV)):
        half = shift + (16 if even else 0)
        product = scaled(a >> half & 0xFFFF, 16, kind) * scaled(b >> half & 0xFFFF, 16, kind)
        value, over = saturated(product, 32, kind)
        if use in {"aa", "an"}:
            addend = scaled(value, 32, kind)
            total = scaled(acc >> shift & M32, 32, kind) + (addend if use == "aa" else -addend)
            value, again = saturated(total, 32, kind)
            over = over or again
        words |= value << shift
        status |= bit if over else 0
    return words, status


HALVES = [line.mnemonic for line in spe_multiply.LINES if re.match("evmh[eo][us]", line.mnemonic)]


@settings(max_examples=600)
@given(st.sampled_from(HALVES), PAIRS, PAIRS, PAIRS)
def test_halfword_products_are_those_of_fractions(name: str, a: int, b: int, acc: int) -> None:
    m = machine(word_of(BY_NAME[name]), a, b, acc)
    expected, status = halves_model(name, a, b, acc)
    assert result(m) == expected
    assert m.state.spr[SPEFSCR] & (OVH | OV) == status
    assert m.state.spr[SPEFSCR] & (SOVH | SOV) == status << 1


@given(st.sampled_from(["umi", "smi", "smf"]), st.sampled_from("eo"), PAIRS, PAIRS, PAIRS)
def test_a_guarded_product_added_and_subtracted_leaves_the_accumulator(
    kind: str, half: str, a: int, b: int, acc: int
) -> None:
    added = machine(word_of(BY_NAME[f"evmh{half}g{kind}aa"]), a, b, acc)
    back = machine(word_of(BY_NAME[f"evmh{half}g{kind}an"]), a, b, result(added))
    assert result(back) == acc


@given(st.sampled_from(["umi", "smi"]), PAIRS, PAIRS)
def test_high_and_low_words_of_a_product_are_the_product(kind: str, a: int, b: int) -> None:
    high = result(machine(word_of(BY_NAME[f"evmwh{kind}"]), a, b))
    low = result(machine(word_of(BY_NAME["evmwlumi"]), a, b))
    whole = result(machine(word_of(BY_NAME[f"evmw{kind}"]), a, b))
    assert (high & M32) << 32 | low & M32 == whole


@given(PAIRS, PAIRS)
def test_merges_take_a_register_apart_and_put_it_together(a: int, b: int) -> None:
    high = result(machine(word_of(BY_NAME["evmergehi"]), a, b))
    low = result(machine(word_of(BY_NAME["evmergelo"]), a, b))
    assert result(machine(word_of(BY_NAME["evmergehi"]), high, low)) == a
    assert result(machine(word_of(BY_NAME["evmergelo"]), high, low)) == b


@given(PAIRS, PAIRS)
def test_subtracting_what_was_added_gives_it_back(a: int, b: int) -> None:
    total = result(machine(word_of(BY_NAME["evaddw"]), a, b))
    assert result(machine(word_of(BY_NAME["evsubfw"]), a, total)) == b


# Embedded floating point: where operands and result are normal numbers, it is IEEE 754

OPERATIONS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}
NORMAL_DOUBLES = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
NORMAL_SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
SINGLE_MIN, SINGLE_MAX = 2.0**-126, (2 - 2.0**-23) * 2.0**127
DOUBLE_MIN, DOUBLE_MAX = 2.0**-1022, (2 - 2.0**-52) * 2.0**1023


def raw(v: float, code: str) -> int:
    return int.from_bytes(struct.pack(f">{code}", v))


def exact(name: str, a: float, b: float) -> Fraction:
    x, y = Fraction(a), Fraction(b)
    return {"add": x + y, "sub": x - y, "mul": x * y}[name] if name != "div" else x / y


@settings(max_examples=400)
@given(st.sampled_from(sorted(OPERATIONS)), NORMAL_DOUBLES, NORMAL_DOUBLES)
def test_doubles_are_the_hosts_within_the_range_of_normal_numbers(name: str, a: float, b: float) -> None:
    assume(b or name != "div")
    assume(DOUBLE_MIN <= abs(exact(name, a, b)) <= DOUBLE_MAX)
    m = machine(word_of(BY_NAME[f"efd{name}"]), raw(a, "d"), raw(b, "d"))
    value = OPERATIONS[name](a, b)
    assert result(m) == raw(value, "d")
    inexact = Fraction(value) != exact(name, a, b)
    status = m.state.spr[SPEFSCR]
    assert bool(status & FINXS) == bool(status & (FG | FX)) == inexact


@settings(max_examples=400)
@given(st.sampled_from(sorted(OPERATIONS)), NORMAL_SINGLES, NORMAL_SINGLES)
def test_singles_are_rounded_once(name: str, a: float, b: float) -> None:
    """The host rounds twice, which is harmless from 53 bits to 24 for these operations."""
    assume(b or name != "div")
    assume(SINGLE_MIN <= abs(exact(name, a, b)) <= SINGLE_MAX)
    m = machine(word_of(BY_NAME[f"efs{name}"]), raw(a, "f"), 0xDEAD_BEEF << 32 | raw(b, "f"))
    m.state.gprh[1] = 0x1234_5678
    expected = raw(struct.unpack(">f", struct.pack(">f", OPERATIONS[name](a, b)))[0], "f")
    assert result(m) == 0x1234_5678 << 32 | expected


@given(st.sampled_from(sorted(OPERATIONS)), PAIRS, PAIRS, st.integers(0, 3))
def test_vectors_are_two_scalars(name: str, a: int, b: int, rounding: int) -> None:
    both = machine(word_of(BY_NAME[f"evfs{name}"]), a, b, spefscr=rounding & 1)
    low = machine(word_of(BY_NAME[f"efs{name}"]), a & M32, b & M32, spefscr=rounding & 1)
    high = machine(word_of(BY_NAME[f"efs{name}"]), a >> 32, b >> 32, spefscr=rounding & 1)
    assert result(both) == result(high) << 32 | result(low)
    status, of_low, of_high = (m.state.spr[SPEFSCR] for m in (both, low, high))
    assert status & 0x3F00_3F00 == (of_high & 0x3F00) << 16 | of_low & 0x3F00
    assert status & 0x003E_0000 == (of_high | of_low) & 0x003E_0000


@given(st.sampled_from(sorted(OPERATIONS)), st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_no_result_is_infinite_a_nan_or_denormalized(name: str, a: int, b: int) -> None:
    v = result(machine(word_of(BY_NAME[f"efd{name}"]), a, b))
    exponent = v >> 52 & 0x7FF
    assert exponent != 0x7FF
    assert exponent or not v & (1 << 52) - 1


@given(NORMAL_DOUBLES)
def test_truncation_is_toward_zero(a: float) -> None:
    assume(abs(a) < 2**31)
    assert number(
        result(machine(word_of(BY_NAME["efdctsiz"]), b=raw(a, "d"))) & M32, 32, signed=True
    ) == math.trunc(a)


@given(st.integers(0, M32))
def test_integers_survive_the_way_to_double_and_back(v: int) -> None:
    for to, back in (
        ("efdcfsi", "efdctsi"),
        ("efdcfui", "efdctui"),
        ("efdcfsf", "efdctsf"),
        ("efdcfuf", "efdctuf"),
    ):
        m = machine(word_of(BY_NAME[back]), b=result(machine(word_of(BY_NAME[to]), b=v)))
        assert result(m) & M32 == v
        assert not m.state.spr[SPEFSCR]


@given(WORDS, WORDS)
def test_comparisons_are_of_magnitude_and_sign(a: int, b: int) -> None:
    """NaNs and infinities compare as the numbers that their bits would be; both zeros are equal."""
    x, y = (-(v & 0x7FFF_FFFF) if v >> 31 else v for v in (a, b))
    for name, holds in (("gt", x > y), ("lt", x < y), ("eq", x == y)):
        for kind in ("cmp", "tst"):
            word = BY_NAME[f"efs{kind}{name}"].pattern.value | 2 << 16 | 3 << 11
            m = machine(word, a, b)
            m.run(max_instructions=1)
            assert m.state.crf[0] == (4 if holds else 0)
