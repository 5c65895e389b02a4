# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from emulator import EmulatorError, Machine, MemoryFault, Taken, TraceEvent
from emulator.cpus import FE0, FP
from tests.support.emulator_programs import CODE, DATA, machine, word

NOP = word("ori", 0, 0, 0)
LOOP = (word("addi", 3, 3, 1), word("bc", 16, 0, -4, 0, 0))  # bdnz


def test_memory_reads_what_was_written_across_pages() -> None:
    m = Machine()
    m.memory.map(0x1000, 0x3000)
    data = bytes(range(256)) * 20
    m.memory.write(0x1803, data)
    assert m.memory.read(0x1803, len(data)) == data
    assert m.memory.read(0x1000, 0x803) == bytes(0x803)


def test_unmapped_memory_faults_and_nothing_is_written() -> None:
    m = Machine()
    m.memory.map(0x1000, 1)
    with pytest.raises(MemoryFault, match="0x2000") as fault:
        m.memory.write(0x1FFC, bytes(8))
    assert (fault.value.address, fault.value.store) == (0x2000, True)
    with pytest.raises(MemoryFault):
        m.memory.read(0xFFF, 2)


def test_mapping_again_keeps_the_bytes() -> None:
    m = Machine()
    m.memory.map(0x1000, 0x1000)
    m.memory.write(0x1000, b"kept")
    m.memory.map(0x1000, 0x2000)
    assert m.memory.read(0x1000, 4) == b"kept"


def test_every_size_of_access_sees_the_same_bytes() -> None:
    m = machine(
        word("lbz", 4, 3, 1),
        word("lhz", 5, 3, 2),
        word("lwz", 6, 3, 1),
        word("lhbrx", 7, 0, 3),
        word("lfd", 1, 3, 4),
    )
    m.memory.write(DATA, bytes.fromhex("0123456789abcdeffedcba98"))
    m.state.gpr[3] = DATA
    m.run(until=CODE + 20)
    assert m.state.gpr[4:8] == [0x23, 0x4567, 0x23456789, 0x2301]
    assert m.state.fpr[1] == 0x89AB_CDEF_FEDC_BA98


def test_limit_and_until_are_exact_inside_blocks() -> None:
    m = machine(*LOOP)
    m.state.ctr = 1000
    assert [m.run(max_instructions=n).instructions for n in (1, 2, 3, 0)] == [1, 2, 3, 0]
    assert (m.state.gpr[3], m.state.pc) == (3, CODE)
    stop = m.run(until=CODE + 4)
    assert (stop.reason, stop.pc, stop.instructions) == ("until", CODE + 4, 1)
    stop = m.run(until=CODE + 8)
    assert (stop.instructions, m.state.gpr[3]) == (2 * 997 - 1, 1000)


def test_code_that_was_written_over_runs_as_written() -> None:
    m = machine(word("addi", 3, 0, 1))
    m.run(until=CODE + 4)
    m.memory.write(CODE, word("addi", 3, 0, 2).to_bytes(4))
    m.state.pc = CODE
    m.run(until=CODE + 4)
    assert m.state.gpr[3] == 2


def test_guest_code_that_changes_itself_after_icbi() -> None:
    change = (word("stw", 5, 4, 0), word("dcbst", 0, 4), word("sync"), word("icbi", 0, 4), word("isync"))
    m = machine(word("addi", 3, 0, 1), *change, word("b", -24, 0, 0))
    m.state.gpr[4], m.state.gpr[5] = CODE, word("addi", 3, 0, 9)
    m.run(max_instructions=8)
    assert m.state.gpr[3] == 9


def test_trace_reports_registers_and_watched_memory_with_the_instruction() -> None:
    m = machine(
        word("mtspr", 272, 3),
        word("mtmsr", 4),
        word("mtfsb1", 31, 0),
        word("stw", 3, 5, 4),
        word("sth", 3, 5, 64),
    )
    m.state.gpr[3:6] = [7, FP | FE0, DATA]
    events: list[TraceEvent] = []
    m.trace(events.append, memory=[(DATA, 8)])
    m.run(until=CODE + 20)
    assert events == [
        TraceEvent("sprg0", CODE, 7, 0),
        TraceEvent("msr", CODE + 4, FP | FE0, FP),
        TraceEvent("fpscr", CODE + 8, 1, 0),
        TraceEvent("memory", CODE + 12, 7, address=DATA + 4, size=4),
    ]
    m.trace(None)
    m.state.pc = CODE
    m.run(until=CODE + 20)
    assert len(events) == 4


def test_trace_reports_the_delivery_of_an_interrupt() -> None:
    m = machine(word("sc", 0))
    events: list[TraceEvent] = []
    m.trace(events.append)
    m.on_interrupt(lambda _machine, _taken: "done")
    m.run()
    assert {e.kind: e.new for e in events} == {"srr0": CODE + 4, "srr1": FP, "msr": 0}


def test_registers_by_number_and_by_name_agree() -> None:
    s = Machine().state
    s.cr, s.xer, s.lr = 0x1234_5678, 0xE000_0017, 0x100
    assert (s.cr, s.crf[0], s.xer, s.spr[1], s.spr[8]) == (0x1234_5678, 1, 0xE000_0017, 0xE000_0017, 0x100)
    s.spr[9] = 5
    assert s.ctr == 5
    with pytest.raises(KeyError):
        s.spr[1000]
    s.spr[22] = 0x8000_0000
    assert s.dec == 0x8000_0000


def test_pvr_tells_the_model() -> None:
    assert [Machine(cpu).state.spr[287] >> 16 for cpu in ("750", "7447a")] == [0x0008, 0x8003]


@pytest.mark.parametrize(("cpu", "endian"), [("z80", "big"), ("750", "little")])
def test_unknown_models_are_refused(cpu: str, endian: str) -> None:
    with pytest.raises(EmulatorError, match=r"there are|it has"):
        Machine(cpu, endian)


def test_time_base_counts_instructions() -> None:
    m = machine(NOP, word("mftb", 3, 268), word("mfspr", 4, 268), word("mftb", 5, 269))
    m.run(until=CODE + 16)
    assert m.state.gpr[3:6] == [2, 3, 0]


@pytest.mark.parametrize("cpu", ["7447a", "power8", "e500v2"])
def test_interrupts_whose_vector_is_not_there_end_at_the_limit(cpu: str) -> None:
    m = machine(0, cpu=cpu)  # illegal; then the fetch at the vector faults, and so does that at its vector
    seen: list[int] = []
    m.on_interrupt(lambda _, taken: seen.append(taken.vector))
    stop = m.run(max_instructions=50)
    assert (stop.reason, stop.instructions) == ("limit", 0)
    assert seen[1:] == [0x400] * 50


def test_a_handler_that_leaves_the_exception_enabled_ends_at_the_limit() -> None:
    m = machine(NOP, msr=FP | FE0)
    m.state.fpscr = 0x0200_0008  # XX and XE

    def again(m: Machine, taken: Taken) -> None:
        m.state.msr, m.state.pc = taken.srr1, taken.srr0

    m.on_interrupt(again)
    assert m.run(max_instructions=50).reason == "limit"
    assert m.state.pc == CODE
