# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX by the manual (Power ISA 2.07 Book I, chapter 7): registers, memory, moves and permutation."""

import pytest

from emulator.cpus import FP, VEC, VSX
from tests.support.emulator_programs import CODE, DATA, word
from tests.support.emulator_vsx_cases import M64, OLD, A, B, C, T, machine, step, vector

ONE = 0x3FF << 52


# Registers


def test_registers_are_those_of_floating_point_and_altivec() -> None:
    m = machine()
    m.state.vsr[5] = OLD
    m.state.vsr[37] = ~OLD & (1 << 128) - 1
    assert (m.state.fpr[5], m.state.vr[5]) == (OLD >> 64, ~OLD & (1 << 128) - 1)
    m.state.fpr[5] = 1
    assert m.state.vsr[5] == 1 << 64 | OLD & M64


@pytest.mark.parametrize("mnemonic", ["xxlor", "xsadddp", "xvaddsp", "xxsldwi"])
def test_vsx_is_unavailable_where_msr_says_so(mnemonic: str) -> None:
    m = machine(msr=FP | VEC)
    operands = (1, 2, 3, 0) if mnemonic == "xxsldwi" else (1, 2, 3)
    stop = step(m, mnemonic, *operands)
    assert (stop.reason, stop.vector, stop.srr0, stop.instructions) == ("interrupt", 0xF40, CODE, 0)


def test_vsx_needs_neither_fp_nor_altivec() -> None:
    m = machine(msr=VSX)
    m.state.vsr[A] = OLD
    assert step(m, "xxlor", T, A, A).reason == "limit"
    assert m.state.vsr[T] == OLD


@pytest.mark.parametrize(("mnemonic", "register", "msr", "vector"), [
    ("mffprd", 4, VEC | VSX, 0x800), ("mfvrd", 36, FP | VSX, 0xF20), ("mffprwz", 4, VEC | VSX, 0x800),
    ("mffprd", 4, FP, None), ("mfvrd", 36, VEC, None),
])  # fmt: skip
def test_moves_to_gprs_need_what_holds_the_register(
    mnemonic: str, register: int, msr: int, vector: int | None
) -> None:
    assert step(machine(msr=msr), mnemonic, 9, register).vector == vector


@pytest.mark.parametrize(("mnemonic", "register", "msr", "vector"), [
    ("mtfprd", 4, VEC | VSX, 0x800), ("mtvrwa", 36, FP | VSX, 0xF20), ("mtfprwz", 4, FP, None),
])  # fmt: skip
def test_moves_from_gprs_need_what_holds_the_register(
    mnemonic: str, register: int, msr: int, vector: int | None
) -> None:
    assert step(machine(msr=msr), mnemonic, register, 9).vector == vector


def test_moves_between_gprs_and_vsrs() -> None:
    m = machine()
    m.state.gpr[9] = 0x1234_5678_9ABC_DEF0
    for mnemonic, expected in (
        ("mtvrd", 0x1234_5678_9ABC_DEF0), ("mtvrwa", 0xFFFF_FFFF_9ABC_DEF0), ("mtvrwz", 0x9ABC_DEF0),
    ):  # fmt: skip
        step(m, mnemonic, T, 9)
        assert m.state.vsr[T] == expected << 64
    m.state.vsr[T] = OLD
    step(m, "mfvrd", 8, T)
    step(m, "mfvrwz", 7, T)
    assert (m.state.gpr[8], m.state.gpr[7]) == (0x1111_2222_3333_4444, 0x3333_4444)


# Memory

BYTES = bytes(range(0x80, 0x90))


@pytest.mark.parametrize(("mnemonic", "big", "little"), [
    ("lxvd2x", "80818283848586878889 8a8b8c8d8e8f", "87868584838281808f8e8d8c8b8a8988"),
    ("lxvw4x", "808182838485868788898a8b8c8d8e8f", "83828180878685848b8a89888f8e8d8c"),
    ("lxvdsx", "80818283848586878081828384858687", "87868584838281808786858483828180"),
    ("lxsdx", "8081828384858687 0000000000000000", "8786858483828180 0000000000000000"),
    ("lxsiwzx", "0000000080818283 0000000000000000", "0000000083828180 0000000000000000"),
    ("lxsiwax", "ffffffff80818283 0000000000000000", "ffffffff83828180 0000000000000000"),
])  # fmt: skip
@pytest.mark.parametrize("offset", [0, 5, 0xFF4])
def test_loads_take_elements_in_order_and_their_bytes_in_the_mode_s(
    mnemonic: str, big: str, little: str, offset: int
) -> None:
    for endian, expected in (("big", big), ("little", little)):
        m = machine(endian)
        m.memory.map(DATA + 0x1000, 0x1000)
        m.memory.write(DATA + offset, BYTES)
        m.state.gpr[4], m.state.gpr[5] = DATA, offset
        step(m, mnemonic, T, 4, 5)
        assert m.state.vsr[T] == int(expected.replace(" ", ""), 16)


@pytest.mark.parametrize(("load", "store", "size"), [
    ("lxvd2x", "stxvd2x", 16), ("lxvw4x", "stxvw4x", 16), ("lxsdx", "stxsdx", 8), ("lxsiwzx", "stxsiwx", 4),
])  # fmt: skip
@pytest.mark.parametrize("endian", ["big", "little"])
def test_stores_are_the_reverse_of_loads(load: str, store: str, size: int, endian: str) -> None:
    m = machine(endian)
    m.memory.write(DATA + 3, BYTES)
    m.state.gpr[4], m.state.gpr[5] = DATA + 3, DATA + 0x43
    step(m, load, T, 0, 4)
    step(m, store, T, 0, 5)
    assert m.memory.read(DATA + 0x43, 16) == BYTES[:size] + bytes(16 - size)


def test_scalar_singles_are_widened_and_narrowed_without_rounding() -> None:
    m = machine()
    m.state.gpr[5] = DATA
    for single, wide in ((0x7F80_0001, 0x7FF0_0000_2000_0000), (1, 0x36A0 << 48), (0x3F80_0000, ONE)):
        m.memory.write(DATA, single.to_bytes(4))
        step(m, "lxsspx", T, 0, 5)
        assert m.state.vsr[T] == wide << 64
        step(m, "stxsspx", T, 0, 5)
        assert m.memory.read(DATA, 4) == single.to_bytes(4)
    assert m.state.fpscr == 0


def test_a_load_that_faults_leaves_its_target() -> None:
    m = machine()
    m.state.vsr[T], m.state.gpr[5] = OLD, DATA + 0xFFC
    stop = step(m, "lxvd2x", T, 0, 5)
    assert (stop.vector, stop.address, m.state.vsr[T]) == (0x300, DATA + 0x1000, OLD)


# Permutation

X, Y = 0x00112233_44556677_8899AABB_CCDDEEFF, 0x01010101_02020202_03030303_04040404


@pytest.mark.parametrize(("mnemonic", "extra", "expected"), [
    ("xxmrghw", (), 0x00112233_01010101_44556677_02020202),
    ("xxmrglw", (), 0x8899AABB_03030303_CCDDEEFF_04040404),
    ("xxpermdi", (0,), 0x00112233_44556677_01010101_02020202),
    ("xxpermdi", (1,), 0x00112233_44556677_03030303_04040404),
    ("xxpermdi", (2,), 0x8899AABB_CCDDEEFF_01010101_02020202),
    ("xxpermdi", (3,), 0x8899AABB_CCDDEEFF_03030303_04040404),
    ("xxsldwi", (0,), X),
    ("xxsldwi", (1,), 0x44556677_8899AABB_CCDDEEFF_01010101),
    ("xxsldwi", (3,), 0xCCDDEEFF_01010101_02020202_03030303),
])  # fmt: skip
def test_permutations(mnemonic: str, extra: tuple[int, ...], expected: int) -> None:
    assert vector(mnemonic, X, Y, extra=extra).state.vsr[T] == expected


def test_splat_and_select() -> None:
    for i, w in enumerate((0x00112233, 0x44556677, 0x8899AABB, 0xCCDDEEFF)):
        assert vector("xxspltw", X, extra=(i,)).state.vsr[T] == w * 0x00000001_00000001_00000001_00000001
    m = machine()
    m.state.vsr[A], m.state.vsr[B], m.state.vsr[C] = X, Y, 0xFF << 64 | 0xFF00
    step(m, "xxsel", T, A, B, C)
    assert m.state.vsr[T] == X & ~(0xFF << 64 | 0xFF00) | Y & (0xFF << 64 | 0xFF00)


@pytest.mark.parametrize(
    ("mnemonic", "code", "merged"),
    [("fmrgew", 0xFC64_2F8C, 0x1111_1111_3333_3333), ("fmrgow", 0xFC64_2E8C, 0x2222_2222_4444_4444)],
)
def test_words_of_floating_point_registers_merge(mnemonic: str, code: int, merged: int) -> None:
    assert word(mnemonic, 3, 4, 5) == code  # as the GNU assembler writes it
    m = machine(msr=FP)
    m.state.fpr[4], m.state.fpr[5] = 0x1111_1111_2222_2222, 0x3333_3333_4444_4444
    step(m, mnemonic, 3, 4, 5)
    assert m.state.fpr[3] == merged


@pytest.mark.parametrize("mnemonic", ["fmrgew", "fmrgow"])
def test_merging_needs_floating_point_only(mnemonic: str) -> None:
    m = machine(msr=VEC | VSX)
    assert step(m, mnemonic, 3, 4, 5).vector == 0x800
