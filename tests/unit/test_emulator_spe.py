# SPDX-License-Identifier: GPL-2.0-or-later
"""SPE on single cases, worked out by hand from the manuals (EREF; Power ISA 2.03 Book I, chapter 6)."""

import struct

import pytest

from emulator import Machine
from emulator.cpus import SPE
from emulator.opcodes.line import Line
from emulator.opcodes.tables import LINES

CODE, DATA = 0x1000, 0x2000
SPEFSCR = 512
SOVH, OVH, SOV, OV = 0x8000_0000, 0x4000_0000, 0x8000, 0x4000
M32 = 0xFFFF_FFFF
HIGHEST = 0x7FFF_FFFF_7FFF_FFFF
BY_NAME = {line.mnemonic: line for line in LINES if line.facility in {"spe", "brinc", "efs", "efv"}}


def word_of(line: Line, low: int = 3) -> int:
    """An instruction with the operands 1, 2 and `low` (register, immediate, or field of a displacement)."""
    return line.pattern.value | (1 << 21 | 2 << 16 | low << 11) & ~line.pattern.mask


def machine(word: int, a: int = 0, b: int = 0, acc: int = 0, spefscr: int = 0) -> Machine:
    """RA is r2, RB r3, RT r1."""
    m = Machine("e500v2")
    m.memory.map(CODE, 0x2000)
    m.memory.write(CODE, word.to_bytes(4))
    s = m.state
    for register, value in ((2, a), (3, b)):
        s.gprh[register], s.gpr[register] = value >> 32, value & M32
    s.acc, s.msr, s.pc, s.spr[SPEFSCR] = acc, SPE, CODE, spefscr
    return m


def result(m: Machine, register: int = 1) -> int:
    assert m.run(max_instructions=1).reason == "limit"
    return m.state.gprh[register] << 32 | m.state.gpr[register]


@pytest.mark.parametrize(
    ("mnemonic", "a", "b", "expected"),
    [
        ("evaddw", 0xFFFF_FFFF_7FFF_FFFF, 0x0000_0001_0000_0001, 0x0000_0000_8000_0000),
        ("evsubfw", 0x0000_0001_0000_0005, 0x0000_0000_0000_0007, 0xFFFF_FFFF_0000_0002),
        ("evabs", 0x8000_0000_FFFF_FFFE, 0, 0x8000_0000_0000_0002),
        ("evneg", 0x8000_0000_0000_0001, 0, 0x8000_0000_FFFF_FFFF),
        ("evextsb", 0x1234_5680_0000_007F, 0, 0xFFFF_FF80_0000_007F),
        ("evextsh", 0x1234_8000_0000_7FFF, 0, 0xFFFF_8000_0000_7FFF),
        ("evrndw", 0x1234_8000_1234_7FFF, 0, 0x1235_0000_1234_0000),
        ("evrndw", 0xFFFF_8000_7FFF_8000, 0, 0x0000_0000_8000_0000),
        ("evcntlzw", 0x0000_0000_0000_8000, 0, 0x0000_0020_0000_0010),
        ("evcntlsw", 0xFFFF_FFFF_C000_0000, 0, 0x0000_0020_0000_0002),
        ("evcntlsw", 0x0000_0000_4000_0000, 0, 0x0000_0020_0000_0001),
        ("evandc", 0xFFFF_0000_1234_5678, 0x0F0F_0F0F_FFFF_0000, 0xF0F0_0000_0000_5678),
        ("evorc", 0, 0xFFFF_0000_1234_5678, 0x0000_FFFF_EDCB_A987),
        ("eveqv", 0xFFFF_FFFF_0000_0000, 0xFFFF_0000_0000_FFFF, 0xFFFF_0000_FFFF_0000),
        ("evsrwu", 0x8000_0000_8000_0000, 0x0000_0020_0000_001F, 0x0000_0000_0000_0001),
        ("evsrws", 0x8000_0000_8000_0000, 0x0000_003F_0000_0004, 0xFFFF_FFFF_F800_0000),
        ("evslw", 0x0000_0001_0000_0001, 0x0000_0020_0000_0041, 0x0000_0000_0000_0002),
        ("evrlw", 0x8000_0001_8000_0001, 0x0000_0021_0000_0004, 0x0000_0003_0000_0018),
        ("evmergehi", 0xAAAA_AAAA_BBBB_BBBB, 0xCCCC_CCCC_DDDD_DDDD, 0xAAAA_AAAA_CCCC_CCCC),
        ("evmergelo", 0xAAAA_AAAA_BBBB_BBBB, 0xCCCC_CCCC_DDDD_DDDD, 0xBBBB_BBBB_DDDD_DDDD),
        ("evmergehilo", 0xAAAA_AAAA_BBBB_BBBB, 0xCCCC_CCCC_DDDD_DDDD, 0xAAAA_AAAA_DDDD_DDDD),
        ("evmergelohi", 0xAAAA_AAAA_BBBB_BBBB, 0xCCCC_CCCC_DDDD_DDDD, 0xBBBB_BBBB_CCCC_CCCC),
    ],
)
def test_words(mnemonic: str, a: int, b: int, expected: int) -> None:
    assert result(machine(word_of(BY_NAME[mnemonic]), a, b)) == expected


@pytest.mark.parametrize(
    ("mnemonic", "low", "expected"),
    [
        ("evsrwiu", 4, 0x0800_0000_0000_0000),
        ("evsrwis", 4, 0xF800_0000_0000_0000),
        ("evslwi", 31, 0x0000_0000_8000_0000),
        ("evrlwi", 1, 0x0000_0001_0000_0002),
    ],
)
def test_immediate_counts(mnemonic: str, low: int, expected: int) -> None:
    assert result(machine(word_of(BY_NAME[mnemonic], low), 0x8000_0000_0000_0001)) == expected


def test_immediates_are_unsigned_and_splats_signed() -> None:
    def run(mnemonic: str, immediate: int) -> int:
        word = BY_NAME[mnemonic].pattern.value | 1 << 21 | immediate << 16 | 3 << 11
        return result(machine(word, b=0x0000_0001_FFFF_FFFF))

    assert run("evaddiw", 31) == 0x0000_0020_0000_001E
    assert run("evsubifw", 31) == 0xFFFF_FFE2_FFFF_FFE0
    assert run("evsplati", 0x1E) == 0xFFFF_FFFE_FFFF_FFFE
    assert run("evsplatfi", 0x11) == 0x8800_0000_8800_0000


@pytest.mark.parametrize(
    ("mnemonic", "field"),
    [("evcmpgtu", 0b1010), ("evcmpgts", 0b0000), ("evcmpltu", 0b0110), ("evcmplts", 0b1111), ("evcmpeq", 0)],
)
def test_comparisons_record_upper_lower_either_and_both(mnemonic: str, field: int) -> None:
    word = BY_NAME[mnemonic].pattern.value | 6 << 23 | 2 << 16 | 3 << 11
    m = machine(word, 0x8000_0000_0000_0001, 0x7FFF_FFFF_0000_0002)
    m.run(max_instructions=1)
    assert m.state.crf[6] == field


@pytest.mark.parametrize(
    ("field", "expected"),
    [(0b1100, 0xA0_0000_000A), (0b1000, 0xA0_0000_000B), (0b0100, 0xB0_0000_000A), (0, 0xB0_0000_000B)],
)
def test_evsel_picks_words_by_a_cr_field(field: int, expected: int) -> None:
    m = machine(word_of(BY_NAME["evsel"]) | 5, 0xA0_0000_000A, 0xB0_0000_000B)
    m.state.crf[5] = field
    assert result(m) == expected


def test_brinc_walks_a_buffer_in_bit_reversed_order() -> None:
    """Eight items of 4 bytes: the mask names bits 2 to 4 of the index."""
    visited, index = [], 0
    for _ in range(8):
        visited.append(index)
        index = result(machine(word_of(BY_NAME["brinc"]), index, 0b11111)) & M32
    assert visited[:2] == [0, 0b10000]
    assert index == visited[0] or len(set(visited)) == 8


@pytest.mark.parametrize(
    ("mnemonic", "a", "b", "quotient", "status"),
    [
        ("evdivws", 0xFFFF_FFF9_0000_0007, 0x0000_0002_FFFF_FFFE, 0xFFFF_FFFD_FFFF_FFFD, 0),
        ("evdivws", 0x8000_0000_0000_0000, 0xFFFF_FFFF_0000_0000, HIGHEST, OVH | SOVH | OV | SOV),
        ("evdivws", 0xFFFF_FFFF_0000_0006, 0x0000_0000_0000_0003, 0x8000_0000_0000_0002, OVH | SOVH),
        ("evdivwu", 0xFFFF_FFFF_0000_0007, 0x0000_0010_0000_0000, 0x0FFF_FFFF_FFFF_FFFF, OV | SOV),
    ],
)  # fmt: skip
def test_division_saturates(mnemonic: str, a: int, b: int, quotient: int, status: int) -> None:
    m = machine(word_of(BY_NAME[mnemonic]), a, b)
    assert result(m) == quotient
    assert m.state.spr[SPEFSCR] == status


def test_overflow_is_of_the_last_instruction_and_its_summary_sticks() -> None:
    m = machine(word_of(BY_NAME["evdivwu"]), 1 << 32 | 1, 1 << 32 | 1, spefscr=SOVH | OVH | SOV | OV | 0x3F)
    result(m)
    assert m.state.spr[SPEFSCR] == SOVH | SOV | 0x3F


MEMORY = bytes.fromhex("80 01 82 03 04 05 86 07 08 09 0a 0b 0c 0d 0e 0f")


@pytest.mark.parametrize(
    ("mnemonic", "expected"),
    [
        ("evldd", 0x8001_8203_0405_8607),
        ("evldw", 0x8001_8203_0405_8607),
        ("evldh", 0x8001_8203_0405_8607),
        ("evlhhesplat", 0x8001_0000_8001_0000),
        ("evlhhousplat", 0x0000_8001_0000_8001),
        ("evlhhossplat", 0xFFFF_8001_FFFF_8001),
        ("evlwhe", 0x8001_0000_8203_0000),
        ("evlwhou", 0x0000_8001_0000_8203),
        ("evlwhos", 0xFFFF_8001_FFFF_8203),
        ("evlwwsplat", 0x8001_8203_8001_8203),
        ("evlwhsplat", 0x8001_8001_8203_8203),
    ],
)
def test_loads_in_both_forms(mnemonic: str, expected: int) -> None:
    m = machine(word_of(BY_NAME[mnemonic], 0), DATA)
    m.memory.write(DATA, MEMORY)
    assert result(m) == expected
    m = machine(word_of(BY_NAME[mnemonic + "x"]), DATA + 8, (1 << 32) - 8)
    m.memory.write(DATA, MEMORY)
    assert result(m) == expected


@pytest.mark.parametrize(
    ("mnemonic", "expected"),
    [
        ("evstdd", "1111222233334444"),
        ("evstdw", "1111222233334444"),
        ("evstdh", "1111222233334444"),
        ("evstwhe", "1111333300000000"),
        ("evstwho", "2222444400000000"),
        ("evstwwe", "1111222200000000"),
        ("evstwwo", "3333444400000000"),
    ],
)
def test_stores_in_both_forms(mnemonic: str, expected: str) -> None:
    for name, low in ((mnemonic, 0), (mnemonic + "x", 3)):
        m = machine(word_of(BY_NAME[name], low), DATA)
        m.state.gprh[1], m.state.gpr[1] = 0x1111_2222, 0x3333_4444
        m.run(max_instructions=1)
        assert m.memory.read(DATA, 8).hex() == expected


@pytest.mark.parametrize(("mnemonic", "scale"), [("evldd", 8), ("evlwhe", 4), ("evlhhesplat", 2)])
def test_displacements_count_in_units_of_the_access(mnemonic: str, scale: int) -> None:
    m = machine(word_of(BY_NAME[mnemonic], 31), DATA)
    m.memory.write(DATA + 31 * scale, struct.pack(">Q", 0x1234_5678_9ABC_DEF0))
    assert result(m) >> 48 == 0x1234


@pytest.mark.parametrize(
    ("mnemonic", "a", "b", "acc", "after"),
    [
        # fractions: -1 * -1 saturates, or wraps
        ("evmhossf", 0x8000_0000_8000, 0x8000_0000_8000, 0, (HIGHEST, OVH | SOVH | OV | SOV)),
        ("evmhosmf", 0x8000_0000_8000, 0x8000_0000_8000, 0, (0x8000_0000_8000_0000, 0)),
        ("evmhessf", 0x4000_0000_8000_0000, 0x4000_0000_8000_0000, 0, (0x2000_0000_7FFF_FFFF, OV | SOV)),
        ("evmwhssf", 0x4000_0000_8000_0000, 0x4000_0000_8000_0000, 0, (0x2000_0000_7FFF_FFFF, OV | SOV)),
        ("evmwssf", 0x8000_0000, 0x8000_0000, 0, (0x7FFF_FFFF_FFFF_FFFF, OV | SOV)),
        ("evmwsmf", 0x8000_0000, 0x8000_0000, 0, (0x8000_0000_0000_0000, 0)),
        # integers
        ("evmheumi", 0xFFFF_0000_0002_0000, 0xFFFF_0000_0003_0000, 0, (0xFFFE_0001_0000_0006, 0)),
        ("evmhesmi", 0xFFFF_0000_0002_0000, 0xFFFF_0000_FFFD_0000, 0, (0x0000_0001_FFFF_FFFA, 0)),
        ("evmwumi", 0xFFFF_FFFF, 0xFFFF_FFFF, 0, (0xFFFF_FFFE_0000_0001, 0)),
        ("evmwsmi", 0xFFFF_FFFF, 2, 0, (0xFFFF_FFFF_FFFF_FFFE, 0)),
        ("evmwhumi", 0xFFFF_FFFF_0001_0000, 0xFFFF_FFFF_0001_0000, 0, (0xFFFF_FFFE_0000_0001, 0)),
        ("evmwlumi", 0xFFFF_FFFF_0001_0001, 0xFFFF_FFFF_0001_0000, 0, (0x0000_0001_0001_0000, 0)),
        # sums
        ("evmhossiaaw", 0x7FFF, 0x7FFF, 0x7000_0000, (0x7FFF_FFFF, OV | SOV)),
        ("evmhossianw", 0x7FFF, 0x7FFF, 0x9000_0000, (0x8000_0000, OV | SOV)),
        ("evmhosmiaaw", 0x7FFF, 0x7FFF, 0x7000_0000, (0xAFFF_0001, 0)),
        ("evmhousiaaw", 0xFFFF, 0xFFFF, 0xFFFF_0000, (0xFFFF_FFFF, OV | SOV)),
        ("evmhousianw", 2, 3, 5 << 32 | 5, (5 << 32, OV | SOV)),
        ("evmhessfaaw", 0x8000_0000, 0x8000_0000, 0, (0x7FFF_FFFF, OV | SOV)),
        ("evmhessfanw", 0x8000_0000, 0x8000_0000, 0, (0x8000_0001, OV | SOV)),
        ("evmhegsmfaa", 0x8000_0000, 0x8000_0000, 1, (0x0000_0000_8000_0001, 0)),
        ("evmhogsmian", 0xFFFF, 5, 0, (5, 0)),
        ("evmhogumiaa", 0xFFFF, 0xFFFF, 0xFFFF_FFFF_FFFF_FFFF, (0xFFFE_0000, 0)),
        ("evmwlusiaaw", 0x0001_0000, 0xFFFF, 0x0001_0000, (0xFFFF_FFFF, OV | SOV)),
        ("evmwlssianw", 0xFFFF_FFFF, 1, 0x7FFF_FFFF, (0x7FFF_FFFF, OV | SOV)),
        ("evmwumiaa", 0xFFFF_FFFF, 0xFFFF_FFFF, 2, (0xFFFF_FFFE_0000_0003, 0)),
        ("evmwssfaa", 0x8000_0000, 0x8000_0000, 1, (0x8000_0000_0000_0000, OV | SOV)),
        ("evmwssfan", 0x4000_0000, 0x4000_0000, 0, (0xE000_0000_0000_0000, 0)),
        ("evaddssiaaw", 0x7FFF_FFFF_0000_0001, 0, 1 << 32 | 2, (0x7FFF_FFFF_0000_0003, OVH | SOVH)),
        ("evaddusiaaw", 0xFFFF_FFFF_0000_0001, 0, 1 << 32 | 2, (0xFFFF_FFFF_0000_0003, OVH | SOVH)),
        ("evsubfusiaaw", 2 << 32 | 2, 0, 1 << 32 | 5, (3, OVH | SOVH)),
        ("evsubfssiaaw", 0x8000_0000_0000_0001, 0, 5, (0x7FFF_FFFF_0000_0004, OVH | SOVH)),
        ("evaddumiaaw", 0xFFFF_FFFF_0000_0001, 0, 2 << 32 | 2, (0x0000_0001_0000_0003, 0)),
        ("evsubfsmiaaw", 1, 0, 0, (0xFFFF_FFFF, 0)),
    ],
)  # fmt: skip
def test_multiplication(mnemonic: str, a: int, b: int, acc: int, after: tuple[int, int]) -> None:
    """`after`: the result, and SPEFSCR."""
    expected, status = after
    m = machine(word_of(BY_NAME[mnemonic]), a, b, acc)
    assert result(m) == expected
    assert m.state.spr[SPEFSCR] == status
    adds = mnemonic.endswith(("aa", "an", "aaw", "anw"))
    assert m.state.acc == (expected if adds else acc)


def test_the_forms_that_set_the_accumulator() -> None:
    for mnemonic, line in BY_NAME.items():
        if mnemonic.startswith("evm") and "acc" in line.writes and "acc" not in line.reads:
            m = machine(word_of(line), 0x1234_5678_9ABC_DEF0, 0x0FED_CBA9_8765_4321, acc=1)
            assert m.state.acc != result(m) == m.state.acc, mnemonic


def test_the_accumulator_is_read_by_adding_nothing_to_it() -> None:
    m = machine(word_of(BY_NAME["evmra"]), 0x1122_3344_5566_7788)
    assert result(m) == m.state.acc == 0x1122_3344_5566_7788
