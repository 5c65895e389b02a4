# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws of vector functions: what works on all lanes at once agrees with what one element at a time says."""

import struct
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cpus import CPUS
from emulator.memory import Memory
from emulator.semantics import vector as v
from emulator.semantics import vector_bits as bits
from emulator.semantics import vector_crypto as crypto
from emulator.semantics import vector_decimal as decimal
from emulator.semantics import vector_float as floating
from emulator.semantics import vector_integer as integer
from emulator.semantics import vector_multiply as multiply
from emulator.semantics import vector_pack as pack
from emulator.semantics import vector_shift as shift
from emulator.semantics.vector_lanes import NJ, Two, TwoSaturating
from emulator.state import M128, State

WIDTHS = (8, 16, 32, 64)
Elements = list[int]


def _edges(width: int) -> st.SearchStrategy[int]:
    top = 1 << width - 1
    return st.one_of(st.sampled_from([0, 1, top - 1, top, top + 1, 2 * top - 1]), st.integers(0, 2 * top - 1))


def _of(width: int) -> st.SearchStrategy[int]:
    return st.lists(_edges(width), min_size=128 // width, max_size=128 // width).map(lambda e: join(e, width))


REGISTERS = st.one_of([_of(width) for width in WIDTHS])


def split(r: int, width: int) -> Elements:
    return [r >> 128 - width * (i + 1) & (1 << width) - 1 for i in range(128 // width)]


def join(elements: Elements, width: int) -> int:
    r = 0
    for e in elements:
        r = r << width | e & (1 << width) - 1
    return r


def signed(e: int, width: int) -> int:
    return e - (1 << width) if e >> width - 1 else e


def signs(r: int, width: int) -> Elements:
    return [signed(e, width) for e in split(r, width)]


def _pairs(a: int, b: int, width: int, *, sign: bool) -> list[tuple[int, int]]:
    read = signs if sign else split
    return list(zip(read(a, width), read(b, width), strict=True))


# function of the width, whether it is signed, the same on elements
LANEWISE: list[tuple[Callable[[int], Two], bool, Callable[[int, int], int]]] = [
    (integer.add, False, lambda x, y: x + y),
    (integer.subtract, False, lambda x, y: x - y),
    (integer.average, False, lambda x, y: (x + y + 1) // 2),
    (integer.average_signed, True, lambda x, y: (x + y + 1) // 2),
    (integer.maximum, False, max),
    (integer.maximum_signed, True, max),
    (integer.minimum, False, min),
    (integer.minimum_signed, True, min),
    (integer.equal, False, lambda x, y: -(x == y)),
    (integer.greater, False, lambda x, y: -(x > y)),
    (integer.greater_signed, True, lambda x, y: -(x > y)),
]


@pytest.mark.parametrize(("make", "sign", "of_elements"), LANEWISE)
@given(a=REGISTERS, b=REGISTERS)
def test_all_lanes_at_once_are_each_lane_alone(
    make: Callable[[int], Two], sign: bool, of_elements: Callable[[int, int], int], a: int, b: int
) -> None:
    for width in WIDTHS:
        expected = [of_elements(x, y) for x, y in _pairs(a, b, width, sign=sign)]
        assert make(width)(a, b) == join(expected, width)


SATURATING: list[tuple[Callable[[int], TwoSaturating], bool, Callable[[int, int], int]]] = [
    (integer.add_unsigned, False, lambda x, y: x + y),
    (integer.subtract_unsigned, False, lambda x, y: x - y),
    (integer.add_signed, True, lambda x, y: x + y),
    (integer.subtract_signed, True, lambda x, y: x - y),
]


def _bounds(width: int, *, sign: bool) -> tuple[int, int]:
    return (-1 << width - 1, (1 << width - 1) - 1) if sign else (0, (1 << width) - 1)


@pytest.mark.parametrize(("make", "sign", "exact"), SATURATING)
@given(a=REGISTERS, b=REGISTERS)
def test_saturation_is_the_clamp_of_the_exact_result(
    make: Callable[[int], TwoSaturating], sign: bool, exact: Callable[[int, int], int], a: int, b: int
) -> None:
    for width in (8, 16, 32):
        low, high = _bounds(width, sign=sign)
        sums = [exact(x, y) for x, y in _pairs(a, b, width, sign=sign)]
        clamped = [min(max(e, low), high) for e in sums]
        assert make(width)(a, b) == (join(clamped, width), clamped != sums)


@given(a=REGISTERS, b=REGISTERS)
def test_carries_complete_the_sums(a: int, b: int) -> None:
    carries = integer.carry_word(a, b)
    for x, y, s, c in zip(*(split(r, 32) for r in (a, b, integer.add(32)(a, b), carries)), strict=True):
        assert c << 32 | s == x + y
    borrows = [x >= y for x, y in _pairs(a, b, 32, sign=False)]
    assert integer.carry_word_difference(a, b) == join([int(e) for e in borrows], 32)


@given(a=REGISTERS, b=REGISTERS, c=REGISTERS)
def test_quadword_sums_extend_to_256_bits(a: int, b: int, c: int) -> None:
    assert integer.carry_quad(a, b, c) << 128 | integer.add_quad(a, b, c) == a + b + (c & 1)
    total = a + (M128 - b) + (c & 1)
    assert integer.carry_quad_difference(a, b, c) << 128 | integer.subtract_quad(a, b, c) == total
    assert integer.subtract_quad(integer.add_quad(a, b), b) == a


# Permutations


def _permuted(a: int, b: int, control: list[int]) -> int:
    pair = split(a, 8) + split(b, 8)
    return join([pair[i] for i in control], 8)


def _element(i: int, size: int) -> list[int]:
    return list(range(i * size, (i + 1) * size))


@given(a=REGISTERS, b=REGISTERS)
def test_merges_and_modulo_packs_are_permutations(a: int, b: int) -> None:
    for width in (8, 16, 32):
        size, count = width // 8, 128 // width
        order = [i for e in range(count) for i in _element((e & 1) * count + e // 2, size)]
        assert pack.merge_high(width)(a, b) == _permuted(a, b, order)
        low = [i for e in range(count) for i in _element((e & 1) * count + count // 2 + e // 2, size)]
        assert pack.merge_low(width)(a, b) == _permuted(a, b, low)
    for width in (16, 32, 64):
        size = width // 16
        halves = [i for e in range(256 // width) for i in _element(2 * e + 1, size)]
        assert pack.pack(width)(a, b) == _permuted(a, b, halves)


@given(b=REGISTERS)
def test_packing_undoes_unpacking(b: int) -> None:
    for width in (8, 16, 32):
        high, low = pack.unpack_high(width)(b), pack.unpack_low(width)(b)
        assert pack.pack_signed(2 * width)(high, low) == (b, False)
        assert pack.pack(2 * width)(high, low) == b


@given(b=REGISTERS)
def test_pixels_survive_unpacking_up_to_their_first_bit(b: int) -> None:
    high, low = pack.unpack_high_pixels(b), pack.unpack_low_pixels(b)
    scaled = [(e & 0xFF00_0000) | (e & 0x1F_1F1F) << 3 for e in split(high, 32) + split(low, 32)]
    assert pack.pack_pixels(join(scaled[:4], 32), join(scaled[4:], 32)) == b


@given(a=REGISTERS, b=REGISTERS)
def test_saturating_packs_clamp(a: int, b: int) -> None:
    for width in (16, 32, 64):
        for function, read, sign in (
            (pack.pack_unsigned, split, False),
            (pack.pack_signed, signs, True),
            (pack.pack_signed_to_unsigned, signs, False),
        ):
            low, high = _bounds(width // 2, sign=sign)
            wide = read(a, width) + read(b, width)
            clamped = [min(max(e, low), high) for e in wide]
            assert function(width)(a, b) == (join(clamped, width // 2), clamped != wide)


@given(a=REGISTERS, n=st.integers(0, 127))
def test_shifts_by_octets_and_bits_make_a_shift_by_any_count(a: int, n: int) -> None:
    assert shift.whole_left(shift.octets_left(a, n), n) == a << n & M128
    assert shift.whole_right(shift.octets_right(a, n), n) == a >> n


@given(a=REGISTERS, n=REGISTERS)
def test_a_rotation_is_two_shifts_and_is_undone_by_the_rest(a: int, n: int) -> None:
    for width in WIDTHS:
        counts = [e % width for e in split(n, width)]
        back = join([width - e for e in counts], width)
        rotated = shift.rotate(width)(a, n)
        assert shift.rotate(width)(rotated, back) == a
        parts = shift.left(width)(a, n), shift.right(width)(a, back)
        joined = [
            x | y if e else x for x, y, e in zip(*(split(p, width) for p in parts), counts, strict=True)
        ]
        assert rotated == join(joined, width)


@given(a=REGISTERS, n=REGISTERS)
def test_an_algebraic_shift_divides_and_rounds_down(a: int, n: int) -> None:
    for width in WIDTHS:
        pairs = zip(signs(a, width), split(n, width), strict=True)
        assert shift.right_algebraic(width)(a, n) == join([x // 2 ** (e % width) for x, e in pairs], width)


# Products


@given(a=REGISTERS, b=REGISTERS, c=REGISTERS)
def test_sums_of_products_are_sums_of_even_and_odd_products(a: int, b: int, c: int) -> None:
    add = integer.add(32)
    assert multiply.sum_halves(a, b, c) == add(add(multiply.even(16)(a, b), multiply.odd(16)(a, b)), c)
    signed_sum = add(add(multiply.even_signed(16)(a, b), multiply.odd_signed(16)(a, b)), c)
    assert multiply.sum_signed_halves(a, b, c) == signed_sum
    low = zip(split(multiply.even(32)(a, b), 64), split(multiply.odd(32)(a, b), 64), strict=True)
    assert multiply.low_word(a, b) == join([e for pair in low for e in pair], 32)


@given(a=REGISTERS, b=REGISTERS, c=REGISTERS)
def test_saturating_sums_of_products_clamp(a: int, b: int, c: int) -> None:
    for function, sign in (
        (multiply.sum_halves_saturating, False),
        (multiply.sum_signed_halves_saturating, True),
    ):
        products = [x * y for x, y in _pairs(a, b, 16, sign=sign)]
        addends = signs(c, 32) if sign else split(c, 32)
        exact = [products[2 * i] + products[2 * i + 1] + e for i, e in enumerate(addends)]
        low, high = _bounds(32, sign=sign)
        clamped = [min(max(e, low), high) for e in exact]
        assert function(a, b, c) == (join(clamped, 32), clamped != exact)


@given(a=REGISTERS, b=REGISTERS)
def test_sums_across_clamp_the_sum_of_their_elements(a: int, b: int) -> None:
    total = sum(signs(a, 32)) + signs(b, 32)[3]
    clamped = min(max(total, -1 << 31), (1 << 31) - 1)
    assert multiply.across_four_words(a, b) == (clamped & 0xFFFF_FFFF, clamped != total)
    groups = [sum(split(a, 8)[4 * i : 4 * i + 4]) + e for i, e in enumerate(split(b, 32))]
    bounded = [min(e, 0xFFFF_FFFF) for e in groups]
    assert multiply.across_unsigned_bytes(a, b) == (join(bounded, 32), bounded != groups)


@given(x=st.integers(0, 2**64 - 1), y=st.integers(0, 2**64 - 1), z=st.integers(0, 2**64 - 1))
def test_carry_less_products_commute_and_distribute(x: int, y: int, z: int) -> None:
    assert crypto.product(x, y) == crypto.product(y, x)
    assert crypto.product(x, y ^ z) == crypto.product(x, y) ^ crypto.product(x, z)


@given(state=REGISTERS, key=REGISTERS)
def test_aes_rounds_undo_each_other(state: int, key: int) -> None:
    assert crypto.inverse_cipher_last(crypto.cipher_last(state, key) ^ key, 0) == state
    mixed = crypto.cipher(state, key) ^ key  # shifted and substituted, then mixed
    again = crypto.inverse_cipher(crypto.cipher_last(mixed, 0), 0)
    assert crypto.inverse_cipher_last(again, 0) == state


@given(b=REGISTERS, a=REGISTERS)
def test_bit_gathers_and_counts(b: int, a: int) -> None:
    assert bits.gather_bits(bits.gather_bits(b)) == b
    assert bits.population(64)(b) == join([e.bit_count() for e in split(b, 64)], 64)
    for width in WIDTHS:
        zeros = [len(f"{e:0{width}b}") - len(f"{e:0{width}b}".lstrip("0")) for e in split(b, width)]
        assert bits.leading_zeros(width)(b) == join(zeros, width)
    identity = join(list(range(16)), 8)
    assert bits.permute_bits(a, identity) >> 64 == a >> 112
    assert bits.permute_xor(a, b, identity << 4 & M128 & ~join([15] * 16, 8)) == a ^ join([b >> 120] * 16, 8)


@given(n=st.integers(1 - 10**31, 10**31 - 1), m=st.integers(1 - 10**31, 10**31 - 1), ps=st.integers(0, 1))
def test_decimals_read_back_and_add_as_numbers(n: int, m: int, ps: int) -> None:
    assert decimal.read(decimal.write(n, ps)) == n
    state = _state()
    state.vr[2], state.vr[3] = decimal.write(n, 0), decimal.write(m, 1)
    decimal.bcdsub(state, 1, 2, 3, ps)
    overflow = abs(n - m) >= 10**31
    assert state.crf[6] == (8 if n < m else 4 if n > m else 2) | overflow
    assert abs(decimal.read(state.vr[1]) or 0) == abs(n - m) % 10**31


# Floating point


def _state(vscr: int = 0) -> State:
    state = State(CPUS["7447a"], Memory("big"))
    state.vscr = vscr
    return state


SINGLES = st.one_of(
    st.sampled_from(
        [0, 1 << 31, 1, 0x8000_0001, 0x007F_FFFF, 0x0080_0000, 0x3F80_0000, 0xBF80_0000, 0x7F7F_FFFF]
    ),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(
        lambda f: int.from_bytes(struct.pack(">f", f))
    ),
    st.tuples(st.booleans(), st.integers(0x60, 0x9F), st.integers(0, 7), st.integers(0, 23)).map(
        lambda t: t[0] << 31 | t[1] << 23 | t[2] << t[3] & 0x7F_FFFF
    ),
)


def _value(w: int) -> Fraction:
    return Fraction(struct.unpack(">f", w.to_bytes(4))[0])


def _nearest(q: Fraction) -> int:
    """Round an exact number, not zero, to the nearest single, ties to even, by definition."""
    sign, q = (1 << 31, -q) if q < 0 else (0, q)
    exponent = -149
    while q >= Fraction(2) ** (exponent + 24) and exponent < 104:
        exponent += 1
    n = round(q / Fraction(2) ** exponent)  # Python rounds a tie to even
    if n >= 1 << 24:
        n, exponent = n >> 1, exponent + 1
    if exponent > 104:
        return sign | 0x7F80_0000
    return sign | (n if n < 1 << 23 else (exponent + 150 << 23) + n - (1 << 23))


def _flushed(w: int) -> int:
    return w if w & 0x7F80_0000 else w & 0x8000_0000


def _expected(q: Fraction, nj: bool) -> int:
    if nj and abs(q) < Fraction(2) ** -126:
        return 1 << 31 if q < 0 else 0
    return _nearest(q)


@given(a=SINGLES, b=SINGLES, c=SINGLES, nj=st.booleans())
def test_sums_and_fused_products_are_rounded_once(a: int, b: int, c: int, nj: bool) -> None:
    state = _state(NJ if nj else 0)
    state.vr[2:5] = a, b, c
    x, y, z = (_value(_flushed(w) if nj else w) for w in (a, b, c))
    cases: list[tuple[Callable[..., None], tuple[int, ...], Fraction]] = [
        (floating.vaddfp, (2, 3), x + y),
        (floating.vsubfp, (2, 3), x - y),
        (floating.vmaddfp, (2, 3, 4), x * z + y),
        (floating.vnmsubfp, (2, 3, 4), -(x * z - y)),
    ]
    for function, registers, exact in cases:
        function(state, 1, *registers)
        r = state.vr[1] & 0xFFFF_FFFF
        if exact:
            assert r == _expected(exact, nj)
        else:
            assert r & 0x7FFF_FFFF == 0


@given(a=SINGLES, b=SINGLES)
def test_comparisons_order_numbers_and_maxima_choose_them(a: int, b: int) -> None:
    state = _state()
    state.vr[2:4] = a, b
    x, y = _value(a), _value(b)
    for function, holds in (
        (floating.vcmpeqfp, x == y),
        (floating.vcmpgefp, x >= y),
        (floating.vcmpgtfp, x > y),
    ):
        function(state, 1, 2, 3, 0)
        assert state.vr[1] & 0xFFFF_FFFF == (0xFFFF_FFFF if holds else 0)
    floating.vmaxfp(state, 4, 2, 3)
    floating.vminfp(state, 5, 2, 3)
    assert [_value(state.vr[i] & 0xFFFF_FFFF) for i in (4, 5)] == [max(x, y), min(x, y)]


@given(n=st.integers(-(1 << 31), (1 << 31) - 1), scale=st.integers(0, 31))
def test_conversions_scale_by_powers_of_two(n: int, scale: int) -> None:
    state = _state()
    state.vr[2] = n & 0xFFFF_FFFF
    floating.vcfsx(state, 3, 2, scale)
    assert state.vr[3] & 0xFFFF_FFFF == (_nearest(Fraction(n, 1 << scale)) if n else 0)
    floating.vctsxs(state, 4, 3, scale)
    rounded = _value(state.vr[3] & 0xFFFF_FFFF) * (1 << scale)
    assert signed(state.vr[4] & 0xFFFF_FFFF, 32) == min(int(rounded), (1 << 31) - 1)
    assert state.vscr == (rounded > (1 << 31) - 1)


@given(a=REGISTERS, b=REGISTERS, c=REGISTERS)
def test_a_selection_is_of_bits_and_a_permutation_of_bytes(a: int, b: int, c: int) -> None:
    state = _state()
    state.vr[2:5] = a, b, c
    v.vsel(state, 1, 2, 3, 4)
    assert state.vr[1] == a & (M128 ^ c) | b & c
    v.vperm(state, 1, 2, 3, 4)
    assert state.vr[1] == _permuted(a, b, [e & 31 for e in split(c, 8)])
