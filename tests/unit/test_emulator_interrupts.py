# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from emulator import Machine, NotImplementedInstruction, Stop, Taken
from emulator.cpus import EE, FE0, FE1, FP, IP, ME, PR
from tests.support.emulator_programs import CODE, DATA, illegal_words, machine, word

NOP = word("ori", 0, 0, 0)
FEX_PENDING = 0x0100_0080  # VXSNAN with VE


def _interrupt(stop: Stop) -> tuple[str, int | None, int | None, int | None]:
    return stop.reason, stop.vector, stop.srr0, stop.srr1


@pytest.mark.parametrize("fe", [FE0, FE1, FE0 | FE1])
def test_fp_enabled_by_an_instruction_that_sets_fex(fe: int) -> None:
    m = machine(NOP, word("mtfsb1", 7, 0), msr=FP | fe)  # VXSNAN
    m.state.fpscr = 0x80
    assert _interrupt(m.run(max_instructions=9)) == ("interrupt", 0x700, CODE + 4, 0x10_0000 | FP | fe)
    assert m.state.fpscr == 0xE100_0080


@pytest.mark.parametrize("fe", [FE0, FE1, FE0 | FE1])
def test_fp_enabled_deferred_by_mtmsr_points_at_the_next_instruction(fe: int) -> None:
    m = machine(word("mtmsr", 3), NOP)
    m.state.fpscr = FEX_PENDING
    m.state.gpr[3] = FP | fe
    stop = m.run(max_instructions=9)
    assert _interrupt(stop) == ("interrupt", 0x700, CODE + 4, 0x11_0000 | FP | fe)
    assert stop.instructions == 1


@pytest.mark.parametrize("fp", [FP, 0])
@pytest.mark.parametrize("fe", [FE0, FE1, FE0 | FE1])
def test_fp_enabled_deferred_by_rfi_points_at_its_target_with_fp_on_or_off(fe: int, fp: int) -> None:
    m = machine(word("rfi"))
    m.state.fpscr = FEX_PENDING
    m.state.spr[26], m.state.spr[27] = DATA, fp | fe
    assert _interrupt(m.run(max_instructions=9)) == ("interrupt", 0x700, DATA, 0x11_0000 | fp | fe)


def test_no_fp_enabled_interrupt_without_fe() -> None:
    m = machine(word("mtfsb1", 7, 0), word("rfi"))
    m.state.fpscr = 0x80
    m.state.spr[26], m.state.spr[27] = CODE + 0x100, FP
    assert m.run(until=CODE + 0x100, max_instructions=9).reason == "until"


def test_state_set_with_fe_and_fex_owes_the_interrupt_at_once() -> None:
    m = machine(NOP, msr=FP | FE0)
    m.state.fpscr = FEX_PENDING
    stop = m.run(max_instructions=1)
    assert _interrupt(stop) == ("interrupt", 0x700, CODE, 0x11_0000 | FP | FE0)
    assert stop.instructions == 0


@pytest.mark.parametrize("bad", illegal_words())
def test_illegal_words(bad: int) -> None:
    assert _interrupt(machine(NOP, bad).run(max_instructions=9)) == (
        "interrupt",
        0x700,
        CODE + 4,
        0x8_0000 | FP,
    )


def test_privileged_in_problem_state() -> None:
    assert _interrupt(machine(word("mfmsr", 3), msr=PR).run()) == ("interrupt", 0x700, CODE, 0x4_0000 | PR)
    assert _interrupt(machine(word("mtspr", 27, 3), msr=PR).run()) == (
        "interrupt",
        0x700,
        CODE,
        0x4_0000 | PR,
    )


def test_unknown_and_read_only_registers_are_illegal() -> None:
    for code in (word("mfspr", 3, 1000), word("mtspr", 287, 3), word("mfspr", 3, 284)):
        assert _interrupt(machine(code).run()) == ("interrupt", 0x700, CODE, 0x8_0000 | FP)


def test_trap() -> None:
    stop = machine(NOP, word("twi", 31, 0, 0)).run()
    assert _interrupt(stop) == ("trap", 0x700, CODE + 4, 0x2_0000 | FP)
    assert stop.instructions == 1


def test_system_call_returns_behind_itself() -> None:
    m = machine(word("sc", 0), NOP)
    assert _interrupt(m.run()) == ("interrupt", 0xC00, CODE + 4, FP)
    assert m.run(until=CODE + 8).reason == "until"


def test_unavailable_facilities() -> None:
    assert _interrupt(machine(word("fmr", 1, 2, 0), msr=0).run()) == ("interrupt", 0x800, CODE, 0)
    assert _interrupt(machine(word("vor", 1, 2, 2), msr=0).run()) == ("interrupt", 0xF20, CODE, 0)
    assert _interrupt(machine(word("vor", 1, 2, 2), cpu="750").run()) == (
        "interrupt",
        0x700,
        CODE,
        0x8_0000 | FP,
    )


def test_data_and_instruction_storage() -> None:
    m = machine(NOP, word("stw", 3, 4, 8))
    m.state.gpr[4] = 0x9000_0000
    stop = m.run()
    assert _interrupt(stop) == ("interrupt", 0x300, CODE + 4, FP)
    assert stop.address == 0x9000_0008
    m = machine(word("b", 0x100_0000, 0, 0))
    stop = m.run()
    assert _interrupt(stop) == ("interrupt", 0x400, CODE + 0x100_0000, 0x4000_0000 | FP)
    assert (stop.address, stop.instructions) == (CODE + 0x100_0000, 1)


def test_a_store_that_reaches_unmapped_memory_writes_nothing() -> None:
    m = machine(word("stw", 3, 4, 0))
    m.state.gpr[3:5] = [0x0102_0304, DATA + 0xFFE]
    stop = m.run()
    assert (stop.vector, stop.address) == (0x300, DATA + 0x1001)
    assert m.memory.read(DATA + 0xFF8, 8) == bytes(8)


@pytest.mark.parametrize(
    ("code", "dsisr"),
    [(word("lfd", 3, 4, 2), 0x0000_2464), (word("lmw", 29, 4, 2), 0x0000_1FA4), (word("lwarx", 3, 0, 4), 0)],
)
def test_alignment(code: int, dsisr: int) -> None:
    m = machine(code)
    m.state.gpr[4] = DATA + 1
    taken: list[Taken] = []
    m.on_interrupt(lambda _m, t: taken.append(t) or "seen")  # type: ignore[func-returns-value]
    stop = m.run()
    assert (stop.reason, stop.vector, stop.srr0) == ("seen", 0x600, CODE)
    assert m.state.spr[19] == stop.address
    if dsisr:
        assert m.state.spr[18] == dsisr == taken[0].dsisr


def test_decrementer_waits_for_ee() -> None:
    m = machine(word("mtspr", 22, 3), *[NOP] * 4, word("mtmsr", 4), *[NOP] * 50, msr=0)
    m.state.gpr[3:5] = [3, EE]
    assert _interrupt(m.run(max_instructions=90)) == ("interrupt", 0x900, CODE + 24, EE)
    m = machine(word("mtspr", 22, 3), *[NOP] * 50, msr=EE)
    m.state.gpr[3] = 9
    stop = m.run(max_instructions=90)
    assert (stop.vector, stop.instructions) == (0x900, 11)


UNMAPPED = 0x50_0001


@pytest.mark.parametrize(
    ("code", "msr", "vector", "srr1"),
    [
        (word("lfd", 3, 4, 0), PR, 0x800, 0),  # not available, before not aligned and not mapped
        (word("lfd", 3, 4, 0), FP, 0x600, 0),  # not aligned, before not mapped
        (word("lwarx", 3, 0, 4), 0, 0x600, 0),
        (word("lwz", 3, 4, 0), 0, 0x300, 0),
        (word("mtmsr", 3), PR, 0x700, 0x4_0000),  # privileged, before what it would enable
    ],
)
def test_of_several_causes_the_first_by_priority_interrupts(
    code: int, msr: int, vector: int, srr1: int
) -> None:
    m = machine(code, msr=msr)
    m.state.gpr[3:5] = [FP | FE0, UNMAPPED]
    m.state.fpscr = FEX_PENDING
    assert _interrupt(m.run(max_instructions=5)) == ("interrupt", vector, CODE, srr1 | msr)


@pytest.mark.parametrize("code", [0, word("lwz", 3, 4, 0), word("sc", 0), word("tw", 31, 0, 0)])
def test_the_decrementer_comes_before_the_next_instruction(code: int) -> None:
    m = machine(word("mtspr", 22, 3), NOP, NOP, word("mtmsr", 5), code, msr=0)
    m.state.gpr[3:6] = [0, UNMAPPED, EE]
    assert _interrupt(m.run(max_instructions=20)) == ("interrupt", 0x900, CODE + 16, EE)


def test_a_deferred_fp_interrupt_comes_before_the_decrementer() -> None:
    m = machine(word("mtspr", 22, 3), NOP, NOP, word("mtmsr", 5), NOP, msr=0)
    m.state.gpr[3:6] = [0, 0, EE | FE0]
    m.state.fpscr = FEX_PENDING
    vectors: list[tuple[int, int]] = []

    def handler(m: Machine, taken: Taken) -> str | None:
        vectors.append((taken.vector, taken.srr0))
        m.state.msr, m.state.pc = taken.srr1 & ~FE0, taken.srr0
        return None if taken.vector == 0x700 else "decrementer"

    m.on_interrupt(handler)
    assert m.run(max_instructions=20).reason == "decrementer"
    assert vectors == [(0x700, CODE + 16), (0x900, CODE + 16)]


def test_a_handler_sees_the_processor_in_the_vector_and_rfi_brings_it_back() -> None:
    m = machine(word("sc", 0), word("addi", 5, 0, 7), msr=FP | EE | ME)
    m.memory.map(0, 0x1000)
    m.memory.write(0xC00, b"".join(w.to_bytes(4) for w in (word("addi", 6, 0, 9), word("rfi"))))
    seen: list[tuple[int, int, int]] = []

    def handler(machine: Machine, taken: Taken) -> None:
        seen.append((machine.state.pc, machine.state.msr, taken.vector))

    m.on_interrupt(handler)
    assert m.run(until=CODE + 8, max_instructions=50).reason == "until"
    assert seen == [(0xC00, ME, 0xC00)]
    assert m.state.gpr[5:7] == [7, 9]
    assert m.state.msr == FP | EE | ME


def test_vectors_move_with_ip() -> None:
    m = machine(word("sc", 0), msr=IP)
    m.on_interrupt(lambda machine, _taken: hex(machine.state.pc))
    assert m.run().reason == "0xfff00c00"


def test_what_is_not_implemented_names_itself() -> None:
    with pytest.raises(NotImplementedInstruction, match=r"eciwx RT=3 RA0=4 RB=5 \(0x7c642a6c\) at 0x10004"):
        machine(NOP, word("eciwx", 3, 4, 5)).run()
    m = machine(word("mtmsr", 3), NOP)
    m.state.gpr[3] = 1
    with pytest.raises(NotImplementedInstruction, match="byte order"):
        m.run(max_instructions=5)
