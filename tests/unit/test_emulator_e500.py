# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor state of the e500v2: Book E interrupts, timers, registers and their privileges."""

import pytest

from emulator import Machine, NotImplementedInstruction, Stop, Taken
from emulator.cpus import CE, DE, EE, ME, PR, SPE, UCLE

CODE, HANDLERS = 0x1000, 0x8000_0000
NOP, SC, TRAP = 0x6000_0000, 0x4400_0002, 0x7FE0_0008
PIL, PPR, PTR, ST, DLK, SPV = 0x0800_0000, 0x0400_0000, 0x0200_0000, 0x0080_0000, 0x0020_0000, 0x80
SRR0, SRR1, DECAR, CSRR0, CSRR1, DEAR, ESR, IVPR, TSR, TCR, DEC = 26, 27, 54, 58, 59, 61, 62, 63, 336, 340, 22
DIE, ARE, DIS = 0x0400_0000, 0x0040_0000, 0x0800_0000


def mfspr(rt: int, number: int) -> int:
    return 31 << 26 | rt << 21 | (number & 31) << 16 | number >> 5 << 11 | 339 << 1


def mtspr(number: int, rs: int) -> int:
    return 31 << 26 | rs << 21 | (number & 31) << 16 | number >> 5 << 11 | 467 << 1


def machine(*words: int) -> Machine:
    m = Machine("e500v2")
    m.memory.map(CODE, 0x2000)
    m.memory.write(CODE, b"".join(word.to_bytes(4) for word in words))
    m.state.pc = CODE
    return m


def run(*words: int, msr: int = 0) -> tuple[Machine, Stop]:
    m = machine(*words)
    m.state.msr = msr
    return m, m.run(until=CODE + 4 * len(words), max_instructions=100)


@pytest.mark.parametrize(
    ("word", "msr", "vector", "esr"),
    [
        (0, 0, 0x700, PIL),
        (0xFC00_002A, 0, 0x700, PIL),  # fadd: there is no FPU
        (0xC820_0000, 0, 0x700, PIL),  # lfd
        (0x7C60_04AA, 0, 0x700, PIL),  # lswi: the e500 has no string instructions
        (0x7C6C_42E6, 0, 0x700, PIL),  # mftb: nor this one
        (0x1000_0484, 0, 0x700, PIL),  # vor
        (0x7C60_00A6, PR, 0x700, PPR),  # mfmsr
        (0x4C00_0066, PR, 0x700, PPR),  # rfci
        (0x7C00_07A4, PR, 0x700, PPR),  # tlbwe
        (TRAP, 0, 0x700, PTR),
        (0x1022_1A00, 0, 0xF20, SPV),  # evaddw
        (0x1022_1A80, 0, 0xF20, SPV),  # evfsadd
        (0x1022_1AE0, 0, 0xF20, SPV),  # efdadd
    ],
)
def test_an_instruction_interrupts_with_its_cause_in_esr(word: int, msr: int, vector: int, esr: int) -> None:
    _, stop = run(word, msr=msr | CE)
    assert (stop.vector, stop.esr, stop.srr0, stop.srr1) == (vector, esr, CODE, msr | CE)
    assert stop.reason == ("trap" if esr == PTR else "interrupt")


@pytest.mark.parametrize("word", [0x1022_1A0F, 0x1022_1AC0])  # brinc, efsadd
def test_instructions_on_lower_words_need_no_spe_bit(word: int) -> None:
    assert run(word)[1].reason == "until"


def test_a_system_call_resumes_behind_itself_and_leaves_esr() -> None:
    _, stop = run(SC)
    assert (stop.vector, stop.srr0, stop.esr) == (0xC00, CODE + 4, None)


@pytest.mark.parametrize(
    ("word", "esr"),
    [
        (0x8061_0000, 0),  # lwz r3,0(r1)
        (0x9061_0000, ST),  # stw
        (0x1061_0301, SPV),  # evldd
        (0x1061_0321, ST | SPV),  # evstdd
    ],
)
def test_an_access_to_unmapped_memory_is_a_data_storage_interrupt(word: int, esr: int) -> None:
    m = machine(word)
    m.state.gpr[1], m.state.msr = 0x5000_0000, SPE
    stop = m.run(max_instructions=1)
    assert (stop.vector, stop.address, stop.esr) == (0x300, 0x5000_0000, esr)


def test_a_fetch_from_unmapped_memory_is_an_instruction_storage_interrupt() -> None:
    m = machine()
    m.state.pc = 0x7000_0000
    stop = m.run(max_instructions=1)
    assert (stop.vector, stop.srr0, stop.esr) == (0x400, 0x7000_0000, 0)


@pytest.mark.parametrize(
    ("word", "offset", "esr"),
    [
        (0xB861_0000, 2, 0),  # lmw
        (0xBC61_0000, 2, ST),  # stmw
        (0x7C60_0828, 1, 0),  # lwarx
        (0x1061_0301, 4, SPV),  # evldd
        (0x1061_0303, 4, SPV),  # evldw
        (0x1061_0311, 2, SPV),  # evlwhe
        (0x1061_0309, 1, SPV),  # evlhhesplat
        (0x1061_0339, 2, ST | SPV),  # evstwwe
    ],
)
def test_accesses_that_must_be_aligned_interrupt(word: int, offset: int, esr: int) -> None:
    m = machine(word)
    m.state.gpr[1], m.state.msr = CODE + 0x800 + offset, SPE
    stop = m.run(max_instructions=1)
    assert (stop.vector, stop.address, stop.esr) == (0x600, CODE + 0x800 + offset, esr)


def test_a_handler_is_entered_through_ivpr_and_ivor_with_few_bits_of_msr_left() -> None:
    m = machine(0x8061_0000)
    s = m.state
    s.spr[IVPR], s.spr[402] = 0x8000_1234, 0x1237
    s.gpr[1], s.msr = 0x5000_0004, SPE | CE | EE | PR | ME | DE
    before = s.msr
    seen: list[Taken] = []

    def handle(_: Machine, taken: Taken) -> str:
        seen.append(taken)
        return "handled"

    m.on_interrupt(handle)
    stop = m.run(max_instructions=1)
    assert (stop.reason, stop.vector, s.pc, s.msr) == ("handled", 0x1230, 0x8000_1230, CE | ME | DE)
    assert (s.spr[SRR0], s.spr[SRR1], s.spr[DEAR], s.spr[ESR]) == (CODE, before, 0x5000_0004, 0)
    assert [taken.esr for taken in seen] == [0]


def test_returns_restore_msr_from_their_own_registers() -> None:
    for word, address, status in ((0x4C00_0064, 26, 27), (0x4C00_0066, 58, 59), (0x4C00_004C, 570, 571)):
        m = machine(word)
        m.state.spr[address], m.state.spr[status] = CODE + 0x103, SPE | EE | 0xF000_0000
        assert m.run(until=CODE + 0x100, max_instructions=1).reason == "until"
        assert m.state.msr == SPE | EE


def test_msr_has_no_floating_point_bits() -> None:
    m = machine()
    m.state.msr = 0xFFFF_FFFF
    assert m.state.msr == 0x0606_D634 | 0x0400


def test_wrtee_and_wrteei_change_ee_alone() -> None:
    m, _ = run(0x7C00_8146, msr=SPE)  # wrteei 1
    assert m.state.msr == SPE | EE
    m, _ = run(0x7C00_0146, msr=SPE | EE)  # wrteei 0
    assert m.state.msr == SPE
    m = machine(0x7C60_0106)  # wrtee r3
    m.state.gpr[3] = 0xFFFF_FFFF
    m.run(max_instructions=1)
    assert m.state.msr == EE


def test_sprg4_to_7_are_read_by_users_under_other_numbers() -> None:
    m = machine(*(mfspr(3 + i, 260 + i) for i in range(4)), mfspr(7, 259), mtspr(256, 3), mfspr(8, 256))
    for i in range(8):
        m.state.spr[272 + i] = 0x100 + i
    m.state.msr = PR
    assert m.run(until=CODE + 28, max_instructions=10).reason == "until"
    assert m.state.gpr[3:9] == [0x104, 0x105, 0x106, 0x107, 0x103, 0x104]


@pytest.mark.parametrize(
    ("word", "esr"),
    [
        (mtspr(260, 3), PIL),  # the user's view is read-only
        (mfspr(3, 276), PPR),
        (mtspr(272, 3), PPR),
        (mfspr(3, 26), PPR),
        (mfspr(3, 999), PIL),
    ],
)
def test_users_reach_no_other_register(word: int, esr: int) -> None:
    assert run(word, msr=PR)[1].esr == esr


def test_supervisors_cannot_write_what_only_shows_another_register() -> None:
    assert run(mtspr(260, 3))[1].esr == PIL


def test_the_decrementer_stops_at_zero_and_interrupts_until_its_status_is_cleared() -> None:
    m = machine(*[NOP] * 40)
    s = m.state
    s.spr[DEC], s.spr[TCR], s.msr = 10, DIE, EE
    stop = m.run(max_instructions=100)
    assert (stop.vector, stop.instructions) == (0x900, 10)
    assert (s.spr[DEC], s.spr[TSR]) == (0, DIS)
    assert m.run(max_instructions=5).instructions == 0  # still pending
    s.spr[TSR] = DIS
    assert s.spr[TSR] == 0
    assert m.run(max_instructions=5).reason == "limit"


def test_the_decrementer_reloads_from_decar() -> None:
    m = machine(0x4800_0000)
    s = m.state
    s.spr[DECAR], s.spr[DEC], s.spr[TCR], s.msr = 7, 3, DIE | ARE, EE
    assert m.run(max_instructions=100).instructions == 3
    s.spr[TSR] = DIS
    assert s.spr[DEC] == 7
    assert m.run(max_instructions=100).instructions == 7


def test_a_decrementer_that_is_not_enabled_only_sets_its_status() -> None:
    m = machine(0x4800_0000)
    m.state.spr[DEC], m.state.msr = 5, EE
    assert m.run(max_instructions=20).reason == "limit"
    assert m.state.spr[TSR] == DIS


def test_software_that_enables_a_pending_decrementer_is_interrupted_at_once() -> None:
    m = machine(mtspr(TCR, 3), NOP)
    s = m.state
    s.spr[DEC], s.gpr[3], s.msr = 1, DIE, EE
    stop = m.run(max_instructions=10)
    assert (stop.vector, stop.srr0) == (0x900, CODE + 4)


@pytest.mark.parametrize(("number", "value"), [(TCR, 0x0080_0000), (TCR, 0x0800_0000), (308, 0x0080_0000)])
def test_what_the_emulator_lacks_stops_it_when_it_is_turned_on(number: int, value: int) -> None:
    m = machine(mtspr(number, 3))
    m.state.gpr[3] = value
    with pytest.raises(NotImplementedInstruction, match="does not implement"):
        m.run(max_instructions=1)


def test_users_lock_cache_blocks_only_where_msr_lets_them() -> None:
    dcbtls = 0x7C01_114C
    assert run(dcbtls, msr=PR)[1].esr == DLK
    m = machine(dcbtls)
    m.state.gpr[1], m.state.msr = CODE, PR | UCLE
    assert m.run(max_instructions=1).reason == "limit"


def test_performance_registers_are_the_supervisors_and_shown_to_users() -> None:
    m = machine(0x7C70_039C, 0x7C80_029C)  # mtpmr 16,r3; mfpmr r4,0
    m.state.gpr[3] = 77
    m.run(until=CODE + 8, max_instructions=2)
    assert m.state.gpr[4] == 77
    assert run(0x7C70_039C, msr=PR)[1].esr == PPR


def test_tlb_instructions_find_no_entry() -> None:
    m = machine(0x7C01_1724, 0x7C00_07A4, 0x7C01_1624)  # tlbsx, tlbwe, tlbivax
    m.state.spr[625] = 0x8000_0500
    assert m.run(until=CODE + 12, max_instructions=3).reason == "until"
    assert m.state.spr[625] == 0x500


def test_word_instructions_leave_the_upper_words_alone() -> None:
    m = machine(0x3863_0001, 0x7C63_1A14, 0x8081_0000)  # addi, add, lwz
    m.state.gprh[3], m.state.gprh[4], m.state.gpr[1] = 0xDEAD_BEEF, 0x1234_5678, CODE
    m.run(until=CODE + 12, max_instructions=3)
    assert (m.state.gprh[3], m.state.gprh[4]) == (0xDEAD_BEEF, 0x1234_5678)
