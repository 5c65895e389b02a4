# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedded floating point outside of normal numbers (EREF, results summary), its status and interrupts."""

import pytest

from emulator.cpus import SPE
from emulator.sprs_e500 import SPEFSCR
from tests.unit.test_emulator_spe import BY_NAME, CODE, machine, result, word_of

FG, FX, FINV, FDBZ, FUNF, FOVF = 0x2000, 0x1000, 0x800, 0x400, 0x200, 0x100
FINXS, FINVS, FDBZS, FUNFS, FOVFS = 0x20_0000, 0x10_0000, 0x8_0000, 0x4_0000, 0x2_0000
FINXE, FINVE, FDBZE, FUNFE, FOVFE = 0x40, 0x20, 0x10, 0x08, 0x04
NEAREST, ZERO, UP, DOWN = range(4)
INF, MINUS_INF, NAN, MINUS_NAN = 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC0_0001
DENORM, MINUS_DENORM, PMAX, NMAX, MIN = 1, 0x8000_0001, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x0080_0000
ONE, TWO, MINUS_ONE, MINUS_ZERO = 0x3F80_0000, 0x4000_0000, 0xBF80_0000, 0x8000_0000
INVALID = FINV | FINVS
DATA, ROUND = 0xF30, 0xF40


@pytest.mark.parametrize(
    ("mnemonic", "a", "b", "expected", "status"),
    [
        ("add", INF, MINUS_INF, PMAX, INVALID),
        ("add", MINUS_NAN, INF, NMAX, INVALID),
        ("add", ONE, NAN, PMAX, INVALID),
        ("add", DENORM, MINUS_INF, NMAX, INVALID),
        ("add", DENORM, TWO, TWO, INVALID),
        ("add", MINUS_ONE, MINUS_DENORM, MINUS_ONE, INVALID),
        ("add", DENORM, MINUS_DENORM, 0, INVALID),
        ("add", MINUS_DENORM, MINUS_ZERO, MINUS_ZERO, INVALID),
        ("add", 0, MINUS_ZERO, 0, 0),
        ("add", MINUS_ZERO, MINUS_ZERO, MINUS_ZERO, 0),
        ("add", PMAX, PMAX, PMAX, FOVF | FOVFS | FINXS),
        ("sub", 0, INF, NMAX, INVALID),
        ("sub", DENORM, TWO, 0xC000_0000, INVALID),
        ("sub", MIN + 1, MIN, 0, FUNF | FUNFS | FINXS),
        ("mul", INF, 0, 0, INVALID),
        ("mul", INF, MINUS_DENORM, MINUS_ZERO, INVALID),
        ("mul", INF, MINUS_ONE, NMAX, INVALID),
        ("mul", MINUS_ZERO, ONE, MINUS_ZERO, 0),
        ("mul", PMAX, 0xC000_0000, NMAX, FOVF | FOVFS | FINXS),
        ("mul", MIN, 0xBF00_0000, MINUS_ZERO, FUNF | FUNFS | FINXS),
        ("div", INF, MINUS_INF, MINUS_ZERO, INVALID),
        ("div", NAN, DENORM, PMAX, INVALID),
        ("div", 0, 0, PMAX, INVALID),
        ("div", 0, MINUS_DENORM, NMAX, INVALID),
        ("div", DENORM, ONE, 0, INVALID),
        ("div", ONE, DENORM, PMAX, INVALID),
        ("div", ONE, MINUS_ZERO, NMAX, FDBZ | FDBZS),
        ("div", INF, 0, PMAX, INVALID),
        ("div", ONE, NAN, 0, INVALID),
        ("div", ONE, 0x4040_0000, 0x3EAA_AAAB, FG | FX | FINXS),  # 1/3 rounds up
    ],
)
def test_results_that_are_not_ieee(mnemonic: str, a: int, b: int, expected: int, status: int) -> None:
    m = machine(word_of(BY_NAME[f"efs{mnemonic}"]), a, b)
    assert result(m) == expected
    assert m.state.spr[SPEFSCR] == status


def test_a_sum_that_is_zero_or_too_small_is_negative_when_rounding_down() -> None:
    for a, b in ((ONE, MINUS_ONE), (MIN + 1, MIN | 1 << 31)):
        m = machine(word_of(BY_NAME["efsadd"]), a, b, spefscr=DOWN)
        m.run(max_instructions=1)
        assert m.state.gpr[1] == MINUS_ZERO


@pytest.mark.parametrize(
    ("mnemonic", "b", "expected", "status"),
    [
        ("efsctsi", NAN, 0, INVALID),
        ("efsctsi", DENORM, 0, INVALID),
        ("efsctsi", INF, 0x7FFF_FFFF, INVALID),
        ("efsctsi", MINUS_INF, 0x8000_0000, INVALID),
        ("efsctsi", 0xCF00_0000, 0x8000_0000, 0),
        ("efsctsi", 0x3FC0_0000, 2, FG | FINXS),  # 1.5
        ("efsctsi", 0x4020_0000, 2, FG | FINXS),  # 2.5: to even
        ("efsctsiz", 0x3FC0_0000, 1, FG | FINXS),
        ("efsctui", MINUS_ONE, 0, INVALID),
        ("efsctui", 0xBE80_0000, 0, FX | FINXS),  # -0.25
        ("efsctui", 0x4F80_0000, 0xFFFF_FFFF, INVALID),
        ("efsctsf", MINUS_ONE, 0x8000_0000, 0),
        ("efsctsf", ONE, 0x7FFF_FFFF, INVALID),
        ("efsctsf", 0x3F00_0000, 0x4000_0000, 0),
        ("efsctuf", 0x3F00_0000, 0x8000_0000, 0),
        ("efscfsf", 0x8000_0000, MINUS_ONE, 0),
        ("efscfuf", 0x8000_0000, 0x3F00_0000, 0),
        ("efscfsi", 0x0100_0001, 0x4B80_0000, FG | FINXS),  # 2**24 + 1: to even
        ("efscfui", 0xFFFF_FFFF, 0x4F80_0000, FG | FX | FINXS),
    ],
)
def test_conversions(mnemonic: str, b: int, expected: int, status: int) -> None:
    m = machine(word_of(BY_NAME[mnemonic], 3) & ~(31 << 16), b=b)
    assert result(m) == expected
    assert m.state.spr[SPEFSCR] == status


@pytest.mark.parametrize(
    ("mnemonic", "b", "expected", "status"),
    [
        ("efscfd", 0x7FF0_0000_0000_0000, PMAX, INVALID),
        ("efscfd", 0x8000_0000_0000_0001, MINUS_ZERO, INVALID),
        ("efscfd", 0xC7F0_0000_0000_0000, NMAX, FOVF | FOVFS | FINXS),
        ("efscfd", 0xB800_0000_0000_0000, MINUS_ZERO, FUNF | FUNFS | FINXS),
        ("efdcfs", MINUS_NAN, 0xFFEF_FFFF_FFFF_FFFF, INVALID),
        ("efdcfs", DENORM, 0, INVALID),
        ("efdcfs", ONE, 0x3FF0_0000_0000_0000, 0),
    ],
)
def test_conversions_between_precisions(mnemonic: str, b: int, expected: int, status: int) -> None:
    m = machine(word_of(BY_NAME[mnemonic]) & ~(31 << 16), b=b)
    assert result(m) == expected
    assert m.state.spr[SPEFSCR] == status


def test_signs_are_changed_on_any_operand_and_special_ones_reported() -> None:
    for mnemonic, expected in (("efsabs", NAN), ("efsnabs", NAN | 1 << 31), ("efsneg", NAN | 1 << 31)):
        m = machine(word_of(BY_NAME[mnemonic]) & ~(31 << 11), NAN)
        assert result(m) == expected
        assert m.state.spr[SPEFSCR] == INVALID


@pytest.mark.parametrize(
    ("mnemonic", "a", "b", "enable", "status"),
    [
        ("efsadd", INF, ONE, FINVE, INVALID),
        ("efsdiv", ONE, 0, FDBZE, FDBZ | FDBZS),
        ("efsmul", MIN, MIN, FUNFE, FUNF | FUNFS),
        ("efsmul", PMAX, PMAX, FOVFE, FOVF | FOVFS),
        ("efsabs", NAN, 0, FINVE, INVALID),
        ("efscmpgt", NAN, ONE, FINVE, INVALID),
        ("evfsadd", INF << 32, 0, FINVE, FINV << 16 | FINVS),
    ],
)
def test_an_enabled_error_interrupts_before_the_target_is_written(
    mnemonic: str, a: int, b: int, enable: int, status: int
) -> None:
    m = machine(word_of(BY_NAME[mnemonic]), a, b, spefscr=enable | FG | FX)
    m.state.gpr[1], m.state.gprh[1], m.state.cr = 0x1111, 0x2222, 0x1234_5678
    stop = m.run(max_instructions=1)
    assert (stop.vector, stop.srr0, stop.esr) == (DATA, CODE, 0x80)
    assert (m.state.gpr[1], m.state.gprh[1], m.state.cr) == (0x1111, 0x2222, 0x1234_5678)
    assert m.state.spr[SPEFSCR] == status | enable


def test_an_inexact_result_is_truncated_for_the_round_interrupt_behind_it() -> None:
    m = machine(word_of(BY_NAME["efsdiv"]), ONE, 0x4040_0000, spefscr=FINXE)
    stop = m.run(max_instructions=1)
    assert (stop.vector, stop.srr0, stop.esr) == (ROUND, CODE + 4, 0x80)
    assert m.state.gpr[1] == 0x3EAA_AAAA
    assert m.state.spr[SPEFSCR] == FINXE | FG | FX | FINXS


def test_an_overflow_that_is_not_enabled_is_inexact() -> None:
    stop = machine(word_of(BY_NAME["efsmul"]), PMAX, PMAX, spefscr=FINXE).run(max_instructions=1)
    assert stop.vector == ROUND


def test_an_exact_result_owes_no_round_interrupt_except_where_hardware_cannot_round() -> None:
    for rounding, vector in ((NEAREST, None), (ZERO, None), (UP, ROUND), (DOWN, ROUND)):
        m = machine(word_of(BY_NAME["efsadd"]), ONE, ONE, spefscr=rounding)
        assert m.run(max_instructions=1).vector == vector
        assert m.state.gpr[1] == TWO


def test_a_data_interrupt_comes_before_a_round_interrupt() -> None:
    m = machine(
        word_of(BY_NAME["evfsmul"]), PMAX << 32 | 0x3F80_0001, PMAX << 32 | 0x3F80_0001, spefscr=FINXE | FOVFE
    )
    assert m.run(max_instructions=1).vector == DATA
    assert not m.state.spr[SPEFSCR] & FINXS


def test_tests_report_nothing_and_order_special_values() -> None:
    m = machine(BY_NAME["efststgt"].pattern.value | 2 << 16 | 3 << 11, NAN, INF, spefscr=FINVE | FG)
    assert m.run(max_instructions=1).reason == "limit"
    assert (m.state.crf[0], m.state.spr[SPEFSCR]) == (4, FINVE | FG)


def test_scalar_singles_run_without_the_spe_bit_and_keep_upper_words() -> None:
    m = machine(word_of(BY_NAME["efsmul"]), TWO, TWO)
    m.state.gprh[1], m.state.msr = 0x1234_5678, 0
    assert result(m) == 0x1234_5678_4080_0000
    m.state.msr = SPE
